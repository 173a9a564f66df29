// Walks the expressions and multiplies by the iteration spaces.
#include "workloads/operations.h"

#include <algorithm>

namespace attnsim::workloads {

namespace {

using Kind = Expression::Kind;
using Count = std::map<std::string, std::int64_t>;

bool varies(const Expression& expression) {
  return expression.kind == Kind::kTensor ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(), varies);
}

std::string pe_function(const std::string& name) {
  if (name == "mul") return "macc";
  if (name == "sub") return "add";
  if (name == "div") return "divide";
  if (name == "min" || name == "abs") return "max";
  return name;
}

void count_map(const Expression& expression, Count& count) {
  if (expression.kind != Kind::kCall || !varies(expression)) return;
  const std::string& name = expression.name;
  if (name == "exp" && expression.arguments.front().kind == Kind::kCall && expression.arguments.front().name == "sub") {
    for (const Expression& operand : expression.arguments.front().arguments) count_map(operand, count);
    ++count[name];
    return;
  }
  for (const Expression& argument : expression.arguments) count_map(argument, count);
  const auto varying = std::count_if(expression.arguments.begin(), expression.arguments.end(), varies);
  if (name == "neg" || (name == "mul" && varying < 2)) return;
  ++count[pe_function(name)];
}

}  // namespace

Count functions_of(const Cascade& cascade, const Einsum& einsum) {
  Count count;
  const Expression map = expand(cascade, einsum.map);
  count_map(map, count);
  if (!einsum.reduction) return count;
  const std::string& op = einsum.reduction->op;
  const bool product = map.kind == Kind::kCall && map.name == "mul" && varies(map);
  if (op == "sum" && product && !count.empty()) return count;
  if (const auto own = cascade.operators.find(op); own != cascade.operators.end()) {
    // Its two values vary, whatever they are called.
    Expression value = expand(cascade, own->second.value);
    const auto make_tensors = [&](auto& self, Expression& node) -> void {
      const bool argument = node.kind == Kind::kParameter &&
                            std::find(own->second.arguments.begin(), own->second.arguments.end(), node.name) !=
                                own->second.arguments.end();
      if (argument) node.kind = Kind::kTensor;
      for (Expression& inner : node.arguments) self(self, inner);
    };
    make_tensors(make_tensors, value);
    count_map(value, count);
  } else {
    ++count[op == "sum" ? "add" : op == "min" ? "max" : op];
  }
  return count;
}

std::vector<std::string> all_iteration_ranks(const Cascade& cascade, const Einsum& einsum) {
  std::vector<std::string> ranks = einsum.iteration_ranks();
  if (cascade.iterate && einsum.section == Einsum::Section::kEach &&
      std::find(ranks.begin(), ranks.end(), *cascade.iterate) == ranks.end()) {
    ranks.push_back(*cascade.iterate);
  }
  return ranks;
}

OperationCount operations_of(const Cascade& cascade, const Einsum& einsum) {
  const Polynomial points = Symbols(cascade).volume(all_iteration_ranks(cascade, einsum));
  OperationCount result;
  for (const auto& [function, results] : functions_of(cascade, einsum)) result[function] = Polynomial(results) * points;
  return result;
}

OperationCount operations_of(const Cascade& cascade) {
  OperationCount result;
  for (const Einsum& einsum : cascade.einsums) {
    for (const auto& [function, results] : operations_of(cascade, einsum)) result[function] += results;
  }
  return result;
}

}  // namespace attnsim::workloads
