// Masks that a cascade makes, from data: what they depend on is interpreted, in the arithmetic of the units.
#pragma once

#include "sim/run.h"

namespace attnsim::sim::functional {

// Makes the tables of prepare() from a file's data or from drawn ones. Each head of each sequence has tables of its
// own. Throws common::InputError where that takes more than kMaxPoints points of an Einsum (data.h), for sequences of
// several lengths, for metadata, and for masks made inside a loop; a density takes none of these.
mapping::MaskSource masks_of_data(const Prepared& prepared, const MaskInputs& inputs);

// prepare() with masks from data where no density is given.
Prepared prepare_on_data(const Inputs& inputs);

}  // namespace attnsim::sim::functional
