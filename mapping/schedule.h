// Modulo scheduling: start times for the instructions of one repeated tile, so that a new tile starts every initiation
// interval. Rau, "Iterative Modulo Scheduling", MICRO 1994, in its simplest form: nodes in order of their longest path,
// each at the first time its unit is free in the modulo reservation table; the interval grows until all fit.
#pragma once

#include <cstdint>
#include <vector>

namespace attnsim::mapping {

struct ScheduleNode {
  int unit = 0;
  std::int64_t duration = 0;
  double frequency = 1;  // executions a tile; only nodes that run for every tile reserve their unit
  bool late = false;     // placed as late as its successors allow, less one interval of slack (prefetch)
};

// start(to) >= start(from) + delay - interval * distance
struct ScheduleEdge {
  int from = 0;
  int to = 0;
  std::int64_t delay = 0;
  std::int64_t distance = 0;  // tiles
};

struct Schedule {
  std::int64_t interval = 1;        // cycles between the starts of two tiles
  std::vector<std::int64_t> start;  // of each node, >= 0
  std::int64_t stage(std::size_t node) const { return start[node] / interval; }
  std::int64_t position(std::size_t node) const { return start[node] % interval; }
};

// The interval is `least_interval` or more. Throws std::logic_error where a cycle of edges has a positive delay and no
// distance.
Schedule modulo_schedule(const std::vector<ScheduleNode>& nodes, const std::vector<ScheduleEdge>& edges,
                         std::int64_t least_interval = 1);

}  // namespace attnsim::mapping
