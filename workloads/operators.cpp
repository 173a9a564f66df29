// Functions, user-named operators and parameters: what expressions may call and name, and the expansion of operators.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "workloads/associativity.h"
#include "workloads/rules.h"
#include "workloads/workload.h"

namespace attnsim::workloads {

namespace {

using common::InputError;
using common::Location;
using Kind = Expression::Kind;

// An expanded expression may have this many nodes; operators that call one another double in size at every level.
constexpr int kMaxNodes = 2000;

using Bindings = std::map<std::string, Expression>;

int nodes(const Expression& expression) {
  int count = 1;
  for (const Expression& argument : expression.arguments) count += nodes(argument);
  return count;
}

// Throws std::length_error where fewer than zero nodes would be left.
Expression expand_within(const Cascade& cascade, const Expression& expression, const Bindings& bindings, int& left) {
  const auto take = [&left](int count) {
    left -= count;
    if (left < 0) throw std::length_error("expanded expression");
  };
  if (expression.kind == Kind::kParameter) {
    if (const auto bound = bindings.find(expression.name); bound != bindings.end()) {
      take(nodes(bound->second));
      return bound->second;
    }
  }
  take(1);
  Expression result = expression;
  for (Expression& argument : result.arguments) argument = expand_within(cascade, argument, bindings, left);
  const auto named = cascade.operators.find(expression.name);
  if (expression.kind != Kind::kCall || named == cascade.operators.end() || named->second.is_reduction) return result;
  Bindings inner;
  for (std::size_t i = 0; i < result.arguments.size(); ++i) {
    inner[named->second.arguments.at(i)] = result.arguments[i];
  }
  return expand_within(cascade, named->second.value, inner, left);
}

class Calls {
 public:
  Calls(const Cascade& cascade, const Places& places) : cascade_(cascade), places_(places) {}

  void check() {
    for (const auto& [name, op] : cascade_.operators) check_operator(name, op);
    for (const Einsum& einsum : cascade_.einsums) {
      if (einsum.reduction) check_reduction(*einsum.reduction, einsum.where);
      if (einsum.scan) check_scan(*einsum.scan, einsum.where);
      if (einsum.predicate) use_parameters(*einsum.predicate);
      whole_ranks_ = cascade_.whole_ranks(einsum);
      check_expression(einsum.map, nullptr, einsum.where);
    }
    if (cascade_.predicate) use_parameters(*cascade_.predicate);
    for (const auto& [rank, extent] : cascade_.ranks) {
      use_parameters({parse_index(extent, places_.at("ranks." + rank)), places_.at("ranks." + rank)});
    }
    for (const auto& [name, op] : cascade_.operators) check_recursion(name, {});
    for (const Einsum& einsum : cascade_.einsums) check_size(einsum.map, einsum.where);
    for (const auto& [name, op] : cascade_.operators)
      refuse_unused("operators." + name, used_operators_.contains(name));
    for (const auto& [name, value] : cascade_.parameters) {
      refuse_unused("parameters." + name, used_parameters_.contains(name));
    }
  }

 private:
  void check_operator(const std::string& name, const Operator& op) {
    const Location& where = places_.at("operators." + name);
    if (functions().contains(name) || name == "sum" || name == "topk") {
      throw InputError(where, fmt::format("'{}' is a function already; choose another name", name));
    }
    used_names_.clear();
    check_expression(op.value, &op, where);
    for (const std::string& argument : op.arguments) {
      if (!used_names_.contains(argument)) {
        throw InputError(where, fmt::format("value does not use the argument '{}'; use it or drop it", argument));
      }
    }
  }

  void check_scan(const Reduction& scan, const Location& where) {
    check_reduction(scan, where);
    if (scan.op == "topk") {
      throw InputError(where, "topk selects, which no scan does; scan with sum, max, min or a reduction of your own");
    }
    if (!cascade_.operators.contains(scan.op)) return;
    if (const auto found = counterexample(cascade_, scan.op)) {
      throw InputError(where, fmt::format("'{}' is not associative, so nothing can scan with it: {}", scan.op, *found));
    }
  }

  void check_reduction(const Reduction& reduction, const Location& where) {
    const std::string& op = reduction.op;
    if (op == "sum" || op == "max" || op == "min" || op == "topk") return;
    const auto named = cascade_.operators.find(op);
    if (named != cascade_.operators.end() && named->second.is_reduction) {
      used_operators_.insert(op);
      check_recursion(op, {});
      check_size(named->second.value, where);
      return;
    }
    std::vector<std::string> known = {"max", "min", "sum", "topk"};
    for (const auto& [name, candidate] : cascade_.operators) {
      if (candidate.is_reduction) known.push_back(name);
    }
    throw InputError(where, common::unknown_name("reduction", op, known));
  }

  // `op` is the operator whose value this is, null in an Einsum.
  void check_expression(const Expression& expression, const Operator* op, const Location& where) {
    if (expression.kind == Kind::kTensor && op != nullptr) {
      throw InputError(where, fmt::format("value reads the tensor {}; an operator sees its arguments only, so pass it",
                                          to_string(expression.tensor)));
    }
    for (const IndexExpression& index : expression.tensor.indices) use_parameters({index, where});
    if (expression.kind == Kind::kParameter) check_parameter(expression.name, op, where);
    if (expression.kind == Kind::kCall) check_call(expression, where);
    for (const Expression& argument : expression.arguments) check_expression(argument, op, where);
  }

  void use_parameters(const Predicate& predicate) {
    const std::set<std::string> used = names(predicate.condition);
    used_parameters_.insert(used.begin(), used.end());
  }

  void check_parameter(const std::string& name, const Operator* op, const Location& where) {
    const std::vector<std::string> arguments = op != nullptr ? op->arguments : std::vector<std::string>();
    used_names_.insert(name);
    if (std::find(arguments.begin(), arguments.end(), name) != arguments.end()) return;
    if (cascade_.parameters.contains(name)) {
      used_parameters_.insert(name);
      return;
    }
    const std::vector<std::string> quantities = Workload::quantities();
    const bool is_quantity = std::find(quantities.begin(), quantities.end(), name) != quantities.end();
    if (name == "scale" || name == "offset" || is_quantity) return;
    if (cascade_.is_rank(name)) {
      check_coordinate(name, op, where);
      return;
    }
    if (cascade_.is_input(name) || cascade_.producer(name) != nullptr) {
      throw InputError(where, fmt::format("'{}' is a tensor; write its ranks, such as {}[p]", name, name));
    }
    std::vector<std::string> known = arguments;
    known.insert(known.end(), {"offset", "scale"});
    known.insert(known.end(), quantities.begin(), quantities.end());
    for (const auto& [parameter, value] : cascade_.parameters) known.push_back(parameter);
    throw InputError(where, common::unknown_name("parameter", name, known));
  }

  // A rank's name stands for its coordinate where the Einsum runs through it.
  void check_coordinate(const std::string& rank, const Operator* op, const Location& where) const {
    if (op != nullptr) {
      throw InputError(where, fmt::format("value reads the coordinate '{}'; an operator sees its arguments only, so "
                                          "pass it",
                                          rank));
    }
    if (std::find(whole_ranks_.begin(), whole_ranks_.end(), rank) != whole_ranks_.end()) return;
    throw InputError(where,
                     fmt::format("'{}' stands for a coordinate here, but this Einsum does not run through all of "
                                 "it; it has {}",
                                 rank, fmt::join(whole_ranks_, ", ")));
  }

  void check_call(const Expression& call, const Location& where) {
    const auto named = cascade_.operators.find(call.name);
    const bool reduces =
        call.name == "sum" || call.name == "topk" || (named != cascade_.operators.end() && named->second.is_reduction);
    if (reduces) {
      throw InputError(
          where, fmt::format("'{}' is a reduction; write {}(rank) and then a term, as the whole right side", call.name,
                             call.name));
    }
    std::size_t wanted = 0;
    if (named != cascade_.operators.end()) {
      used_operators_.insert(call.name);
      wanted = named->second.arguments.size();
    } else if (const auto function = functions().find(call.name); function != functions().end()) {
      wanted = static_cast<std::size_t>(function->second);
    } else {
      std::vector<std::string> known;
      for (const auto& [name, count] : functions()) known.push_back(name);
      for (const auto& [name, op] : cascade_.operators) {
        if (!op.is_reduction) known.push_back(name);
      }
      throw InputError(where, common::unknown_name("function", call.name, known));
    }
    if (call.arguments.size() != wanted) {
      throw InputError(where, fmt::format("'{}' takes {} argument{} (got {})", call.name, wanted,
                                          wanted == 1 ? "" : "s", call.arguments.size()));
    }
  }

  // Walks the calls of an operator's value; `path` holds the operators that lead there.
  void check_recursion(const std::string& name, std::vector<std::string> path) {
    if (proven_.contains(name)) return;
    const bool again = std::find(path.begin(), path.end(), name) != path.end();
    path.push_back(name);
    if (again) {
      throw InputError(places_.at("operators." + name),
                       fmt::format("operators may not call themselves (got {})", fmt::join(path, " -> ")));
    }
    visit_calls(cascade_.operators.at(name).value, path);
    proven_.insert(name);
  }

  void visit_calls(const Expression& expression, const std::vector<std::string>& path) {
    if (expression.kind == Kind::kCall && cascade_.operators.contains(expression.name)) {
      check_recursion(expression.name, path);
    }
    for (const Expression& argument : expression.arguments) visit_calls(argument, path);
  }

  void check_size(const Expression& expression, const Location& where) const {
    int left = kMaxNodes;
    try {
      expand_within(cascade_, expression, {}, left);
    } catch (const std::length_error&) {
      throw InputError(where, fmt::format("more than {} terms when its operators are expanded; split it into "
                                          "several Einsums",
                                          kMaxNodes));
    }
  }

  void refuse_unused(const std::string& place, bool used) {
    if (!used) throw InputError(places_.at(place), "declared, but nothing uses it; use it or drop it");
  }

  const Cascade& cascade_;
  const Places& places_;
  std::set<std::string> used_operators_;
  std::set<std::string> used_parameters_;
  std::set<std::string> used_names_;
  std::set<std::string> proven_;
  std::vector<std::string> whole_ranks_;  // of the Einsum at hand
};

}  // namespace

Expression expand(const Cascade& cascade, const Expression& expression) {
  int left = kMaxNodes;
  return expand_within(cascade, expression, {}, left);
}

void check_calls(const Cascade& cascade, const Places& places) { Calls(cascade, places).check(); }

}  // namespace attnsim::workloads
