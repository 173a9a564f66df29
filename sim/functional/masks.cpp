// Binds predicates to an evaluator's ranks.
#include "sim/functional/masks.h"

#include "common/error.h"
#include "workloads/predicate.h"

namespace attnsim::sim::functional {

workloads::VisitsOf visits_of(const workloads::Cascade& cascade, const workloads::Workload& workload) {
  return [&cascade, &workload](const workloads::Einsum& einsum,
                               const std::vector<std::string>& ranks) -> workloads::Visits {
    const auto predicate = cascade.predicate_of(einsum);
    if (!predicate) return {};
    if (!workloads::tables(predicate->condition).empty()) {
      throw common::InputError(predicate->where,
                               "looks up a tensor; a run on data knows predicates over coordinates alone");
    }
    const workloads::BoundPredicate bound(*predicate, ranks, predicate_values(cascade, workload));
    return [bound](std::span<const std::int64_t> point) { return bound.holds(point); };
  };
}

}  // namespace attnsim::sim::functional
