// Writes index expressions as text, with no more parentheses than their meaning needs, and lists their functions.
#include "workloads/index_expression.h"

#include <fmt/format.h>

namespace attnsim::workloads {

namespace {

using Kind = IndexExpression::Kind;

struct Symbol {
  const char* text;
  int strength;  // how tightly it binds
};

constexpr int kWeakest = 1;
constexpr int kNot = 3;
constexpr int kComparison = 4;
constexpr int kSign = 7;
constexpr int kPrimary = 8;

const std::map<std::string, Symbol>& symbols() {
  static const std::map<std::string, Symbol> known = {{"or", {" or ", kWeakest}},
                                                      {"and", {" and ", 2}},
                                                      {"less", {" < ", kComparison}},
                                                      {"less_equal", {" <= ", kComparison}},
                                                      {"greater", {" > ", kComparison}},
                                                      {"greater_equal", {" >= ", kComparison}},
                                                      {"equal", {" == ", kComparison}},
                                                      {"not_equal", {" != ", kComparison}},
                                                      {"add", {" + ", 5}},
                                                      {"sub", {" - ", 5}},
                                                      {"mul", {" * ", 6}},
                                                      {"div", {" div ", 6}},
                                                      {"mod", {" mod ", 6}}};
  return known;
}

bool is_call(const IndexExpression& expression, const char* name) {
  return expression.kind == Kind::kCall && expression.name == name;
}

int strength(const IndexExpression& expression) {
  if (is_call(expression, "not")) return kNot;
  if (is_call(expression, "neg") || (expression.kind == Kind::kNumber && expression.number < 0)) return kSign;
  if (expression.kind == Kind::kCall && symbols().contains(expression.name)) {
    return symbols().at(expression.name).strength;
  }
  return kPrimary;
}

std::string text_of(const IndexExpression& expression, int least_strength) {
  if (strength(expression) < least_strength) return "(" + text_of(expression, kWeakest) + ")";
  if (expression.kind == Kind::kNumber) return std::to_string(expression.number);
  if (expression.kind == Kind::kName) return expression.name;
  if (is_call(expression, "not")) return "not " + text_of(expression.arguments[0], kNot);
  if (is_call(expression, "neg")) return "-" + text_of(expression.arguments[0], kPrimary);
  if (expression.kind == Kind::kCall && symbols().contains(expression.name)) {
    const Symbol& symbol = symbols().at(expression.name);
    // Comparisons do not chain, so both their operands bind tighter; else the right one does.
    const int left = symbol.strength == kComparison ? kComparison + 1 : symbol.strength;
    return text_of(expression.arguments[0], left) + symbol.text + text_of(expression.arguments[1], symbol.strength + 1);
  }
  std::vector<std::string> arguments;
  for (const IndexExpression& argument : expression.arguments) arguments.push_back(text_of(argument, kWeakest));
  if (expression.kind == Kind::kTable) return fmt::format("{}[{}]", expression.name, fmt::join(arguments, ","));
  return fmt::format("{}({})", expression.name, fmt::join(arguments, ", "));
}

void add_names(const IndexExpression& expression, Kind kind, std::set<std::string>& found) {
  if (expression.kind == kind) found.insert(expression.name);
  for (const IndexExpression& argument : expression.arguments) add_names(argument, kind, found);
}

}  // namespace

std::string to_string(const IndexExpression& expression) { return text_of(expression, kWeakest); }

const std::map<std::string, IndexFunction>& index_functions() {
  static const std::map<std::string, IndexFunction> known = {
      {"abs", {1, false, false}},          {"add", {2, false, false}},  {"and", {2, true, true}},
      {"div", {2, false, false}},          {"equal", {2, false, true}}, {"greater", {2, false, true}},
      {"greater_equal", {2, false, true}}, {"less", {2, false, true}},  {"less_equal", {2, false, true}},
      {"max", {2, false, false}},          {"min", {2, false, false}},  {"mod", {2, false, false}},
      {"mul", {2, false, false}},          {"neg", {1, false, false}},  {"not", {1, true, true}},
      {"not_equal", {2, false, true}},     {"or", {2, true, true}},     {"sub", {2, false, false}}};
  return known;
}

std::set<std::string> names(const IndexExpression& expression) {
  std::set<std::string> found;
  add_names(expression, Kind::kName, found);
  return found;
}

std::set<std::string> tables(const IndexExpression& expression) {
  std::set<std::string> found;
  add_names(expression, Kind::kTable, found);
  return found;
}

}  // namespace attnsim::workloads
