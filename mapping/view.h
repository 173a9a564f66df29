// Views: reads of a tensor through indices, X[x + i - 2,c] or K[I[p,j],e]. A view is an operand of its own: its tile
// spans the ranks that its indices name, and holds what they reach over that tile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/plan.h"

namespace attnsim::mapping {

// What an instruction of an Einsum takes in: the tensors of its map, and what its indices and its own predicate look
// up, each reference once. What the cascade's predicate looks up goes to whoever issues the tiles.
std::vector<workloads::TensorRef> operands_of(const workloads::Cascade& cascade, const workloads::Einsum& einsum);

// The lookups in a view's indices; none for an affine view.
std::vector<workloads::TensorRef> lookups_of(const workloads::TensorRef& view);

// Whether Einsums may share a group as far as indirect reads go: nothing is reached through an index or masks points
// before all of it is made, and selections, which take whole ranks, stand alone.
bool may_share_group(const workloads::Cascade& cascade, const std::vector<std::string>& einsums);

// Whether a copy's rows are looked up, so that a gather unit fetches them.
bool is_gather(const Copy& copy);

struct Footprint {
  std::int64_t elements = 1;
  std::int64_t rows = 0;  // elements that lie together and are looked up one row after another; 0: nothing is looked up
};
// What a tile of a view holds. An affine index reaches an interval, cut to the tensor's extent: that of the first tile,
// exact but where `div` and `mod` cut tiles unevenly. One with a lookup reaches a row for each of its points.
Footprint footprint_of(const Plan& plan, const workloads::TensorRef& view, const std::vector<std::string>& tails);

// The work of a load that fetches looked-up rows through the gather unit: the DRAM moves whole accesses for each row
// and is held for no less than the unit takes to ask for them.
Work gather_work(const Plan& plan, const Copy& copy, const std::vector<std::string>& tails,
                 std::vector<std::string>& problems);

}  // namespace attnsim::mapping
