// The lower bound of hand-made programs.
#include "sim/bound.h"

#include <gtest/gtest.h>

namespace attnsim::sim {
namespace {

mapping::Instruction takes(int unit, std::int64_t cycles) {
  mapping::Instruction instruction;
  instruction.unit = unit;
  instruction.work.duration = cycles;
  return instruction;
}

TEST(Bound, IsTheSumOverTheBlocksOfTheBusiestUnit) {
  mapping::Program program;
  program.units = {{"array_2d", 4}, {"array_1d", 2}};
  program.blocks = {{"first", {{"m", 10, {}, {}}}, {takes(0, 3), takes(1, 1), takes(1, 1)}, {}},
                    {"second", {{"m", 4, {}, {}}}, {takes(0, 2), takes(1, 5)}, {}}};
  const auto bound = lower_bound(program, count_actions(program));
  EXPECT_EQ(bound.lower_bound_cycles, 10 * 3 + 4 * 5);
  EXPECT_EQ(bound.limiter, "array_2d");
  EXPECT_EQ(bound.unit_cycles, (std::vector<std::int64_t>{38, 40}));
}

TEST(Bound, OfAnEmptyProgramIsZero) {
  const auto bound = lower_bound({}, {});
  EXPECT_EQ(bound.lower_bound_cycles, 0);
  EXPECT_EQ(bound.limiter, "");
}

}  // namespace
}  // namespace attnsim::sim
