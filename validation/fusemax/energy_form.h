// The published energies as formulas, for the cells that are not listed; shares no code with the simulator.
#pragma once

#include <string>

#include "validation/fusemax/closed_form.h"

namespace attnsim::validation {

// pJ of one layer's attention as the published cells count it. Throws std::invalid_argument for mappings other than
// unfused, flat and fusemax, std::out_of_range for a cell that FLAT's search does not cover.
double energy_form(const std::string& mapping, const Shape& shape);

}  // namespace attnsim::validation
