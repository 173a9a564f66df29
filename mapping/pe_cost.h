// What one result of an Einsum takes in one PE of an array.
#pragma once

#include <string>

#include "arch/composition.h"
#include "workloads/cascade.h"
#include "workloads/operations.h"

namespace attnsim::mapping {

// One result of an Einsum's map, and its part of the reduction, on an array with these functions. Whether the array can
// do it at all is possible(); `cycles` is then what each result takes.
arch::Composition pe_cost(const workloads::Cascade& cascade, const workloads::Einsum& einsum,
                          const arch::Functions& functions,
                          workloads::Subtraction subtraction = workloads::Subtraction::kInExp);

// One line for a cost that is not possible: which functions are missing, and what would do. `array` is "array_2d" or
// "array_1d".
std::string missing_text(const workloads::Cascade& cascade, const workloads::Einsum& einsum,
                         const arch::Functions& functions, const std::string& array, const std::string& architecture);

}  // namespace attnsim::mapping
