// The validations by name.
#pragma once

#include "validation/table.h"

namespace attnsim::validation {

// The simulator against the published FuseMax evaluation: 4 models x 6 lengths x 5 mappings, the two headlines, and the
// look-ahead curve.
Table validate_fusemax();

// Energy and area against the same evaluation, with both 45 nm tables.
Table validate_fusemax_energy();

// Whole layers: the linear part's latency, mean speed and energy of a layer over FLAT's and unfused ones.
Table validate_fusemax_layer();

// The published latencies and areas over the size of the arrays at 256K tokens.
Table validate_fusemax_sizes();

// The fast engine against the systemc engine on every shipped mapping and published model, to the cycle: at 1K tokens,
// and at 4K unless `quick`.
Table validate_engines(bool quick);

// The Verilog of rtl/ against the C++ model, from what its tests and its synthesis last wrote: mismatches and coverage
// of lines are judged. A failed row where the tests have not been run.
Table validate_rtl();

// Offloaded decoding against Lamina: published parts of a step, least network bandwidth, closed forms at random
// settings, and, where the Azure traces are found, throughput at equal cost.
Table validate_lamina();

}  // namespace attnsim::validation
