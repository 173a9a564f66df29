// What both engines must say about programs whose cycles are derived by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <string>

#include "common/error.h"
#include "sim/engine.h"
#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

using Kind = mapping::Condition::Kind;
using Stalls = std::map<std::string, std::int64_t>;

struct NamedEngine {
  std::string name;
  Timing (*run)(const mapping::Program&, const EngineOptions&);
};
void PrintTo(const NamedEngine& engine, std::ostream* out) { *out << engine.name; }

class EveryEngine : public testing::TestWithParam<NamedEngine> {
 protected:
  static Timing run(const mapping::Program& program, std::int64_t max_cycles = 0) {
    EngineOptions options;
    options.max_cycles = max_cycles;
    return GetParam().run(program, options);
  }
  static std::string failure(const mapping::Program& program, std::int64_t max_cycles = 0) {
    try {
      run(program, max_cycles);
    } catch (const common::SimulationError& error) {
      return error.what();
    }
    return "none";
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, EveryEngine,
                         testing::Values(NamedEngine{"fast", run_fast}, NamedEngine{"systemc", run_systemc}),
                         [](const auto& engine) { return engine.param.name; });

TEST_P(EveryEngine, RunsTheInstructionsOfAUnitOneAfterAnother) {
  mapping::Program program;
  program.units = {{"array_1d", 1}};
  mapping::Block block;
  block.name = "b";
  block.loops = {loop("m1", 4)};
  block.instructions = {instruction("RM", 0, 0, 3), instruction("PRM", 0, 0, 7)};
  program.blocks = {block};
  const Timing timing = run(program);
  EXPECT_EQ(timing.cycles, 4 * (3 + 7));
  EXPECT_EQ(timing.units.at(0).busy_cycles, 4 * (3 + 7));
  EXPECT_EQ(timing.units.at(0).stall_cycles, Stalls{});
  EXPECT_EQ(timing.blocks.at(0).at(1), (InstructionTiming{4, 3, 33, 28}));
}

//  load K  [0 5)[5 10)[10 15)
//  RM               ^5+2 [7 8)   ^10+2 [12 13)  ^15+2 [17 18)
TEST_P(EveryEngine, ATokenArrivesItsLatencyAfterTheEnd) {
  const Timing timing = run(pair_program({.tiles = 3, .load = 5, .compute = 1, .latency = 2, .slots = 3}));
  EXPECT_EQ(timing.cycles, 3 * 5 + 2 + 1);
  EXPECT_EQ(timing.blocks.at(0).at(1), (InstructionTiming{3, 7, 17, 3}));
  EXPECT_EQ(timing.units.at(1).stall_cycles, (Stalls{{"K", 7 + 4 + 4}}));
  EXPECT_EQ(timing.units.at(0).stall_cycles, Stalls{});
}

// One slot: load and compute take turns, and the latency is paid each time.
TEST_P(EveryEngine, CapacityHoldsTheProducerBack) {
  constexpr std::int64_t kTiles = 10;
  const Timing timing = run(pair_program({.tiles = kTiles, .load = 5, .compute = 3, .latency = 2, .slots = 1}));
  EXPECT_EQ(timing.cycles, kTiles * (5 + 2 + 3));
  EXPECT_EQ(timing.units.at(0).stall_cycles, (Stalls{{"slots of K", (kTiles - 1) * (2 + 3)}}));
}

// With enough slots the slower of the two sets the pace, the other shows once.
TEST_P(EveryEngine, EnoughSlotsHideTheFasterSide) {
  constexpr std::int64_t kTiles = 1000;
  EXPECT_EQ(run(pair_program({.tiles = kTiles, .load = 5, .compute = 9, .latency = 4, .slots = 2})).cycles,
            5 + 4 + kTiles * 9);
  EXPECT_EQ(run(pair_program({.tiles = kTiles, .load = 9, .compute = 5, .latency = 4, .slots = 2})).cycles,
            kTiles * 9 + 4 + 5);
}

TEST_P(EveryEngine, AStreamedPostLeavesWithinTheInstruction) {
  mapping::Program program = pair_program({.tiles = 1, .load = 20, .compute = 30, .latency = 2, .slots = 1});
  program.blocks.at(0).instructions.at(0).posts.at(0).offset = 4;
  const Timing timing = run(program);
  EXPECT_EQ(timing.blocks.at(0).at(1).first_start, 4 + 2);
  EXPECT_EQ(timing.cycles, 4 + 2 + 30);
}

// The second token is posted behind the first and waits its turn, although it arrives earlier.
TEST_P(EveryEngine, TokensAreTakenInTheOrderOfTheirPosts) {
  mapping::Program program = pair_program({.tiles = 1, .load = 20, .compute = 1, .latency = 0, .slots = 1});
  mapping::Block& block = program.blocks.at(0);
  block.instructions.at(0).posts = {{0, {}, 15}, {0, {}, 3}};
  block.instructions.push_back(instruction("PRM", 1, 0, 1, {{0, {}}}));
  const Timing timing = run(program);
  EXPECT_EQ(timing.blocks.at(0).at(1).first_start, 15);
  EXPECT_EQ(timing.blocks.at(0).at(2).first_start, 16);
  EXPECT_EQ(timing.units.at(1).stall_cycles, (Stalls{{"K", 15}}));
}

// Two tokens arrive in the same cycle: the stall goes to the first wait in the list; a later one takes it all.
TEST_P(EveryEngine, AStallBelongsToTheTokenThatCameLast) {
  mapping::Program program;
  program.units = {{"dram", 1}, {"array_1d", 1}};
  mapping::Block block;
  block.name = "b";
  block.channels = {{"A", 1, 4, 0}, {"B", 1, 4, 0}, {"C", 1, 0, 0}};
  block.instructions = {instruction("load", 0, 0, 6, {}, {{0, {}}, {1, {}}, {2, {}}}),
                        instruction("RM", 1, 0, 1, {{2, {}}, {1, {}}, {0, {}}})};
  program.blocks = {block};
  EXPECT_EQ(run(program).units.at(1).stall_cycles, (Stalls{{"B", 10}}));
  program.blocks.at(0).channels.at(0).latency = 5;
  EXPECT_EQ(run(program).units.at(1).stall_cycles, (Stalls{{"A", 11}}));
}

// Epoch order with lag 2: A0 | A1 | A2 B0 | A3 B1 | B2 | B3.
TEST_P(EveryEngine, ALagPutsAnInstructionBehindTheLeadingPoint) {
  mapping::Program program;
  program.units = {{"array_1d", 1}};
  mapping::Block block;
  block.name = "b";
  block.loops = {loop("m1", 4)};
  block.instructions = {instruction("A", 0, 0, 10), instruction("B", 0, 2, 1)};
  program.blocks = {block};
  const Timing timing = run(program);
  EXPECT_EQ(timing.blocks.at(0).at(0).last_start, 31);
  EXPECT_EQ(timing.blocks.at(0).at(1), (InstructionTiming{4, 30, 43, 4}));
  EXPECT_EQ(timing.cycles, 44);
}

TEST_P(EveryEngine, GuardsAndTailsAreJudgedAtTheInstructionsOwnPoint) {
  mapping::Program program;
  program.units = {{"array_1d", 1}};
  mapping::Block block;
  block.name = "b";
  block.loops = {loop("p1", 2), loop("m1", 50)};
  block.instructions = {instruction("RNV", 0, 0, 10), instruction("AV", 0, 3, 100)};
  block.instructions[0].tails = {{{{1, Kind::kLast}}, {.duration = 4}}, {{{1, Kind::kEquals, 7}}, {.duration = 1}}};
  block.instructions[1].guard = {{1, Kind::kLast}};
  program.blocks = {block};
  const Timing timing = run(program);
  EXPECT_EQ(timing.blocks.at(0).at(0).count, 2 * 50);
  EXPECT_EQ(timing.blocks.at(0).at(0).busy_cycles, 2 * (48 * 10 + 4 + 1));
  EXPECT_EQ(timing.blocks.at(0).at(1).count, 2);
  // The first AV comes three epochs after its point, behind three tiles of the next p1.
  EXPECT_EQ(timing.blocks.at(0).at(1).first_start, 48 * 10 + 4 + 1 + 3 * 10);
  EXPECT_EQ(timing.cycles, 2 * (48 * 10 + 4 + 1) + 2 * 100);
}

TEST_P(EveryEngine, RaggedLoopsRunTheTripsOfTheirTable) {
  mapping::Program program;
  program.units = {{"array_1d", 1}};
  mapping::Block block;
  block.name = "causal";
  block.loops = {loop("p2", 5), ragged_loop("m1", 0, {0, 3, 0, 100, 1})};
  block.instructions = {instruction("RM", 0, 0, 2), instruction("AV", 0, 1, 5)};
  block.instructions[1].guard = {{1, Kind::kLast}};
  program.blocks = {block};
  const Timing timing = run(program);
  EXPECT_EQ(timing.blocks.at(0).at(0).count, 3 + 100 + 1);
  EXPECT_EQ(timing.blocks.at(0).at(1).count, 3);
  EXPECT_EQ(timing.cycles, 2 * (3 + 100 + 1) + 3 * 5);
}

TEST_P(EveryEngine, ABlockWaitsForEveryUnitOfTheOneBefore) {
  mapping::Program program = pair_program({.tiles = 2, .load = 5, .compute = 30, .latency = 0, .slots = 2});
  program.blocks.push_back(program.blocks.front());
  const Timing timing = run(program);
  EXPECT_EQ(timing.blocks.at(1).at(0).first_start, 5 + 2 * 30);
  EXPECT_EQ(timing.cycles, 2 * (5 + 2 * 30));
  EXPECT_EQ(timing.units.at(0).stall_cycles, Stalls{});  // the wait between the blocks is nobody's stall
  EXPECT_EQ(timing.units.at(1).stall_cycles, (Stalls{{"K", 2 * 5}}));
}

TEST_P(EveryEngine, ABlockWithoutPointsOrInstructionsTakesNoTime) {
  mapping::Program program = pair_program({.tiles = 3, .load = 1, .compute = 1, .latency = 0, .slots = 1});
  mapping::Block empty = program.blocks.front();
  empty.loops = {loop("m1", 0)};
  program.blocks = {empty, program.blocks.front(), mapping::Block{}};
  const Timing timing = run(program);
  EXPECT_EQ(timing.cycles, 3 * 2);
  ASSERT_EQ(timing.blocks.size(), 3U);
  EXPECT_EQ(timing.blocks.at(0).at(0), InstructionTiming{});
}

TEST_P(EveryEngine, AProgramOfZeroCyclesEnds) {
  const Timing timing = run(pair_program({.tiles = 100, .load = 0, .compute = 0, .latency = 0, .slots = 1}));
  EXPECT_EQ(timing.cycles, 0);
  EXPECT_EQ(timing.blocks.at(0).at(1), (InstructionTiming{100, 0, 0, 0}));
}

TEST_P(EveryEngine, ADeadlockSaysWhoWaitsForWhat) {
  mapping::Program program = pair_program({.tiles = 4, .load = 5, .compute = 3, .latency = 2, .slots = 2});
  program.blocks.at(0).instructions.at(1).posts.clear();  // nobody frees a slot
  program.blocks.at(0).instructions.at(1).lag = 1;
  EXPECT_EQ(failure(program),
            "deadlock at cycle 15: dram waits at load K (m1 2) for a token of \"slots of K\"; "
            "array_1d waits at RM (m1 2) for a token of \"K\"");
}

TEST_P(EveryEngine, ADeadlockAtTheEndOfALongLoopIsFoundAtItsCycle) {
  constexpr std::int64_t kTiles = 1000;
  mapping::Program program = pair_program({.tiles = kTiles, .load = 5, .compute = 3, .latency = 0, .slots = 2});
  program.blocks.at(0).instructions.at(0).posts.at(0).guard = {{0, Kind::kNotLast}};
  EXPECT_EQ(failure(program), "deadlock at cycle 5000: array_1d waits at RM (m1 999) for a token of \"K\"");
}

TEST_P(EveryEngine, TheCycleLimitIsTheLastCycleAtWhichAnInstructionMayEnd) {
  const mapping::Program program = pair_program({.tiles = 1000, .load = 5, .compute = 9, .latency = 4, .slots = 2});
  EXPECT_EQ(run(program, 5 + 4 + 1000 * 9).cycles, 9009);
  EXPECT_EQ(failure(program, 9008), "cycle limit of 9008 reached: array_1d at RM (m1 999)");
  EXPECT_EQ(failure(program, 4509), "cycle limit of 4509 reached: dram at load K (m1 501); array_1d at RM (m1 500)");
  EXPECT_EQ(failure(program, 4508),
            "cycle limit of 4508 reached: dram waits at load K (m1 501) for a token of \"slots of K\"; "
            "array_1d at RM (m1 499)");
  EXPECT_EQ(failure(program, 4),
            "cycle limit of 4 reached: dram at load K (m1 0); "
            "array_1d waits at RM (m1 0) for a token of \"K\"");
}

TEST_P(EveryEngine, AProgramWithMorePointsThanCanBeCountedIsRefused) {
  mapping::Program program = pair_program({.tiles = std::int64_t{1} << 40, .load = 1, .compute = 1});
  program.blocks.at(0).loops.insert(program.blocks.at(0).loops.begin(), loop("batch", std::int64_t{1} << 30));
  EXPECT_EQ(failure(program), "pair: the loops have more points than 64 bits can count");
  program.blocks.at(0).loops.at(0).extent = std::int64_t{1} << 22;
  program.blocks.at(0).loops.push_back(loop("p1", 1));
  program.blocks.at(0).loops.at(2).extent = 1;
  program.blocks.at(0).loops.at(1).extent = (std::int64_t{1} << 40) + 1;
  EXPECT_EQ(failure(program), "pair: the loops have more than 2^62 points");
}

TEST_P(EveryEngine, AMalformedProgramIsADefect) {
  mapping::Program program = pair_program({});
  program.blocks.at(0).instructions.at(0).unit = 2;
  EXPECT_THROW(run(program), std::logic_error);
}

}  // namespace
}  // namespace attnsim::sim
