// The systemc engine: a Program on unit processes and token channels, in simulated time. SystemC elaborates once a
// process, so a pool of units is built on first use and loaded anew for each block of each run; time only goes on.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <systemc>

#include "common/error.h"
#include "mapping/cursor.h"
#include "sim/engine.h"
#include "sim/stuck.h"
#include "sim/systemc/progress.h"
#include "sim/systemc/token_channel.h"
#include "sim/systemc/unit_process.h"
#include "sim/systemc/vcd.h"

// libsystemc's own main() wants one; attnsim brings its main() and starts the kernel itself.
int sc_main(int, char**) { return 0; }

namespace attnsim::sim {
namespace systemc {
namespace {

constexpr std::size_t kUnits = 64;

class Machine : public sc_core::sc_module {
 public:
  explicit Machine(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    for (std::size_t i = 0; i < kUnits; ++i)
      units_.push_back(std::make_unique<UnitProcess>(("unit_" + std::to_string(i)).c_str()));
  }
  UnitProcess& unit(std::size_t position) { return *units_[position]; }

 private:
  std::vector<std::unique_ptr<UnitProcess>> units_;
};

// Never destroyed: the kernel that it is registered with may be gone before static objects are.
Machine& machine() {
  static Machine* const only = [] {
    setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 1);
    return new Machine("attnsim");
  }();
  return *only;
}

std::int64_t epochs_of(const mapping::Block& block) {
  std::int64_t points = 0;
  try {
    points = mapping::count_points(block.loops);
  } catch (const std::overflow_error& error) {
    throw common::SimulationError(block.name + ": " + error.what());
  }
  if (points > kLastCycle) throw common::SimulationError(block.name + ": the loops have more than 2^62 points");
  if (points == 0) return 0;
  std::int64_t lag = 0;
  for (const mapping::Instruction& instruction : block.instructions) lag = std::max(lag, instruction.lag);
  return points + lag;
}

// Loads the units, runs until nothing is left to happen, and leaves the block's times in `run`.
void simulate(const mapping::Program& program, BlockRun& run) {
  const mapping::Block& block = *run.block;
  for (const mapping::Channel& channel : block.channels) {
    run.channels.emplace_back(channel.latency, machine().unit(static_cast<std::size_t>(channel.to_unit)).wake());
    run.channels.back().fill(channel.initial_tokens, sc_core::sc_time_stamp().value());
  }
  run.stall_cycles.assign(block.channels.size(), 0);
  run.timings.assign(block.instructions.size(), {});
  for (std::size_t i = 0; i < program.units.size(); ++i) machine().unit(i).load(run, static_cast<int>(i));
  sc_core::sc_start();
}

std::int64_t end_of(const mapping::Program& program) {
  std::int64_t end = 0;
  for (std::size_t i = 0; i < program.units.size(); ++i) end = std::max(end, machine().unit(i).free_cycle());
  return end;
}

void check_ended(const mapping::Program& program, const BlockRun& run) {
  std::vector<StuckUnit> stuck;
  bool is_beyond_limit = false;
  for (std::size_t i = 0; i < program.units.size(); ++i) {
    const UnitProcess& unit = machine().unit(i);
    if (unit.has_ended()) continue;
    stuck.push_back(unit.stuck());
    is_beyond_limit |= unit.is_beyond_limit();
  }
  if (stuck.empty()) return;
  throw common::SimulationError(is_beyond_limit ? limit_text(program, *run.block, run.limit, stuck)
                                                : deadlock_text(program, *run.block, end_of(program), stuck));
}

void add_to_units(const BlockRun& run, std::vector<UnitTiming>& units) {
  const mapping::Block& block = *run.block;
  for (std::size_t i = 0; i < run.timings.size(); ++i)
    units[static_cast<std::size_t>(block.instructions[i].unit)].busy_cycles += run.timings[i].busy_cycles;
  for (std::size_t i = 0; i < run.stall_cycles.size(); ++i)
    if (run.stall_cycles[i] > 0)
      units[static_cast<std::size_t>(block.channels[i].to_unit)].stall_cycles[block.channels[i].name] +=
          run.stall_cycles[i];
}

}  // namespace
}  // namespace systemc

Timing run_systemc(const mapping::Program& program, const EngineOptions& options) {
  mapping::check_well_formed(program);
  if (program.units.size() > systemc::kUnits)
    throw common::SimulationError("the systemc engine has " + std::to_string(systemc::kUnits) +
                                  " units, the program needs " + std::to_string(program.units.size()) +
                                  "; use the fast engine");
  std::int64_t total_epochs = 0;
  const std::vector<std::size_t> sequence = mapping::block_sequence(program);
  for (const std::size_t position : sequence) total_epochs += systemc::epochs_of(program.blocks[position]);
  std::unique_ptr<systemc::Progress> progress;
  if (options.progress) progress = std::make_unique<systemc::Progress>(total_epochs);
  systemc::machine();  // elaborated before the time is first asked for
  const std::uint64_t origin = sc_core::sc_time_stamp().value();
  Timing timing;
  timing.units.resize(program.units.size());
  timing.spans.resize(program.blocks.size());
  for (const mapping::Block& block : program.blocks) timing.blocks.emplace_back(block.instructions.size());
  std::int64_t epochs_before = 0;
  for (const std::size_t position : sequence) {
    const mapping::Block& block = program.blocks[position];
    systemc::BlockRun run;
    run.block = &block;
    run.origin = origin;
    run.last_epoch = systemc::epochs_of(block) - 1;
    run.limit = options.max_cycles > 0 ? std::min(options.max_cycles, kLastCycle) : kLastCycle;
    run.progress = progress.get();
    run.vcd = options.vcd;
    if (run.vcd != nullptr)
      run.vcd->begin_block(position, static_cast<std::int64_t>(sc_core::sc_time_stamp().value() - origin));
    if (progress) progress->begin_block(epochs_before);
    systemc::simulate(program, run);
    systemc::check_ended(program, run);
    systemc::add_to_units(run, timing.units);
    const std::int64_t end = std::max(timing.cycles, systemc::end_of(program));
    if (timing.spans[position].begin < 0 && run.executed > 0) timing.spans[position] = {timing.cycles, end};
    timing.cycles = end;
    timing.executed_instructions += run.executed;
    epochs_before += run.last_epoch + 1;
    add_run(run.timings, timing.blocks[position]);
  }
  return timing;
}

}  // namespace attnsim::sim
