// Binds predicates to an evaluator's ranks.
#include "sim/functional/masks.h"

#include <algorithm>
#include <memory>

#include "common/error.h"
#include "workloads/predicate.h"

namespace attnsim::sim::functional {

using workloads::BoundPredicate;

workloads::VisitsOf visits_of(const workloads::Cascade& cascade, const workloads::Workload& workload,
                              std::int64_t heads_sharing) {
  return [&cascade, &workload, heads_sharing](const workloads::Einsum& einsum,
                                              const std::vector<std::string>& ranks) -> workloads::Visits {
    const auto predicate = cascade.predicate_of(einsum);
    if (!predicate) return {};
    if (!cascade.metadata.empty()) {
      throw common::InputError(predicate->where,
                               "looks up metadata; a run on data knows predicates over coordinates alone");
    }
    auto bound = std::make_shared<BoundPredicate>(*predicate, ranks, predicate_values(cascade, workload));
    std::vector<std::int64_t> divisors;
    for (const std::string& rank : ranks) {
      const auto declared = std::find_if(cascade.ranks.begin(), cascade.ranks.end(),
                                         [&](const auto& candidate) { return candidate.first == rank; });
      divisors.push_back(declared->second == "queries" ? heads_sharing : 1);
    }
    return
        [bound, divisors, point = std::vector<std::int64_t>(ranks.size())](std::span<const std::int64_t> at) mutable {
          for (std::size_t rank = 0; rank < at.size(); ++rank) point[rank] = at[rank] / divisors[rank];
          return bound->holds(point);
        };
  };
}

}  // namespace attnsim::sim::functional
