// Selections: topk Einsums, which run on the select unit.
#pragma once

#include <string>
#include <vector>

#include "mapping/plan.h"

namespace attnsim::mapping {

bool selects(const workloads::Einsum& einsum);
// The rank of its result that numbers what is selected.
std::string choice_rank(const workloads::Einsum& einsum);

// Appends to `problems` what keeps the select unit from running a node: none there, a mapping that places it elsewhere
// or tiles what it selects from, a value that is yet to be computed.
void check_selection(const Plan& plan, const Node& node, std::vector<std::string>& problems);

// What one execution costs: each selection of the tile streams its values by. Points that a predicate leaves out stream
// by too. Comparisons are counted as `ops`, and no energy table has them.
Work selection_work(const Plan& plan, const Node& node, const std::vector<std::string>& tails);

}  // namespace attnsim::mapping
