// Orders a plan: the stage (lag) of every node, the order of nodes within their unit, and the tiles in flight that
// follow from both.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/plan.h"
#include "mapping/schedule.h"

namespace attnsim::mapping {

struct Order {
  std::vector<std::int64_t> lag;       // of each node, in epochs
  std::vector<std::int64_t> start;     // of each node, within its own pass's schedule
  std::vector<std::int64_t> position;  // of each node within an epoch: its start less its stage's intervals
  std::vector<std::int64_t> interval;  // of each pass
  std::vector<int> sequence;           // nodes in issue order (of all units together)

  // Whether a comes before b where both run for the same tile, or a's pass comes first.
  bool before(const Plan& plan, int a, int b) const;
};

// Schedules every pass by modulo scheduling, joined so that a pass never overtakes what it reads from an earlier one.
// `works` are the full-tile works of the nodes.
Order order_nodes(const Plan& plan, const std::vector<Work>& works);

// Nodes that read `copy` on a unit, not counting carried reads, in order.
std::vector<int> readers_on(const Plan& plan, const Order& order, const Copy& copy, int unit);

// Tiles of a pool that are in flight at most, in the static order: between its producer and its last reader.
std::int64_t tiles_in_flight(const Plan& plan, const Order& order, const Copy& copy, int producer, int reader);

// Buffer bytes that an order's tiles in flight take, or the plan reserves where that is more.
std::int64_t bytes_in_flight(const Plan& plan, const Order& order);

// Nodes after which, with a barrier, the next tile may start, and those that then start it.
std::vector<int> tile_sinks(const Plan& plan);
std::vector<int> tile_sources(const Plan& plan);

// Executions of a node for each point of its pass.
double frequency(const Plan& plan, const Node& node);

}  // namespace attnsim::mapping
