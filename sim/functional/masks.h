// Which points of an Einsum a cascade's predicates leave, in the form that evaluation takes.
#pragma once

#include "workloads/interpreter.h"
#include "workloads/workload.h"

namespace attnsim::sim::functional {

// Keeps references. Throws InputError where a predicate looks up a tensor.
workloads::VisitsOf visits_of(const workloads::Cascade& cascade, const workloads::Workload& workload);

}  // namespace attnsim::sim::functional
