// Mappings from structure alone: which Einsums fuse, how their ranks are tiled, ordered and spread, what runs where.
// mapping/README.md, "Derived mappings", has the rules.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "mapping/mapping.h"

namespace attnsim::mapping {

// The name by which a derived mapping is asked for.
inline constexpr const char* kAutoMapping = "auto";

// Cycles of a mapping that may cover some of the cascade's Einsums only. Throws common::InputError where it does not
// run.
using CyclesOf = std::function<std::int64_t(const Mapping&)>;

// The fastest of the mappings that the rules propose. A fused group is taken where it is no slower than its parts one
// by one, so the mapping is never slower than the one without `fuse`, whose groups are one Einsum or one iteration.
// Throws common::InputError where an Einsum runs in none of the proposed ways: what the first of them lacks.
Mapping derive_mapping(const workloads::Cascade& cascade, const workloads::Workload& workload,
                       const arch::Architecture& architecture, const CyclesOf& cycles, bool fuse = true);

}  // namespace attnsim::mapping
