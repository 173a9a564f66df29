// An engine that is made of hardware and so always runs on data. The library that has one registers it; a build without
// that library has none.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/engine.h"
#include "sim/functional/execution.h"
#include "sim/functional/npz.h"
#include "sim/result.h"
#include "sim/run.h"
#include "workloads/tensor.h"

namespace attnsim::sim::functional {

struct DataRun {
  Timing timing;
  std::vector<workloads::Tensors> memory;  // as execute() returns it
};

struct DataRunOptions {
  std::int64_t max_cycles = 0;  // 0: no limit
  std::string vcd;              // a file for the waves; empty: none
};

using DataEngine = std::function<DataRun(const Prepared& prepared, const Execution& execution,
                                         const std::vector<workloads::Tensors>& heads, const DataRunOptions& options)>;

// The rtl engine; empty where the build lacks it.
DataEngine& rtl_engine();

struct CheckedRun {
  Timing timing;
  FunctionalCheck check;  // of the engine's output; not passed where a word differs from execute()'s
  Arrays tensors;
  std::int64_t different_words = 0;
};

// Runs what is prepared on the rtl engine, with the inputs of a check. Throws common::UsageError where there is none.
CheckedRun run_rtl(const Prepared& prepared, std::uint64_t seed, const std::string& data,
                   const DataRunOptions& options);

}  // namespace attnsim::sim::functional
