// The steady-state window: where it lies, how much it holds, what it costs.
#include "sim/timeline.h"

#include <gtest/gtest.h>

#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

TEST(Timeline, IsThreeIntervalsInTheMiddleOfAShortBlock) {
  // Eleven tiles of 9 cycles; load K(k) starts when RM(k - 2) ends, at 9 k - 9 + 9, four cycles after RM(k - 1) began.
  const mapping::Program program = pair_program({.tiles = 11, .load = 5, .compute = 9, .latency = 4, .slots = 2});
  const Timeline timeline = make_timeline(program, 0);
  EXPECT_EQ(timeline.cycles_from, 9 * 3);
  EXPECT_EQ(timeline.cycles_to, 9 * 6);
  const std::vector<TimelineEvent> expected = {
      {"dram", "load K", 27, 32, 3}, {"array_1d", "RM", 27, 36, 2}, {"dram", "load K", 36, 41, 4},
      {"array_1d", "RM", 36, 45, 3}, {"dram", "load K", 45, 50, 5}, {"array_1d", "RM", 45, 54, 4},
  };
  EXPECT_EQ(timeline.events, expected);
}

TEST(Timeline, CountsCyclesFromTheBeginningOfItsBlock) {
  const mapping::Program program = pair_program({.tiles = 11, .load = 5, .compute = 9, .latency = 4, .slots = 2});
  const Timeline timeline = make_timeline(program, 0, 1000);
  EXPECT_EQ(timeline.cycles_from, 1027);
  EXPECT_EQ(timeline.events.front().start, 1027);
}

TEST(Timeline, OfOneTileIsAllOfIt) {
  const Timeline timeline = make_timeline(pair_program({.tiles = 1, .load = 5, .compute = 9}), 0);
  EXPECT_EQ(timeline.cycles_from, 0);
  EXPECT_EQ(timeline.cycles_to, 14);
  EXPECT_EQ(timeline.events.size(), 2);
}

TEST(Timeline, OfAnEmptyBlockIsEmpty) {
  const mapping::Program program = pair_program({.tiles = 0});
  EXPECT_EQ(make_timeline(program, 0).events.size(), 0);
  EXPECT_EQ(longest_timeline(program, run_fast(program)).events.size(), 0);
  EXPECT_EQ(longest_timeline({}, {}).events.size(), 0);
}

TEST(Timeline, HoldsAtMostSixtyInstructions) {
  mapping::Program program = pair_program({.tiles = 40, .load = 50, .compute = 50, .slots = 2});
  mapping::Block& block = program.blocks.at(0);
  for (int i = 0; i < 28; ++i) block.instructions.push_back(instruction("SPD", 1, 0, 1));
  EXPECT_EQ(make_timeline(program, 0).events.size(), 60) << "two intervals of 30";
  for (int i = 0; i < 70; ++i) block.instructions.push_back(instruction("RNV", 1, 0, 2));
  const Timeline timeline = make_timeline(program, 0);
  EXPECT_EQ(timeline.events.size(), 60) << "one interval holds 100";
  EXPECT_LE(timeline.events.back().start, timeline.cycles_to);
}

TEST(Timeline, OfALongBlockReplaysItsBeginningOnly) {
  const mapping::Program program =
      pair_program({.tiles = 1'000'000'000'000, .load = 5, .compute = 9, .latency = 4, .slots = 2});
  const Timeline timeline = make_timeline(program, 0);
  EXPECT_EQ(timeline.events.size(), 6);
  EXPECT_GT(timeline.events.front().tile, 100);
  EXPECT_LT(timeline.events.back().tile, 10'000);
  EXPECT_EQ(timeline.cycles_to - timeline.cycles_from, 27);
}

TEST(Timeline, IsOfTheBlockThatTakesLongestAtItsPlaceInTheRun) {
  mapping::Program program = pair_program({.tiles = 5, .load = 5, .compute = 9, .slots = 2});
  program.blocks.push_back(pair_program({.tiles = 11, .load = 5, .compute = 9, .latency = 4, .slots = 2}).blocks.at(0));
  program.blocks.push_back(pair_program({.tiles = 2, .slots = 1}).blocks.at(0));
  const std::int64_t begin = 5 + 5 * 9;
  const Timeline timeline = longest_timeline(program, run_fast(program));
  EXPECT_EQ(timeline.cycles_from, begin + 27);
  EXPECT_EQ(timeline.events, make_timeline(program, 1, begin).events);
}

}  // namespace
}  // namespace attnsim::sim
