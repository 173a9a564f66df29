// The fast engine: each block's recurrence, with the jumps that keep long loops short.
#include <algorithm>
#include <map>
#include <stdexcept>

#include "common/error.h"
#include "mapping/cursor.h"
#include "sim/actions.h"
#include "sim/engine.h"
#include "sim/jump.h"
#include "sim/recurrence.h"

namespace attnsim::sim {
namespace {

std::int64_t last_epoch(const mapping::Block& block) {
  std::int64_t points = 0;
  try {
    points = mapping::count_points(block.loops);
  } catch (const std::overflow_error& error) {
    throw common::SimulationError(block.name + ": " + error.what());
  }
  std::int64_t lag = 0;
  for (const mapping::Instruction& instruction : block.instructions) lag = std::max(lag, instruction.lag);
  if (points > kLastCycle) throw common::SimulationError(block.name + ": the loops have more than 2^62 points");
  return points + lag - 1;
}

[[noreturn]] void fail(const Recurrence& recurrence, std::int64_t last) {
  const std::vector<StuckUnit> stuck = recurrence.stuck_units(last);
  if (!recurrence.is_beyond_limit())
    throw common::SimulationError(deadlock_text(recurrence.program, recurrence.block, recurrence.end(), stuck));
  throw common::SimulationError(limit_text(recurrence.program, recurrence.block, recurrence.limit, stuck));
}

void run_to_end(Recurrence& recurrence, Jumper& jumper, mapping::Cursor& leading, std::int64_t last) {
  for (std::int64_t epoch = 0; epoch <= last; ++epoch) {
    epoch += jumper.jump(epoch);
    if (!recurrence.run_epoch(epoch)) return;
    if (!leading.done()) leading.advance();
  }
}

void add_to_units(const Recurrence& recurrence, std::int64_t times, std::vector<UnitTiming>& units) {
  for (std::size_t i = 0; i < recurrence.timings.size(); ++i)
    units[static_cast<std::size_t>(recurrence.block.instructions[i].unit)].busy_cycles +=
        multiply_counts(times, recurrence.timings[i].busy_cycles);
  for (std::size_t i = 0; i < recurrence.channels.size(); ++i) {
    const std::int64_t stall = multiply_counts(times, recurrence.channels[i].stall_cycles);
    const mapping::Channel& channel = recurrence.block.channels[i];
    if (stall > 0) units[static_cast<std::size_t>(channel.to_unit)].stall_cycles[channel.name] += stall;
  }
}

CriticalCircuit circuit_of(const Recurrence& recurrence, const Jumper& jumper) {
  if (!jumper.circuit().steps.empty()) return jumper.circuit();
  const auto latest = std::max_element(recurrence.units.begin(), recurrence.units.end(),
                                       [](const auto& a, const auto& b) { return a.free < b.free; });
  return trace_circuit(recurrence.program, recurrence.block, recurrence.log, latest->execution, {});
}

// Runs a Program's blocks once each and repeats them in time.
class FastRun {
 public:
  FastRun(const mapping::Program& program, const EngineOptions& options)
      : program_(program), limit_(options.max_cycles > 0 ? std::min(options.max_cycles, kLastCycle) : kLastCycle) {
    timing_.units.resize(program.units.size());
    timing_.spans.resize(program.blocks.size());
    for (const mapping::Block& block : program.blocks) timing_.blocks.emplace_back(block.instructions.size());
  }

  Timing run() {
    const std::vector<std::int64_t> times = mapping::block_times(program_);
    for (const std::size_t block : mapping::block_sequence(program_)) {
      const BlockSpan& span = timing_.spans[block];
      if (span.begin < 0) {
        run_first(block, times[block]);
      } else if (timing_.cycles > limit_ - span.cycles()) {
        run_first(block, 1);  // does not come to its end within the limit, and says where it is then
      } else {
        repeat(block);
      }
    }
    return std::move(timing_);
  }

 private:
  void run_first(std::size_t position, std::int64_t times) {
    const mapping::Block& block = program_.blocks[position];
    mapping::Cursor leading(block.loops);
    if (leading.done() || block.instructions.empty()) return;
    const std::int64_t last = last_epoch(block);
    Recurrence recurrence(program_, block, timing_.cycles, limit_);
    Jumper jumper(recurrence, leading);
    run_to_end(recurrence, jumper, leading, last);
    if (!recurrence.stuck_units(last).empty()) fail(recurrence, last);
    add_to_units(recurrence, times, timing_.units);
    timing_.blocks[position] = recurrence.timings;
    timing_.executed_instructions += recurrence.executed;
    if (recurrence.executed == 0) return;
    timing_.spans[position] = {timing_.cycles, recurrence.end()};
    const std::int64_t cycles = multiply_counts(times, timing_.spans[position].cycles());
    if (cycles > longest_) {
      longest_ = cycles;
      timing_.circuit = circuit_of(recurrence, jumper);
    }
    timing_.cycles = recurrence.end();
    firsts_[position] = timing_.blocks[position];
  }

  void repeat(std::size_t position) {
    const std::int64_t shift = timing_.cycles - timing_.spans[position].begin;
    std::vector<InstructionTiming> run = firsts_.at(position);
    for (InstructionTiming& instruction : run) {
      if (instruction.count == 0) continue;
      instruction.first_start += shift;
      instruction.last_start += shift;
    }
    add_run(run, timing_.blocks[position]);
    timing_.cycles += timing_.spans[position].cycles();
  }

  const mapping::Program& program_;
  std::int64_t limit_;
  Timing timing_;
  std::int64_t longest_ = -1;  // cycles of the block whose circuit is kept, over all its runs
  std::map<std::size_t, std::vector<InstructionTiming>> firsts_;  // [block] its first run
};

}  // namespace

void add_run(const std::vector<InstructionTiming>& run, std::vector<InstructionTiming>& timings) {
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (run[i].count == 0) continue;
    timings[i].count += run[i].count;
    if (timings[i].first_start < 0) timings[i].first_start = run[i].first_start;
    timings[i].last_start = run[i].last_start;
    timings[i].busy_cycles += run[i].busy_cycles;
  }
}

Timing run_fast(const mapping::Program& program, const EngineOptions& options) {
  mapping::check_well_formed(program);
  return FastRun(program, options).run();
}

}  // namespace attnsim::sim
