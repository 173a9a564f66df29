// The timing recurrence of one block, run epoch by epoch: each instruction's start from its unit and its tokens, once
// an instruction, in any order that has the tokens posted before they are taken.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/cursor.h"
#include "mapping/program.h"
#include "sim/critical_circuit.h"
#include "sim/engine.h"
#include "sim/stuck.h"
#include "sim/token_queue.h"

namespace attnsim::sim {

struct Recurrence {
  struct UnitState {
    std::vector<int> instructions;  // its own, in list order
    // Position: the next instruction is instructions[next] of this epoch, whose waits before `wait` have their tokens.
    std::int64_t epoch = 0;
    std::size_t next = 0;
    std::size_t wait = 0;
    std::int64_t free = 0;        // end of the last instruction
    std::int64_t ready = 0;       // the later of free and the arrivals of the tokens taken
    int cause = -1;               // channel that set ready; -1 if free did
    std::int64_t execution = -1;  // last one, in the log
    std::int64_t bound_by = -1;   // the execution that set ready
    bool beyond_limit = false;    // the next instruction would end beyond the limit
    std::int64_t touches = 0;     // tokens taken and instructions run: equal means that nothing happened
  };
  struct ChannelState {
    TokenQueue tokens;
    bool is_ascending = true;  // no queued token arrives before one in front of it
    int from_unit = -1;        // the unit that posts
    bool is_read = false;      // tokens that nobody takes are not kept
    std::int64_t touches = 0;  // posts and takes
    std::int64_t takes = 0;
    std::int64_t bindings = 0;  // takes that raised the unit's ready time
    std::int64_t stall_cycles = 0;
  };

  Recurrence(const mapping::Program& in_program, const mapping::Block& in_block, std::int64_t start,
             std::int64_t cycle_limit);
  // Runs every unit as far as it gets within the epochs up to this one. False: nobody can move in any later one either.
  bool run_epoch(std::int64_t epoch);
  // The units that have not passed the epoch: what they are at or wait for.
  std::vector<StuckUnit> stuck_units(std::int64_t epoch) const;
  bool is_beyond_limit() const;
  std::int64_t end() const;  // the largest free time

  const mapping::Program& program;
  const mapping::Block& block;
  std::int64_t limit;
  std::vector<UnitState> units;
  std::vector<ChannelState> channels;
  std::vector<mapping::Cursor> cursors;  // one an instruction, at the next point that it issues
  std::vector<InstructionTiming> timings;
  ExecutionLog log;
  std::int64_t executed = 0;

 private:
  bool run_unit(UnitState& unit, std::int64_t epoch);  // whether it moved
  bool execute(UnitState& unit, int position);         // false: blocked
};

}  // namespace attnsim::sim
