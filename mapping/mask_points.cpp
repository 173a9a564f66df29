// Counts points by the predicate and by rows of tiles, run by run.
#include "mapping/mask_points.h"

#include <algorithm>
#include <set>

#include "mapping/mask.h"

namespace attnsim::mapping {
namespace {

using workloads::Cascade;
using workloads::Workload;

std::vector<std::string> ranks_of(const Cascade& cascade) {
  const auto names = workloads::names(cascade.predicate->condition);
  std::vector<std::string> ranks;
  for (const auto& [rank, extent] : cascade.ranks) {
    if (names.contains(rank)) ranks.push_back(rank);
  }
  return ranks;
}

// The part of a block's loops that counts points: those of the mask's ranks and what picks their rows.
class Tiles {
 public:
  Tiles(const mapping::Block& block, const Dataflow& dataflow, const std::vector<std::string>& ranks)
      : loops_(block.loops), dataflow_(dataflow), ranks_(ranks), index_(loops_.size(), 0), tile_(loops_.size(), 0) {
    std::set<int> walked;
    for (const std::string& rank : ranks) {
      const Dim& dim = dataflow.dims.at(rank);
      for (const int loop : {dim.loop, dim.outer_loop}) {
        if (loop < 0) continue;
        walked.insert(loop);
        const std::vector<int>& pickers = loops_[static_cast<std::size_t>(loop)].table_loops;
        walked.insert(pickers.begin(), pickers.end());
      }
    }
    walked_.assign(walked.begin(), walked.end());
    // Those whose queries count as one head's have the points of each, also where the mask asks for no query.
    const bool joint = std::any_of(ranks.begin(), ranks.end(),
                                   [&](const std::string& rank) { return dataflow.dims.at(rank).sharing > 1; });
    if (!joint) heads_ = dataflow.heads_sharing;
    for (std::size_t loop = 0; loop < loops_.size(); ++loop) {
      const std::string& name = loops_[loop].name;
      const bool is_head = name == "batch" || name == "head" || name == "kv_head";
      if (is_head && walked.count(static_cast<int>(loop)) == 0) heads_ *= loops_[loop].extent;
    }
  }

  void count(MaskPoints::Block& points) {
    points_ = &points;
    walk(0, heads_, false);
  }

 private:
  // `times`: heads that are not walked.
  void walk(std::size_t depth, std::int64_t times, bool cut) {
    if (depth == walked_.size()) {
      add(times * points_of(ranks_), cut);
      return;
    }
    const auto at = static_cast<std::size_t>(walked_[depth]);
    const Loop& loop = loops_[at];
    const Row whole = {{loop.extent, 0, 0}};
    const Row& row = loop.table.empty() ? whole : loop.table[row_number(loops_, loop, index_)];
    index_[at] = 0;
    for (const Run& run : row) {
      const bool cuts = cut || (run.marks & kPartialTile) != 0;
      if (depth + 1 == walked_.size()) {
        add_run(at, run, times, cuts);
        continue;
      }
      for (std::int64_t tile = run.tile; tile < run.tile + run.count; ++tile, ++index_[at]) {
        tile_[at] = tile;
        walk(depth + 1, times, cuts);
      }
    }
  }

  // The innermost loop: all tiles of a run but the rank's last one have the same size.
  void add_run(std::size_t at, const Run& run, std::int64_t times, bool cut) {
    tile_[at] = run.tile + run.count - 1;
    add(times * points_of(ranks_), cut);
    if (run.count == 1) return;
    tile_[at] = run.tile;
    add(times * (run.count - 1) * points_of(ranks_), cut);
  }

  std::int64_t points_of(const std::vector<std::string>& ranks) const {
    std::int64_t points = 1;
    for (const std::string& rank : ranks) {
      const Dim& dim = dataflow_.dims.at(rank);
      const std::int64_t tile = dataflow_.tile_at(rank, tile_);
      points *= tile >= dim.tiles ? 0 : tile == dim.tiles - 1 ? dim.last : dim.tile;
    }
    return points;
  }

  void add(std::int64_t points, bool cut) {
    points_->computed_points += points;
    if (cut) points_->cut_points += points;
  }

  const std::vector<Loop>& loops_;
  const Dataflow& dataflow_;
  const std::vector<std::string>& ranks_;
  std::vector<int> walked_;
  std::int64_t heads_ = 1;
  std::vector<std::int64_t> index_;
  std::vector<std::int64_t> tile_;
  MaskPoints::Block* points_ = nullptr;
};

void count_mask(const Cascade& cascade, const Workload& workload, const std::vector<std::string>& ranks,
                const MaskTables& tables, MaskPoints& points) {
  std::vector<workloads::Interval> box;
  std::int64_t all = 1;
  for (const std::string& rank : ranks) {
    box.push_back({0, workloads::rank_extent(cascade, rank, workload) - 1});
    all *= box.back().high + 1;
  }
  const std::int64_t heads =
      (cascade.runs_each_sequence() ? workload.batch : 1) * (cascade.runs_each_head() ? workload.heads : 1);
  points.all_points += heads * all;
  const std::int64_t different = tables.differ() ? heads : 1;
  for (std::int64_t head = 0; head < different; ++head) {
    const workloads::BoundPredicate mask(*cascade.predicate, ranks, workloads::predicate_values(cascade, workload),
                                         tables.at(static_cast<std::size_t>(head)));
    points.points += heads / different * mask.count(box);
  }
}

}  // namespace

std::optional<MaskPoints> mask_points(const Cascade& cascade, const Workload& workload, const Program& program,
                                      const std::vector<Dataflow>& dataflow, const MaskSource& masks) {
  if (!cascade.predicate || (!mask_tensors(cascade).empty() && !masks)) return std::nullopt;
  const std::vector<std::string> ranks = ranks_of(cascade);
  std::vector<workloads::Lengths> batches = workload.lengths;
  if (batches.empty()) batches.push_back({workload.seq_len, workload.kv_len, workload.batch});
  MaskPoints found;
  const std::size_t groups = dataflow.size() / batches.size();
  for (std::size_t block = 0; block < dataflow.size(); ++block) {
    const Dataflow& own = dataflow[block];
    MaskPoints::Block counted;
    for (const workloads::Einsum& einsum : cascade.einsums) {
      const std::vector<std::string> whole = cascade.whole_ranks(einsum);
      const bool runs_through =
          std::all_of(ranks.begin(), ranks.end(), [&](const std::string& rank) { return contains(whole, rank); });
      const bool is_here = std::any_of(own.actions.begin(), own.actions.end(),
                                       [&](const Action& action) { return action.einsum == &einsum; });
      if (runs_through && is_here) counted.einsums.push_back(einsum.name);
    }
    if (counted.einsums.empty()) continue;
    counted.name = program.blocks[block].name;
    const auto known = std::find_if(found.blocks.begin(), found.blocks.end(),
                                    [&](const auto& other) { return other.einsums == counted.einsums; });
    const bool again = block >= groups && known != found.blocks.end();
    Tiles(program.blocks[block], own, ranks).count(again ? *known : counted);
    if (!again) found.blocks.push_back(counted);
  }
  Workload part = workload;
  for (const workloads::Lengths& lengths : batches) {
    part.seq_len = lengths.queries;
    part.kv_len = lengths.keys;
    part.batch = lengths.sequences;
    count_mask(cascade, part, ranks, masks ? masks(part) : MaskTables(), found);
  }
  return found;
}

}  // namespace attnsim::mapping
