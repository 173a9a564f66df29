// Orders of recurrences over several passes and of values that outlive a loop, from small mappings written for them.
#include "mapping/order.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mapping/lower.h"

namespace attnsim::mapping {
namespace {

constexpr const char* kPasses =
    "name: passes\nfuse: all\ntile: {e0: 8, f0: 8, t0: 1}\nloops: [batch, kv_head, t1, pass, e1, f1]\n"
    "spatial: {rows: e, columns: f, lanes: [f]}\nplace: {array_2d: [R, AV, S], array_1d: others}\n"
    "spatial_of: {KK: {rows: e, lanes: [e]}, KN: {columns: e, lanes: [e]}}\n";

// The delta rule: a step's first reads of the state are in an earlier pass than its update.
Block delta_rule(std::int64_t head_dim, std::int64_t value_dim) {
  workloads::WorkloadOptions options;
  options.seq_len = 5;
  const auto workload = workloads::read_workload(
      "bert-base", options,
      {{"head_dim", std::to_string(head_dim), "test"}, {"value_dim", std::to_string(value_dim), "test"}});
  const auto cascade = workloads::read_cascade("delta_rule");
  const auto architecture = arch::read_architecture("tiny-8x8");
  const auto mapping = parse_mapping(kPasses, "passes.yaml", cascade, workload, architecture);
  return lower(cascade, workload, architecture, mapping).blocks.front();
}

const Instruction& named(const Block& block, const std::string& name) {
  return *std::find_if(block.instructions.begin(), block.instructions.end(),
                       [&](const Instruction& instruction) { return instruction.name == name; });
}

TEST(Order, AStepReadsTheStateOfTheStepBeforeAcrossPasses) {
  for (const std::int64_t head_dim : {16, 24, 32}) {
    for (const std::int64_t value_dim : {8, 16, 40}) {
      const Block block = delta_rule(head_dim, value_dim);
      const std::int64_t tiles = head_dim / 8 * (value_dim / 8);
      // R is in the second of three passes, S in the third; the next step's R is three passes later.
      EXPECT_LE(named(block, "S").lag + 2 * tiles, named(block, "R").lag + tiles + 3 * tiles) << head_dim << value_dim;
    }
  }
}

TEST(Order, AnOperandIsLoadedOnceForAReaderThatRunsOnce) {
  const Block block = delta_rule(24, 16);
  const Guard& guard = named(block, "load V").guard;
  const auto in_e = std::find_if(guard.begin(), guard.end(), [&](const Condition& condition) {
    return block.loops[static_cast<std::size_t>(condition.loop)].name == "e1";
  });
  ASSERT_NE(in_e, guard.end()) << "D runs when e1 is last";
  EXPECT_EQ(in_e->kind, Condition::Kind::kLast);
}

}  // namespace
}  // namespace attnsim::mapping
