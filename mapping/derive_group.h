// How Einsums may run as one group: whether their loops nest, and the tilings, orders and placements worth a try.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mapping/mapping.h"

namespace attnsim::mapping {

// Whether one nest of loops can run these Einsums, which are neighbours in the cascade: the loops of each are the outer
// ones of the nest, so that none runs twice for the same values, and at most one rank is traversed several times.
bool loops_nest(const workloads::Cascade& cascade, const workloads::Workload& workload,
                const arch::Architecture& architecture, const std::vector<std::string>& einsums);

// How large tiles may be. A later tier is for where nothing in the ones before fits: smaller tiles, then scores that
// spill to DRAM between passes.
struct Tier {
  std::int64_t temporal = 512;  // the most elements of a rank that PEs or lanes take in turn
  bool spill = false;
};
inline constexpr std::array<Tier, 8> kTiers = {
    {{512, false}, {64, false}, {8, false}, {1, false}, {512, true}, {64, true}, {8, true}, {1, true}}};

// Groups that run these Einsums, best guesses first.
std::vector<Group> propose_groups(const workloads::Cascade& cascade, const workloads::Workload& workload,
                                  const arch::Architecture& architecture, const std::vector<std::string>& einsums,
                                  const Tier& tier);

}  // namespace attnsim::mapping
