// Flattens nested multiplications and divisions.
#include "workloads/product.h"

#include <algorithm>

namespace attnsim::workloads {

namespace {

void flatten(const Expression& expression, bool divides, std::vector<Factor>& found) {
  const bool product = expression.kind == Expression::Kind::kCall && expression.name == "mul";
  const bool quotient = expression.kind == Expression::Kind::kCall && expression.name == "div";
  if (!product && !quotient) {
    found.push_back({expression, divides});
    return;
  }
  flatten(expression.arguments[0], divides, found);
  flatten(expression.arguments[1], quotient ? !divides : divides, found);
}

void add_ranks(const Cascade& cascade, const Expression& expression, std::vector<std::string>& found) {
  std::vector<std::string> ranks = expression.tensor.ranks;
  if (expression.kind == Expression::Kind::kParameter && cascade.is_rank(expression.name)) {
    ranks = cascade.parts(expression.name);
    ranks.push_back(expression.name);
  }
  for (const std::string& rank : ranks) {
    if (std::find(found.begin(), found.end(), rank) == found.end()) found.push_back(rank);
  }
  for (const Expression& argument : expression.arguments) add_ranks(cascade, argument, found);
}

void collect(const Expression& expression, std::vector<TensorRef>& found) {
  if (expression.kind == Expression::Kind::kTensor) found.push_back(expression.tensor);
  for (const Expression& argument : expression.arguments) collect(argument, found);
}

}  // namespace

std::vector<Factor> factors_of(const Expression& expression) {
  std::vector<Factor> found;
  flatten(expression, false, found);
  return found;
}

Expression product_of(const std::vector<Factor>& factors) {
  Expression result;
  result.number = 1;
  bool begun = false;
  for (const bool divides : {false, true}) {
    for (const Factor& factor : factors) {
      if (factor.divides != divides) continue;
      result = begun || divides ? call(divides ? "div" : "mul", {result, factor.value}) : factor.value;
      begun = true;
    }
  }
  return result;
}

std::vector<TensorRef> tensors_of(const Expression& expression) {
  std::vector<TensorRef> found;
  collect(expression, found);
  return found;
}

std::vector<std::string> ranks_of(const Cascade& cascade, const Expression& expression) {
  std::vector<std::string> ranks;
  add_ranks(cascade, expression, ranks);
  return ranks;
}

Expression tensor(TensorRef reference) {
  Expression result;
  result.kind = Expression::Kind::kTensor;
  result.tensor = std::move(reference);
  return result;
}

Expression call(const std::string& name, std::vector<Expression> arguments) {
  Expression result;
  result.kind = Expression::Kind::kCall;
  result.name = name;
  result.arguments = std::move(arguments);
  return result;
}

}  // namespace attnsim::workloads
