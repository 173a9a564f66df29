// Roles of ranks, then tiles, loops and places from them.
#include "mapping/derive_group.h"

#include <algorithm>
#include <set>

#include "mapping/cost.h"
#include "mapping/order.h"
#include "mapping/plan.h"
#include "mapping/select.h"
#include "mapping/sharing.h"
#include "mapping/storage.h"
#include "mapping/view.h"
#include "workloads/passes.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;

using Ranks = std::vector<std::string>;

bool adds_products(const Einsum& einsum) {
  return einsum.reduction && einsum.reduction->op == "sum" && einsum.map.kind == workloads::Expression::Kind::kCall &&
         einsum.map.name == "mul";
}

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
enum class Columns { kShared, kBusy };

class Deriver {
 public:
  Deriver(const workloads::Cascade& cascade, const workloads::Workload& workload,
          const arch::Architecture& architecture, const std::vector<std::string>& einsums,
          Columns columns = Columns::kShared)
      : cascade_(cascade), workload_(workload), architecture_(architecture), names_(einsums) {
    for (const Einsum& einsum : cascade.einsums) {
      if (!cascade.is_first_value(einsum) && contains(einsums, einsum.name)) einsums_.push_back(&einsum);
    }
    shares_queries_ = cascade.runs_each_head() && cascade.has_rank_of("keys") && shares_queries(cascade, einsums);
    iterates_ = cascade.iterate && std::any_of(einsums_.begin(), einsums_.end(), [](const Einsum* einsum) {
                  return einsum->section == Einsum::Section::kEach;
                });
    if (iterates_) iterated_ = cascade.base_rank(*cascade.iterate);
    stepwise_ = iterates_ && cascade.split.count(iterated_) == 0;
    find_spatial(columns);
  }

  bool nests() const { return may_share_group(cascade_, names_) && nests(base({})); }

  bool spreads_as(const Deriver& other) const { return rows_ == other.rows_ && columns_ == other.columns_; }

  std::vector<std::vector<Group>> propose() const {
    std::vector<std::vector<Group>> tiers;
    const bool several_passes = !traversed_several_times(base({})).empty();
    for (const bool spill : {false, true}) {
      if (spill && !several_passes) continue;
      for (const std::int64_t temporal : {512, 64, 8, 1}) {
        std::vector<Group> tier;
        for (const bool buffered : {false, true}) {
          for (const Whole whole : {Whole::kNothing, Whole::kAllButColumns, Whole::kAll}) {
            for (const bool heads_inside : {false, true}) {
              for (const bool blocked : {true, false}) {
                if (!iterates_ && buffered) continue;
                if (!stepwise_ && (whole != Whole::kNothing || heads_inside)) continue;
                if (several_passes && !stepwise_ && blocked) continue;
                add(tier, {temporal, whole, blocked, heads_inside, buffered, spill});
              }
            }
          }
        }
        tiers.push_back(tier);
      }
    }
    return tiers;
  }

 private:
  bool nests(const Group& group) const {
    const Ranks order = chain(group);
    for (const Einsum* einsum : einsums_) {
      const Ranks own = looped(group, *einsum);
      for (std::size_t outer = 0; outer < own.size(); ++outer) {
        if (!contains(own, order[outer])) return false;
      }
    }
    // A step's sums must be complete within the step.
    return traversed_several_times(group).size() <= (stepwise_ ? 0 : 1);
  }

  // Declared ranks that an Einsum goes through, the iterated one of a step included.
  Ranks ranks(const Einsum& einsum) const {
    Ranks result;
    for (const std::string& rank : einsum.iteration_ranks()) {
      if (!contains(result, cascade_.base_rank(rank))) result.push_back(cascade_.base_rank(rank));
    }
    const bool in_step = iterates_ && einsum.section == Einsum::Section::kEach;
    if (in_step && !contains(result, iterated_)) result.push_back(iterated_);
    return result;
  }

  // Declared ranks of which one execution takes a tile: of a rank that is split, those that have its innermost part. A
  // step of an iterated rank takes one element.
  Ranks tiled(const Ranks& written) const {
    Ranks result;
    for (const std::string& rank : written) {
      const std::string base = cascade_.base_rank(rank);
      const auto split = cascade_.split.find(base);
      const bool takes = split == cascade_.split.end() || rank == base || rank == split->second.back();
      if (takes && !contains(result, base) && !(stepwise_ && base == iterated_)) result.push_back(base);
    }
    return result;
  }
  Ranks tiled(const Einsum& einsum) const { return tiled(einsum.iteration_ranks()); }
  Ranks outputs(const Einsum& einsum) const { return tiled(einsum.output.ranks); }
  Ranks all_tiled() const {
    Ranks result;
    for (const Einsum* einsum : einsums_) {
      for (const std::string& rank : tiled(*einsum)) {
        if (!contains(result, rank)) result.push_back(rank);
      }
    }
    return result;
  }

  Ranks all_ranks() const {
    Ranks result;
    for (const auto& [rank, quantity] : cascade_.ranks) {
      if (std::any_of(einsums_.begin(), einsums_.end(),
                      [&, name = rank](const Einsum* einsum) { return contains(ranks(*einsum), name); })) {
        result.push_back(rank);
      }
    }
    return result;
  }

  std::int64_t extent(const std::string& rank) const {
    std::int64_t extent = workloads::rank_extent(cascade_, rank, workload_);
    for (const auto& [name, quantity] : cascade_.ranks) {
      if (shares_queries_ && name == rank && quantity == "queries") extent *= workload_.heads / workload_.kv_heads;
    }
    return std::max<std::int64_t>(1, extent);
  }

  double volume(const Einsum& einsum) const {
    double points = 1;
    for (const std::string& rank : tiled(einsum)) points *= static_cast<double>(extent(rank));
    return points;
  }

  int outputs_with(const std::string& rank) const {
    return static_cast<int>(std::count_if(einsums_.begin(), einsums_.end(),
                                          [&](const Einsum* einsum) { return contains(outputs(*einsum), rank); }));
  }

  // Columns stand for the rank that most results have, so that tiles stay in their PEs, or for the one of a result that
  // keeps most columns busy; rows for that of the others that keeps most rows busy, rather one of a result than one that
  // is summed.
  void find_spatial(Columns columns) {
    const Ranks last = outputs(*einsums_.back());
    const auto shared = [&](const std::string& rank) {
      return std::make_tuple(static_cast<double>(outputs_with(rank)), contains(last, rank), extent(rank));
    };
    const auto busy = [&](const std::string& rank) {
      return std::make_tuple(work(rank, architecture_.array_2d.columns, true), contains(last, rank), extent(rank));
    };
    const auto rows_key = [&](const std::string& rank) {
      return std::make_tuple(work(rank, architecture_.array_2d.rows, false), outputs_with(rank), extent(rank));
    };
    columns_ = columns == Columns::kShared ? best(all_tiled(), {}, shared) : best(all_tiled(), {}, busy);
    rows_ = best(all_tiled(), {columns_}, rows_key);
  }

  // Points of the Einsums (or of those that have the rank in their result), each as often as PEs share them.
  double work(const std::string& rank, std::int64_t pes, bool in_result) const {
    double points = 0;
    for (const Einsum* einsum : einsums_) {
      if (contains(in_result ? outputs(*einsum) : tiled(*einsum), rank)) points += volume(*einsum);
    }
    return points * static_cast<double>(std::min(extent(rank), pes));
  }

  template <typename Key>
  static std::string best(const Ranks& among, const Ranks& without, const Key& key) {
    std::string found;
    for (const std::string& rank : among) {
      if (!contains(without, rank) && (found.empty() || key(rank) > key(found))) found = rank;
    }
    return found;
  }

  std::string longest(const Ranks& among, const Ranks& without) const {
    return best(among, without, [&](const std::string& rank) { return extent(rank); });
  }

  // Ranks of the array for an Einsum: the group's where it has both, so that tiles stay in their PEs; else its own.
  // Sums run down the columns, so a rank that is summed can only be that of the rows.
  Spatial spatial_of(const Einsum& einsum) const {
    Spatial spatial;
    const Ranks own = tiled(einsum);
    const Ranks made = outputs(einsum);
    if (contains(own, rows_) && contains(made, columns_)) {
      spatial = {rows_, columns_, {}};
    } else {
      spatial.columns = contains(made, columns_) ? columns_ : contains(made, rows_) ? rows_ : longest(made, {});
      spatial.rows = longest(made, {spatial.columns});
      if (spatial.rows.empty()) spatial.rows = longest(own, {spatial.columns});
    }
    // Lanes take results first, then what is summed.
    for (const Ranks& among : {made, own}) {
      Ranks rest = among;
      std::stable_sort(rest.begin(), rest.end(),
                       [&](const auto& a, const auto& b) { return lane_rank(a) > lane_rank(b); });
      for (const std::string& rank : rest) {
        if (!contains(spatial.lanes, rank)) spatial.lanes.push_back(rank);
      }
    }
    return spatial;
  }
  std::pair<bool, std::int64_t> lane_rank(const std::string& rank) const { return {rank == columns_, extent(rank)}; }

  TileSize tile(const std::string& rank, const Choice& choice) const {
    std::int64_t size = std::min(extent(rank), choice.temporal);
    const Einsum& first = *einsums_.front();
    if (selects(first)) {
      const bool each = contains(first.output.ranks, rank) && rank != choice_rank(first);
      if (!each) size = extent(rank);  // selections take whole ranks
    } else if (stepwise_ && rank == iterated_) {
      size = 1;
    } else if (cascade_.split.count(rank) != 0) {
      size = std::min(extent(rank), architecture_.array_2d.rows);  // the same in all groups
    } else if (choice.whole == Whole::kAll || (choice.whole == Whole::kAllButColumns && rank != columns_)) {
      size = extent(rank);
    } else if (rank == columns_) {
      size = std::min(extent(rank), architecture_.array_2d.columns);
    } else if (rank == rows_) {
      size = std::min(extent(rank), architecture_.array_2d.rows);
    } else if (is_third(rank) && !is_fetched(rank)) {
      size = 1;
    }
    return {TileSize::Rule::kNumber, size};
  }

  // A rank of a result besides those of rows and columns.
  bool is_third(const std::string& rank) const {
    return std::any_of(einsums_.begin(), einsums_.end(), [&](const Einsum* einsum) {
      const Ranks made = outputs(*einsum);
      return contains(made, rank) && contains(made, rows_) && contains(made, columns_);
    });
  }

  // What runs along the rows that a gather fetches: a part of a row costs as many accesses as more of it.
  bool is_fetched(const std::string& rank) const {
    return std::any_of(einsums_.begin(), einsums_.end(), [&](const Einsum* einsum) {
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
    group.where = einsums_.front()->where;
    for (const std::string& rank : all_ranks()) {
      const TileSize size = tile(rank, choice);
      if (size.number < extent(rank)) group.tile[rank + "0"] = size;
    }
    group.spatial = {rows_, columns_, {columns_}};
    for (const Einsum* einsum : einsums_) {
      const Spatial own = spatial_of(*einsum);
      if (own.rows != group.spatial.rows || own.columns != group.spatial.columns || own.lanes != group.spatial.lanes)
        group.spatial_of[einsum->name] = own;
    }
    return group;
  }

  static bool has_loop(const Group& group, const std::string& rank) { return group.tile.count(rank + "0") != 0; }

  Ranks looped(const Group& group, const Einsum& einsum) const {
    Ranks result;
    for (const std::string& rank : ranks(einsum)) {
      if (has_loop(group, rank)) result.push_back(rank);
    }
    return result;
  }

  // Ranks with loops, outermost first: what most Einsums go through, then what most results have, then the longest.
  Ranks chain(const Group& group) const {
    Ranks order;
    for (const std::string& rank : all_ranks()) {
      if (has_loop(group, rank)) order.push_back(rank);
    }
    const auto key = [&](const std::string& rank) {
      const auto users = std::count_if(einsums_.begin(), einsums_.end(),
                                       [&](const Einsum* einsum) { return contains(ranks(*einsum), rank); });
      return std::make_tuple(users, outputs_with(rank), rank == columns_, extent(rank));
    };
    std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) { return key(a) > key(b); });
    return order;
  }

  Ranks traversed_several_times(const Group& group) const {
    Ranks result;
    for (const std::string& rank : all_ranks()) {
      const auto split = cascade_.split.find(rank);
      const std::string& walked = split == cascade_.split.end() ? rank : split->second.front();
      if (has_loop(group, rank) && workloads::analyse_passes(cascade_, walked, &names_).count > 1)
        result.push_back(rank);
    }
    return result;
  }

  void add(std::vector<Group>& tier, const Choice& choice) const {
    Group group = base(choice);
    const Ranks order = chain(group);
    if (choice.blocked && order.size() < 2) return;
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
      if (choice.heads_inside && order[at] == iterated_) group.loops.push_back("kv_head");
    }
    if (!contains(group.loops, "kv_head")) return;
    if (choice.buffered) keep_tiles(group);
    for (std::vector<std::string>& place : placements(group)) {
      group.on_2d = std::move(place);
      add_interleaves(group);
      tier.push_back(group);
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
      if (!made_here && reads(einsum.name) && contains(outputs(einsum), outer)) group.keep.push_back(einsum.name);
      if (made_here && iterates_ && einsum.output.next) group.keep.push_back(einsum.name);
    }
  }

  void keep_tiles(Group& group) const {
    for (const Einsum* einsum : einsums_) {
      const bool tile = einsum->output.next || outputs(*einsum).size() > 1;
      if (tile && !contains(group.keep, einsum->name)) group.keep.push_back(einsum->name);
    }
  }

  bool reads(const std::string& tensor) const {
    return std::any_of(einsums_.begin(), einsums_.end(), [&](const Einsum* einsum) {
      const auto inputs = cascade_.reads(*einsum);
      return std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) { return input.tensor == tensor; });
    });
  }

  // Einsums for the 2D array: as many as balance both arrays, all that can run there, or the products alone.
  std::vector<std::vector<std::string>> placements(const Group& group) const {
    struct Load {
      const Einsum* einsum;
      double on_2d = 0;
      double on_1d = 0;
      bool can_2d = false;
      bool can_1d = false;
    };
    std::vector<Load> loads;
    for (const Einsum* einsum : einsums_) loads.push_back({einsum});
    Mapping mapping;
    for (const bool on_2d : {true, false}) {
      Group trial = group;
      if (on_2d) trial.on_2d = names_;
      std::vector<std::string> ignored;
      const Group sized = with_numbers(trial);
      Plan plan = bind(cascade_, workload_, architecture_, mapping, sized, ignored);
      place_copies(plan);
      for (const Node& node : plan.nodes) {
        const auto load =
            std::find_if(loads.begin(), loads.end(), [&](const Load& one) { return one.einsum == node.einsum; });
        if (load == loads.end()) continue;
        std::vector<std::string> problems;
        const Work work = work_of(plan, node, {}, problems);
        const double cycles =
            static_cast<double>(work.duration) * static_cast<double>(plan.inner_points(0, &node.loops));
        (on_2d ? load->on_2d : load->on_1d) = cycles;
        const bool fits = node.unit != kSelect && (!on_2d || fills_array(*node.einsum));
        (on_2d ? load->can_2d : load->can_1d) = problems.empty() && fits;
      }
    }
    std::vector<std::string> all;
    std::vector<std::string> products;
    std::vector<std::string> balanced;
    double busy_2d = 0;
    double busy_1d = 0;
    std::vector<const Load*> free;
    for (const Load& load : loads) {
      if (load.can_2d) all.push_back(load.einsum->name);
      const bool product = load.can_2d && (adds_products(*load.einsum) || !load.can_1d);
      if (product) products.push_back(load.einsum->name);
      if (product) busy_2d += load.on_2d;
      if (!load.can_2d) busy_1d += load.on_1d;
      if (load.can_2d && !product) free.push_back(&load);
    }
    balanced = products;
    std::stable_sort(free.begin(), free.end(), [](const Load* a, const Load* b) {
      return std::min(a->on_1d, a->on_2d) > std::min(b->on_1d, b->on_2d);
    });
    for (const Load* load : free) {
      const bool on_2d = std::max(busy_2d + load->on_2d, busy_1d) <= std::max(busy_2d, busy_1d + load->on_1d);
      (on_2d ? busy_2d : busy_1d) += on_2d ? load->on_2d : load->on_1d;
      if (on_2d) balanced.push_back(load->einsum->name);
    }
    std::vector<std::vector<std::string>> result{balanced};
    for (const auto& other : {all, products}) {
      const auto same = [&](const auto& known) {
        return std::set(known.begin(), known.end()) == std::set(other.begin(), other.end());
      };
      if (std::none_of(result.begin(), result.end(), same)) result.push_back(other);
    }
    return result;
  }

  // A block of one tile where the size is still to be chosen.
  static Group with_numbers(Group group) {
    for (auto& [name, size] : group.tile) {
      if (size.rule == TileSize::Rule::kFitBuffer) size = {TileSize::Rule::kNumber, 1};
    }
    return group;
  }

  // Two ranks to spread over, that of the columns in the result. Scans are for lanes.
  bool fills_array(const Einsum& einsum) const {
    const Spatial spatial = spatial_of(einsum);
    return !einsum.scan && !spatial.rows.empty() && !spatial.columns.empty();
  }

  // A map on the 1D array whose only reader is another one of the same shape hands its results on in a register.
  void add_interleaves(Group& group) const {
    group.interleave.clear();
    for (const Einsum* first : einsums_) {
      const Einsum* reader = nullptr;
      int readers = 0;
      for (const Einsum& einsum : cascade_.einsums) {
        for (const workloads::TensorRef& input : cascade_.reads(einsum)) {
          if (input.tensor != first->name) continue;
          ++readers;
          reader = &einsum;
        }
      }
      if (readers != 1 || first->reduction || reader->reduction || first->scan || reader->scan || first->output.ranks.size() < 2) continue;
      const bool here = contains(names_, reader->name) && reader->section == first->section;
      if (!here || contains(group.on_2d, first->name) || contains(group.on_2d, reader->name)) continue;
      if (first->output.ranks != reader->output.ranks || first->output.next || taken(group, first->name)) continue;
      if (taken(group, reader->name)) continue;
      group.interleave.push_back({first->name, reader->name});
    }
  }
  static bool taken(const Group& group, const std::string& einsum) {
    return std::any_of(group.interleave.begin(), group.interleave.end(),
                       [&](const auto& pair) { return contains(pair, einsum); });
  }

  const workloads::Cascade& cascade_;
  const workloads::Workload& workload_;
  const arch::Architecture& architecture_;
  std::vector<std::string> names_;
  std::vector<const Einsum*> einsums_;
  bool shares_queries_ = false;
  bool iterates_ = false;
  bool stepwise_ = false;  // the iterated rank is gone through element by element
  std::string iterated_;   // as declared
  std::string rows_;
  std::string columns_;
};

}  // namespace

bool loops_nest(const workloads::Cascade& cascade, const workloads::Workload& workload,
                const arch::Architecture& architecture, const std::vector<std::string>& einsums) {
  return Deriver(cascade, workload, architecture, einsums).nests();
}

std::vector<std::vector<Group>> propose_groups(const workloads::Cascade& cascade, const workloads::Workload& workload,
                                               const arch::Architecture& architecture,
                                               const std::vector<std::string>& einsums) {
  const Deriver shared(cascade, workload, architecture, einsums);
  const Deriver busy(cascade, workload, architecture, einsums, Columns::kBusy);
  auto tiers = shared.propose();
  if (busy.spreads_as(shared)) return tiers;
  const auto others = busy.propose();
  for (std::size_t tier = 0; tier < others.size(); ++tier) {
    if (tier == tiers.size()) tiers.emplace_back();
    tiers[tier].insert(tiers[tier].end(), others[tier].begin(), others[tier].end());
  }
  return tiers;
}

}  // namespace attnsim::mapping
