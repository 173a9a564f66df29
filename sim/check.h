// Claims that must hold for every run, whatever its inputs: what `simulate check` and the validation hold it against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/run.h"

namespace attnsim::sim {

struct Check {
  std::string claim;
  bool holds = true;
  bool left_out = false;  // not tried; `detail` says why
  std::string detail;     // figures, or what differs
};

// The first figure in which two engines differ ("array_2d busy cycles: 10, 11"); empty where they agree on the total,
// on every unit's busy and stall cycles and on every instruction's count, first and last start and busy cycles.
std::string first_difference(const mapping::Program& program, const Timing& left, const Timing& right);

// Runs the fast engine, and the systemc engine where the run is shorter than `systemc_limit` cycles.
std::vector<Check> check(const Prepared& prepared, std::int64_t systemc_limit, const EngineOptions& options = {});

}  // namespace attnsim::sim
