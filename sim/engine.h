// The engines: each runs a Program and returns its timing. They share the Program and its order, nothing else, and must
// agree to the cycle (total, busy cycles, stalls, each instruction's first and last start).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mapping/program.h"

namespace attnsim::sim {

// Timing of one instruction over a run.
struct InstructionTiming {
  std::int64_t count = 0;         // executions
  std::int64_t first_start = -1;  // cycle; -1 if it never ran
  std::int64_t last_start = -1;
  std::int64_t busy_cycles = 0;
  bool operator==(const InstructionTiming&) const = default;
};

struct UnitTiming {
  std::int64_t busy_cycles = 0;
  // Cycles between the unit being free and its next instruction's start, by the channel whose token came last.
  std::map<std::string, std::int64_t> stall_cycles;
  bool operator==(const UnitTiming&) const = default;
};

// Adds another run of a block to what is known of its earlier ones. Durations and stalls are the same in every run, but
// an engine that walks them all must not rely on it.
void add_run(const std::vector<InstructionTiming>& run, std::vector<InstructionTiming>& timings);

// One hop of the critical circuit: an instruction that holds its unit, or a channel's latency.
struct CircuitStep {
  std::string name;
  std::string unit;
  std::int64_t cycles = 0;
  bool operator==(const CircuitStep&) const = default;
};

struct CriticalCircuit {
  std::vector<CircuitStep> steps;
  std::int64_t cycles = 0;  // once around
  std::int64_t epochs = 0;  // tiles that one round advances
};

// When a block runs. Its repetitions take as long as the first: each starts when every unit has ended what came before.
struct BlockSpan {
  std::int64_t begin = -1;  // of the first run; -1 if it never ran
  std::int64_t end = -1;
  std::int64_t cycles() const { return end - begin; }
  bool operator==(const BlockSpan&) const = default;
};

// What an engine returns. `cycles` is the end of the last instruction. Indices follow the Program.
struct Timing {
  std::int64_t cycles = 0;
  std::vector<UnitTiming> units;
  std::vector<std::vector<InstructionTiming>> blocks;  // [block][instruction]; counts and cycles of all repetitions
  std::vector<BlockSpan> spans;                        // [block]
  CriticalCircuit circuit;                             // fast engine only; of the block that lasts longest
  std::int64_t executed_instructions = 0;              // those that the engine ran one by one, not in jumps
};

namespace systemc {
class VcdRecorder;
}

struct EngineOptions {
  std::int64_t max_cycles = 0;          // 0: no limit
  bool progress = false;                // draw a bar on stderr (systemc)
  systemc::VcdRecorder* vcd = nullptr;  // records the run (systemc)
};

// Each throws common::SimulationError for a deadlock or the cycle limit, saying who waits for what.
Timing run_fast(const mapping::Program& program, const EngineOptions& options = {});
Timing run_systemc(const mapping::Program& program, const EngineOptions& options = {});

}  // namespace attnsim::sim
