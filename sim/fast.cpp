// The fast engine: each block's recurrence, with the jumps that keep long loops short.
#include <algorithm>
#include <stdexcept>

#include "common/error.h"
#include "mapping/cursor.h"
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

void add_to_units(const Recurrence& recurrence, std::vector<UnitTiming>& units) {
  for (std::size_t i = 0; i < recurrence.timings.size(); ++i)
    units[static_cast<std::size_t>(recurrence.block.instructions[i].unit)].busy_cycles +=
        recurrence.timings[i].busy_cycles;
  for (std::size_t i = 0; i < recurrence.channels.size(); ++i) {
    const std::int64_t stall = recurrence.channels[i].stall_cycles;
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

}  // namespace

Timing run_fast(const mapping::Program& program, const EngineOptions& options) {
  mapping::check_well_formed(program);
  Timing timing;
  timing.units.resize(program.units.size());
  std::int64_t longest = -1;
  for (const mapping::Block& block : program.blocks) {
    mapping::Cursor leading(block.loops);
    if (leading.done() || block.instructions.empty()) {
      timing.blocks.emplace_back(block.instructions.size());
      continue;
    }
    const std::int64_t limit = options.max_cycles > 0 ? std::min(options.max_cycles, kLastCycle) : kLastCycle;
    const std::int64_t last = last_epoch(block);
    Recurrence recurrence(program, block, timing.cycles, limit);
    Jumper jumper(recurrence, leading);
    run_to_end(recurrence, jumper, leading, last);
    if (!recurrence.stuck_units(last).empty()) fail(recurrence, last);
    add_to_units(recurrence, timing.units);
    timing.blocks.push_back(recurrence.timings);
    timing.executed_instructions += recurrence.executed;
    const std::int64_t end = recurrence.end();
    if (end - timing.cycles > longest) {
      longest = end - timing.cycles;
      timing.circuit = circuit_of(recurrence, jumper);
    }
    timing.cycles = end;
  }
  return timing;
}

}  // namespace attnsim::sim
