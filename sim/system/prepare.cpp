// Reads a system and a model, and checks that one can serve the other.
#include "sim/system/prepare.h"

#include <fmt/format.h>

#include <cmath>

#include "common/error.h"
#include "common/units.h"
#include "sim/system/accelerator.h"
#include "sim/system/step.h"

namespace attnsim::sim::system {

namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw common::InputError({file, 0, ""}, what);
}

}  // namespace

void add_override(SystemInputs& inputs, const std::string& setting) {
  const auto equals = setting.find('=');
  const auto dot = setting.find('.');
  const std::string source = "--set " + setting;
  if (equals == std::string::npos || dot == std::string::npos || dot > equals || dot + 1 == equals) {
    throw common::UsageError(source + ": must look like system.model.count=2");
  }
  const std::string document = setting.substr(0, dot);
  common::Override override{setting.substr(dot + 1, equals - dot - 1), setting.substr(equals + 1), source};
  if (document == "system") {
    inputs.system_overrides.push_back(std::move(override));
  } else if (document == "workload") {
    inputs.workload_overrides.push_back(std::move(override));
  } else {
    throw common::UsageError(source + ": with --system must begin with system. or workload. (got '" + document + ".')");
  }
}

PreparedSystem prepare_system(const SystemInputs& inputs) {
  const arch::System system = arch::read_system(inputs.system, inputs.system_overrides);
  workloads::WorkloadOptions options = inputs.options;
  options.phase = "decode";
  const auto workload = workloads::read_workload(inputs.workload, options, inputs.workload_overrides);
  if (workload.hidden == 0 || workload.ffn == 0 || workload.vocabulary == 0) {
    refuse(workload.name, "a system serves whole models; give hidden, ffn and vocabulary");
  }
  if (!workload.lengths.empty()) refuse(workload.name, "a system's step takes one context length; give --kv-len");
  const std::int64_t devices = system.attending().count;
  if (workload.kv_heads % devices != 0) {
    refuse(system.name, fmt::format("{} devices attend, which must divide the {} KV heads of {}", devices,
                                    workload.kv_heads, workload.name));
  }
  AcceleratorSeconds accelerator;
  if (!system.accelerator.empty()) {
    auto attends = std::make_shared<Accelerator>(system, workload);
    accelerator = [attends](const StepBatch& batch) { return attends->seconds(batch); };
  }
  PreparedSystem prepared{system, workload, Durations(system, workload, accelerator)};
  if (prepared.durations.kv_capacity_tokens() == 0) {
    refuse(system.name,
           fmt::format("the weights of {} take {}, and {} x {} have {} for them; take more devices", workload.name,
                       common::format_bytes(prepared.durations.weight_bytes()), system.model.count,
                       system.model.device.name,
                       common::format_bytes(system.kv_cache.usable * static_cast<double>(system.model.count) *
                                            static_cast<double>(system.model.device.memory_bytes))));
  }
  return prepared;
}

void check_batch_fits(const PreparedSystem& prepared) {
  const auto& workload = prepared.workload;
  const KvPages pages(prepared.system, workload, prepared.durations, workload.kv_len);
  const std::int64_t needed = workload.batch * pages.pages(workload.kv_len);
  if (needed <= pages.capacity()) return;
  refuse(prepared.system.name,
         fmt::format("{} sequences of {} tokens take {} pages of the KV cache, which has {} of {} tokens; at most {} "
                     "sequences fit",
                     workload.batch, workload.kv_len, needed, pages.capacity(), pages.page_tokens(),
                     pages.capacity() / pages.pages(workload.kv_len)));
}

StepTime step_time_of(const PreparedSystem& prepared) {
  return [&prepared](const StepBatch& batch) {
    const Step step = run_step(prepared.system, prepared.workload, prepared.durations, batch, Engine::kFast);
    return std::llround(step.seconds * 1e9);
  };
}

}  // namespace attnsim::sim::system
