// Follows what differs from one query head to the next through the cascade.
#include "mapping/sharing.h"

#include <algorithm>
#include <set>

#include "mapping/plan.h"
#include "mapping/view.h"

namespace attnsim::mapping {
namespace {

using workloads::Cascade;
using workloads::Einsum;
using workloads::TensorRef;

bool counts(const Cascade& cascade, const std::vector<std::string>& ranks, const std::string& quantity) {
  return std::any_of(cascade.ranks.begin(), cascade.ranks.end(),
                     [&](const auto& rank) { return rank.second == quantity && contains(ranks, rank.first); });
}

// Whether a tensor without queries is one query head's own, not that of the K and V that heads share.
bool is_of_one_head(const Cascade& cascade, const std::string& tensor, std::set<std::string>& seen) {
  const TensorRef* declared = cascade.declared(tensor);
  if (declared == nullptr || counts(cascade, declared->ranks, "queries") || !seen.insert(tensor).second) return false;
  if (cascade.is_input(tensor)) return !counts(cascade, declared->ranks, "keys");
  return std::any_of(cascade.einsums.begin(), cascade.einsums.end(), [&](const Einsum& einsum) {
    if (einsum.name != tensor) return false;
    const auto inputs = einsum.inputs();
    return std::any_of(inputs.begin(), inputs.end(), [&](const TensorRef& read) {
      return counts(cascade, read.ranks, "queries") || is_of_one_head(cascade, read.tensor, seen);
    });
  });
}

bool tells_heads_apart(const Cascade& cascade, const Einsum& einsum) {
  for (const TensorRef& read : einsum.inputs()) {
    if (read.indices.empty()) continue;
    if (counts(cascade, read.ranks, "queries") || !lookups_of(read).empty()) return true;
    if (counts(cascade, cascade.declared(read.tensor)->ranks, "queries")) return true;
  }
  const auto predicate = cascade.predicate_of(einsum);
  if (!predicate) return false;
  const auto tables = workloads::tables(predicate->condition);
  return std::any_of(tables.begin(), tables.end(),
                     [&](const std::string& table) { return cascade.producer(table) != nullptr; });
}

}  // namespace

bool shares_queries(const Cascade& cascade, const std::vector<std::string>& einsums) {
  for (const Einsum& einsum : cascade.einsums) {
    if (tells_heads_apart(cascade, einsum)) return false;
    if (!contains(einsums, einsum.name)) continue;
    if (counts(cascade, einsum.iteration_ranks(), "queries") && !counts(cascade, einsum.output.ranks, "queries")) {
      return false;
    }
    for (const TensorRef& read : einsum.inputs()) {
      std::set<std::string> seen;
      if (is_of_one_head(cascade, read.tensor, seen)) return false;
    }
  }
  return true;
}

}  // namespace attnsim::mapping
