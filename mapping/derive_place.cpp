// Costs of each Einsum on both arrays, and what follows from them.
#include "mapping/derive_place.h"

#include <algorithm>
#include <set>

#include "mapping/cost.h"
#include "mapping/plan.h"
#include "mapping/storage.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;

using Names = std::vector<std::string>;

bool adds_products(const Einsum& einsum) {
  return einsum.reduction && einsum.reduction->op == "sum" && einsum.map.kind == workloads::Expression::Kind::kCall &&
         einsum.map.name == "mul";
}

// Cycles of an Einsum in all, on each array that can run it.
struct Load {
  const Einsum* einsum;
  double on_2d = 0;
  double on_1d = 0;
  bool can_2d = false;
  bool can_1d = false;
};

// A block of one tile where the size is still to be chosen.
Group with_numbers(Group group) {
  for (auto& [name, size] : group.tile) {
    if (size.rule == TileSize::Rule::kFitBuffer) size = {TileSize::Rule::kNumber, 1};
  }
  return group;
}

std::vector<Load> loads_of(const workloads::Cascade& cascade, const workloads::Workload& workload,
                           const arch::Architecture& architecture, const Roles& roles, const Group& group) {
  std::vector<Load> loads;
  for (const Einsum* einsum : roles.einsums()) loads.push_back({einsum});
  const Mapping mapping;
  for (const bool on_2d : {true, false}) {
    Group trial = with_numbers(group);
    if (on_2d) trial.on_2d = group.einsums;
    std::vector<std::string> ignored;
    Plan plan = mapping::bind(cascade, workload, architecture, mapping, trial, ignored);
    place_copies(plan);
    for (const Node& node : plan.nodes) {
      const auto load =
          std::find_if(loads.begin(), loads.end(), [&](const Load& one) { return one.einsum == node.einsum; });
      if (load == loads.end()) continue;
      std::vector<std::string> problems;
      const Work work = work_of(plan, node, {}, problems);
      const bool fits = node.unit != kSelect && (!on_2d || roles.fills_array(*node.einsum));
      (on_2d ? load->can_2d : load->can_1d) = problems.empty() && fits;
      (on_2d ? load->on_2d : load->on_1d) =
          static_cast<double>(work.duration) * static_cast<double>(plan.inner_points(0, &node.loops));
    }
  }
  return loads;
}

// Products and what the 1D array cannot do are on the 2D array, and what `on_1d` names on the 1D array; the others go,
// the longest first, to where the busier array is less busy then.
Names balanced(const std::vector<Load>& loads, Names on_2d, const Names& on_1d) {
  double busy_2d = 0;
  double busy_1d = 0;
  std::vector<const Load*> free;
  for (const Load& load : loads) {
    if (contains(on_2d, load.einsum->name)) {
      busy_2d += load.on_2d;
    } else if (load.can_2d && !contains(on_1d, load.einsum->name)) {
      free.push_back(&load);
    } else {
      busy_1d += load.on_1d;
    }
  }
  std::stable_sort(free.begin(), free.end(), [](const Load* a, const Load* b) {
    return std::min(a->on_1d, a->on_2d) > std::min(b->on_1d, b->on_2d);
  });
  for (const Load* load : free) {
    if (std::max(busy_2d + load->on_2d, busy_1d) <= std::max(busy_2d, busy_1d + load->on_1d)) {
      busy_2d += load->on_2d;
      on_2d.push_back(load->einsum->name);
    } else {
      busy_1d += load->on_1d;
    }
  }
  return on_2d;
}

// What a step makes of values of the step before and hands to the next one: a circuit of dependences, whose latency
// every step pays.
Names circuits(const workloads::Cascade& cascade, const Roles& roles) {
  const auto feeds = [&](const Names& made, const Einsum& einsum) {
    const auto reads = cascade.reads(einsum);
    return std::any_of(reads.begin(), reads.end(), [&](const auto& read) { return contains(made, read.tensor); });
  };
  Names result;
  if (!roles.iterates()) return result;
  for (const Einsum* first : roles.einsums()) {
    if (first->section != Einsum::Section::kEach) continue;
    Names reached = {first->name};
    bool returns = false;
    for (bool grows = true; grows;) {
      grows = false;
      for (const Einsum* next : roles.einsums()) {
        if (next->section != Einsum::Section::kEach || !feeds(reached, *next)) continue;
        returns = returns || next == first;
        if (contains(reached, next->name)) continue;
        reached.push_back(next->name);
        grows = true;
      }
    }
    if (returns) result.push_back(first->name);
  }
  return result;
}

// The Einsum that alone reads a tensor; null where several do.
const Einsum* only_reader(const workloads::Cascade& cascade, const std::string& tensor) {
  const Einsum* found = nullptr;
  for (const Einsum& einsum : cascade.einsums) {
    for (const workloads::TensorRef& input : cascade.reads(einsum)) {
      if (input.tensor != tensor) continue;
      if (found != nullptr) return nullptr;
      found = &einsum;
    }
  }
  return found;
}

}  // namespace

std::vector<Names> placements(const workloads::Cascade& cascade, const workloads::Workload& workload,
                              const arch::Architecture& architecture, const Roles& roles, const Group& group) {
  const std::vector<Load> loads = loads_of(cascade, workload, architecture, roles, group);
  Names all;
  Names products;
  for (const Load& load : loads) {
    if (!load.can_2d) continue;
    all.push_back(load.einsum->name);
    if (adds_products(*load.einsum) || !load.can_1d) products.push_back(load.einsum->name);
  }
  std::vector<Names> result;
  const Names carried = circuits(cascade, roles);
  for (const Names& names : {balanced(loads, products, {}), balanced(loads, products, carried), all, products}) {
    const auto same = [&](const Names& known) {
      return std::set(known.begin(), known.end()) == std::set(names.begin(), names.end());
    };
    if (std::none_of(result.begin(), result.end(), same)) result.push_back(names);
  }
  return result;
}

std::vector<Names> interleaves(const workloads::Cascade& cascade, const Roles& roles, const Group& group) {
  std::vector<Names> pairs;
  const auto may = [&](const Einsum& einsum) {
    const bool taken =
        std::any_of(pairs.begin(), pairs.end(), [&](const Names& pair) { return contains(pair, einsum.name); });
    return !taken && !einsum.reduction && !einsum.scan && contains(group.einsums, einsum.name) &&
           !contains(group.on_2d, einsum.name);
  };
  for (const Einsum* first : roles.einsums()) {
    const Einsum* reader = only_reader(cascade, first->name);
    if (reader == nullptr || first->output.next || first->output.ranks.size() < 2) continue;
    const bool same_shape = first->output.ranks == reader->output.ranks && first->section == reader->section;
    if (same_shape && may(*first) && may(*reader)) pairs.push_back({first->name, reader->name});
  }
  return pairs;
}

}  // namespace attnsim::mapping
