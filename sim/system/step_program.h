// A decode step as a Program: the stages of every layer on the model's replicas, the network and the devices that
// attend. A cycle is a nanosecond. The engines run it like any other.
//
// Offloaded (system.attention): per layer the replica projects and sends Q, K and V, the other devices attend and send
// their output back. With overlap Q goes first; attention over the earlier tokens starts with it, and the part of the
// newest token is merged when its K and V are there (split softmax). Batches in flight take turns (rotational
// staggered pipelining): batch j's slice i (the FFN of layer i - 1 and the projections of layer i) runs on replica
// (i + j) mod replicas.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/system.h"
#include "mapping/program.h"
#include "sim/system/durations.h"

namespace attnsim::sim::system {

constexpr double kTicksPerSecond = 1e9;

enum class Part { kModel, kAttention, kNetwork, kSampling };

Part part_of(const mapping::Instruction& instruction);

// `steps` steps of all batches; a batch's next step starts when its tokens are sampled. One batch for each in flight.
mapping::Program step_program(const arch::System& system, std::int64_t layers, const Durations& durations,
                              const std::vector<StepBatch>& batches, std::int64_t steps);

}  // namespace attnsim::sim::system
