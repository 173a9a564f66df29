// --check of a series: every step against its own reference, on what the steps before it handed on.
#pragma once

#include "sim/functional/check.h"

namespace attnsim::sim::functional {

// check() of each step once, whatever it is repeated; what it takes is what the Programs of the steps before it gave.
// Tensors of files are named by step: "select.K". The figures are those of the step that comes closest to its
// tolerance, or is furthest beyond it.
Checked check_series(const Prepared& prepared);

}  // namespace attnsim::sim::functional
