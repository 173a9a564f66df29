// A window of a Program's run, instruction by instruction and token by token. Bounded: the window in cycles and in
// instructions, and the way to it. Traces show timing alone, which is the same in every engine.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "mapping/program.h"

namespace attnsim::sim {

struct TraceWindow {
  std::int64_t from = 0;                                       // cycle
  std::int64_t to = std::numeric_limits<std::int64_t>::max();  // cycle, not included
  std::int64_t instructions = 20'000;                          // at most these many
  std::int64_t replay_limit = 50'000'000;  // instructions replayed, from the start of the window's first block
};

struct TraceEvent {
  int block = 0;
  int instruction = 0;  // position in Block::instructions
  int unit = 0;
  std::int64_t epoch = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::vector<std::int64_t> index;  // its point, one tile a loop
};

// A token taken by an instruction of the window.
struct TraceToken {
  int block = 0;
  int channel = 0;
  std::int64_t from_event = -1;  // position in Trace::events; -1: posted before the window, or there from the start
  std::int64_t to_event = 0;
  std::int64_t posted = 0;
  std::int64_t arrival = 0;
  std::int64_t taken = 0;  // the start of the instruction that took it
};

// From this cycle on a channel holds so many tokens that have arrived and are not taken.
struct TraceCount {
  std::int64_t cycle = 0;
  int block = 0;
  int channel = 0;
  std::int64_t tokens = 0;
};

struct Trace {
  std::int64_t from = 0;           // cycle
  std::int64_t to = 0;             // cycle, not included: all instructions that start before it are there
  bool is_cut = false;             // by the number of instructions: `to` lies before the end of the window asked for
  std::vector<TraceEvent> events;  // those that run within the window, by start
  std::vector<TraceToken> tokens;  // by `taken`
  std::vector<TraceCount> counts;  // of the channels with initial tokens: slots, values carried over; by cycle
};

// Throws common::UsageError for a window that begins after the end of the program, or only after more instructions of
// its block than the limit; common::SimulationError for a deadlock before the window's end.
Trace make_trace(const mapping::Program& program, const TraceWindow& window);

}  // namespace attnsim::sim
