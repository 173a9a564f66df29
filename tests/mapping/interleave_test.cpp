// Two products joined tile by tile: what is computed stays the same, and what the second loads is stored before.
#include "mapping/interleave.h"

#include <gtest/gtest.h>

#include <map>

#include "mapping/cursor.h"
#include "mapping/lower.h"

namespace attnsim::mapping {
namespace {

Block product(std::int64_t tokens, std::int64_t in_features, std::int64_t out_features) {
  const auto architecture = arch::read_architecture("tiny-4x4", {{"buffer.bytes", "1MiB", "test"}});
  workloads::Workload workload;
  workload.heads = workload.kv_heads = workload.head_dim = workload.value_dim = 1;
  workload.seq_len = workload.kv_len = 1;
  workload.tokens = tokens;
  workload.in_features = in_features;
  workload.out_features = out_features;
  const auto cascade = workloads::read_cascade("linear");
  const std::vector<common::Override> overrides = {{"tile.k0", "6", "test"}};
  const auto mapping = read_mapping("output-stationary", cascade, workload, architecture, overrides);
  return lower(cascade, workload, architecture, mapping).blocks.at(0);
}

std::map<std::string, std::int64_t> executions(const Block& block) {
  std::map<std::string, std::int64_t> counts;
  for (Cursor cursor(block.loops); !cursor.done(); cursor.advance()) {
    for (const Instruction& instruction : block.instructions) {
      if (cursor.holds(instruction.guard)) ++counts[instruction.name];
    }
  }
  return counts;
}

TEST(Interleave, ExecutesWhatBothBlocksExecute) {
  for (const std::int64_t tokens : {1, 4, 9, 30}) {
    const Block first = product(tokens, 13, 10);
    Block second = product(tokens, 10, 22);
    for (Instruction& instruction : second.instructions) instruction.name += "'";
    const auto both = interleave(first, second, "t1");
    ASSERT_TRUE(both);
    auto expected = executions(first);
    expected.merge(executions(second));
    EXPECT_EQ(executions(*both), expected);
  }
}

TEST(Interleave, LoadsATileAfterItWasStored) {
  const Block first = product(30, 13, 10);
  const Block second = product(30, 10, 22);
  const auto both = interleave(first, second, "t1");
  ASSERT_TRUE(both);
  // Epochs of the first's stores and the second's loads of X, by the tile of tokens; both are on the same unit.
  std::map<std::int64_t, std::int64_t> stored;
  std::map<std::int64_t, std::int64_t> loaded;
  std::int64_t epoch = 0;
  for (Cursor cursor(both->loops); !cursor.done(); cursor.advance(), ++epoch) {
    for (std::size_t i = 0; i < both->instructions.size(); ++i) {
      const Instruction& instruction = both->instructions[i];
      if (!cursor.holds(instruction.guard)) continue;
      const bool is_first = i < first.instructions.size();
      const std::int64_t tile = cursor.index()[3];
      if (is_first && instruction.name == "store Z") stored[tile] = epoch + instruction.lag;
      if (!is_first && instruction.name == "load X") loaded.try_emplace(tile, epoch + instruction.lag);
    }
  }
  ASSERT_EQ(stored.size(), 8U);
  for (const auto& [tile, when] : loaded) EXPECT_GT(when, stored.at(tile)) << tile;
}

TEST(Interleave, NeedsTheSameTilesAndNothingAroundThem) {
  EXPECT_FALSE(interleave(product(30, 13, 10), product(34, 10, 22), "t1")) << "other tiles of tokens";
  EXPECT_FALSE(interleave(product(30, 13, 10), product(30, 10, 22), "p1")) << "no such loop";
  Block blocked = product(30, 13, 10);
  blocked.loops[2].extent = 2;
  EXPECT_FALSE(interleave(blocked, product(30, 10, 22), "t1")) << "a tile is whole only in the second block of n";
}

}  // namespace
}  // namespace attnsim::mapping
