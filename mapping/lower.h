// Lowering: cascade x workload x architecture x mapping -> Program. One mechanism for every cascade; LOWERING in
// mapping/README.md says how.
#pragma once

#include <string>
#include <vector>

#include "arch/architecture.h"
#include "mapping/dataflow.h"
#include "mapping/mapping.h"
#include "mapping/mask_tables.h"
#include "mapping/program.h"
#include "workloads/cascade.h"
#include "workloads/workload.h"

namespace attnsim::mapping {

// Throws common::InputError, one line that names each broken rule: does not cover, does not fit (registers, buffer),
// breaks a dependence, misses a PE function or a unit. `dataflow`, if given, gets one entry a block. `masks` gives what
// the cascade's predicate looks up; a cascade that makes its mask needs it.
Program lower(const workloads::Cascade& cascade, const workloads::Workload& workload,
              const arch::Architecture& architecture, const Mapping& mapping, std::vector<Dataflow>* dataflow = nullptr,
              const MaskSource& masks = {});

// The same for a mapping that covers some of the cascade's Einsums only; what others make comes from DRAM.
Program lower_part(const workloads::Cascade& cascade, const workloads::Workload& workload,
                   const arch::Architecture& architecture, const Mapping& mapping, const MaskSource& masks = {});

}  // namespace attnsim::mapping
