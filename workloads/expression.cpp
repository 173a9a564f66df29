// Writes expressions as text, with no more parentheses than their meaning needs, and lists the known functions.
#include "workloads/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace attnsim::workloads {

namespace {

// How tightly an expression binds: sums 1, products 2, a sign 3, all else 4.
constexpr int kSum = 1;
constexpr int kProduct = 2;
constexpr int kSign = 3;
constexpr int kPrimary = 4;

struct Symbol {
  const char* text;
  int strength;
};

const std::map<std::string, Symbol>& symbols() {
  static const std::map<std::string, Symbol> known = {
      {"add", {" + ", kSum}}, {"sub", {" - ", kSum}}, {"mul", {" * ", kProduct}}, {"div", {" / ", kProduct}}};
  return known;
}

std::string join(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ",")); }

bool is_binary(const Expression& expression) {
  return expression.kind == Expression::Kind::kCall && expression.arguments.size() == 2 &&
         symbols().contains(expression.name);
}

bool is_sign(const Expression& expression) {
  return expression.kind == Expression::Kind::kCall && expression.arguments.size() == 1 && expression.name == "neg";
}

int strength(const Expression& expression) {
  if (is_binary(expression)) return symbols().at(expression.name).strength;
  const bool negative = expression.kind == Expression::Kind::kNumber && std::signbit(expression.number);
  return negative || is_sign(expression) ? kSign : kPrimary;
}

std::string text_of(const Expression& expression, int least_strength) {
  if (strength(expression) < least_strength) return "(" + text_of(expression, kSum) + ")";
  switch (expression.kind) {
    case Expression::Kind::kTensor:
      return to_string(expression.tensor);
    case Expression::Kind::kNumber:
      return fmt::format("{}", expression.number);
    case Expression::Kind::kParameter:
      return expression.name;
    case Expression::Kind::kCall:
      break;
  }
  if (is_sign(expression)) return "-" + text_of(expression.arguments[0], kPrimary);
  if (is_binary(expression)) {
    // The right operand binds tighter, which keeps "a - (b - c)" apart from "a - b - c".
    const Symbol& symbol = symbols().at(expression.name);
    return text_of(expression.arguments[0], symbol.strength) + symbol.text +
           text_of(expression.arguments[1], symbol.strength + 1);
  }
  std::vector<std::string> arguments;
  for (const Expression& argument : expression.arguments) arguments.push_back(text_of(argument, kSum));
  return fmt::format("{}({})", expression.name, fmt::join(arguments, ", "));
}

}  // namespace

TensorRef reference_of(const IndexExpression& lookup) {
  TensorRef reference;
  reference.tensor = lookup.name;
  bool plain = true;
  for (const IndexExpression& index : lookup.arguments) {
    plain = plain && index.kind == IndexExpression::Kind::kName;
    for (const std::string& name : names(index)) {
      if (std::find(reference.ranks.begin(), reference.ranks.end(), name) == reference.ranks.end()) {
        reference.ranks.push_back(name);
      }
    }
  }
  if (!plain) reference.indices = lookup.arguments;
  return reference;
}

std::vector<TensorRef> lookups(const IndexExpression& expression) {
  std::vector<TensorRef> found;
  if (expression.kind == IndexExpression::Kind::kTable) found.push_back(reference_of(expression));
  for (const IndexExpression& argument : expression.arguments) {
    const std::vector<TensorRef> inner = lookups(argument);
    found.insert(found.end(), inner.begin(), inner.end());
  }
  return found;
}

std::string to_string(const TensorRef& reference) {
  if (!reference.indices.empty()) {
    std::vector<std::string> indices;
    for (const IndexExpression& index : reference.indices) indices.push_back(to_string(index));
    return fmt::format("{}{}[{}]", reference.tensor, reference.next ? "'" : "", fmt::join(indices, ","));
  }
  return fmt::format("{}{}[{}]", reference.tensor, reference.next ? "'" : "", join(reference.ranks));
}

std::string to_string(const Expression& expression) { return text_of(expression, kSum); }

const std::map<std::string, int>& functions() {
  static const std::map<std::string, int> known = {
      {"abs", 1},  {"add", 2},      {"cos", 1},     {"div", 2},   {"equal", 2}, {"erf", 1},     {"exp", 1},
      {"exp2", 1}, {"floor", 1},    {"greater", 2}, {"log", 1},   {"log2", 1},  {"max", 2},     {"min", 2},
      {"mul", 2},  {"neg", 1},      {"pow", 2},     {"round", 1}, {"rsqrt", 1}, {"sigmoid", 1}, {"sign", 1},
      {"sin", 1},  {"softplus", 1}, {"sqrt", 1},    {"sub", 2},   {"tanh", 1}};
  return known;
}

}  // namespace attnsim::workloads
