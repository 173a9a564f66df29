// Prepares and runs a decode step of attention on one device.
#include "sim/system/accelerator.h"

#include <nlohmann/json.hpp>

#include "arch/architecture.h"
#include "sim/run.h"

namespace attnsim::sim::system {

Accelerator::Accelerator(const arch::System& system, const workloads::Workload& workload)
    : architecture_(system.accelerator),
      workload_(workload),
      devices_(system.attending().count),
      tile_(arch::read_architecture(system.accelerator).array_2d.rows) {}

double Accelerator::seconds(const StepBatch& batch) {
  const std::int64_t mean = (batch.kv_tokens + batch.sequences - 1) / batch.sequences;
  const std::int64_t keys = (mean + tile_ - 1) / tile_ * tile_;
  const auto [known, is_new] = remembered_.try_emplace({batch.sequences, keys}, 0);
  if (!is_new) return known->second;
  const nlohmann::json shape = {{"name", workload_.name},
                                {"heads", workload_.heads / devices_},
                                {"kv_heads", workload_.kv_heads / devices_},
                                {"head_dim", workload_.head_dim},
                                {"value_dim", workload_.value_dim},
                                {"batch", batch.sequences},
                                {"kv_len", keys},
                                {"phase", "decode"}};
  Inputs inputs;
  inputs.arch = architecture_;
  inputs.workload = shape.dump();
  return known->second = run(prepare(inputs), Engine::kFast).seconds();
}

}  // namespace attnsim::sim::system
