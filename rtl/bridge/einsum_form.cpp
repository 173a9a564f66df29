// Matches right-hand sides with the PE's and the lane's operations.
#include "rtl/bridge/einsum_form.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"

namespace attnsim::rtl {
namespace {

using workloads::Expression;
using Kind = Expression::Kind;

bool is_tensor(const Expression& expression) { return expression.kind == Kind::kTensor; }

bool has_rank(const workloads::Cascade& cascade, const workloads::TensorRef& tensor, const std::string& declared) {
  return std::any_of(tensor.ranks.begin(), tensor.ranks.end(),
                     [&](const std::string& rank) { return cascade.base_rank(rank) == declared; });
}

// The factors of A * B or constant * A * B.
bool take_product(const workloads::Instance& instance, const Expression& product, EinsumForm& form) {
  if (!is_call(product, "mul", 2)) return false;
  const Expression* first = &product.arguments[0];
  const Expression& second = product.arguments[1];
  if (is_call(*first, "mul", 2)) {
    form.scale = constant_of(instance, first->arguments[0]);
    if (!form.scale) return false;
    first = &first->arguments[1];
  }
  if (!is_tensor(*first) || !is_tensor(second)) return false;
  form.operands = {first->tensor, second.tensor};
  return true;
}

bool match_2d(const workloads::Instance& instance, const mapping::Action& action, const Expression& map,
              EinsumForm& form) {
  const workloads::Cascade& cascade = instance.cascade();
  const workloads::Einsum& einsum = *action.einsum;
  const auto over = [&](const workloads::TensorRef& tensor) {
    return std::pair(has_rank(cascade, tensor, action.rows), has_rank(cascade, tensor, action.columns));
  };
  const std::pair in_pe(true, true);
  const std::pair left(true, false);
  const std::pair top(false, true);
  if (!einsum.reduction) {  // exp(a - b), a in the PEs and b from the lanes
    if (!is_call(map, "exp", 1) || !is_call(map.arguments[0], "sub", 2)) return false;
    const Expression& a = map.arguments[0].arguments[0];
    const Expression& b = map.arguments[0].arguments[1];
    if (!is_tensor(a) || !is_tensor(b) || over(a.tensor) != in_pe || over(b.tensor) != top) return false;
    form.pe_op = PeOp::kExp;
    form.operands = {a.tensor, b.tensor};
    return true;
  }
  const std::string& op = einsum.reduction->op;
  const bool over_rows = std::any_of(einsum.reduction->ranks.begin(), einsum.reduction->ranks.end(),
                                     [&](const std::string& rank) { return cascade.base_rank(rank) == action.rows; });
  if (over_rows && is_tensor(map) && over(map.tensor) == in_pe && (op == "max" || op == "sum")) {
    form.pe_op = op == "max" ? PeOp::kReduceMax : PeOp::kReduceAdd;
    form.operands = {map.tensor};
    return true;
  }
  if (op != "sum" || !take_product(instance, map, form)) return false;
  const auto a = over(form.operands[0]);
  const auto b = over(form.operands[1]);
  form.pe_op = over_rows ? PeOp::kReduceMacc : PeOp::kMacc;
  if (over_rows) return !form.scale && ((a == in_pe && b == left) || (a == left && b == in_pe));
  // Where the results have no rows, row 0 makes them: its operand has none either.
  const auto is_left = [&](const std::pair<bool, bool>& over_which) {
    return over_which == left ||
           (!has_rank(cascade, einsum.output, action.rows) && over_which == std::pair(false, false));
  };
  return (a == top && is_left(b)) || (is_left(a) && b == top && !form.scale);
}

bool match_1d(const workloads::Instance& instance, const mapping::Action& action, const Expression& map,
              EinsumForm& form) {
  auto program = lane_program(instance, *action.einsum, map);
  if (!program) return false;
  form.lanes = std::move(*program);
  return true;
}

}  // namespace

EinsumForm form_of(const workloads::Instance& instance, const mapping::Action& action,
                   const std::string& mapping_name) {
  EinsumForm form;
  const Expression map = workloads::expand(instance.cascade(), action.einsum->map);
  const bool matches = action.unit == mapping::kArray2d   ? match_2d(instance, action, map, form)
                       : action.unit == mapping::kArray1d ? match_1d(instance, action, map, form)
                                                          : false;
  if (matches) return form;
  throw common::InputError(
      {mapping_name, 0, ""},
      fmt::format("the rtl engine has no instruction for {} on {}; take --engine systemc", action.einsum->text,
                  action.unit == mapping::kArray2d   ? "array_2d"
                  : action.unit == mapping::kArray1d ? "array_1d"
                                                     : "this unit"));
}

}  // namespace attnsim::rtl
