// Which points of an Einsum a cascade's predicates leave, in the form that evaluation takes.
#pragma once

#include "workloads/interpreter.h"
#include "workloads/workload.h"

namespace attnsim::sim::functional {

// `heads_sharing` query heads count as one head with that many times the queries, those of one position next to each
// other. Keeps references. Throws InputError where a predicate needs metadata, which are not read.
workloads::VisitsOf visits_of(const workloads::Cascade& cascade, const workloads::Workload& workload,
                              std::int64_t heads_sharing);

}  // namespace attnsim::sim::functional
