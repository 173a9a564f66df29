// Extents, tiles, trip counts and passes.
#include "mapping/bind_loops.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "mapping/sharing.h"
#include "workloads/passes.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;
using workloads::TensorRef;

class LoopBinder {
 public:
  LoopBinder(Plan& plan, std::vector<std::string>& problems) : plan_(plan), problems_(problems) {}

  Turns run() {
    bind_heads();
    bind_dims();
    bind_nest();
    bind_passes();
    return std::move(turns_);
  }

 private:
  const workloads::Cascade& cascade() const { return *plan_.cascade; }
  const Group& group() const { return *plan_.group; }

  // Query heads that share K and V differ in their queries alone: under kv_head they are more queries of one head, the
  // heads of a group next to each other. A cascade without queries or without keys has nothing to share.
  void bind_heads() {
    if (!contains(group().loops, "kv_head") || !cascade().runs_each_head() ||
        !shares_queries(cascade(), group().einsums)) {
      return;
    }
    if (!cascade().has_rank_of("queries") || !cascade().has_rank_of("keys")) return;
    plan_.heads_sharing = plan_.workload->heads / plan_.workload->kv_heads;
  }

  void bind_dims() {
    for (const auto& [rank, quantity] : cascade().ranks) {
      Dim dim;
      dim.rank = rank;
      dim.extent = workloads::rank_extent(cascade(), rank, *plan_.workload);
      if (dim.extent < 1) {
        problems_.push_back(fmt::format("does not cover: rank {} is empty; the workload has no {}", rank, quantity));
        dim.extent = 1;
      }
      if (quantity == "queries") dim.sharing = plan_.heads_sharing;
      dim.extent *= dim.sharing;
      dim.tile = std::min(size_of(rank + "0").value_or(dim.extent), dim.extent);
      dim.tiles = (dim.extent + dim.tile - 1) / dim.tile;
      dim.last = dim.extent - (dim.tiles - 1) * dim.tile;
      dim.block = std::min(size_of(rank + "1").value_or(dim.tiles), dim.tiles);
      plan_.dims[rank] = dim;
    }
  }

  std::optional<std::int64_t> size_of(const std::string& name) const {
    const auto found = group().tile.find(name);
    if (found == group().tile.end() || found->second.rule != TileSize::Rule::kNumber) return std::nullopt;
    return found->second.number;
  }

  void bind_nest() {
    for (const std::string& name : group().loops) {
      Loop loop;
      loop.name = name;
      const int index = static_cast<int>(plan_.loops.size());
      if (name == "batch") {
        loop.extent = cascade().runs_each_sequence() ? plan_.workload->batch : 1;
        plan_.block_begin = index + 1;
      } else if (name == "head" || name == "kv_head") {
        loop.extent = cascade().runs_each_head() ? plan_.workload->heads / plan_.heads_sharing : 1;
        plan_.block_begin = index + 1;
      } else if (name == "pass") {
        plan_.pass_loop = index;
      } else {
        bind_rank_loop(name, index, loop);
      }
      plan_.loops.push_back(loop);
    }
    const bool blocked =
        std::any_of(plan_.loops.begin(), plan_.loops.end(), [](const Loop& loop) { return loop.name.back() == '2'; });
    if (plan_.pass_loop >= 0 && !blocked) plan_.block_begin = plan_.pass_loop;
    for (auto& [rank, dim] : plan_.dims) {
      const std::int64_t blocks = (dim.tiles + dim.block - 1) / dim.block;
      if (dim.tiles > 1 && dim.loop < 0) {
        problems_.push_back(fmt::format("does not cover: rank {} has {} tiles of {} but loops lack {}1", rank,
                                        dim.tiles, dim.tile, rank));
      } else if (blocks > 1 && dim.outer_loop < 0) {
        problems_.push_back(fmt::format("does not cover: {}1 counts {} of {} tiles but loops lack {}2", rank, dim.block,
                                        dim.tiles, rank));
      } else if (blocks > 1 && dim.tiles % dim.block != 0) {
        Loop& loop = plan_.loops[static_cast<std::size_t>(dim.loop)];
        loop.table_loops = {dim.outer_loop};
        loop.table.assign(static_cast<std::size_t>(blocks), {{dim.block}});
        loop.table.back() = {{dim.tiles - (blocks - 1) * dim.block}};
      }
    }
  }

  void bind_rank_loop(const std::string& name, int index, Loop& loop) {
    const std::string rank = name.substr(0, name.size() - 1);
    Dim& dim = plan_.dims.at(rank);
    if (name.back() == '1') {
      dim.loop = index;
      loop.extent = dim.block;
    } else {
      dim.outer_loop = index;
      loop.extent = (dim.tiles + dim.block - 1) / dim.block;
      plan_.block_begin = index + 1;
    }
  }

  void bind_passes() {
    if (cascade().iterate) {
      const Dim& steps = plan_.dims.at(cascade().base_rank(*cascade().iterate));
      plan_.iterate_loop = steps.loop;
      if (steps.outer_loop >= 0 && steps.loop > steps.outer_loop + 1) {
        problems_.push_back(
            fmt::format("breaks a dependence: {0}2 and {0}1 count the steps of {0} together; put no loop "
                        "between them",
                        steps.rank));
      }
    }
    const std::set<std::string> after_step = waiting_for_steps();
    std::string traversed;
    for (const auto& [rank, dim] : plan_.dims) {
      if (dim.loop < 0) continue;
      // What matters is the rank that the loop walks: the outer part of a rank that the cascade splits.
      const auto split = cascade().split.find(rank);
      const workloads::Passes passes = workloads::analyse_passes(
          cascade(), split == cascade().split.end() ? rank : split->second.front(), &group().einsums);
      for (const std::string& einsum : group().einsums) {
        // Steps inside a traversal: what waits for the step before waits for its traversal.
        const bool stepwise = dim.loop < plan_.iterate_loop && after_step.count(einsum) != 0;
        if (passes.time_of.at(einsum) == 0 && !stepwise) turns_.known_before[einsum].push_back(rank);
      }
      int least = 1 << 20;
      int most = -1;
      std::string reason;
      for (const std::string& einsum : group().einsums) {
        const auto found = passes.of.find(einsum);
        if (found == passes.of.end()) continue;
        least = std::min(least, found->second);
        if (found->second > most) {
          most = found->second;
          const auto why = passes.reason.find(einsum);
          reason = why == passes.reason.end() ? einsum : einsum + " " + why->second;
        }
      }
      if (most <= least) continue;
      if (!traversed.empty()) {
        problems_.push_back(fmt::format("breaks a dependence: several passes over both {} and {}", traversed, rank));
        continue;
      }
      traversed = rank;
      plan_.passes = most - least + 1;
      for (const std::string& einsum : group().einsums) {
        const auto found = passes.of.find(einsum);
        if (found != passes.of.end()) turns_.pass_of[einsum] = found->second - least;
      }
      if (plan_.pass_loop < 0 || plan_.pass_loop > dim.loop) {
        problems_.push_back(
            fmt::format("breaks a dependence: {} passes over {} in one traversal of {}1 ({}); put pass "
                        "before {}1 in loops, or split the group",
                        plan_.passes, rank, rank, reason, rank));
      }
    }
    if (plan_.pass_loop >= 0) plan_.loops[static_cast<std::size_t>(plan_.pass_loop)].extent = plan_.passes;
  }

  // Einsums of a step that need what the step before left.
  std::set<std::string> waiting_for_steps() const {
    std::set<std::string> waiting;
    for (const Einsum& einsum : cascade().einsums) {
      if (einsum.section != Einsum::Section::kEach) continue;
      for (const TensorRef& input : einsum.inputs()) {
        const bool carried =
            !input.next && cascade().producer(input.tensor) != nullptr && cascade().producer(input.tensor)->output.next;
        if (carried || waiting.count(input.tensor) != 0) waiting.insert(einsum.name);
      }
    }
    return waiting;
  }

  Plan& plan_;
  std::vector<std::string>& problems_;
  Turns turns_;
};

}  // namespace

Turns bind_loops(Plan& plan, std::vector<std::string>& problems) { return LoopBinder(plan, problems).run(); }

}  // namespace attnsim::mapping
