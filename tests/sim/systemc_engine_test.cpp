// The systemc engine's own promises: many runs on one elaboration, and the progress line.
#include <gtest/gtest.h>

#include "common/error.h"
#include "sim/engine.h"
#include "sim/systemc/progress.h"
#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

TEST(SystemcEngine, RunsAgainAfterADeadlockAndAfterALimit) {
  const mapping::Program good = pair_program({.tiles = 7, .load = 5, .compute = 9, .latency = 4, .slots = 2});
  mapping::Program stuck = good;
  stuck.blocks.at(0).instructions.at(1).posts.clear();
  EngineOptions short_run;
  short_run.max_cycles = 20;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run_systemc(good).cycles, 5 + 4 + 7 * 9);
    EXPECT_THROW(run_systemc(stuck), common::SimulationError);
    EXPECT_THROW(run_systemc(good, short_run), common::SimulationError);
  }
}

TEST(SystemcEngine, RunsEachInstructionOnce) {
  EXPECT_EQ(run_systemc(pair_program({.tiles = 1000, .slots = 2})).executed_instructions, 2 * 1000);
}

TEST(SystemcEngine, SaysHowManyUnitsItHas) {
  mapping::Program program = pair_program({});
  program.units.resize(65, {"lane", 1});
  try {
    run_systemc(program);
    FAIL() << "65 units were taken";
  } catch (const common::SimulationError& error) {
    EXPECT_STREQ(error.what(), "the systemc engine has 64 units, the program needs 65; use the fast engine");
  }
  program.units.resize(64);
  EXPECT_EQ(run_systemc(program).cycles, 2);
}

TEST(SystemcEngine, DrawsNothingWithoutProgressAndNothingForAShortRun) {
  EngineOptions options;
  options.progress = true;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  run_systemc(pair_program({.tiles = 100, .slots = 2}), options);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(ProgressLine, SaysHowFarHowFastAndHowLongYet) {
  EXPECT_EQ(systemc::progress_line(0.375, 24'600'000, 2.0), "[#######.............]  38 %  12.3e6 cycles/s  ETA 3 s");
  EXPECT_EQ(systemc::progress_line(0, 0, 0), "[....................]   0 %  0.0e6 cycles/s  ETA 0 s");
  EXPECT_EQ(systemc::progress_line(1, 1'000'000, 1), "[####################] 100 %  1.0e6 cycles/s  ETA 0 s");
}

}  // namespace
}  // namespace attnsim::sim
