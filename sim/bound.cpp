// Sums each unit's durations, block by block.
#include "sim/bound.h"

#include <algorithm>

namespace attnsim::sim {

Bound lower_bound(const mapping::Program& program, const ProgramActions& actions) {
  const auto units = program.units.size();
  Bound bound;
  bound.unit_cycles.assign(units, 0);
  std::vector<std::int64_t> limited(units, 0);
  for (std::size_t b = 0; b < program.blocks.size(); ++b) {
    std::vector<std::int64_t> busy(units, 0);
    const auto& instructions = program.blocks[b].instructions;
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      auto& cycles = busy[static_cast<std::size_t>(instructions[i].unit)];
      cycles = add_counts(cycles, actions[b][i].total.duration);
    }
    for (std::size_t u = 0; u < units; ++u) bound.unit_cycles[u] = add_counts(bound.unit_cycles[u], busy[u]);
    const auto busiest = std::max_element(busy.begin(), busy.end());
    if (busiest == busy.end()) continue;
    bound.lower_bound_cycles = add_counts(bound.lower_bound_cycles, *busiest);
    limited[static_cast<std::size_t>(busiest - busy.begin())] += *busiest;
  }
  const auto most = std::max_element(limited.begin(), limited.end());
  if (most != limited.end()) bound.limiter = program.units[static_cast<std::size_t>(most - limited.begin())].name;
  return bound;
}

}  // namespace attnsim::sim
