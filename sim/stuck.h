// Where a simulation stands that cannot go on, in words: who is at, or waits for, what. Both engines report through it.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/program.h"

namespace attnsim::sim {

// A unit that has not ended the block: at its next instruction, whose end lies beyond the limit, or waiting for a
// token.
struct StuckUnit {
  int instruction = 0;              // position in Block::instructions
  std::vector<std::int64_t> index;  // the instruction's point, one index a loop
  int channel = -1;                 // what it waits for; -1 if nothing
};

inline std::string stuck_text(const mapping::Program& program, const mapping::Block& block,
                              const std::vector<StuckUnit>& units) {
  std::string text;
  for (const StuckUnit& stuck : units) {
    const mapping::Instruction& instruction = block.instructions[static_cast<std::size_t>(stuck.instruction)];
    std::string point;
    for (std::size_t loop = 0; loop < stuck.index.size(); ++loop)
      point += fmt::format("{}{} {}", loop == 0 ? "" : ", ", block.loops[loop].name, stuck.index[loop]);
    if (!text.empty()) text += "; ";
    text += fmt::format("{} {} {}", program.units[static_cast<std::size_t>(instruction.unit)].name,
                        stuck.channel < 0 ? "at" : "waits at", instruction.name);
    if (!point.empty()) text += fmt::format(" ({})", point);
    if (stuck.channel >= 0)
      text += fmt::format(" for a token of \"{}\"", block.channels[static_cast<std::size_t>(stuck.channel)].name);
  }
  return text;
}

inline std::string deadlock_text(const mapping::Program& program, const mapping::Block& block, std::int64_t cycle,
                                 const std::vector<StuckUnit>& units) {
  return fmt::format("deadlock at cycle {}: {}", cycle, stuck_text(program, block, units));
}

inline std::string limit_text(const mapping::Program& program, const mapping::Block& block, std::int64_t limit,
                              const std::vector<StuckUnit>& units) {
  return fmt::format("cycle limit of {} reached: {}", limit, stuck_text(program, block, units));
}

// No simulation goes beyond this cycle, so that sums of two times fit in 64 bits.
constexpr std::int64_t kLastCycle = std::int64_t{1} << 62;

}  // namespace attnsim::sim
