// What a trace shows of programs whose cycles can be derived on paper; windows, cuts, and what cannot be had.
#include "sim/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

using ::testing::ElementsAre;

// Slot k % 2 of K is free again when RM of tile k - 2 ends:
//   load K  0..5  5..10         18..23        27..32
//   RM           9....18  18....27  27....36  36....45     (K arrives 4 cycles after its load)
const PairShape kPair{.tiles = 4, .load = 5, .compute = 9, .latency = 4, .slots = 2};

std::vector<std::pair<std::int64_t, std::int64_t>> spans(const Trace& trace, int instruction) {
  std::vector<std::pair<std::int64_t, std::int64_t>> list;
  for (const TraceEvent& event : trace.events)
    if (event.instruction == instruction) list.emplace_back(event.start, event.end);
  return list;
}

std::string failure(const mapping::Program& program, const TraceWindow& window) {
  try {
    make_trace(program, window);
  } catch (const common::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Trace, ShowsEveryInstructionOfAShortProgram) {
  const Trace trace = make_trace(pair_program(kPair), {});
  EXPECT_THAT(spans(trace, 0), ElementsAre(std::pair{0, 5}, std::pair{5, 10}, std::pair{18, 23}, std::pair{27, 32}));
  EXPECT_THAT(spans(trace, 1), ElementsAre(std::pair{9, 18}, std::pair{18, 27}, std::pair{27, 36}, std::pair{36, 45}));
  EXPECT_EQ(trace.from, 0);
  EXPECT_EQ(trace.to, 45);
  EXPECT_FALSE(trace.is_cut);
  for (const TraceEvent& event : trace.events) {
    EXPECT_EQ(event.unit, event.instruction);
    EXPECT_THAT(event.index, ElementsAre(event.epoch));
  }
}

TEST(Trace, FollowsEachTokenFromItsPostToWhoTookIt) {
  const Trace trace = make_trace(pair_program(kPair), {});
  int from_the_start = 0;
  int followed = 0;
  for (const TraceToken& token : trace.tokens) {
    const TraceEvent& to = trace.events.at(static_cast<std::size_t>(token.to_event));
    EXPECT_EQ(token.taken, to.start);
    EXPECT_EQ(token.channel, 1 - to.unit) << "channel 0 is K, taken by unit 1; channel 1 its slots, taken by unit 0";
    if (token.from_event < 0) {
      ++from_the_start;
      EXPECT_EQ(token.arrival, 0);
      continue;
    }
    ++followed;
    const TraceEvent& from = trace.events.at(static_cast<std::size_t>(token.from_event));
    EXPECT_EQ(token.posted, from.end);
    EXPECT_EQ(token.arrival, from.end + (token.channel == 0 ? 4 : 0));
    EXPECT_EQ(from.epoch, to.epoch - (token.channel == 0 ? 0 : 2)) << "slots come back from two tiles before";
  }
  EXPECT_EQ(from_the_start, 2);
  EXPECT_EQ(followed, 4 + 2);
}

TEST(Trace, CountsTheTokensOfChannelsThatStartWithSome) {
  std::vector<std::pair<std::int64_t, std::int64_t>> slots;
  for (const TraceCount& count : make_trace(pair_program(kPair), {}).counts) {
    EXPECT_EQ(count.channel, 1);
    slots.emplace_back(count.cycle, count.tokens);
  }
  // Taken at 0 and 5; the one freed at 18 is taken at once, the one at 27 too; those of 36 and 45 stay.
  EXPECT_THAT(slots, ElementsAre(std::pair{0, 1}, std::pair{5, 0}, std::pair{36, 1}, std::pair{45, 2}));
}

TEST(Trace, AWindowHoldsWhatRunsWithinIt) {
  const Trace trace = make_trace(pair_program(kPair), {.from = 10, .to = 27});
  EXPECT_THAT(spans(trace, 0), ElementsAre(std::pair{18, 23})) << "one ends where the window begins, one starts where "
                                                                  "it ends";
  EXPECT_THAT(spans(trace, 1), ElementsAre(std::pair{9, 18}, std::pair{18, 27}));
  EXPECT_EQ(trace.from, 10);
  EXPECT_EQ(trace.to, 27);
  EXPECT_FALSE(trace.is_cut);
  ASSERT_FALSE(trace.counts.empty());
  EXPECT_EQ(trace.counts.front().cycle, 10);
  EXPECT_EQ(trace.counts.front().tokens, 0) << "both slots were taken before";
}

TEST(Trace, IsCutAtTheNumberOfInstructions) {
  const Trace trace = make_trace(pair_program(kPair), {.instructions = 3});
  EXPECT_EQ(trace.events.size(), 3);
  EXPECT_TRUE(trace.is_cut);
  EXPECT_EQ(trace.to, 18) << "where the fourth starts";
  EXPECT_FALSE(make_trace(pair_program(kPair), {.instructions = 8}).is_cut) << "there are eight";
}

TEST(Trace, BlocksBeforeTheWindowArePassedWithoutReplay) {
  mapping::Program program = pair_program({.tiles = 1'000'000'000, .load = 3, .compute = 3, .slots = 2});
  const mapping::Block first = program.blocks.at(0);
  program.blocks = {first, pair_program(kPair).blocks.at(0)};
  const std::int64_t begin = 3'000'000'000 + 3;
  const Trace trace = make_trace(program, {.from = begin + 9, .replay_limit = 20});
  EXPECT_EQ(trace.events.size(), 7) << "all but the first load";
  for (const TraceEvent& event : trace.events) EXPECT_EQ(event.block, 1);
  EXPECT_EQ(trace.to, begin + 45);
  EXPECT_EQ(spans(trace, 1).front().first, begin + 9);
}

TEST(Trace, ShowsTheEndOfOneBlockAndTheBeginningOfTheNext) {
  mapping::Program program = pair_program(kPair);
  program.blocks.push_back(program.blocks.at(0));
  const Trace trace = make_trace(program, {.from = 40, .to = 55});
  EXPECT_THAT(spans(trace, 0), ElementsAre(std::pair{45, 50}, std::pair{50, 55}));
  EXPECT_THAT(spans(trace, 1), ElementsAre(std::pair{36, 45}, std::pair{54, 63}));
  const TraceToken& last = trace.tokens.back();
  EXPECT_EQ(trace.events.at(static_cast<std::size_t>(last.from_event)).block, 1);
}

TEST(Trace, SaysWhatCannotBeShown) {
  const mapping::Program program = pair_program({.tiles = 1'000'000, .load = 3, .compute = 3, .slots = 2});
  EXPECT_EQ(failure(program, {.from = 2'000'000, .replay_limit = 1000}),
            "--trace-window: cycle 2000000 lies beyond the 1000 instructions that a trace replays; they reach cycle "
            "1497");
  EXPECT_EQ(failure(program, {.from = 4'000'000}),
            "--trace-window: begins at cycle 4000000, but the program ends at "
            "3000003");
  mapping::Program stuck = pair_program(kPair);
  stuck.blocks.at(0).instructions.at(1).posts.clear();
  EXPECT_EQ(failure(stuck, {}),
            "deadlock at cycle 27: dram waits at load K (m1 2) for a token of \"slots of K\"; "
            "array_1d waits at RM (m1 2) for a token of \"K\"");
  EXPECT_EQ(make_trace(stuck, {.to = 10}).events.size(), 3) << "the window ends before the deadlock";
}

TEST(Trace, WhereTheReplayLimitFallsInTheWindowItIsCut) {
  const mapping::Program program = pair_program({.tiles = 1'000'000, .load = 3, .compute = 3, .slots = 2});
  const Trace trace = make_trace(program, {.replay_limit = 1000});
  EXPECT_TRUE(trace.is_cut);
  EXPECT_GE(trace.events.size(), 997);
  EXPECT_EQ(trace.to, trace.events.back().start);
}

}  // namespace
}  // namespace attnsim::sim
