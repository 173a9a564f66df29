// How many results of which PE function a cascade takes, by the rules of mapping/README.md, "Costs": a multiply whose
// products are summed is one MACC, exp(a - b) is one exp, a constant factor and a sign are free; but a tensor that
// nothing else makes takes one result.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/polynomial.h"

namespace attnsim::workloads {

// PE function ("macc", "exp", "divide") -> its results.
using OperationCount = std::map<std::string, Polynomial>;

// Whether exp(a - b) is one exp, or pays an add before it.
enum class Subtraction { kInExp, kApart };

// PE functions of one point of an Einsum's iteration space; the cascade's own operators are written out. None for an
// Einsum that gives one constant.
std::map<std::string, std::int64_t> functions_of(const Cascade& cascade, const Einsum& einsum,
                                                 Subtraction subtraction = Subtraction::kInExp);

// Of one head of one sequence. An Einsum of a loop counts for all steps.
OperationCount operations_of(const Cascade& cascade, const Einsum& einsum);
OperationCount operations_of(const Cascade& cascade);

// The ranks that an Einsum iterates, the iterated one of its loop included.
std::vector<std::string> all_iteration_ranks(const Cascade& cascade, const Einsum& einsum);

}  // namespace attnsim::workloads
