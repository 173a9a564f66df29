// Whether a reduction's operator may be scanned: (a o b) o c must be a o (b o c), whatever order a unit takes.
#pragma once

#include <optional>
#include <string>

#include "workloads/cascade.h"

namespace attnsim::workloads {

// Three values at which one of the cascade's own reductions is not associative, and what it gives there, as one line;
// nothing where all samples agree within rounding. Parameters have their values, quantities of the workload stand for
// any number.
std::optional<std::string> counterexample(const Cascade& cascade, const std::string& reduction);

}  // namespace attnsim::workloads
