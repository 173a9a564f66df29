// Legality of scans.
#include "mapping/scan.h"

#include <algorithm>

#include <fmt/format.h>

namespace attnsim::mapping {

bool scans_along(const workloads::Cascade& cascade, const workloads::Einsum& einsum, const std::string& rank) {
  return einsum.scan && std::any_of(einsum.scan->ranks.begin(), einsum.scan->ranks.end(),
                                    [&](const std::string& part) { return cascade.base_rank(part) == rank; });
}

void check_scan(const Plan& plan, const Node& node, std::vector<std::string>& problems) {
  const workloads::Einsum& einsum = *node.einsum;
  if (!einsum.scan) return;
  if (node.unit == kArray2d) {
    problems.push_back(fmt::format("does not fit: {} scans, which lanes do; leave it out of array_2d", einsum.name));
  }
  for (const std::string& part : einsum.scan->ranks) {
    const std::string rank = plan.cascade->base_rank(part);
    const Dim& dim = plan.dims.at(rank);
    if (dim.tiles == 1) continue;
    problems.push_back(fmt::format(
        "breaks a dependence: {} scans along all of {} at once, which is in {} tiles; leave {}0 out of tile",
        einsum.name, rank, dim.tiles, rank));
  }
}

}  // namespace attnsim::mapping
