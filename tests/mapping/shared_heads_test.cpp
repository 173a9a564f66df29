// Query heads that share K and V: one more query each, in the same columns, and K and V fetched once.
#include <gtest/gtest.h>

#include "common/registry.h"
#include "mapping/lower.h"
#include "tests/mapping/trace.h"

namespace attnsim::mapping {
namespace {

struct Shape {
  std::int64_t heads = 1;
  std::int64_t kv_heads = 1;
  std::int64_t queries = 1;
  std::int64_t keys = 1;
};

Program lower_shape(const std::string& arch, const std::string& mapping_name, const Shape& shape,
                    const std::vector<common::Override>& mapping_overrides = {}) {
  workloads::WorkloadOptions options;
  options.batch = 1;
  options.seq_len = shape.queries;
  options.kv_len = shape.keys;
  const auto workload =
      workloads::read_workload("{name: shared, heads: " + std::to_string(shape.heads) +
                                   ", kv_heads: " + std::to_string(shape.kv_heads) + ", head_dim: 24, value_dim: 16}",
                               options);
  const auto cascade = workloads::read_cascade(default_attention(mapping_name));
  const auto architecture = arch::read_architecture(arch);
  return lower(cascade, workload, architecture,
               read_mapping(mapping_name, cascade, workload, architecture, mapping_overrides));
}

std::int64_t ops_of(const Trace& trace) {
  std::int64_t ops = 0;
  for (const auto& [name, instruction] : trace.of) ops += instruction.ops();
  return ops;
}

TEST(SharedHeads, AGroupOfQueryHeadsIsOneHeadWithMoreQueries) {
  for (const char* mapping : {"fusemax", "fusemax-arch", "fusemax-cascade", "flat", "unfused"}) {
    for (const auto& [group, queries] : {std::pair<std::int64_t, std::int64_t>{4, 1}, {3, 5}, {2, 17}, {8, 9}}) {
      const Program shared = lower_shape("tiny-8x8", mapping, {2 * group, 2, queries, 33});
      const Program merged = lower_shape("tiny-8x8", mapping, {2, 2, queries * group, 33});
      EXPECT_EQ(describe(shared), describe(merged)) << mapping;
    }
  }
}

TEST(SharedHeads, ComputeAsMuchAsHeadsThatShareNothing) {
  for (const char* mapping : {"fusemax", "flat", "unfused"}) {
    const Trace shared = Tracer(lower_shape("tiny-8x8", mapping, {8, 2, 5, 33})).run();
    const Trace apart = Tracer(lower_shape("tiny-8x8", mapping, {8, 8, 5, 33})).run();
    EXPECT_EQ(shared.of.at("store AV").at.size(), 2 * 3 * 1) << mapping;  // 20 queries in 3 tiles
    EXPECT_EQ(shared.of.at("AV").ops(), apart.of.at("AV").ops()) << mapping;
    EXPECT_EQ(ops_of(shared), ops_of(apart)) << mapping;
    EXPECT_LT(shared.cycles, apart.cycles) << mapping;
  }
}

TEST(SharedHeads, ReadKeysAndValuesOnceAGroupInDecode) {
  const auto loads = [](const Program& program) {
    const Trace trace = Tracer(program).run();
    return trace.of.at("load K").at.size() + trace.of.at("load V").at.size();
  };
  constexpr std::size_t kTiles = 5;  // of 8 keys
  EXPECT_EQ(loads(lower_shape("tiny-8x8", "fusemax", {32, 4, 1, 40})), 2 * 4 * kTiles);
  EXPECT_EQ(loads(lower_shape("tiny-8x8", "fusemax", {32, 1, 1, 40})), 2 * 1 * kTiles);
  const std::vector<common::Override> apart{{"loops", "[batch, head, p2, m1, p1]", "test"}};
  EXPECT_EQ(loads(lower_shape("tiny-8x8", "fusemax", {32, 4, 1, 40}, apart)), 2 * 32 * kTiles);
}

// Llama-3-8B, one token against 8K of context: 2 * 8192 * 128 words of K and V a K/V head.
TEST(SharedHeads, DecodeTakesTheTimeOfTheBandwidth) {
  workloads::WorkloadOptions options;
  options.phase = "decode";
  options.kv_len = 8192;
  options.batch = 1;
  const auto config = common::data_root() / "tests/workloads/configs/llama-3-8b.json";
  const auto workload = workloads::read_workload(config.string(), options);
  const auto cascade = workloads::read_cascade("fusemax_1pass");
  const auto architecture = arch::read_architecture("fusemax-cloud");
  const Trace trace =
      Tracer(lower(cascade, workload, architecture, read_mapping("fusemax", cascade, workload, architecture))).run();
  const double bytes = 8.0 * 2 * 8192 * 128 * 2;
  const double bound = bytes / (400.0 * 1024 * 1024 * 1024) * 940e6;
  EXPECT_GT(static_cast<double>(trace.cycles), bound);
  EXPECT_LT(static_cast<double>(trace.cycles), 1.05 * bound);
}

}  // namespace
}  // namespace attnsim::mapping
