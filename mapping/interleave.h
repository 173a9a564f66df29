// Two blocks as one: tile by tile of a rank that both walk, the second works on what the first has stored.
#pragma once

#include <optional>
#include <string>

#include "mapping/program.h"

namespace attnsim::mapping {

// In each iteration of the loop named `shared`, the points of `first` and then those of `second`. Loops outside it must
// have one iteration, so that a tile of `first` is whole; none may be ragged. `second` is delayed so that it loads a
// tile after `first` has stored it, and no further. Nothing where the loops do not allow it. Both blocks' tiles must
// fit in the buffer together. Takes less than one after the other where one of them is short of DRAM and the other of
// PEs.
std::optional<Block> interleave(const Block& first, const Block& second, const std::string& shared);

}  // namespace attnsim::mapping
