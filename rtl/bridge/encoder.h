// From a block of the Program and its dataflow to microcode.
#pragma once

#include <string>
#include <vector>

#include "mapping/dataflow.h"
#include "mapping/program.h"
#include "rtl/bridge/microcode.h"
#include "rtl/bridge/storage_map.h"
#include "workloads/instance.h"
#include "workloads/tensor.h"

namespace attnsim::rtl {

struct EncoderInputs {
  const mapping::Block& block;
  const mapping::Dataflow& dataflow;
  const workloads::Instance& instance;  // with the block's heads_sharing
  const DramMap& dram;
  const std::string& mapping_name;  // for messages
  std::int64_t rows = 4;            // of the array
};

// Throws common::InputError: what the core cannot do, and what can.
[[noreturn]] void refuse(const std::string& mapping_name, const std::string& what);

// Throws common::InputError for what the core has no instruction for. Durations are not encoded: they come from the
// core.
Microcode encode(const EncoderInputs& inputs);

}  // namespace attnsim::rtl
