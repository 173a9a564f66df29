// Which scores of a tile a predicate leaves.
#pragma once

#include <vector>

#include "rtl/bridge/encoder.h"

namespace attnsim::rtl {

// Sets the instruction's mask; it stays unmasked where all points are visited. `spans` are the tile's ranks. Throws
// common::InputError for predicates that look up tensors.
void set_mask(const EncoderInputs& in, const mapping::Action& action, const std::vector<Span>& spans,
              PeInstruction& code);

}  // namespace attnsim::rtl
