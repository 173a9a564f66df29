// Runs the Program of a step, long enough for its pace.
#include "sim/system/step.h"

#include <algorithm>

#include "sim/system/step_program.h"

namespace attnsim::sim::system {

namespace {

// Pipelines of batches settle within a few steps of many layers; the pace is that of the steps after them.
constexpr std::int64_t kSettled = 4;
constexpr std::int64_t kMeasured = 4;

Timing run_program(const mapping::Program& program, Engine engine) {
  return engine == Engine::kFast ? run_fast(program) : run_systemc(program);
}

double seconds_of(std::int64_t ticks) { return static_cast<double>(ticks) / kTicksPerSecond; }

// One batch alone, once: its parts, and how long it takes.
void measure_single(const arch::System& system, std::int64_t layers, const Durations& durations, const StepBatch& batch,
                    Engine engine, Step& step) {
  const auto program = step_program(system, layers, durations, {batch}, 1);
  const Timing timing = run_program(program, engine);
  step.single_seconds = seconds_of(timing.cycles);
  const auto& instructions = program.blocks.front().instructions;
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    const double busy = seconds_of(timing.blocks.front()[i].busy_cycles);
    switch (part_of(instructions[i])) {
      case Part::kModel:
        step.model_seconds += busy;
        break;
      case Part::kAttention:
        step.attention_seconds += busy;
        break;
      case Part::kSampling:
        step.sampling_seconds += busy;
        break;
      case Part::kNetwork: {
        const double messages = static_cast<double>(timing.blocks.front()[i].count);
        step.network_seconds += busy + messages * system.network.message_seconds;
        break;
      }
    }
  }
}

void count_bytes(const std::vector<StepBatch>& batches, std::int64_t layers, const Durations& durations, Step& step) {
  for (const auto& batch : batches) {
    step.bytes_sent += layers * (durations.query_bytes(batch.sequences) + durations.key_value_bytes(batch.sequences));
    step.bytes_received += layers * durations.output_bytes(batch.sequences);
  }
}

}  // namespace

std::vector<StepBatch> in_flight(const StepBatch& batch, std::int64_t batches) {
  const std::int64_t parts = std::clamp<std::int64_t>(batches, 1, batch.sequences);
  std::vector<StepBatch> cut;
  for (std::int64_t part = 0; part < parts; ++part) {
    const auto share = [&](std::int64_t whole) { return whole / parts + (part < whole % parts ? 1 : 0); };
    cut.push_back({share(batch.sequences), share(batch.kv_tokens)});
  }
  return cut;
}

Step run_step(const arch::System& system, const workloads::Workload& workload, const Durations& durations,
              const StepBatch& batch, Engine engine) {
  const auto batches = in_flight(batch, system.batches_in_flight);
  Step step;
  measure_single(system, workload.layers, durations, batches.front(), engine, step);
  const auto cycles = [&](std::int64_t steps, std::map<std::string, double>* busy) {
    const auto program = step_program(system, workload.layers, durations, batches, steps);
    const Timing timing = run_program(program, engine);
    for (std::size_t unit = 0; busy != nullptr && unit < program.units.size(); ++unit) {
      (*busy)[program.units[unit].name] = seconds_of(timing.units[unit].busy_cycles) / static_cast<double>(steps);
    }
    return timing.cycles;
  };
  if (batches.size() == 1) {
    step.seconds = seconds_of(cycles(1, &step.busy_share));  // a step waits for the token of the one before
  } else {
    const std::int64_t settled = cycles(kSettled, nullptr);
    const std::int64_t all = cycles(kSettled + kMeasured, &step.busy_share);
    step.seconds = seconds_of(all - settled) / static_cast<double>(kMeasured);
  }
  for (auto& [unit, seconds] : step.busy_share) seconds /= step.seconds;
  if (system.attention) count_bytes(batches, workload.layers, durations, step);
  return step;
}

}  // namespace attnsim::sim::system
