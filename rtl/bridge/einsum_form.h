// The instruction of the core that computes an Einsum.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mapping/dataflow.h"
#include "rtl/bridge/lane_program.h"
#include "rtl/bridge/microcode.h"
#include "workloads/instance.h"

namespace attnsim::rtl {

struct EinsumForm {
  PeOp pe_op = PeOp::kIdle;
  std::vector<workloads::TensorRef> operands;  // of the 2D array
  std::optional<double> scale;                 // of the operand from the top
  LaneProgram lanes;
};

// Throws common::InputError, which names the Einsum, where there is none.
EinsumForm form_of(const workloads::Instance& instance, const mapping::Action& action, const std::string& mapping_name);

}  // namespace attnsim::rtl
