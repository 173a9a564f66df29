// Classifies tiles by halving blocks of them, then writes rows of runs.
#include "mapping/mask.h"

#include <algorithm>

#include <fmt/format.h>

#include "workloads/predicate.h"

namespace attnsim::mapping {
namespace {

using workloads::Cover;
using workloads::Interval;

// Tiles first .. end - 1 of a rank.
struct Stretch {
  std::int64_t first = 0;
  std::int64_t end = 1;
  std::int64_t size() const { return end - first; }
};

void append(Row& row, std::int64_t tile, std::uint32_t marks) {
  if (!row.empty() && row.back().marks == marks && row.back().tile + row.back().count == tile) {
    ++row.back().count;
  } else {
    row.push_back({1, tile, marks});
  }
}

class Masker {
 public:
  Masker(Plan& plan, const workloads::Predicate& predicate, const MaskTables& tables)
      : plan_(plan), ranks_(ranks_of(plan, predicate)) {
    const std::size_t heads = tables.differ() ? static_cast<std::size_t>(extent_of("batch") * extent_of("head")) : 1;
    const auto values = workloads::predicate_values(*plan.cascade, *plan.workload);
    for (std::size_t head = 0; head < heads; ++head)
      predicates_.emplace_back(predicate, ranks_, values, tables.at(head));
    std::vector<const Dim*> looped;
    for (const std::string& rank : ranks_) {
      const Dim& dim = plan.dims.at(rank);
      box_.push_back(interval(dim, {0, dim.tiles}));
      if (dim.loop >= 0) looped.push_back(&dim);
    }
    // Of more than two ranks with loops, the outer ones pick rows where all that the group does is done again for each
    // of their tiles; else they count as not split.
    std::sort(looped.begin(), looped.end(), [](const Dim* a, const Dim* b) { return a->loop > b->loop; });
    if (looped.size() > 1) {
      inner_ = looped[0];
      outer_ = looped[1];
      for (std::size_t dim = 2; dim < looped.size(); ++dim) {
        if (all_repeat(looped[dim]->loop)) further_.push_back(looped[dim]);
      }
    } else if (!looped.empty()) {
      outer_ = looped[0];
    }
  }

  void run(std::vector<std::string>& problems) {
    if (std::all_of(predicates_.begin(), predicates_.end(),
                    [&](const auto& predicate) { return predicate.classify(box_) == Cover::kFull; })) {
      return;
    }
    plan_.is_cut = true;
    if (!outer_) return;
    std::vector<int> blocks;
    for (const Dim* dim : {outer_, inner_}) {
      if (!dim || dim->outer_loop < 0) continue;
      if (dim->outer_loop > outer_->loop) {
        problems.push_back(
            fmt::format("does not cover: the predicate needs {}2 outside {}1 in loops", dim->rank, outer_->rank));
        return;
      }
      blocks.push_back(dim->outer_loop);
    }
    if (blocks.size() > 1 && std::all_of(blocks.begin(), blocks.end(), [&](int loop) { return extent(loop) > 1; })) {
      problems.push_back(
          fmt::format("does not cover: the predicate allows several blocks of one of {} and {}, not both", outer_->rank,
                      inner_->rank));
      return;
    }
    if (add_pickers(blocks, problems)) write_rows(blocks, problems);
  }

 private:
  // The position of the loop over sequences or heads ("head" stands for kv_head too), and its extent.
  int loop_of(const std::string& name) const {
    for (std::size_t loop = 0; loop < plan_.loops.size(); ++loop) {
      const std::string& known = plan_.loops[loop].name;
      if (known == name || (name == "head" && known == "kv_head")) return static_cast<int>(loop);
    }
    return -1;
  }
  std::int64_t extent_of(const std::string& name) const { return loop_of(name) < 0 ? 1 : extent(loop_of(name)); }

  // Whether every node runs, and every value is new, for each index of a loop.
  bool all_repeat(int loop) const {
    const auto has = [loop](const std::vector<int>& loops) {
      return std::find(loops.begin(), loops.end(), loop) != loops.end();
    };
    return std::all_of(plan_.nodes.begin(), plan_.nodes.end(), [&](const Node& node) { return has(node.loops); }) &&
           std::all_of(plan_.copies.begin(), plan_.copies.end(), [&](const Copy& copy) { return has(copy.loops); });
  }

  // Besides the blocks, what tells rows apart: sequences and heads with masks of their own, and further ranks.
  bool add_pickers(std::vector<int>& blocks, std::vector<std::string>& problems) const {
    if (predicates_.size() > 1) blocks.insert(blocks.end(), {loop_of("batch"), loop_of("head")});
    for (const Dim* dim : further_) {
      blocks.push_back(dim->loop);
      if (dim->outer_loop >= 0) blocks.push_back(dim->outer_loop);
    }
    std::sort(blocks.begin(), blocks.end());
    if (!blocks.empty() && blocks.back() > outer_->loop) {
      problems.push_back(
          fmt::format("does not cover: masks differ from head to head; put batch and heads outside {}1 "
                      "in loops",
                      outer_->rank));
      return false;
    }
    constexpr double kMostTiles = 1 << 21;
    double tiles = static_cast<double>(outer_->block) * static_cast<double>(inner_ ? inner_->block : 1);
    for (const int loop : blocks) tiles *= static_cast<double>(extent(loop));
    if (tiles <= kMostTiles) return true;
    problems.push_back(
        fmt::format("does not fit: masks of all heads have {:.3g} tiles, {:.3g} at most; state a density, "
                    "or take fewer sequences or larger tiles",
                    tiles, kMostTiles));
    return false;
  }

  // Takes up the predicate of a head and the tiles of further ranks, where the loops that pick rows stand.
  void enter(const std::vector<int>& pickers, const std::vector<std::int64_t>& at) {
    const auto index = [&](int loop) {
      const auto found = std::find(pickers.begin(), pickers.end(), loop);
      return found == pickers.end() ? 0 : at[static_cast<std::size_t>(found - pickers.begin())];
    };
    if (predicates_.size() > 1) {
      current_ = static_cast<std::size_t>(index(loop_of("batch")) * extent_of("head") + index(loop_of("head")));
    }
    for (const Dim* dim : further_) {
      const std::int64_t tile = std::min(index(dim->loop) + index(dim->outer_loop) * dim->block, dim->tiles - 1);
      for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
        if (ranks_[rank] == dim->rank) box_[rank] = interval(*dim, {tile, tile + 1});
      }
    }
  }

  static std::vector<std::string> ranks_of(const Plan& plan, const workloads::Predicate& predicate) {
    std::vector<std::string> ranks;
    for (const std::string& name : workloads::names(predicate.condition)) {
      if (plan.dims.count(name) != 0) ranks.push_back(name);
    }
    return ranks;
  }

  std::int64_t extent(int loop) const { return plan_.loops[static_cast<std::size_t>(loop)].extent; }

  // Query heads that share K and V are neighbours at one position of their sequence.
  Interval interval(const Dim& dim, const Stretch& tiles) const {
    const std::int64_t end = std::min(tiles.end * dim.tile, dim.extent);
    return {tiles.first * dim.tile / dim.sharing, (end - 1) / dim.sharing};
  }

  // Halves a block of tiles until each part is empty, full or a tile.
  void classify(const Stretch& outer, const Stretch& inner, const Stretch& all_outer, const Stretch& all_inner,
                std::vector<Cover>& covers) {
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
      if (ranks_[rank] == outer_->rank) box_[rank] = interval(*outer_, outer);
      if (inner_ && ranks_[rank] == inner_->rank) box_[rank] = interval(*inner_, inner);
    }
    const Cover cover = predicates_[current_].classify(box_);
    if (cover == Cover::kPartial && outer.size() * inner.size() > 1) {
      const bool split_outer = outer.size() >= inner.size();
      const Stretch& longer = split_outer ? outer : inner;
      const std::int64_t middle = longer.first + longer.size() / 2;
      for (const Stretch& half : {Stretch{longer.first, middle}, Stretch{middle, longer.end}})
        classify(split_outer ? half : outer, split_outer ? inner : half, all_outer, all_inner, covers);
      return;
    }
    for (std::int64_t a = outer.first; a < outer.end; ++a) {
      const auto row = covers.begin() + (a - all_outer.first) * all_inner.size();
      std::fill(row + (inner.first - all_inner.first), row + (inner.end - all_inner.first), cover);
    }
  }

  // Tiles of a rank in one instance of the block loops.
  Stretch stretch(const Dim* dim, const std::vector<int>& blocks, const std::vector<std::int64_t>& at) const {
    if (!dim) return {0, 1};
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      if (blocks[k] == dim->outer_loop) return {at[k] * dim->block, std::min((at[k] + 1) * dim->block, dim->tiles)};
    }
    return {0, dim->tiles};
  }

  // The rows of one instance: the outer tiles with something to visit, and for each the inner ones.
  void write_instance(const Stretch& outer, const Stretch& inner, Row& outer_row, std::vector<Row>& inner_rows) {
    std::vector<Cover> covers(static_cast<std::size_t>(outer.size() * inner.size()), Cover::kEmpty);
    classify(outer, inner, outer, inner, covers);
    const auto cover = [&](std::int64_t a, std::int64_t b) {
      return covers[static_cast<std::size_t>(a * inner.size() + b)];
    };
    std::vector<std::int64_t> first(static_cast<std::size_t>(inner.size()), -1);
    std::vector<std::int64_t> last = first;
    for (std::int64_t a = 0; a < outer.size(); ++a) {
      for (std::int64_t b = 0; b < inner.size(); ++b) {
        if (cover(a, b) == Cover::kEmpty) continue;
        if (first[static_cast<std::size_t>(b)] < 0) first[static_cast<std::size_t>(b)] = a;
        last[static_cast<std::size_t>(b)] = a;
      }
    }
    for (std::int64_t a = 0; a < outer.size(); ++a) {
      Row row;
      for (std::int64_t b = 0; b < inner.size(); ++b) {
        if (cover(a, b) == Cover::kEmpty) continue;
        std::uint32_t marks = cover(a, b) == Cover::kPartial ? kPartialTile : 0;
        if (first[static_cast<std::size_t>(b)] == a) marks |= kFirstVisit;
        if (last[static_cast<std::size_t>(b)] == a) marks |= kLastVisit;
        if (inner_) append(row, b, marks | part_filled(*inner_, inner.first + b));
        if (!inner_) append(outer_row, a, (marks & kPartialTile) | part_filled(*outer_, outer.first + a));
      }
      if (row.empty()) continue;
      append(outer_row, a, part_filled(*outer_, outer.first + a));
      inner_rows.push_back(row);
    }
  }

  static std::uint32_t part_filled(const Dim& dim, std::int64_t tile) {
    return tile == dim.tiles - 1 && dim.last != dim.tile ? kPartFilled : 0;
  }

  void write_rows(const std::vector<int>& blocks, std::vector<std::string>& problems) {
    Loop& outer = plan_.loops[static_cast<std::size_t>(outer_->loop)];
    outer.table_loops = blocks;
    outer.table.clear();
    outer.extent = 0;
    std::vector<std::vector<Row>> inner_rows;
    plan_.least_masked_points = 0;
    std::vector<std::int64_t> at(blocks.size(), 0);
    for (bool more = true; more;) {
      Row row;
      std::vector<Row> inner;
      enter(blocks, at);
      write_instance(stretch(outer_, blocks, at), stretch(inner_, blocks, at), row, inner);
      std::int64_t points = inner_ ? 0 : length(row);
      for (const Row& one : inner) points += length(one);
      if (points > 0 && (plan_.least_masked_points == 0 || points < plan_.least_masked_points))
        plan_.least_masked_points = points;
      outer.extent = std::max(outer.extent, length(row));
      outer.table.push_back(std::move(row));
      inner_rows.push_back(std::move(inner));
      more = false;
      for (std::size_t k = at.size(); k-- > 0 && !more;) {
        more = ++at[k] < extent(blocks[k]);
        if (!more) at[k] = 0;
      }
    }
    plan_.masked_outer = outer_->loop;
    if (outer.extent == 0) problems.push_back("does not cover: the predicate leaves nothing to compute");
    if (!inner_) return;
    Loop& loop = plan_.loops[static_cast<std::size_t>(inner_->loop)];
    loop.table_loops = blocks;
    loop.table_loops.push_back(outer_->loop);
    loop.table.clear();
    loop.extent = 0;
    for (std::vector<Row>& rows : inner_rows) {
      rows.resize(static_cast<std::size_t>(outer.extent));
      for (Row& row : rows) {
        loop.extent = std::max(loop.extent, length(row));
        loop.table.push_back(std::move(row));
      }
    }
    plan_.masked_inner = inner_->loop;
  }

  Plan& plan_;
  std::vector<std::string> ranks_;
  std::vector<workloads::BoundPredicate> predicates_;  // one, or one a head of each sequence
  std::size_t current_ = 0;
  std::vector<Interval> box_;
  const Dim* outer_ = nullptr;  // the two ranks whose tiles it takes out, by the order of their loops
  const Dim* inner_ = nullptr;
  std::vector<const Dim*> further_;
};

bool runs_through(const Plan& plan, const workloads::Einsum& einsum, const workloads::Predicate& predicate) {
  const std::vector<std::string> whole = plan.cascade->whole_ranks(einsum);
  for (const std::string& name : workloads::names(predicate.condition)) {
    if (plan.dims.count(name) != 0 && !contains(whole, name)) return false;
  }
  return true;
}

}  // namespace

void bind_mask(Plan& plan, const MaskTables* tables, std::vector<std::string>& problems) {
  for (Node& node : plan.nodes) {
    if (node.einsum && node.einsum->predicate) node.masking = Node::Masking::kEveryTile;
  }
  if (!plan.cascade->predicate) return;
  const workloads::Predicate& predicate = *plan.cascade->predicate;
  // What first runs through all its ranks puts the identity where it does not hold; what reads that finds it there.
  const auto& einsums = plan.cascade->einsums;
  const auto first = std::find_if(einsums.begin(), einsums.end(),
                                  [&](const auto& einsum) { return runs_through(plan, einsum, predicate); });
  const bool runs_here = std::any_of(plan.nodes.begin(), plan.nodes.end(), [&](const Node& node) {
    return node.einsum && runs_through(plan, *node.einsum, predicate);
  });
  if (!runs_here) return;
  const bool looks_up = !workloads::tables(predicate.condition).empty();
  if (tables != nullptr || !looks_up) {
    Masker(plan, predicate, tables != nullptr ? *tables : MaskTables()).run(problems);
  } else {
    plan.is_cut = true;
  }
  if (!plan.is_cut) return;
  for (Node& node : plan.nodes) {
    if (node.einsum != &*first || node.masking == Node::Masking::kEveryTile) continue;
    node.masking = plan.masked_outer < 0 ? Node::Masking::kEveryTile : Node::Masking::kPartialTiles;
  }
}

bool is_masked(const Plan& plan, int loop) {
  return loop >= 0 && (loop == plan.masked_outer || loop == plan.masked_inner);
}

Guard masked(const Plan& plan, Guard guard) {
  if (plan.masked_inner < 0) return guard;
  const bool says_inner = std::any_of(guard.begin(), guard.end(), [&](const Condition& condition) {
    return condition.loop == plan.masked_inner && condition.kind != Condition::Kind::kMarked;
  });
  if (says_inner) return guard;
  for (Condition& condition : guard) {
    if (condition.loop != plan.masked_outer) continue;
    if (condition.kind == Condition::Kind::kFirst)
      condition = {plan.masked_inner, Condition::Kind::kMarked, kFirstVisit};
    if (condition.kind == Condition::Kind::kLast) condition = {plan.masked_inner, Condition::Kind::kMarked, kLastVisit};
  }
  return guard;
}

}  // namespace attnsim::mapping
