// The fast engine's own promises: long loops cost little, and the critical circuit names what sets the pace.
#include <gtest/gtest.h>

#include "common/error.h"
#include "sim/engine.h"
#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

using Kind = mapping::Condition::Kind;
constexpr std::int64_t kMillion = 1'000'000;

std::string failure(const mapping::Program& program, const EngineOptions& options = {}) {
  try {
    run_fast(program, options);
  } catch (const common::SimulationError& error) {
    return error.what();
  }
  return "none";
}

TEST(FastEngine, ALongLoopCostsAFewIterations) {
  const Timing timing =
      run_fast(pair_program({.tiles = kMillion * kMillion, .load = 5, .compute = 9, .latency = 4, .slots = 2}));
  EXPECT_EQ(timing.cycles, 5 + 4 + kMillion * kMillion * 9);
  EXPECT_EQ(timing.blocks.at(0).at(0).count, kMillion * kMillion);
  EXPECT_EQ(timing.units.at(1).stall_cycles, (std::map<std::string, std::int64_t>{{"K", 9}}));
  EXPECT_LT(timing.executed_instructions, 50);
}

TEST(FastEngine, NestedLoopsJumpAtEachLevel) {
  mapping::Program program = pair_program({.tiles = 64, .load = 5, .compute = 9, .latency = 400, .slots = 3});
  mapping::Block& block = program.blocks.at(0);
  block.loops = {loop("batch", 1000), loop("head", 1000), loop("m1", 1000)};
  block.instructions.push_back(instruction("AV", 1, 2, 50));
  block.instructions.back().guard = {{2, Kind::kLast}};
  const Timing timing = run_fast(program);
  // Three slots: three tiles a round of load, 400 cycles on the way and compute; an AV stays hidden behind that.
  EXPECT_EQ(timing.blocks.at(0).at(0).count, 1000 * kMillion);
  EXPECT_EQ(timing.blocks.at(0).at(2).count, kMillion);
  EXPECT_LT(timing.executed_instructions, 5000);
  EXPECT_GE(timing.cycles, 1000 * kMillion / 3 * (5 + 400 + 9));
}

TEST(FastEngine, AUnitThatIsIdleInTheInnerLoopDoesNotStopTheJump) {
  mapping::Program program = pair_program({.tiles = 1, .load = 7, .compute = 2, .latency = 3, .slots = 2});
  mapping::Block& block = program.blocks.at(0);
  block.loops = {loop("m1", 3), loop("p1", kMillion)};
  for (mapping::Wait* wait : {&block.instructions[0].waits[0], &block.instructions[1].waits[0]})
    wait->guard = {{1, Kind::kFirst}};
  block.instructions[0].guard = {{1, Kind::kFirst}};
  block.instructions[1].posts[0].guard = {{1, Kind::kLast}};
  const Timing timing = run_fast(program);
  EXPECT_EQ(timing.cycles, 7 + 3 + 3 * 2 * kMillion);
  EXPECT_LT(timing.executed_instructions, 100);
}

// The producer fills 300 slots, one in nine tiles, before the consumer's pace binds it.
TEST(FastEngine, ALongTransientIsRunThroughAndThenJumped) {
  const Timing timing = run_fast(pair_program({.tiles = kMillion * kMillion, .load = 8, .compute = 9, .slots = 300}));
  EXPECT_EQ(timing.cycles, 8 + kMillion * kMillion * 9);
  EXPECT_EQ(timing.blocks.at(0).at(0).last_start, 8 + (kMillion * kMillion - 300) * 9);
  EXPECT_GT(timing.executed_instructions, 2 * 8 * 300);
  EXPECT_LT(timing.executed_instructions, 3 * 2 * 9 * 300);
}

// Nothing holds the producer back, so the two drift apart; the jump grows each by its own pace.
TEST(FastEngine, UnitsThatDriftApartStillJump) {
  mapping::Program program = pair_program({.tiles = kMillion * kMillion, .load = 5, .compute = 9, .latency = 4});
  program.blocks.at(0).instructions.at(0).waits.clear();
  program.blocks.at(0).instructions.at(1).posts.clear();
  const Timing timing = run_fast(program);
  EXPECT_EQ(timing.cycles, 5 + 4 + kMillion * kMillion * 9);
  EXPECT_EQ(timing.blocks.at(0).at(0).last_start, (kMillion * kMillion - 1) * 5);
  EXPECT_LT(timing.executed_instructions, 50);
}

TEST(FastEngine, AnIterationThatAGuardNamesIsNotJumpedOver) {
  mapping::Program program = pair_program({.tiles = kMillion, .load = 1, .compute = 1, .slots = 2});
  program.blocks.at(0).instructions.at(1).tails = {{{{0, Kind::kEquals, 777'777}}, {.duration = 100}}};
  EXPECT_EQ(run_fast(program).cycles, 1 + kMillion - 1 + 100);
}

// On tokens from the start the consumer waits seven tiles ahead of the producer, which alone keeps up with the epochs.
TEST(FastEngine, AnIterationThatAGuardNamesIsNotJumpedOverByAUnitAheadInTheEpilogue) {
  mapping::Program program = pair_program({.tiles = 40, .load = 1, .compute = 1});
  mapping::Block& block = program.blocks.at(0);
  block.loops = {loop("batch", 1), loop("m1", 40)};
  block.channels = {{"K", 1, 0, 7}};
  block.instructions.at(0).waits.clear();
  block.instructions.at(0).lag = 20;
  block.instructions.at(1).posts.clear();
  block.instructions.at(1).tails = {{{{1, Kind::kEquals, 35}}, {.duration = 100}}};
  const Timing timing = run_fast(program);
  EXPECT_EQ(timing.blocks.at(0).at(1).busy_cycles, 39 + 100);
  EXPECT_LT(timing.executed_instructions, 60);
}

// The queue, one longer each tile, outgrows its ring in the jump; none of its tokens can bind the consumer.
TEST(FastEngine, AQueueThatAJumpMakesLongerHasOnlyTokensThatHaveArrived) {
  mapping::Program program = pair_program({.tiles = 1000, .load = 0, .compute = 6});
  mapping::Block& block = program.blocks.at(0);
  block.channels = {{"K", 1, 0, 2}};
  block.instructions.at(0).waits.clear();
  block.instructions.at(0).posts = {{0, {}}, {0, {}}};
  block.instructions.at(1).posts.clear();
  const Timing timing = run_fast(program);
  EXPECT_EQ(timing.cycles, 1000 * 6);
  EXPECT_EQ(timing.units.at(1).stall_cycles, (std::map<std::string, std::int64_t>{}));
}

TEST(FastEngine, TokensFromTheStartThatNobodyAddsToLastForTheLoop) {
  mapping::Program program = pair_program({.tiles = kMillion, .load = 5, .compute = 1});
  mapping::Block& block = program.blocks.at(0);
  block.channels = {{"K", 1, 0, kMillion}};
  block.instructions.erase(block.instructions.begin());
  block.instructions.at(0).posts.clear();
  EXPECT_EQ(run_fast(program).cycles, kMillion);
  EXPECT_LT(run_fast(program).executed_instructions, 10);
  block.channels.at(0).initial_tokens = kMillion - 1;
  EXPECT_EQ(failure(program), "deadlock at cycle 999999: array_1d waits at RM (m1 999999) for a token of \"K\"");
}

// The unit waits at its second instruction in every epoch, also in that which is the first one's lag.
TEST(FastEngine, AnInstructionInFrontOfTheOneThatItsUnitWaitsAtBeginsInTheEpochOfItsLag) {
  mapping::Program program = pair_program({.tiles = 4, .load = 0, .compute = 0});
  mapping::Block& block = program.blocks.at(0);
  block.channels = {{"K", 1, 0, 0}};
  block.instructions = {instruction("load K", 0, 1, 0, {}, {{0, {}}}), instruction("AV", 1, 2, 0),
                        instruction("RM", 1, 0, 0, {{0, {}}})};
  const Timing timing = run_fast(program);
  EXPECT_EQ(timing.blocks.at(0).at(1).count, 4);
}

// Blocked at its third wait, the unit has taken two tokens of the first channel already; at the last tile it takes one.
TEST(FastEngine, WaitsThatWereLookedAtBeforeAJumpHoldAtThePointAfterIt) {
  mapping::Program program = pair_program({});
  mapping::Block& block = program.blocks.at(0);
  block.loops = {loop("batch", 1), loop("m1", 4)};
  block.channels = {{"sums", 1, 1, 3}, {"K", 1, 0, 0}};
  block.instructions = {instruction("load K", 0, 3, 0, {}, {{1, {}}}),
                        instruction("RM", 1, 0, 0, {{0, {}}, {0, {{1, Kind::kNotLast}}}, {1, {}}}, {{0, {}}, {0, {}}})};
  EXPECT_EQ(run_fast(program).cycles, 2);
}

TEST(FastEngine, TheLimitIsReachedWithoutWalkingThere) {
  const mapping::Program program = pair_program({.tiles = kMillion * kMillion, .load = 5, .compute = 9, .slots = 2});
  EngineOptions options;
  options.max_cycles = 100'000 * kMillion * 9 + 4;
  EXPECT_EQ(
      failure(program, options),
      "cycle limit of 900000000004 reached: dram waits at load K (m1 100000000001) for a token of \"slots of K\"; "
      "array_1d at RM (m1 99999999999)");
}

// One unit stands still at the limit, the other has nothing to do for 10^12 epochs.
TEST(FastEngine, AUnitThatStandsStillDoesNotStopTheJump) {
  mapping::Program program = pair_program({.tiles = kMillion * kMillion, .load = 5000, .compute = 9});
  mapping::Block& block = program.blocks.at(0);
  block.channels.clear();
  for (mapping::Instruction& each : block.instructions) {
    each.waits.clear();
    each.posts.clear();
  }
  block.instructions.at(0).guard = {{0, Kind::kLast}};
  EngineOptions options;
  options.max_cycles = 1000;
  EXPECT_EQ(failure(program, options),
            "cycle limit of 1000 reached: dram at load K (m1 999999999999); array_1d at RM (m1 111)");
}

TEST(FastEngine, TimeEndsAtTwoToThe62) {
  mapping::Program program =
      pair_program({.tiles = kMillion * kMillion, .load = 1, .compute = kMillion * kMillion, .slots = 1});
  EXPECT_EQ(failure(program),
            "cycle limit of 4611686018427387904 reached: dram waits at load K (m1 4611687) for a token of "
            "\"slots of K\"; array_1d at RM (m1 4611686)");
}

TEST(FastEngine, TheCircuitOfABusyUnitIsItsInstructions) {
  const Timing timing = run_fast(pair_program({.tiles = 1000, .load = 5, .compute = 9, .latency = 4, .slots = 3}));
  EXPECT_EQ(timing.circuit.steps, (std::vector<CircuitStep>{{"RM", "array_1d", 9}}));
  EXPECT_EQ(timing.circuit.cycles, 9);
  EXPECT_EQ(timing.circuit.epochs, 1);
}

TEST(FastEngine, TheCircuitOfTooFewSlotsGoesRoundThroughTheLatency) {
  const Timing timing = run_fast(pair_program({.tiles = 1000, .load = 5, .compute = 9, .latency = 40, .slots = 2}));
  // Two slots: a round of load, latency and compute for each two tiles.
  EXPECT_EQ(timing.circuit.cycles, 5 + 40 + 9);
  EXPECT_EQ(timing.circuit.epochs, 2);
  ASSERT_EQ(timing.circuit.steps.size(), 3U);
  std::int64_t sum = 0;
  for (const CircuitStep& step : timing.circuit.steps) sum += step.cycles;
  EXPECT_EQ(sum, timing.circuit.cycles);
  EXPECT_TRUE(std::count(timing.circuit.steps.begin(), timing.circuit.steps.end(), CircuitStep{"K", "", 40}));
}

TEST(FastEngine, AStreamedPostCountsUpToItsOffsetInTheCircuit) {
  mapping::Program program = pair_program({.tiles = 1000, .load = 50, .compute = 60, .latency = 7, .slots = 1});
  program.blocks.at(0).instructions.at(0).posts.at(0).offset = 20;
  const Timing timing = run_fast(program);
  EXPECT_EQ(timing.circuit.cycles, 20 + 7 + 60);
  EXPECT_TRUE(std::count(timing.circuit.steps.begin(), timing.circuit.steps.end(), CircuitStep{"load K", "dram", 20}));
}

TEST(FastEngine, TheCircuitIsThatOfTheLongestBlock) {
  mapping::Program program = pair_program({.tiles = 1000, .load = 5, .compute = 9, .slots = 3});
  program.blocks.push_back(pair_program({.tiles = 900, .load = 11, .compute = 3, .slots = 3}).blocks.front());
  EXPECT_EQ(run_fast(program).circuit.steps, (std::vector<CircuitStep>{{"load K", "dram", 11}}));
}

TEST(FastEngine, ARunWithoutALoopHasNoCircuit) {
  const Timing timing = run_fast(pair_program({.tiles = 1, .load = 5, .compute = 9, .slots = 1}));
  EXPECT_EQ(timing.circuit.steps, std::vector<CircuitStep>{});
}

}  // namespace
}  // namespace attnsim::sim
