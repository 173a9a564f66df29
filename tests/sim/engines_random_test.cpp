// Random Programs: the fast and the systemc engine against each other and against a naive one.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "common/error.h"
#include "sim/actions.h"
#include "sim/engine.h"
#include "tests/sim/naive_engine.h"
#include "tests/sim/random_program.h"

namespace attnsim::sim {
namespace {

constexpr int kProgramsPerRound = 30;  // RapidCheck runs a hundred rounds of each property

struct Outcome {
  Timing timing;
  std::string failure;
};

template <typename Engine>
Outcome outcome(const Engine& engine, const mapping::Program& program, std::int64_t max_cycles = 0) {
  EngineOptions options;
  options.max_cycles = max_cycles;
  try {
    return {engine(program, options), ""};
  } catch (const common::SimulationError& error) {
    return {{}, error.what()};
  }
}

void expect_equal(const Timing& a, const Timing& b) {
  RC_ASSERT(a.cycles == b.cycles);
  RC_ASSERT(a.units == b.units);
  RC_ASSERT(a.blocks == b.blocks);
}

bool actions_agree(const mapping::Program& program, const Timing& timing) {
  const ProgramActions actions = count_actions(program);
  for (std::size_t b = 0; b < actions.size(); ++b)
    for (std::size_t i = 0; i < actions[b].size(); ++i)
      if (actions[b][i].count != timing.blocks[b][i].count ||
          actions[b][i].total.duration != timing.blocks[b][i].busy_cycles)
        return false;
  return true;
}

// Returns the fast engine's outcome and the number of instructions in the program's run.
std::pair<Outcome, std::int64_t> check(const mapping::Program& program) {
  NaiveEngine naive;
  const bool ends = naive.run(program);
  Outcome fast = outcome(run_fast, program);
  const Outcome systemc = outcome(run_systemc, program);
  RC_ASSERT(fast.failure == systemc.failure);
  RC_ASSERT(fast.failure.empty() == ends);
  if (ends) {
    expect_equal(fast.timing, naive.timing());
    expect_equal(systemc.timing, naive.timing());
    RC_ASSERT(fast.timing.spans == systemc.timing.spans);
    RC_ASSERT(actions_agree(program, naive.timing()));
    RC_ASSERT(systemc.timing.executed_instructions == naive.timing().executed_instructions);
  }
  return {fast, naive.timing().executed_instructions};
}

TEST(EnginesOnRandomPrograms, AgreeOnEveryTimeAndOnWhoIsStuck) {
  int programs = 0;
  int deadlocks = 0;
  EXPECT_TRUE(rc::check("small programs", [&] {
    for (int i = 0; i < kProgramsPerRound; ++i) {
      const auto program = *rc::gen::exec([] { return RandomProgram::draw({}); });
      ++programs;
      if (!check(program).first.failure.empty()) ++deadlocks;
    }
  }));
  EXPECT_GE(programs, 3000);
  EXPECT_GT(deadlocks, programs / 50);
  EXPECT_LT(deadlocks, programs / 2);
}

TEST(EnginesOnRandomPrograms, AgreeOnLongLoopsWhereTheFastEngineJumps) {
  int ended = 0;
  int jumped = 0;
  const auto check_one = [&](const ProgramShape& shape) {
    const auto program = *rc::gen::exec([shape] { return RandomProgram::draw(shape); });
    const auto [fast, instructions] = check(program);
    if (!fast.failure.empty()) return;
    RC_ASSERT(fast.timing.executed_instructions <= instructions);
    ++ended;
    if (fast.timing.executed_instructions < instructions) ++jumped;
  };
  EXPECT_TRUE(rc::check("long loops", [&] {
    for (int i = 0; i < kProgramsPerRound / 2; ++i) check_one({3, 40, 1500, false});
    check_one({2, 1000, 2000, false});
    for (int i = 0; i < kProgramsPerRound / 2; ++i) check_one({3, 40, 300, false, 20, true});
  }));
  EXPECT_GT(ended, 1000);
  EXPECT_GT(jumped, ended / 3);
}

TEST(EnginesOnRandomPrograms, StopAtTheSameCycleLimitInTheSameWords) {
  EXPECT_TRUE(rc::check("limits", [] {
    for (int i = 0; i < kProgramsPerRound / 2; ++i) {
      const auto program = *rc::gen::exec([] { return RandomProgram::draw({4, 20, 600, true}); });
      const Outcome whole = outcome(run_fast, program);
      if (!whole.failure.empty() || whole.timing.cycles < 2) continue;
      const std::int64_t limit = *rc::gen::resize(100, rc::gen::inRange<std::int64_t>(1, whole.timing.cycles));
      const Outcome fast = outcome(run_fast, program, limit);
      const Outcome systemc = outcome(run_systemc, program, limit);
      RC_ASSERT(fast.failure == systemc.failure);
      RC_ASSERT(fast.failure.rfind("cycle limit of " + std::to_string(limit) + " reached: u", 0) == 0);
      expect_equal(outcome(run_fast, program, whole.timing.cycles).timing, whole.timing);
      RC_ASSERT(!outcome(run_fast, program, whole.timing.cycles - 1).failure.empty());
      expect_equal(outcome(run_systemc, program, whole.timing.cycles).timing, whole.timing);
      RC_ASSERT(!outcome(run_systemc, program, whole.timing.cycles - 1).failure.empty());
    }
  }));
}

}  // namespace
}  // namespace attnsim::sim
