// Tiles that a cascade's predicate leaves out: rows of tiles for the loops, and what conditions on those loops become.
#pragma once

#include <string>
#include <vector>

#include "mapping/mask_tables.h"
#include "mapping/plan.h"

namespace attnsim::mapping {

// Marks of the tiles of masked loops (Run::marks).
constexpr std::uint32_t kPartialTile = 1;  // the predicate cuts it
constexpr std::uint32_t kPartFilled = 2;   // the last tile of its rank, shorter than the others
constexpr std::uint32_t kFirstVisit = 4;   // of this inner tile, over all iterations of the outer masked loop
constexpr std::uint32_t kLastVisit = 8;

// Classifies every tile of a bound plan by its cascade's predicate and gives the loops their rows: tiles without a
// visited point are in none. Names the Einsums that pay for masking. Appends to `problems` a mask that this order of
// loops cannot follow. `tables` are what the predicate looks up; without them every tile of one that does counts as
// cut.
void bind_mask(Plan& plan, const MaskTables* tables, std::vector<std::string>& problems);

// A condition for the first or last tile of the outer masked loop stands for the first or last visit of the inner
// loop's tile, if nothing else is said of the inner loop.
Guard masked(const Plan& plan, Guard guard);

// Whether a loop's tiles carry marks.
bool is_masked(const Plan& plan, int loop);

}  // namespace attnsim::mapping
