// Legality of scans.
#include "mapping/scan.h"

#include <algorithm>

#include <fmt/format.h>

namespace attnsim::mapping {

bool scans_along(const workloads::Cascade& cascade, const workloads::Einsum& einsum, const std::string& rank) {
  return einsum.scan && std::any_of(einsum.scan->ranks.begin(), einsum.scan->ranks.end(),
                                    [&](const std::string& part) { return cascade.base_rank(part) == rank; });
}

void check_scan(const Node& node, std::vector<std::string>& problems) {
  if (!node.einsum->scan || node.unit != kArray2d) return;
  problems.push_back(
      fmt::format("does not fit: {} scans, which lanes do; leave it out of array_2d", node.einsum->name));
}

}  // namespace attnsim::mapping
