// Writes an ordered plan down as a block of the Program.
#pragma once

#include <string>
#include <vector>

#include "mapping/order.h"
#include "mapping/plan.h"
#include "mapping/program.h"

namespace attnsim::mapping {

// Appends to `problems` what does not fit in the registers.
Block emit(const Plan& plan, const Order& order, std::vector<std::string>& problems);

}  // namespace attnsim::mapping
