// The time of a decode step on a system, and what it consists of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/run.h"
#include "sim/system/durations.h"

namespace attnsim::sim::system {

struct Step {
  double seconds = 0;         // from step to step: every sequence in flight gets a token
  double single_seconds = 0;  // of one batch alone, from its token to its next
  // Of the largest batch in flight, were nothing of it hidden; together more than single_seconds where parts overlap.
  double model_seconds = 0;
  double attention_seconds = 0;
  double network_seconds = 0;  // messages and their latencies
  double sampling_seconds = 0;
  std::map<std::string, double> busy_share;  // of each unit, from step to step
  // Of all batches: what the model's devices send to those that attend, and what comes back.
  std::int64_t bytes_sent = 0;
  std::int64_t bytes_received = 0;
};

// Cuts a batch into the system's batches in flight, as even as they go; none is empty.
std::vector<StepBatch> in_flight(const StepBatch& batch, std::int64_t batches);

// By the Program of several steps; the fast engine's pace where they repeat.
Step run_step(const arch::System& system, const workloads::Workload& workload, const Durations& durations,
              const StepBatch& batch, Engine engine);

}  // namespace attnsim::sim::system
