// A short window of a block's steady state: what a waterfall figure shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mapping/program.h"
#include "sim/engine.h"

namespace attnsim::sim {

struct TimelineEvent {
  std::string unit;
  std::string name;  // of the instruction
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t tile = 0;  // the block's point that it works on: its epoch less its lag
  bool operator==(const TimelineEvent&) const = default;
};

struct Timeline {
  std::int64_t cycles_from = 0;
  std::int64_t cycles_to = 0;         // not included
  std::vector<TimelineEvent> events;  // all that run within the window, by start; those at its edges reach beyond it
};

// Three initiation intervals (fewer where they hold more than 60 instructions) some hundred epochs into the block, or
// in its middle if it is shorter. An interval lies between two starts of the instruction that ran most often by then.
// Cycles count from `begin`, the start of the block. Costs less than a millisecond, however long the block.
Timeline make_timeline(const mapping::Program& program, std::size_t block, std::int64_t begin = 0);

// The same for the block that takes longest in a run, at its place in it. Empty if nothing ran.
Timeline longest_timeline(const mapping::Program& program, const Timing& timing);

}  // namespace attnsim::sim
