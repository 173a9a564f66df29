// Inputs of a system's run by name, read and held against each other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arch/system.h"
#include "sim/system/durations.h"
#include "sim/system/serving.h"
#include "workloads/workload.h"

namespace attnsim::sim::system {

struct SystemInputs {
  std::string system;
  std::string workload;
  workloads::WorkloadOptions options;
  std::vector<common::Override> system_overrides;
  std::vector<common::Override> workload_overrides;
};

// Sorts one `--set system.X=v` or `workload.X=v` into the inputs. Throws UsageError for another shape.
void add_override(SystemInputs& inputs, const std::string& setting);

struct PreparedSystem {
  arch::System system;
  workloads::Workload workload;
  Durations durations;
};

// Throws common::InputError: a workload that is no whole model, KV heads that the devices do not divide, weights that
// do not fit.
PreparedSystem prepare_system(const SystemInputs& inputs);

// Throws common::InputError where the batch's keys and values do not fit.
void check_batch_fits(const PreparedSystem& prepared);

// The step time that Serving asks for. Keeps a reference.
StepTime step_time_of(const PreparedSystem& prepared);

}  // namespace attnsim::sim::system
