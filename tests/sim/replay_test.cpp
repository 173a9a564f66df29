// The replay against the naive engine on random Programs, and the order in which it hands instructions out.
#include "sim/replay.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>

#include "tests/sim/naive_engine.h"
#include "tests/sim/random_program.h"
#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

struct Replayed {
  std::vector<std::vector<InstructionTiming>> blocks;
  std::int64_t cycles = 0;
  bool is_stuck = false;
};

Replayed replay(const mapping::Program& program) {
  Replayed result;
  for (const mapping::Block& block : program.blocks) result.blocks.emplace_back(block.instructions.size());
  for (const std::size_t position : mapping::block_sequence(program)) {
    const mapping::Block& block = program.blocks[position];
    Replay replay(program, block, result.cycles, kUnbounded);
    auto& timings = result.blocks[position];
    std::int64_t last_start = result.cycles;
    std::int64_t number = 0;
    while (const Issue* issue = replay.next()) {
      RC_ASSERT(issue->number == number++);
      RC_ASSERT(issue->start >= last_start);
      last_start = issue->start;
      for (const TakenToken& token : issue->taken) {
        RC_ASSERT(token.from < issue->number);
        RC_ASSERT(token.posted <= token.arrival);
        RC_ASSERT(token.arrival <= issue->start);
      }
      InstructionTiming& timing = timings[static_cast<std::size_t>(issue->instruction)];
      if (timing.count++ == 0) timing.first_start = issue->start;
      timing.last_start = issue->start;
      timing.busy_cycles += issue->end - issue->start;
      result.cycles = std::max(result.cycles, issue->end);
    }
    result.is_stuck = replay.is_stuck();
    if (result.is_stuck) break;
  }
  return result;
}

TEST(Replay, AgreesWithTheNaiveEngineOnRandomPrograms) {
  int deadlocks = 0;
  EXPECT_TRUE(rc::check("replay", [&] {
    for (int i = 0; i < 10; ++i) {
      const auto program = *rc::gen::exec([] { return RandomProgram::draw({}); });
      NaiveEngine naive;
      const bool ends = naive.run(program);
      const Replayed result = replay(program);
      RC_ASSERT(result.is_stuck == !ends);
      RC_ASSERT(!ends || result.cycles == naive.timing().cycles);
      RC_ASSERT(!ends || result.blocks == naive.timing().blocks);
      deadlocks += ends ? 0 : 1;
    }
  }));
  EXPECT_GT(deadlocks, 0);
}

TEST(Replay, StopsWhereItsBudgetIsSpent) {
  mapping::Program program = pair_program({.tiles = 100, .slots = 2});
  Replay short_one(program, program.blocks.at(0), 0, 10);
  int issues = 0;
  while (short_one.next() != nullptr) ++issues;
  EXPECT_TRUE(short_one.is_spent());
  EXPECT_GT(issues, 5);
  EXPECT_LE(issues, 10);

  // Points at which a guard does not hold count as well: here all but the last of a hundred.
  program.blocks.at(0).channels.clear();
  program.blocks.at(0).instructions = {instruction("RM", 1, 0, 3)};
  program.blocks.at(0).instructions.at(0).guard = {{0, mapping::Condition::Kind::kLast, 0}};
  Replay seeking(program, program.blocks.at(0), 0, 99);
  EXPECT_EQ(seeking.next(), nullptr);
  EXPECT_TRUE(seeking.is_spent());
  Replay finding(program, program.blocks.at(0), 0, 100);
  ASSERT_NE(finding.next(), nullptr);
  EXPECT_EQ(finding.next(), nullptr);
  EXPECT_FALSE(finding.is_spent());
}

}  // namespace
}  // namespace attnsim::sim
