// Exits of series, from data: the output that decides is interpreted, in the arithmetic of the units.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/run.h"

namespace attnsim::sim::functional {

// After which repetition all values of the step's exit are above 0, if after any of `left`. Every repetition draws
// inputs with a seed of its own; those of a file are the same for all. Throws common::InputError for more than
// kMaxPoints points of an Einsum (data.h), and for sequences of several lengths.
std::optional<std::int64_t> exit_of_data(const PreparedStep& step, std::int64_t left);

}  // namespace attnsim::sim::functional
