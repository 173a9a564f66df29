// Einsums to arrays by cost, for a group whose tiles and loops are chosen.
#pragma once

#include <string>
#include <vector>

#include "mapping/derive_roles.h"

namespace attnsim::mapping {

// Einsums for the 2D array: as many as balance both arrays, those that do so while circuits of values that steps hand
// on stay on the 1D array, all that can run there, or the products alone; each list once.
std::vector<std::vector<std::string>> placements(const workloads::Cascade& cascade, const workloads::Workload& workload,
                                                 const arch::Architecture& architecture, const Roles& roles,
                                                 const Group& group);

// A map on the 1D array whose only reader is another one of the same shape hands its results on in a register: the
// pairs of a placed group.
std::vector<std::vector<std::string>> interleaves(const workloads::Cascade& cascade, const Roles& roles,
                                                  const Group& group);

}  // namespace attnsim::mapping
