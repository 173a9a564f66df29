// What the lanes do to each element of an Einsum, one operation after another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rtl/bridge/microcode.h"
#include "workloads/instance.h"

namespace attnsim::rtl {

struct LaneProgram {
  std::vector<LaneStep> steps;
  std::vector<workloads::TensorRef> operands;  // at the addresses a and b
  std::vector<double> constants;               // a and b
  std::optional<SumSource> start;              // of a reduction: what stands for the sum before the first element
};

// `map` is the Einsum's right-hand side with its operators expanded. Nothing where lanes cannot do it: functions
// without a unit, more than two operands, constants or values at hand, scans.
std::optional<LaneProgram> lane_program(const workloads::Instance& instance, const workloads::Einsum& einsum,
                                        const workloads::Expression& map);

bool is_call(const workloads::Expression& expression, const std::string& name, std::size_t arguments);

// The value of an expression without tensors.
std::optional<double> constant_of(const workloads::Instance& instance, const workloads::Expression& expression);

}  // namespace attnsim::rtl
