// Modulo scheduling against hand-made small cases and against its own rules on random graphs.
#include "mapping/schedule.h"

#include <gtest/gtest.h>

#include <random>

namespace attnsim::mapping {
namespace {

// Every edge holds, and no two reservations of a unit overlap in the interval.
void expect_valid(const std::vector<ScheduleNode>& nodes, const std::vector<ScheduleEdge>& edges,
                  const Schedule& schedule) {
  for (const ScheduleEdge& edge : edges) {
    const auto from = static_cast<std::size_t>(edge.from);
    const auto to = static_cast<std::size_t>(edge.to);
    EXPECT_GE(schedule.start[to], schedule.start[from] + edge.delay - schedule.interval * edge.distance);
  }
  std::vector<std::vector<bool>> taken;
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    if (nodes[node].frequency < 1) continue;
    const auto unit = static_cast<std::size_t>(nodes[node].unit);
    if (taken.size() <= unit) taken.resize(unit + 1, std::vector<bool>(static_cast<std::size_t>(schedule.interval)));
    for (std::int64_t cycle = 0; cycle < nodes[node].duration; ++cycle) {
      const auto slot = static_cast<std::size_t>((schedule.start[node] + cycle) % schedule.interval);
      EXPECT_FALSE(taken[unit][slot]) << "node " << node;
      taken[unit][slot] = true;
    }
  }
}

TEST(Schedule, TheIntervalIsTheBusiestUnitsSum) {
  const std::vector<ScheduleNode> nodes{{0, 3, 1, false}, {1, 5, 1, false}, {1, 4, 1, false}};
  const std::vector<ScheduleEdge> edges{{0, 1, 3, 0}, {1, 2, 5, 0}};
  const Schedule schedule = modulo_schedule(nodes, edges);
  EXPECT_EQ(schedule.interval, 9);
  EXPECT_EQ(schedule.start, (std::vector<std::int64_t>{0, 3, 8}));
}

TEST(Schedule, ALatencyBecomesStages) {
  // A column reduction of 256 cycles between two instructions of 10 cycles each on two units.
  const std::vector<ScheduleNode> nodes{{0, 10, 1, false}, {1, 10, 1, false}};
  const Schedule schedule = modulo_schedule(nodes, {{0, 1, 10 + 256, 0}});
  EXPECT_EQ(schedule.interval, 10);
  EXPECT_EQ(schedule.stage(1), 26);
  EXPECT_EQ(schedule.position(1), 6);
}

TEST(Schedule, ARecurrenceOverDistanceBoundsTheInterval) {
  // 30 cycles around a loop that spans two tiles: 15 a tile, though the unit is busy for 4 only.
  const std::vector<ScheduleNode> nodes{{0, 4, 1, false}};
  EXPECT_EQ(modulo_schedule(nodes, {{0, 0, 30, 2}}).interval, 15);
  EXPECT_EQ(modulo_schedule(nodes, {{0, 0, 31, 2}}).interval, 16);
}

TEST(Schedule, AFullUnitIsPackedWithoutAGap) {
  // The 1D array of FuseMax at E = F = 64: 138 cycles of work in an interval of 138, fragmented by long latencies.
  const std::vector<ScheduleNode> nodes{{0, 137, 1, false}, {1, 1, 1, false}, {1, 7, 1, false},
                                        {1, 1, 1, false},   {1, 1, 1, false}, {1, 128, 1, false}};
  const std::vector<ScheduleEdge> edges{{0, 1, 321, 0}, {1, 2, 1, 0}, {2, 3, 7, 0}, {1, 4, 520, 0}, {1, 5, 458, 0}};
  const Schedule schedule = modulo_schedule(nodes, edges);
  EXPECT_EQ(schedule.interval, 138);
  expect_valid(nodes, edges, schedule);
}

TEST(Schedule, WhatRunsForSomeTilesReservesNothing) {
  const std::vector<ScheduleNode> nodes{{0, 10, 1, false}, {0, 64, 0.25, false}};
  EXPECT_EQ(modulo_schedule(nodes, {{0, 1, 10, 0}}).interval, 10);
}

TEST(Schedule, ALateNodeLeavesOneIntervalOfSlack) {
  const std::vector<ScheduleNode> nodes{{0, 5, 1, true}, {1, 20, 1, false}, {1, 10, 1, false}};
  const Schedule schedule = modulo_schedule(nodes, {{0, 2, 5 + 100, 0}, {1, 2, 20, 0}});
  EXPECT_EQ(schedule.interval, 30);
  EXPECT_GE(schedule.start[2] - schedule.start[0], 105 + 30);
  EXPECT_LT(schedule.start[2] - schedule.start[0], 105 + 60);
}

TEST(Schedule, ACycleWithinOneTileIsADefect) {
  const std::vector<ScheduleNode> nodes{{0, 1, 1, false}, {1, 1, 1, false}};
  EXPECT_THROW(modulo_schedule(nodes, {{0, 1, 1, 0}, {1, 0, 1, 0}}), std::logic_error);
}

TEST(Schedule, RandomGraphsAreScheduledWithinTheirRules) {
  std::mt19937 random(7);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 500; ++round) {
    std::vector<ScheduleNode> nodes(static_cast<std::size_t>(pick(1, 12)));
    for (ScheduleNode& node : nodes) node = {pick(0, 2), pick(1, 40), pick(0, 4) == 0 ? 0.5 : 1.0, false};
    std::vector<ScheduleEdge> edges;
    const int last = static_cast<int>(nodes.size()) - 1;
    for (int count = pick(0, 16); count > 0 && last > 0; --count) {
      const int from = pick(0, last - 1);
      const int to = pick(from + 1, last);
      edges.push_back({from, to, nodes[static_cast<std::size_t>(from)].duration + pick(0, 100), 0});
      if (pick(0, 3) == 0) edges.push_back({to, from, pick(0, 50), pick(1, 3)});
    }
    const Schedule schedule = modulo_schedule(nodes, edges);
    SCOPED_TRACE(round);
    expect_valid(nodes, edges, schedule);
    EXPECT_EQ(*std::min_element(schedule.start.begin(), schedule.start.end()), 0);
  }
}

TEST(Schedule, TheIntervalIsAtLeastWhatIsAskedFor) {
  const std::vector<ScheduleNode> nodes = {{0, 3, 1, false}, {1, 5, 1, false}};
  const std::vector<ScheduleEdge> edges = {{0, 1, 3, 0}};
  EXPECT_EQ(modulo_schedule(nodes, edges).interval, 5);
  const Schedule slow = modulo_schedule(nodes, edges, 20);
  EXPECT_EQ(slow.interval, 20);
  EXPECT_EQ(slow.stage(1), 0) << "one tile in flight";
}

}  // namespace
}  // namespace attnsim::mapping
