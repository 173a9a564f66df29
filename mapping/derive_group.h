// How Einsums may run as one group: whether their loops nest, and the tilings, orders and placements worth a try.
#pragma once

#include <string>
#include <vector>

#include "mapping/mapping.h"

namespace attnsim::mapping {

// Whether one nest of loops can run these Einsums, which are neighbours in the cascade: the loops of each are the outer
// ones of the nest, so that none runs twice for the same values, and at most one rank is traversed several times.
bool loops_nest(const workloads::Cascade& cascade, const workloads::Workload& workload,
                const arch::Architecture& architecture, const std::vector<std::string>& einsums);

// Groups that run them, best guesses first. A later tier has smaller tiles, or lets scores spill: it is for where
// nothing in the ones before fits.
std::vector<std::vector<Group>> propose_groups(const workloads::Cascade& cascade, const workloads::Workload& workload,
                                               const arch::Architecture& architecture,
                                               const std::vector<std::string>& einsums);

}  // namespace attnsim::mapping
