// Loads and stores as the DMA of the core takes them.
#pragma once

#include "rtl/bridge/encoder.h"

namespace attnsim::rtl {

// Throws common::InputError where a tile has no one place in the core, or more than two ranks.
DmaInstruction encode_transfer(const EncoderInputs& in, const StorageMap& storage, const mapping::Action& action,
                               const Point& point, const Tokens& tokens);

}  // namespace attnsim::rtl
