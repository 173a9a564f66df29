// The lower bound on a Program's cycles: no run is shorter than the work of its busiest unit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/program.h"
#include "sim/actions.h"

namespace attnsim::sim {

struct Bound {
  std::int64_t lower_bound_cycles = 0;    // sum over the blocks of the busiest unit's cycles
  std::string limiter;                    // the unit that contributes most to it
  std::vector<std::int64_t> unit_cycles;  // [unit] all its work
};

// Blocks follow one another, so their bounds add up.
Bound lower_bound(const mapping::Program& program, const ProgramActions& actions);

}  // namespace attnsim::sim
