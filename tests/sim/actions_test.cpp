// Counts made from the loops, held against walking every point.
#include "sim/actions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "common/error.h"
#include "mapping/cursor.h"

namespace attnsim::sim {
namespace {

using mapping::Condition;
using mapping::Guard;
using mapping::Instruction;
using mapping::Loop;
using Kind = mapping::Condition::Kind;

// What count_actions() claims, by visiting the points one by one.
InstructionActions walk(const std::vector<Loop>& loops, const Instruction& instruction) {
  InstructionActions actions;
  actions.tails.resize(instruction.tails.size());
  for (mapping::Cursor cursor(loops); !cursor.done(); cursor.advance()) {
    if (!cursor.holds(instruction.guard)) continue;
    ++actions.count;
    const mapping::Work* work = &instruction.work;
    std::int64_t* counter = &actions.full;
    for (std::size_t i = 0; i < instruction.tails.size(); ++i) {
      if (cursor.holds(instruction.tails[i].guard)) {
        work = &instruction.tails[i].work;
        counter = &actions.tails[i];
        break;
      }
    }
    ++*counter;
    actions.total.duration += work->duration;
    actions.total.ops += work->ops;
    actions.total.dram_read_bytes += work->dram_read_bytes;
  }
  return actions;
}

class RandomNest {
 public:
  explicit RandomNest(unsigned seed) : random_(seed) {}

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  std::vector<Loop> loops() {
    std::vector<Loop> nest;
    const auto depth = between(1, 4);
    for (std::int64_t i = 0; i < depth; ++i) {
      Loop loop{"loop" + std::to_string(i), between(1, 5), {}, {}};
      if (i > 0 && between(0, 2) == 0) {
        std::int64_t rows = 1;
        for (std::int64_t outer = between(0, i - 1); outer < i; outer += between(1, 3)) {
          loop.table_loops.push_back(static_cast<int>(outer));
          rows *= nest[static_cast<std::size_t>(outer)].extent;
        }
        loop.extent = 0;
        for (std::int64_t k = 0; k < rows; ++k) {
          mapping::Row row;
          for (auto runs = between(0, 2); runs > 0; --runs)
            row.push_back({between(1, 2), between(0, 9), static_cast<std::uint32_t>(between(0, 3))});
          loop.table.push_back(row);
          loop.extent = std::max(loop.extent, mapping::length(row));
        }
      }
      nest.push_back(loop);
    }
    return nest;
  }

  Guard guard(std::size_t depth) {
    Guard conditions;
    const auto size = between(0, 2);
    for (std::int64_t i = 0; i < size; ++i) {
      conditions.push_back({static_cast<int>(between(0, static_cast<std::int64_t>(depth) - 1)),
                            static_cast<Kind>(between(0, 6)), between(0, 5)});
    }
    return conditions;
  }

  Instruction instruction(std::size_t depth) {
    Instruction made;
    made.guard = guard(depth);
    made.work = {between(0, 9), between(0, 9), 0, between(0, 99), 0, 0, 0};
    const auto size = between(0, 3);
    for (std::int64_t i = 0; i < size; ++i) {
      made.tails.push_back({guard(depth), {between(0, 9), between(0, 9), 0, between(0, 99), 0, 0, 0}});
    }
    return made;
  }

 private:
  std::mt19937 random_;
};

TEST(Actions, CountsOfRandomNestsEqualThoseOfAWalk) {
  std::int64_t executions = 0;
  std::int64_t tails = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    RandomNest random(seed);
    const auto loops = random.loops();
    const auto instruction = random.instruction(loops.size());
    const auto expected = walk(loops, instruction);
    const auto counted = count_actions(loops, instruction);
    ASSERT_EQ(counted.count, expected.count);
    ASSERT_EQ(counted.full, expected.full);
    ASSERT_EQ(counted.tails, expected.tails);
    ASSERT_EQ(counted.total.duration, expected.total.duration);
    ASSERT_EQ(counted.total.ops, expected.total.ops);
    ASSERT_EQ(counted.total.dram_read_bytes, expected.total.dram_read_bytes);
    executions += counted.count;
    for (const auto count : counted.tails) tails += count;
  }
  EXPECT_GT(executions, 10'000) << "the random nests are too thin to show anything";
  EXPECT_GT(tails, 1'000);
}

TEST(Actions, TheFirstTailWhoseGuardHoldsIsCounted) {
  Instruction instruction;
  instruction.work.duration = 1;
  instruction.tails = {{{{0, Kind::kLast, 0}}, {10, 0, 0, 0, 0, 0, 0}},
                       {{{0, Kind::kNotFirst, 0}}, {100, 0, 0, 0, 0, 0, 0}}};
  const auto actions = count_actions({{"m1", 5, {}, {}}}, instruction);
  EXPECT_EQ(actions.full, 1);
  EXPECT_EQ(actions.tails, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(actions.total.duration, 1 + 3 * 100 + 10);
}

TEST(Actions, AnEmptyNestOfARaggedLoopCountsNothing) {
  EXPECT_EQ(count_actions({{"p1", 2, {}, {}}, {"m1", 0, {0}, {mapping::Row{}, mapping::Row{}}}}, Instruction{}).count,
            0);
}

TEST(Actions, AMillionTokensAreCountedWithoutAWalk) {
  const std::vector<Loop> loops = {
      {"batch", 64, {}, {}}, {"head", 16, {}, {}}, {"p", 1 << 20, {}, {}}, {"m", 1 << 20, {}, {}}};
  Instruction instruction;
  instruction.guard = {{2, Kind::kNotLast, 0}, {3, Kind::kEquals, 7}};
  EXPECT_EQ(count_actions(loops, instruction).count, 64LL * 16 * ((1 << 20) - 1));
}

TEST(Actions, ACountBeyond63BitsIsRefused) {
  const std::vector<Loop> loops = {{"a", 1LL << 31, {}, {}}, {"b", 1LL << 31, {}, {}}};
  Instruction instruction;
  instruction.work.ops = 2;
  try {
    count_actions(loops, instruction);
    FAIL() << "2^63 does not fit";
  } catch (const common::SimulationError& error) {
    EXPECT_STREQ(error.what(), "a count exceeds 2^63 - 1; make the run smaller");
  }
  instruction.work.ops = 1;
  EXPECT_EQ(count_actions(loops, instruction).total.ops, 1LL << 62);
}

}  // namespace
}  // namespace attnsim::sim
