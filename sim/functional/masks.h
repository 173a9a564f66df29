// Which points of an Einsum a cascade's predicates leave, in the form that evaluation takes; and which tensors hold
// whole numbers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "workloads/interpreter.h"
#include "workloads/workload.h"

namespace attnsim::sim::functional {

// The points of an Einsum by an evaluator's ranks(). `tensors` are one head's; what the predicate looks up is complete
// in them. A tensor that nobody stored gives -1 everywhere.
workloads::Visits visits_of(const workloads::Instance& instance, const workloads::Einsum& einsum,
                            const std::vector<std::string>& ranks, const workloads::Tensors& tensors);

// Whether an Einsum's points depend on what a tensor holds.
bool looks_up(const workloads::Cascade& cascade, const workloads::Einsum& einsum);

// Tensors whose values are coordinates: what selections make and what indices and predicates look up. They keep their
// whole numbers where others are rounded to bf16.
std::set<std::string> whole_numbers(const workloads::Cascade& cascade);

}  // namespace attnsim::sim::functional
