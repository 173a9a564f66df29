// An attnsim architecture as the device that attends: its own Programs, run by the fast engine.
#pragma once

#include <map>
#include <string>

#include "arch/system.h"
#include "sim/system/durations.h"
#include "workloads/workload.h"

namespace attnsim::sim::system {

// One layer's attention of the KV heads of one device. Simplified: the contexts of a batch count as their mean, rounded
// up to whole tiles of the array; each shape is simulated once.
class Accelerator {
 public:
  Accelerator(const arch::System& system, const workloads::Workload& workload);
  double seconds(const StepBatch& batch);

 private:
  std::string architecture_;
  workloads::Workload workload_;
  std::int64_t devices_ = 1;
  std::int64_t tile_ = 1;
  std::map<std::pair<std::int64_t, std::int64_t>, double> remembered_;  // by sequences and keys
};

}  // namespace attnsim::sim::system
