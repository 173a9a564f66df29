// Runs a Program on data and compares its output with a reference in double precision.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mapping/dataflow.h"
#include "mapping/program.h"
#include "sim/functional/data.h"
#include "sim/functional/execution.h"
#include "sim/functional/npz.h"
#include "sim/result.h"
#include "sim/run.h"

namespace attnsim::sim::functional {

// Runs a Program on data as execute() does, with which words it must agree; the rtl engine is another one.
using Executor =
    std::function<std::vector<workloads::Tensors>(const Execution&, const std::vector<workloads::Tensors>&)>;

struct Checked {
  FunctionalCheck check;
  std::vector<StepCheck> steps;  // of a series
  Arrays tensors;                // inputs as they are stored, and the output, as the Program stored it
};

// The reference is the oracle of the cascade's id in kernels/reference, or, for a cascade without one, its
// interpretation in double precision. What the Program chose (selection.h) is judged first, by the scores of that
// interpretation; where all of it is right, reference and tolerance are those of the same choice, else of their own,
// and the check has failed. An output that is itself a choice has the errors and the tolerance of that; of several
// outputs, the one that comes closest to its tolerance, or is furthest beyond it, gives the figures, and all must be
// right. Errors are relative to the largest magnitude of the reference. The tolerance is twice what the arithmetic
// itself costs: the difference between the cascade interpreted in the PEs' arithmetic (and what the Program stores as
// it is stored), without any mapping, and in double precision; at least a unit of bf16's last place, 2^-8. A mapping
// may add up in another order, but do nothing else. NaN meets NaN. Throws common::InputError for data that do not fit
// and for more points than kMaxPoints (data.h).
Checked check(const Prepared& prepared, const DataSource& source, const Executor& executor = execute);

// The same for a Program and a dataflow that need not be those of the mapping.
Checked check(const Prepared& prepared, const DataSource& source, const mapping::Program& program,
              const std::vector<mapping::Dataflow>& dataflow, const Executor& executor = execute);

}  // namespace attnsim::sim::functional
