// A series of attentions as one Program: each step prepared like a run of its own, the steps joined as sections.
#pragma once

#include <vector>

#include "sim/run.h"
#include "sim/scope.h"

namespace attnsim::sim {

// prepare() for an attention that is a series. The steps get the inputs' mapping, data and density, each the workload
// as it sees it. Throws common::InputError where a step gives what is no output of its cascade, takes what is no input,
// or takes a tensor of another shape; common::UsageError for a scope that the series does not have.
Prepared prepare_series(const Inputs& inputs, const DataDecisions& data);

// Puts what the scope adds around the attentions and makes it the Program.
void set_program(const Inputs& inputs, std::vector<LayerAttention> attentions, Prepared& prepared);

}  // namespace attnsim::sim
