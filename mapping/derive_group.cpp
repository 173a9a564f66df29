// Tiles, loops and places from the roles of ranks.
#include "mapping/derive_group.h"

#include <algorithm>
#include <tuple>

#include "mapping/derive_place.h"
#include "mapping/derive_roles.h"
#include "mapping/plan.h"
#include "mapping/select.h"
#include "mapping/view.h"
#include "workloads/passes.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;

// What a proposal chooses.
struct Choice {
  std::int64_t temporal = 512;  // the most elements of a rank that PEs or lanes take in turn
  // What a step of an iterated rank leaves whole, though PEs hold several words of a carried tile then.
  enum class Whole { kNothing, kAllButColumns, kAll } whole = Whole::kNothing;
  bool blocked = false;       // the second innermost rank's tiles take turns inside the innermost one's loop
  bool heads_inside = false;  // heads take turns within a step of the iterated rank
  bool buffered = false;      // carried tensors and tiles stay in the buffer
  bool spill = false;
};

using Whole = Choice::Whole;

class Deriver {
 public:
  Deriver(const workloads::Cascade& cascade, const workloads::Workload& workload,
          const arch::Architecture& architecture, const std::vector<std::string>& einsums,
          Roles::Columns columns = Roles::Columns::kShared)
      : cascade_(cascade),
        workload_(workload),
        architecture_(architecture),
        names_(einsums),
        roles_(cascade, workload, architecture, einsums, columns) {}

  bool nests() const { return may_share_group(cascade_, names_) && nests(base({})); }

  bool spreads_as(const Deriver& other) const {
    return roles_.rows() == other.roles_.rows() && roles_.columns() == other.roles_.columns();
  }

  std::vector<Group> propose(std::int64_t temporal, bool spill) const {
    std::vector<Group> proposals;
    const bool several_passes = !traversed_several_times(base({})).empty();
    if (spill && !several_passes) return proposals;
    for (const bool buffered : {false, true}) {
      for (const Whole whole : {Whole::kNothing, Whole::kAllButColumns, Whole::kAll}) {
        for (const bool heads_inside : {false, true}) {
          for (const bool blocked : {true, false}) {
            if (!roles_.iterates() && buffered) continue;
            if (!roles_.stepwise() && (whole != Whole::kNothing || heads_inside)) continue;
            if (several_passes && !roles_.stepwise() && blocked) continue;
            add(proposals, {temporal, whole, blocked, heads_inside, buffered, spill});
          }
        }
      }
    }
    return proposals;
  }

 private:
  bool nests(const Group& group) const {
    const Ranks order = chain(group);
    for (const Einsum* einsum : roles_.einsums()) {
      const Ranks own = looped(group, *einsum);
      for (std::size_t outer = 0; outer < own.size(); ++outer) {
        if (!contains(own, order[outer])) return false;
      }
    }
    // A step's sums must be complete within the step.
    return traversed_several_times(group).size() <= (roles_.stepwise() ? 0 : 1);
  }

  // The most elements of a rank that a tile takes.
  std::int64_t most(const std::string& rank, const Choice& choice) const {
    const Einsum& first = *roles_.einsums().front();
    if (selects(first)) {  // they take whole ranks
      const bool each = contains(first.output.ranks, rank) && rank != choice_rank(first);
      return each ? choice.temporal : roles_.extent(rank);
    }
    const bool is_step = roles_.stepwise() && rank == roles_.iterated();
    const bool is_split = cascade_.split.count(rank) != 0;  // the same in all groups
    const bool is_columns = rank == roles_.columns();
    const bool is_rows = rank == roles_.rows();
    const bool whole = choice.whole == Whole::kAll || (choice.whole == Whole::kAllButColumns && !is_columns);
    if (whole && !is_step && !is_split) return roles_.extent(rank);
    const bool one_by_one = is_third(rank) && !is_fetched(rank) && !is_split && !is_columns && !is_rows;
    if (is_step || one_by_one) return 1;
    if (is_split || is_rows) return architecture_.array_2d.rows;
    return is_columns ? architecture_.array_2d.columns : choice.temporal;
  }

  // A rank of a result besides those of rows and columns.
  bool is_third(const std::string& rank) const {
    return std::any_of(roles_.einsums().begin(), roles_.einsums().end(), [&](const Einsum* einsum) {
      const Ranks made = roles_.outputs(*einsum);
      return contains(made, rank) && contains(made, roles_.rows()) && contains(made, roles_.columns());
    });
  }

  // What runs along the rows that a gather fetches: a part of a row costs as many accesses as more of it.
  bool is_fetched(const std::string& rank) const {
    return std::any_of(roles_.einsums().begin(), roles_.einsums().end(), [&](const Einsum* einsum) {
      const auto reads = einsum->inputs();
      return std::any_of(reads.begin(), reads.end(), [&](const workloads::TensorRef& read) {
        return !lookups_of(read).empty() && read.indices.back().name == rank;
      });
    });
  }

  // Tiles, spatial ranks and what follows from them; loops come with the order.
  Group base(const Choice& choice) const {
    Group group;
    group.einsums = names_;
    group.spill = choice.spill;
    group.where = roles_.einsums().front()->where;
    for (const std::string& rank : roles_.ranks()) {
      const std::int64_t size = most(rank, choice);
      if (size < roles_.extent(rank)) group.tile[rank + "0"] = {TileSize::Rule::kNumber, size};
    }
    group.spatial = {roles_.rows(), roles_.columns(), {roles_.columns()}};
    for (const Einsum* einsum : roles_.einsums()) {
      const Spatial own = roles_.spatial_of(*einsum);
      if (own.rows != group.spatial.rows || own.columns != group.spatial.columns || own.lanes != group.spatial.lanes)
        group.spatial_of[einsum->name] = own;
    }
    return group;
  }

  static bool has_loop(const Group& group, const std::string& rank) { return group.tile.count(rank + "0") != 0; }

  Ranks looped(const Group& group, const Einsum& einsum) const {
    Ranks result;
    for (const std::string& rank : roles_.ranks(einsum)) {
      if (has_loop(group, rank)) result.push_back(rank);
    }
    return result;
  }

  // Ranks with loops, outermost first: what most Einsums go through, then what most results have, then the longest.
  Ranks chain(const Group& group) const {
    Ranks order;
    for (const std::string& rank : roles_.ranks()) {
      if (has_loop(group, rank)) order.push_back(rank);
    }
    const auto key = [&](const std::string& rank) {
      return std::make_tuple(roles_.users(rank), roles_.outputs_with(rank), rank == roles_.columns(),
                             roles_.extent(rank));
    };
    std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) { return key(a) > key(b); });
    return order;
  }

  Ranks traversed_several_times(const Group& group) const {
    Ranks result;
    for (const std::string& rank : roles_.ranks()) {
      const auto split = cascade_.split.find(rank);
      const std::string& walked = split == cascade_.split.end() ? rank : split->second.front();
      if (has_loop(group, rank) && workloads::analyse_passes(cascade_, walked, &names_).count > 1)
        result.push_back(rank);
    }
    return result;
  }

  void add(std::vector<Group>& proposals, const Choice& choice) const {
    Group group = base(choice);
    const Ranks order = chain(group);
    if (choice.blocked && (order.size() < 2 || order[order.size() - 2] == roles_.iterated())) return;
    if (choice.whole != Whole::kNothing && group.tile == base({choice.temporal}).tile) return;  // nothing was split
    if (!nests(group)) return;
    const Ranks again = traversed_several_times(group);
    group.loops = {"batch"};
    if (!choice.heads_inside) group.loops.push_back("kv_head");
    for (std::size_t at = 0; at < order.size(); ++at) {
      if (choice.blocked && at + 2 == order.size()) {
        add_block(group, order[at], order[at + 1]);
        break;
      }
      if (contains(again, order[at])) group.loops.push_back("pass");
      group.loops.push_back(order[at] + "1");
      if (choice.heads_inside && order[at] == roles_.iterated()) group.loops.push_back("kv_head");
    }
    if (!contains(group.loops, "kv_head")) return;
    if (choice.buffered) keep_tiles(group);
    for (std::vector<std::string>& place : placements(cascade_, workload_, architecture_, roles_, group)) {
      group.on_2d = std::move(place);
      group.interleave = interleaves(cascade_, roles_, group);
      proposals.push_back(group);
    }
  }

  // Tiles of `outer` take turns within a tile of `inner`: what belongs to them stays in the buffer for the whole block.
  void add_block(Group& group, const std::string& outer, const std::string& inner) const {
    for (const std::string& loop : {outer + "2", inner + "1", outer + "1"}) group.loops.push_back(loop);
    group.tile[outer + "1"] = {TileSize::Rule::kFitBuffer, 0};
    for (const workloads::TensorRef& input : cascade_.inputs) {
      if (reads(input.tensor) && contains(input.ranks, outer)) group.keep.push_back(input.tensor);
    }
    for (const Einsum& einsum : cascade_.einsums) {
      const bool made_here = contains(names_, einsum.name);
      if (!made_here && reads(einsum.name) && contains(roles_.outputs(einsum), outer))
        group.keep.push_back(einsum.name);
      if (made_here && roles_.iterates() && einsum.output.next) group.keep.push_back(einsum.name);
    }
  }

  void keep_tiles(Group& group) const {
    for (const Einsum* einsum : roles_.einsums()) {
      const bool tile = einsum->output.next || roles_.outputs(*einsum).size() > 1;
      if (tile && !contains(group.keep, einsum->name)) group.keep.push_back(einsum->name);
    }
  }

  bool reads(const std::string& tensor) const {
    return std::any_of(roles_.einsums().begin(), roles_.einsums().end(), [&](const Einsum* einsum) {
      const auto inputs = cascade_.reads(*einsum);
      return std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) { return input.tensor == tensor; });
    });
  }

  const workloads::Cascade& cascade_;
  const workloads::Workload& workload_;
  const arch::Architecture& architecture_;
  std::vector<std::string> names_;
  Roles roles_;
};

}  // namespace

bool loops_nest(const workloads::Cascade& cascade, const workloads::Workload& workload,
                const arch::Architecture& architecture, const std::vector<std::string>& einsums) {
  return Deriver(cascade, workload, architecture, einsums).nests();
}

std::vector<Group> propose_groups(const workloads::Cascade& cascade, const workloads::Workload& workload,
                                  const arch::Architecture& architecture, const std::vector<std::string>& einsums,
                                  const Tier& tier) {
  const Deriver shared(cascade, workload, architecture, einsums);
  const Deriver busy(cascade, workload, architecture, einsums, Roles::Columns::kBusy);
  std::vector<Group> proposals = shared.propose(tier.temporal, tier.spill);
  if (busy.spreads_as(shared)) return proposals;
  const std::vector<Group> others = busy.propose(tier.temporal, tier.spill);
  proposals.insert(proposals.end(), others.begin(), others.end());
  return proposals;
}

}  // namespace attnsim::mapping
