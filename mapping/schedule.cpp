// Modulo scheduling by longest paths and a modulo reservation table.
#include "mapping/schedule.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace attnsim::mapping {
namespace {

using Times = std::vector<std::int64_t>;

bool reserves(const ScheduleNode& node) { return node.frequency >= 1 && node.duration > 0; }

// Longest paths from time 0, or nothing where a cycle does not fit into this interval.
std::optional<Times> earliest_starts(const std::vector<ScheduleNode>& nodes, const std::vector<ScheduleEdge>& edges,
                                     std::int64_t interval) {
  Times start(nodes.size(), 0);
  for (std::size_t round = 0; round <= nodes.size(); ++round) {
    bool changed = false;
    for (const ScheduleEdge& edge : edges) {
      const std::int64_t time = start[static_cast<std::size_t>(edge.from)] + edge.delay - interval * edge.distance;
      std::int64_t& target = start[static_cast<std::size_t>(edge.to)];
      if (time > target) {
        target = time;
        changed = true;
      }
    }
    if (!changed) return start;
  }
  return std::nullopt;
}

// The busiest unit's cycles a tile. What runs for some tiles only comes on top when it comes: between, tiles follow one
// another at the pace of what always runs, and the stages must cover the latencies at that pace.
std::int64_t resource_interval(const std::vector<ScheduleNode>& nodes) {
  std::vector<std::int64_t> busy;
  double some = 1;
  for (const ScheduleNode& node : nodes) {
    const auto unit = static_cast<std::size_t>(node.unit);
    if (busy.size() <= unit) busy.resize(unit + 1, 0);
    if (reserves(node)) busy[unit] += node.duration;
    some = std::max(some, node.frequency * static_cast<double>(node.duration));
  }
  const std::int64_t most = *std::max_element(busy.begin(), busy.end());
  return most > 0 ? most : static_cast<std::int64_t>(std::ceil(some));
}

std::int64_t recurrence_interval(const std::vector<ScheduleNode>& nodes, const std::vector<ScheduleEdge>& edges) {
  std::int64_t high = 1;
  for (const ScheduleEdge& edge : edges) high += std::max<std::int64_t>(edge.delay, 0);
  if (!earliest_starts(nodes, edges, high)) throw std::logic_error("schedule: a dependence cycle within one tile");
  std::int64_t low = 1;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (earliest_starts(nodes, edges, middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Reservations of one unit within an interval; a long one may wrap around.
class ReservationTable {
 public:
  explicit ReservationTable(std::int64_t interval) : interval_(interval) {}

  // Nodes that hold the unit at some time of this stretch.
  std::vector<std::size_t> conflicts(std::int64_t start, std::int64_t duration) const {
    std::vector<std::size_t> result;
    const std::int64_t position = modulo(start);
    for (const Span& span : taken_) {
      const bool apart = modulo(span.start - position) >= duration && modulo(position - span.start) >= span.duration;
      if (!apart || duration > interval_) result.push_back(span.node);
    }
    return result;
  }
  void take(std::size_t node, std::int64_t start, std::int64_t duration) {
    taken_.push_back({node, modulo(start), duration});
  }
  void release(std::size_t node) {
    std::erase_if(taken_, [&](const Span& span) { return span.node == node; });
  }
  // Times at which a free stretch may begin, or end.
  std::vector<std::int64_t> ends() const {
    std::vector<std::int64_t> result;
    for (const Span& span : taken_) result.push_back(modulo(span.start + span.duration));
    return result;
  }
  std::vector<std::int64_t> starts() const {
    std::vector<std::int64_t> result;
    for (const Span& span : taken_) result.push_back(span.start);
    return result;
  }
  std::int64_t modulo(std::int64_t time) const { return ((time % interval_) + interval_) % interval_; }

 private:
  struct Span {
    std::size_t node;
    std::int64_t start;
    std::int64_t duration;
  };
  std::int64_t interval_;
  std::vector<Span> taken_;
};

// One attempt at a given interval. Nodes are placed in order of their longest path, each at the first time at which its
// unit is free; one that finds none takes its place anyway, and whatever it displaces is placed again (Rau's
// iteration).
class Placement {
 public:
  Placement(const std::vector<ScheduleNode>& nodes, const std::vector<ScheduleEdge>& edges, std::int64_t interval)
      : nodes_(nodes), edges_(edges), interval_(interval), start_(nodes.size()), tried_(nodes.size(), -1) {
    earliest_ = *earliest_starts(nodes, edges, interval);
    for (const ScheduleNode& node : nodes) {
      while (tables_.size() <= static_cast<std::size_t>(node.unit)) tables_.emplace_back(interval);
    }
  }

  // Places every node; false where the attempts run out. With `force`, nodes that find no free stretch overlap.
  bool place_all(bool force) {
    std::size_t attempts = 64 * nodes_.size();
    for (std::optional<std::size_t> node = next(); node; node = next()) {
      if (attempts-- == 0 && !force) return false;
      if (nodes_[*node].late) {
        place_late(*node);
      } else {
        place_early(*node, force);
      }
    }
    return true;
  }

  Times starts() const {
    Times result;
    for (const auto& start : start_) result.push_back(*start);
    const std::int64_t least = *std::min_element(result.begin(), result.end());
    for (std::int64_t& start : result) start -= least;
    return result;
  }

 private:
  // The unplaced node with the least longest path; late ones after all others.
  std::optional<std::size_t> next() const {
    std::optional<std::size_t> best;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (start_[node]) continue;
      if (!best ||
          std::make_pair(nodes_[node].late, earliest_[node]) < std::make_pair(nodes_[*best].late, earliest_[*best])) {
        best = node;
      }
    }
    return best;
  }

  std::int64_t shift(const ScheduleEdge& edge) const { return edge.delay - interval_ * edge.distance; }

  void place_early(std::size_t node, bool force) {
    std::int64_t low = earliest_[node];
    for (const ScheduleEdge& edge : edges_) {
      const auto& from = start_[static_cast<std::size_t>(edge.from)];
      if (static_cast<std::size_t>(edge.to) == node && from) low = std::max(low, *from + shift(edge));
    }
    if (!reserves(nodes_[node])) {
      put(node, low);
      evict_dependents(node);
      return;
    }
    const ReservationTable& table = tables_[static_cast<std::size_t>(nodes_[node].unit)];
    std::optional<std::int64_t> time = search(table, low, nodes_[node].duration);
    if (!time) {
      time = std::max(low, tried_[node] + 1);
      if (!force) displace(node, *time);
    }
    put(node, *time);
    evict_dependents(node);
  }

  void put(std::size_t node, std::int64_t time) {
    start_[node] = time;
    tried_[node] = time;
    if (reserves(nodes_[node]))
      tables_[static_cast<std::size_t>(nodes_[node].unit)].take(node, time, nodes_[node].duration);
  }

  void remove(std::size_t node) {
    start_[node].reset();
    tables_[static_cast<std::size_t>(nodes_[node].unit)].release(node);
  }

  void displace(std::size_t node, std::int64_t time) {
    const ReservationTable& table = tables_[static_cast<std::size_t>(nodes_[node].unit)];
    for (const std::size_t other : table.conflicts(time, nodes_[node].duration)) remove(other);
  }

  // Nodes that now would start before what they depend on are placed again.
  void evict_dependents(std::size_t node) {
    for (const ScheduleEdge& edge : edges_) {
      const auto to = static_cast<std::size_t>(edge.to);
      if (static_cast<std::size_t>(edge.from) != node || to == node || !start_[to]) continue;
      if (*start_[to] < *start_[node] + shift(edge)) remove(to);
    }
  }

  // One interval before its successors need it, or the last free time before that.
  void place_late(std::size_t node) {
    std::optional<std::int64_t> high;
    for (const ScheduleEdge& edge : edges_) {
      const auto& to = start_[static_cast<std::size_t>(edge.to)];
      if (static_cast<std::size_t>(edge.from) != node || static_cast<std::size_t>(edge.to) == node || !to) continue;
      high = std::min(high.value_or(*to - shift(edge)), *to - shift(edge));
    }
    std::int64_t time = high.value_or(interval_) - interval_;
    if (reserves(nodes_[node])) {
      const ReservationTable& table = tables_[static_cast<std::size_t>(nodes_[node].unit)];
      time = search_back(table, time, nodes_[node].duration).value_or(time);
    }
    put(node, time);
  }

  std::optional<std::int64_t> search(const ReservationTable& table, std::int64_t begin, std::int64_t duration) const {
    std::vector<std::int64_t> times{begin};
    for (const std::int64_t end : table.ends()) times.push_back(begin + table.modulo(end - begin));
    std::sort(times.begin(), times.end());
    for (const std::int64_t time : times) {
      if (table.conflicts(time, duration).empty()) return time;
    }
    return std::nullopt;
  }

  std::optional<std::int64_t> search_back(const ReservationTable& table, std::int64_t begin,
                                          std::int64_t duration) const {
    std::vector<std::int64_t> times{begin};
    for (const std::int64_t start : table.starts()) times.push_back(begin - table.modulo(begin - (start - duration)));
    std::sort(times.rbegin(), times.rend());
    for (const std::int64_t time : times) {
      if (table.conflicts(time, duration).empty()) return time;
    }
    return std::nullopt;
  }

  const std::vector<ScheduleNode>& nodes_;
  const std::vector<ScheduleEdge>& edges_;
  std::int64_t interval_;
  Times earliest_;
  std::vector<std::optional<std::int64_t>> start_;
  Times tried_;  // where each node was placed last: a displaced one moves on
  std::vector<ReservationTable> tables_;
};

}  // namespace

Schedule modulo_schedule(const std::vector<ScheduleNode>& nodes, const std::vector<ScheduleEdge>& edges,
                         std::int64_t least_interval) {
  if (nodes.empty()) return {};
  const std::int64_t least = std::max({resource_interval(nodes), recurrence_interval(nodes, edges), least_interval});
  // Fragmentation can ask for a longer interval; beyond twice the least the order alone decides (the engine is in-order
  // and starts everything as early as it can, whatever the interval says).
  for (std::int64_t interval = least; interval <= 2 * least; interval += 1 + least / 256) {
    Placement placement(nodes, edges, interval);
    if (placement.place_all(false)) return {interval, placement.starts()};
  }
  Placement placement(nodes, edges, least);
  placement.place_all(true);
  return {least, placement.starts()};
}

}  // namespace attnsim::mapping
