// Query heads that count as one head with more queries, and taken apart again.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/cascade.h"
#include "workloads/tensor.h"

namespace attnsim::sim::functional {

// Groups of `sharing` neighbours as one: along queries, those of one position next to each other; tensors without
// queries are the first head's. All heads have the same tensors.
std::vector<workloads::Tensors> joined(std::vector<workloads::Tensors> heads, const workloads::Cascade& cascade,
                                       std::int64_t sharing);

// The reverse; each head gets its group's tensors without queries.
std::vector<workloads::Tensors> taken_apart(std::vector<workloads::Tensors> joint, const workloads::Cascade& cascade,
                                            std::int64_t sharing);

}  // namespace attnsim::sim::functional
