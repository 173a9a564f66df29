// Binds predicates to an evaluator's ranks.
#include "sim/functional/masks.h"

#include "workloads/predicate.h"

namespace attnsim::sim::functional {

workloads::Visits visits_of(const workloads::Instance& instance, const workloads::Einsum& einsum,
                            const std::vector<std::string>& ranks, const workloads::Tensors& tensors) {
  const auto predicate = instance.cascade().predicate_of(einsum);
  if (!predicate) return {};
  std::map<std::string, workloads::Table> tables;
  for (const std::string& name : workloads::tables(predicate->condition)) {
    const auto known = tensors.find(name);
    const std::size_t sides = instance.cascade().declared(name)->ranks.size();
    tables[name] = known != tensors.end() ? workloads::table_of(known->second)
                                          : workloads::Table{std::vector<std::int64_t>(sides, 0), {}};
  }
  const workloads::BoundPredicate bound(*predicate, ranks, instance.index_values(), std::move(tables));
  return [bound](std::span<const std::int64_t> point) { return bound.holds(point); };
}

bool looks_up(const workloads::Cascade& cascade, const workloads::Einsum& einsum) {
  const auto predicate = cascade.predicate_of(einsum);
  return predicate && !workloads::tables(predicate->condition).empty();
}

std::set<std::string> whole_numbers(const workloads::Cascade& cascade) {
  std::set<std::string> found;
  for (const workloads::Einsum& einsum : cascade.einsums) {
    if (einsum.reduction && einsum.reduction->op == "topk") found.insert(einsum.name);
    if (const auto predicate = cascade.predicate_of(einsum)) found.merge(workloads::tables(predicate->condition));
    for (const workloads::TensorRef& read : einsum.inputs()) {
      for (const workloads::IndexExpression& index : read.indices) found.merge(workloads::tables(index));
    }
  }
  return found;
}

}  // namespace attnsim::sim::functional
