// The rules that a cascade obeys beyond its grammar. Used by read_cascade alone.
#pragma once

#include <map>
#include <string>

#include "workloads/cascade.h"

namespace attnsim::workloads {

// Where a cascade's declarations stand: "ranks.m", "split.m", "inputs.Q", "parameters.window", "operators.gelu",
// "output".
using Places = std::map<std::string, common::Location>;

// Throws InputError for the first broken rule (read_cascade lists them).
void check_rules(const Cascade& cascade, const Places& places);

// The part of them that concerns functions and parameters: calls name a function or a map operator with the right
// number of arguments, operators do not call themselves, and no expression grows without bound when expanded.
void check_calls(const Cascade& cascade, const Places& places);

// The part that concerns predicates: they are conditions, their names are declared ranks, whole-number parameters and
// quantities, and an Einsum's own predicate has ranks that the Einsum runs through.
void check_predicates(const Cascade& cascade, const Places& places);

}  // namespace attnsim::workloads
