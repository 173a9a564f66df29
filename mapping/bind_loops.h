// Loops of a group: which ranks are in tiles, how often each loop turns, which Einsums run in which pass.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mapping/plan.h"

namespace attnsim::mapping {

// When an Einsum has its turn in loops that it does not iterate.
struct Turns {
  std::map<std::string, int> pass_of;                            // Einsum -> its pass; none where all are of one
  std::map<std::string, std::vector<std::string>> known_before;  // Einsum -> ranks whose traversals it precedes
};

// Fills in the plan's dims, loops and passes. Appends to `problems` what is not covered or breaks a dependence.
Turns bind_loops(Plan& plan, std::vector<std::string>& problems);

}  // namespace attnsim::mapping
