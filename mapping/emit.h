// Writes an ordered plan down as a block of the Program.
#pragma once

#include <string>
#include <vector>

#include "mapping/order.h"
#include "mapping/plan.h"
#include "mapping/program.h"

namespace attnsim::mapping {

struct Emitted {
  Block block;
  std::int64_t missing_bytes = 0;  // of buffer: with fewer slots than the order has tiles in flight it could deadlock
  std::vector<std::string> register_problems;  // what does not fit in the registers
  std::vector<std::int64_t> slots;             // of each copy of the plan; 0 where it overwrites another's tile
};
// Appends to `problems` what stands in the way of any order.
Emitted emit(const Plan& plan, const Order& order, std::vector<std::string>& problems);

}  // namespace attnsim::mapping
