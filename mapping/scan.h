// Scans: running reductions, which lanes of the 1D array make one point after another, the value so far in a register.
#pragma once

#include <string>
#include <vector>

#include "mapping/plan.h"

namespace attnsim::mapping {

// Whether an Einsum scans along a declared rank: no two lanes share one of its scans.
bool scans_along(const workloads::Cascade& cascade, const workloads::Einsum& einsum, const std::string& rank);

// Appends to `problems` a scan that is placed on the 2D array.
void check_scan(const Node& node, std::vector<std::string>& problems);

}  // namespace attnsim::mapping
