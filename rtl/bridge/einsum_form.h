// The instruction of the core that computes an Einsum.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mapping/dataflow.h"
#include "rtl/bridge/microcode.h"
#include "workloads/instance.h"

namespace attnsim::rtl {

struct EinsumForm {
  PeOp pe_op = PeOp::kIdle;
  LaneOp lane_op = LaneOp::kIdle;
  std::vector<workloads::TensorRef> operands;
  std::optional<double> scale;  // of the operand from the top
};

// Throws common::InputError, which names the Einsum, where there is none.
EinsumForm form_of(const workloads::Instance& instance, const mapping::Action& action, const std::string& mapping_name);

// The value of an expression without tensors.
std::optional<double> constant_of(const workloads::Instance& instance, const workloads::Expression& expression);

}  // namespace attnsim::rtl
