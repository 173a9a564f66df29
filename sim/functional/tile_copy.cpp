// Walks the box of common coordinates.
#include "sim/functional/tile_copy.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/functional/pe_arithmetic.h"

namespace attnsim::sim::functional {

void copy_common(const workloads::Tensor& from, workloads::Tensor& to, bool exact) {
  const std::size_t ranks = to.ranks().size();
  std::vector<workloads::Range> common;
  std::vector<std::int64_t> at;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    common.push_back({std::max(from.ranges()[rank].begin, to.ranges()[rank].begin),
                      std::min(from.ranges()[rank].end, to.ranges()[rank].end)});
    if (common.back().size() <= 0) return;
    at.push_back(common.back().begin);
  }
  for (;;) {
    to.at(at) = exact ? from.at(at) : stored(from.at(at));
    std::size_t rank = ranks;
    while (rank > 0 && ++at[rank - 1] == common[rank - 1].end) {
      --rank;
      at[rank] = common[rank].begin;
    }
    if (rank == 0) return;
  }
}

}  // namespace attnsim::sim::functional
