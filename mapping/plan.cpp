// Small questions about a plan.
#include "mapping/plan.h"

#include <algorithm>

#include "mapping/mask.h"
#include "mapping/view.h"

namespace attnsim::mapping {

const Spatial& Plan::spatial(const Node& node) const {
  const auto own = group->spatial_of.find(node.name);
  return own == group->spatial_of.end() ? group->spatial : own->second;
}

std::int64_t Plan::inner_points(int first, const std::vector<int>* among, Trips trips) const {
  std::int64_t points = 1;
  for (int index = first; index < static_cast<int>(loops.size()); ++index) {
    if (among && std::find(among->begin(), among->end(), index) == among->end()) continue;
    const Loop& loop = loops[static_cast<std::size_t>(index)];
    std::int64_t count = loop.extent;
    if (trips == Trips::kSmallest && masked_outer >= first && !among && is_masked(*this, index)) {
      count = index == masked_outer ? least_masked_points : 1;
    } else if (trips == Trips::kSmallest) {
      for (const Row& row : loop.table) {
        if (!row.empty()) count = std::min(count, length(row));
      }
    }
    points *= count;
  }
  return points;
}

std::int64_t Plan::carried_distance() const {
  if (masked_inner >= 0 && iterate_loop == masked_outer) return 1;
  return inner_points(iterate_loop + 1, nullptr, Trips::kSmallest);
}

std::int64_t Plan::carried_distance(const Node& producer, const Node& reader) const {
  const auto at_end = [](const Node& node, int loop) {
    return std::any_of(node.guard.begin(), node.guard.end(), [loop](const Condition& condition) {
      return condition.loop == loop && condition.kind == Condition::Kind::kLast;
    });
  };
  std::int64_t distance = carried_distance();
  for (int loop = iterate_loop + 1; loop < static_cast<int>(loops.size()); ++loop) {
    if (!at_end(producer, loop) || at_end(reader, loop)) continue;
    distance -= (loops[static_cast<std::size_t>(loop)].extent - 1) * inner_points(loop + 1);
  }
  return std::max<std::int64_t>(1, distance);
}

std::int64_t Plan::limit_bytes() const {
  return std::min(group->buffer_bytes.value_or(architecture->buffer.bytes), architecture->buffer.bytes);
}

std::int64_t tile_elements(const Plan& plan, const std::vector<std::string>& dims,
                           const std::vector<std::string>& tails) {
  std::int64_t elements = 1;
  for (const std::string& rank : dims) {
    const Dim& dim = plan.dims.at(rank);
    elements *= contains(tails, rank) ? dim.last : dim.tile;
  }
  return elements;
}

std::int64_t tile_elements(const Plan& plan, const Copy& copy, const std::vector<std::string>& tails) {
  return copy.view ? footprint_of(plan, *copy.view, tails).elements : tile_elements(plan, copy.dims, tails);
}

std::vector<int> minus(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

Guard all_of(const std::vector<int>& loops, Condition::Kind kind) {
  Guard guard;
  for (const int loop : loops) guard.push_back({loop, kind, 0});
  return guard;
}

Guard join(Guard a, const Guard& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace attnsim::mapping
