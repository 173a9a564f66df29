// The rules of predicates: types, names, ranks at hand, divisors, and metadata that something looks up.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/rules.h"
#include "workloads/workload.h"

namespace attnsim::workloads {

namespace {

using common::InputError;
using Kind = IndexExpression::Kind;

bool gives_truth(const IndexExpression& expression) {
  if (expression.kind != Kind::kCall) return false;
  const auto function = index_functions().find(expression.name);
  return function != index_functions().end() && function->second.gives_truth;
}

class Predicates {
 public:
  Predicates(const Cascade& cascade, const Places& places) : cascade_(cascade), places_(places) {}

  void check() {
    for (const TensorRef& table : cascade_.metadata) check_table(table);
    if (cascade_.predicate) check(*cascade_.predicate, nullptr);
    for (const Einsum& einsum : cascade_.einsums) {
      if (einsum.predicate) check(*einsum.predicate, &einsum);
      check_indices(einsum.map, einsum);
    }
    check_use();
  }

 private:
  void check_table(const TensorRef& table) const {
    for (const std::string& rank : table.ranks) {
      if (cascade_.is_rank(rank) && cascade_.base_rank(rank) == rank) continue;
      throw InputError(places_.at("metadata." + table.tensor), common::unknown_name("rank", rank, declared_ranks()));
    }
  }

  std::vector<std::string> declared_ranks() const {
    std::vector<std::string> known;
    for (const auto& [rank, extent] : cascade_.ranks) known.push_back(rank);
    return known;
  }

  void check_indices(const Expression& expression, const Einsum& einsum) {
    for (const IndexExpression& index : expression.tensor.indices) {
      const Predicate as_predicate{index, einsum.where};
      if (gives_truth(index)) refuse_type(index, false, expression.tensor.tensor, as_predicate);
      check(index, as_predicate);
      for (const std::string& name : names(index)) check_name(name, as_predicate, &einsum);
    }
    for (const Expression& argument : expression.arguments) check_indices(argument, einsum);
  }

  // `einsum` is the one whose own predicate it is; null for the cascade's.
  void check(const Predicate& predicate, const Einsum* einsum) {
    if (!gives_truth(predicate.condition)) {
      fail(predicate, fmt::format("'{}' is a number; compare it, as in m <= p", to_string(predicate.condition)));
    }
    check(predicate.condition, predicate);
    for (const std::string& name : names(predicate.condition)) check_name(name, predicate, einsum);
  }

  void check(const IndexExpression& expression, const Predicate& predicate) {
    if (expression.kind == Kind::kTable) check_lookup(expression, predicate);
    if (expression.kind == Kind::kCall) check_call(expression, predicate);
    for (const IndexExpression& argument : expression.arguments) check(argument, predicate);
  }

  void check_lookup(const IndexExpression& lookup, const Predicate& predicate) {
    const TensorRef* table = cascade_.declared(lookup.name);
    if (table == nullptr) {
      fail(predicate, fmt::format("'{}' must be made by an Einsum or declared under 'metadata', such as [\"{}[m]\"]",
                                  lookup.name, lookup.name));
    }
    const bool is_metadata = std::any_of(cascade_.metadata.begin(), cascade_.metadata.end(),
                                         [&](const TensorRef& known) { return known.tensor == lookup.name; });
    for (const std::string& rank : table->ranks) {
      const bool whole = cascade_.parts(rank).size() == 1 && cascade_.base_rank(rank) == rank;
      if (is_metadata || whole) continue;
      fail(predicate, fmt::format("{} looks up a tensor along '{}', which is split; only whole ranks are looked up",
                                  to_string(lookup), rank));
    }
    if (lookup.arguments.size() != table->ranks.size()) {
      fail(predicate, fmt::format("{} has the wrong number of indices; {} has {}", to_string(lookup), to_string(*table),
                                  table->ranks.size()));
    }
    for (const IndexExpression& index : lookup.arguments) {
      if (gives_truth(index)) refuse_type(index, false, lookup.name, predicate);
    }
    looked_up_.push_back(lookup.name);
  }

  void check_call(const IndexExpression& call, const Predicate& predicate) const {
    const auto function = index_functions().find(call.name);
    if (function == index_functions().end()) {
      fail(predicate, common::unknown_name("function", call.name, {"abs", "max", "min"}));
    }
    if (call.arguments.size() != static_cast<std::size_t>(function->second.arguments)) {
      fail(predicate, fmt::format("'{}' takes {} argument{} (got {})", call.name, function->second.arguments,
                                  function->second.arguments == 1 ? "" : "s", call.arguments.size()));
    }
    for (const IndexExpression& argument : call.arguments) {
      if (gives_truth(argument) != function->second.takes_truth) {
        refuse_type(argument, function->second.takes_truth, call.name, predicate);
      }
    }
    if (call.name == "div" || call.name == "mod") check_divisor(call.arguments[1], predicate);
  }

  void check_divisor(const IndexExpression& divisor, const Predicate& predicate) const {
    const std::set<std::string> used = names(divisor);
    const bool varies = !tables(divisor).empty() || std::any_of(used.begin(), used.end(), [&](const std::string& name) {
      return cascade_.is_rank(name);
    });
    if (varies) {
      fail(predicate, fmt::format("'{}' divides and changes from point to point; divide by a number or a parameter",
                                  to_string(divisor)));
    }
  }

  [[noreturn]] static void refuse_type(const IndexExpression& argument, bool wants_truth, const std::string& user,
                                       const Predicate& predicate) {
    fail(predicate, wants_truth
                        ? fmt::format("'{}' is a number, but '{}' joins conditions; compare it, as in m <= p",
                                      to_string(argument), user)
                        : fmt::format("'{}' is a condition, but '{}' takes numbers", to_string(argument), user));
  }

  void check_name(const std::string& name, const Predicate& predicate, const Einsum* einsum) const {
    if (cascade_.is_rank(name)) {
      check_rank(name, predicate, einsum);
      return;
    }
    if (const auto parameter = cascade_.parameters.find(name); parameter != cascade_.parameters.end()) {
      const double value = parameter->second;
      if (std::isinf(value) || value == std::floor(value)) return;
      fail(predicate, fmt::format("'{}' must be a whole number in a predicate (got {})", name, value));
    }
    std::vector<std::string> known = Workload::quantities();
    known.emplace_back("offset");
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    for (const std::string& rank : declared_ranks()) known.push_back(rank);
    for (const auto& [parameter, value] : cascade_.parameters) known.push_back(parameter);
    fail(predicate, common::unknown_name("rank, parameter or quantity", name, known));
  }

  void check_rank(const std::string& rank, const Predicate& predicate, const Einsum* einsum) const {
    const std::string base = cascade_.base_rank(rank);
    if (base != rank) {
      fail(predicate,
           fmt::format("'{}' is a part of '{}', whose size is the mapping's choice; write '{}'", rank, base, base));
    }
    const auto has = [&](const Einsum& candidate) {
      const std::vector<std::string> whole = cascade_.whole_ranks(candidate);
      return std::find(whole.begin(), whole.end(), rank) != whole.end();
    };
    if (einsum != nullptr && !has(*einsum)) {
      fail(predicate, fmt::format("'{}' is not a rank that this Einsum runs through; it has {}", rank,
                                  fmt::join(cascade_.whole_ranks(*einsum), ", ")));
    }
  }

  // A predicate that no Einsum has all ranks of would mask nothing.
  void check_use() const {
    const bool reaches_none = cascade_.predicate && std::none_of(cascade_.einsums.begin(), cascade_.einsums.end(),
                                                                 [&](const Einsum& einsum) { return reaches(einsum); });
    if (reaches_none) {
      fail(*cascade_.predicate, fmt::format("no Einsum runs through all ranks of '{}'; drop one of them",
                                            to_string(cascade_.predicate->condition)));
    }
    for (const TensorRef& table : cascade_.metadata) {
      if (std::find(looked_up_.begin(), looked_up_.end(), table.tensor) != looked_up_.end()) continue;
      throw InputError(places_.at("metadata." + table.tensor),
                       fmt::format("no predicate looks up '{}'; use it or drop it", table.tensor));
    }
  }

  bool reaches(const Einsum& einsum) const {
    const std::vector<std::string> whole = cascade_.whole_ranks(einsum);
    const std::set<std::string> used = names(cascade_.predicate->condition);
    return std::all_of(used.begin(), used.end(), [&](const std::string& name) {
      return !cascade_.is_rank(name) || std::find(whole.begin(), whole.end(), name) != whole.end();
    });
  }

  [[noreturn]] static void fail(const Predicate& predicate, const std::string& what) {
    throw InputError(predicate.where, what);
  }

  const Cascade& cascade_;
  const Places& places_;
  std::vector<std::string> looked_up_;
};

}  // namespace

void check_predicates(const Cascade& cascade, const Places& places) { Predicates(cascade, places).check(); }

}  // namespace attnsim::workloads
