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

void count_map(const Expression& expression, Subtraction subtraction, Count& count) {
  if (expression.kind != Kind::kCall || !varies(expression)) return;
  const std::string& name = expression.name;
  const Expression& first = expression.arguments.front();
  if (name == "exp" && first.kind == Kind::kCall && first.name == "sub" && subtraction == Subtraction::kInExp) {
    for (const Expression& operand : first.arguments) count_map(operand, subtraction, count);
    ++count[name];
    return;
  }
  for (const Expression& argument : expression.arguments) count_map(argument, subtraction, count);
  const auto varying = std::count_if(expression.arguments.begin(), expression.arguments.end(), varies);
  if (name == "neg" || (name == "mul" && varying < 2)) return;
  ++count[pe_function(name)];
}

// Factors of a product that are no constants.
int varying_factors(const Expression& expression) {
  if (expression.kind != Kind::kCall || expression.name != "mul") return varies(expression) ? 1 : 0;
  return varying_factors(expression.arguments[0]) + varying_factors(expression.arguments[1]);
}

bool names_a_rank(const Cascade& cascade, const Expression& expression) {
  return (expression.kind == Kind::kParameter && cascade.is_rank(expression.name)) ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const Expression& argument) { return names_a_rank(cascade, argument); });
}

// A tensor that nothing but free operations make is still put through a unit: a scaled one, a copy, a coordinate.
void count_passage(const Cascade& cascade, const Expression& map, Count& count) {
  if (!count.empty() || (!varies(map) && !names_a_rank(cascade, map))) return;
  ++count[map.kind == Kind::kCall && map.name == "mul" ? "macc" : "add"];
}

}  // namespace

Count functions_of(const Cascade& cascade, const Einsum& einsum, Subtraction subtraction) {
  Count count;
  const Expression map = expand(cascade, einsum.map);
  count_map(map, subtraction, count);
  if (!einsum.reduction && !einsum.scan) {
    count_passage(cascade, map, count);
    return count;
  }
  const std::string& op = einsum.scan ? einsum.scan->op : einsum.reduction->op;
  if (op == "sum" && varying_factors(map) > 1) return count;
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
    count_map(value, subtraction, count);
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
