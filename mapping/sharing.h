// Query heads that share keys and values: when they may count as one head with more queries.
#pragma once

#include <string>
#include <vector>

#include "workloads/cascade.h"

namespace attnsim::mapping {

// Whether that holds for a group of Einsums: not where indices or masks that the cascade makes tell the heads' queries
// apart, where one adds up over queries, nor where one reads what each query head has of its own without a row a query,
// such as a projection's weights.
bool shares_queries(const workloads::Cascade& cascade, const std::vector<std::string>& einsums);

}  // namespace attnsim::mapping
