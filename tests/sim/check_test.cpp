// What `check` reports, and how engines' figures are compared.
#include "sim/check.h"

#include <gtest/gtest.h>

#include <functional>

namespace attnsim::sim {
namespace {

mapping::Program one_instruction() {
  mapping::Program program;
  program.units = {{"array_2d", 1}};
  mapping::Instruction instruction;
  instruction.name = "BQK";
  instruction.work.duration = 3;
  program.blocks = {{"BQK", {{"m1", 2, {}, {}}}, {instruction}, {}}};
  return program;
}

Timing timing_of_it() {
  Timing timing;
  timing.cycles = 6;
  timing.units = {{6, {{"slots of BQK", 0}}}};
  timing.blocks = {{{2, 0, 3, 6}}};
  return timing;
}

TEST(FirstDifference, IsEmptyForEqualTimings) {
  EXPECT_EQ(first_difference(one_instruction(), timing_of_it(), timing_of_it()), "");
}

TEST(FirstDifference, NamesEveryFigureThatTheEnginesMustAgreeOn) {
  const std::vector<std::pair<std::function<void(Timing&)>, std::string>> changes = {
      {[](Timing& timing) { ++timing.cycles; }, "cycles: 6, 7"},
      {[](Timing& timing) { ++timing.units[0].busy_cycles; }, "array_2d busy cycles: 6, 7"},
      {[](Timing& timing) { timing.units[0].stall_cycles["slots of BQK"] = 1; }, "array_2d stall cycles"},
      {[](Timing& timing) { ++timing.blocks[0][0].count; }, "BQK count: 2, 3"},
      {[](Timing& timing) { ++timing.blocks[0][0].first_start; }, "BQK first start: 0, 1"},
      {[](Timing& timing) { ++timing.blocks[0][0].last_start; }, "BQK last start: 3, 4"},
      {[](Timing& timing) { ++timing.blocks[0][0].busy_cycles; }, "BQK busy cycles: 6, 7"},
  };
  for (const auto& [change, message] : changes) {
    auto other = timing_of_it();
    change(other);
    EXPECT_EQ(first_difference(one_instruction(), timing_of_it(), other), message);
  }
}

TEST(Check, EveryClaimHoldsForASimpleProgram) {
  Prepared prepared;
  prepared.program = one_instruction();
  const auto checks = check(prepared, 1000);
  ASSERT_EQ(checks.size(), 5U);
  for (const auto& one : checks) {
    EXPECT_TRUE(one.holds) << one.claim << ": " << one.detail;
    EXPECT_FALSE(one.left_out) << one.claim;
  }
  EXPECT_EQ(checks[1].detail, "6 cycles");
}

TEST(Check, TheSystemcEngineIsLeftOutBeyondItsLimitAndThatIsSaid) {
  Prepared prepared;
  prepared.program = one_instruction();
  EXPECT_FALSE(check(prepared, 6).back().left_out);
  const auto last = check(prepared, 5).back();
  EXPECT_TRUE(last.left_out);
  EXPECT_TRUE(last.holds);
}

}  // namespace
}  // namespace attnsim::sim
