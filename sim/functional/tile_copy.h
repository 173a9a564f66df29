// Copies between a tensor in memory and a tile of it.
#pragma once

#include "workloads/tensor.h"

namespace attnsim::sim::functional {

// Copies the coordinates that both tensors have, in bf16 unless they are `exact`. Both have the same ranks in the same
// order.
void copy_common(const workloads::Tensor& from, workloads::Tensor& to, bool exact);

}  // namespace attnsim::sim::functional
