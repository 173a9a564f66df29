// A mapping that runs a cascade an Einsum at a time, through DRAM, for any cascade without an iterated rank: what
// depends on queries and keys goes in tiles.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/mapping.h"
#include "mapping/select.h"
#include "workloads/cascade.h"

namespace attnsim::mapping {

class OneByOne {
 public:
  OneByOne(const workloads::Cascade& cascade, const workloads::Workload& workload,
           const arch::Architecture& architecture, std::int64_t tile)
      : cascade_(cascade), workload_(workload), tile_(tile) {
    mapping_.name = "one-by-one";
    mapping_.where = {"one-by-one", 0, ""};
    (void)architecture;
    for (const workloads::Einsum& einsum : cascade.einsums) add(einsum);
  }
  Mapping mapping() const { return mapping_; }

 private:
  void add(const workloads::Einsum& einsum) {
    Group group;
    group.einsums = {einsum.name};
    group.loops = {"batch", "kv_head"};
    const std::vector<std::string> ranks = einsum.iteration_ranks();
    for (const std::string& rank : ranks) {
      const bool whole = selects(einsum) && (rank == choice_rank(einsum) || rank == einsum.reduction->ranks.front());
      if (whole || workloads::rank_extent(cascade_, rank, workload_) <= tile_) continue;
      group.tile[rank + "0"] = {TileSize::Rule::kNumber, tile_};
      group.loops.push_back(rank + "1");
    }
    const std::vector<std::string>& made = einsum.output.ranks;
    const bool product = einsum.reduction && einsum.reduction->op == "sum" && made.size() > 1 &&
                         einsum.map.kind == workloads::Expression::Kind::kCall && einsum.map.name == "mul";
    if (product) {
      group.on_2d = {einsum.name};
      group.spatial.rows = made[made.size() - 1];
      group.spatial.columns = made[made.size() - 2];
    }
    if (!made.empty()) group.spatial.lanes = {made.front()};
    mapping_.groups.push_back(group);
  }

  const workloads::Cascade& cascade_;
  const workloads::Workload& workload_;
  std::int64_t tile_;
  Mapping mapping_;
};

}  // namespace attnsim::mapping
