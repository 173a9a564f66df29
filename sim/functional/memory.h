// DRAM of a run on data: tensors of one head over parts, and tiles on their way to and from them.
#pragma once

#include <vector>

#include "mapping/dataflow.h"
#include "mapping/program.h"
#include "sim/functional/stored.h"
#include "workloads/instance.h"
#include "workloads/tensor.h"

namespace attnsim::sim::functional {

// Copies the coordinates that both tensors have, rounded as `stored`. Both have the same ranks in the same order.
void copy_common(const workloads::Tensor& from, workloads::Tensor& to, const Stored& stored);

// Of a tensor that is stored where a mask leaves out all that its Einsum reduces, but for reductions with an identity:
// 0, of coordinates none.
double value_of_no_points(const workloads::Einsum& einsum);

// Gives the tensors that a block stores their places. What masked loops never visit has the value of no points.
void make_room(const mapping::Dataflow& dataflow, const mapping::Block& block, const workloads::Instance& instance,
               std::vector<workloads::Tensors>& memory);

}  // namespace attnsim::sim::functional
