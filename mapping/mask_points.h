// How many points a cascade's mask holds, and how many the tiles of a Program compute for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mapping/dataflow.h"
#include "mapping/mask_tables.h"
#include "mapping/program.h"

namespace attnsim::mapping {

// Of all heads and sequences. A point is one of the ranks that the cascade's `where` names.
struct MaskPoints {
  // A block that runs through these ranks, once for each of its passes.
  struct Block {
    std::string name;
    std::vector<std::string> einsums;
    std::int64_t computed_points = 0;  // of the tiles that it visits
    std::int64_t cut_points = 0;       // of those among them that the mask cuts
  };
  std::int64_t points = 0;  // where the mask holds
  std::int64_t all_points = 0;
  std::vector<Block> blocks;
};

// Nothing for a cascade without a mask and for one whose mask looks up what `masks` does not give. Time grows with the
// runs of tiles in the Program's tables and, for `points`, as BoundPredicate::count says.
std::optional<MaskPoints> mask_points(const workloads::Cascade& cascade, const workloads::Workload& workload,
                                      const Program& program, const std::vector<Dataflow>& dataflow,
                                      const MaskSource& masks);

}  // namespace attnsim::mapping
