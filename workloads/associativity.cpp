// Tries an operator on small values of both signs.
#include "workloads/associativity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/arithmetic.h"

namespace attnsim::workloads {

namespace {

constexpr double kSamples[] = {1, 2, 3, 0, -1, -2, 0.5, -0.25};
constexpr double kQuantity = 16;
// What sums in another order may cost.
constexpr double kRounding = 1e-9;

using Values = std::map<std::string, double>;

double value_of(const Expression& expression, const Values& values) {
  const ExactArithmetic arithmetic;
  switch (expression.kind) {
    case Expression::Kind::kNumber:
      return expression.number;
    case Expression::Kind::kCall: {
      const double first = value_of(expression.arguments.at(0), values);
      const double second = expression.arguments.size() > 1 ? value_of(expression.arguments[1], values) : 0;
      return arithmetic.call(function_named(expression.name), first, second);
    }
    default: {
      const auto known = values.find(expression.name);
      return known == values.end() ? kQuantity : known->second;
    }
  }
}

bool agree(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  return std::fabs(a - b) <= kRounding * std::max({1.0, std::fabs(a), std::fabs(b)});
}

}  // namespace

std::optional<std::string> counterexample(const Cascade& cascade, const std::string& reduction) {
  const Operator& own = cascade.operators.at(reduction);
  const Expression value = expand(cascade, own.value);
  Values values = cascade.parameters;
  const auto combine = [&](double a, double b) {
    values[own.arguments[0]] = a;
    values[own.arguments[1]] = b;
    return value_of(value, values);
  };
  for (const double a : kSamples) {
    for (const double b : kSamples) {
      for (const double c : kSamples) {
        const double left = combine(combine(a, b), c);
        const double right = combine(a, combine(b, c));
        if (agree(left, right)) continue;
        return fmt::format("{0}({0}({1}, {2}), {3}) is {4}, but {0}({1}, {0}({2}, {3})) is {5}", reduction, a, b, c,
                           left, right);
      }
    }
  }
  return std::nullopt;
}

}  // namespace attnsim::workloads
