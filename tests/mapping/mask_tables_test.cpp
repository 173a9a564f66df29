// Masks that cascades make: tables of a density, and the tiles that they leave.
#include "mapping/mask_tables.h"

#include <gtest/gtest.h>

#include <numeric>

#include "mapping/lower.h"
#include "tests/mapping/one_by_one.h"
#include "tests/mapping/trace.h"

namespace attnsim::mapping {
namespace {

const std::string kBlocks = R"(# A test.
id: test
class: test
source: none
provenance: confirmed
ranks: {p: keys, m: keys, u: keys div 4, v: keys div 4}
inputs: ["X[p]", "G[u,v]"]
output: Y[p]
where: m <= p and B[p div 4,m div 4] == 1
einsums:
  - B[u,v] = greater(G[u,v], 0) where v <= u
  - S[p,m] = X[p] + 1
  - Y[p] = sum(m) S[p,m]
)";

struct Given {
  workloads::Cascade cascade;
  workloads::Workload workload;
  arch::Architecture architecture = arch::read_architecture("tiny-8x8");
  Mapping mapping;
};

Given given(std::int64_t heads, std::int64_t batch, std::int64_t tile) {
  Given result;
  result.cascade = workloads::parse_cascade(kBlocks, "test.yaml");
  workloads::WorkloadOptions options;
  options.batch = batch;
  options.seq_len = 32;
  result.workload = workloads::read_workload(
      fmt::format("{{name: small, heads: {0}, kv_heads: {0}, head_dim: 6, value_dim: 5}}", heads), options);
  result.mapping = OneByOne(result.cascade, result.workload, result.architecture, tile).mapping();
  return result;
}

TEST(MaskTables, ADensitySelectsItsPartOfWhatTheEinsumComputes) {
  const Given blocks = given(1, 1, 4);
  for (const double density : {0.0, 0.1, 0.5, 1.0}) {
    for (const std::uint64_t seed : {0, 1}) {
      const MaskTables masks = masks_of_density(blocks.cascade, density, seed)(blocks.workload);
      ASSERT_EQ(masks.of.at("B").size(), 1U);
      const auto& table = masks.of.at("B").front();
      EXPECT_EQ(table.shape, (std::vector<std::int64_t>{8, 8}));
      EXPECT_EQ(std::accumulate(table.values.begin(), table.values.end(), std::int64_t{0}), std::llround(density * 36));
      for (std::size_t u = 0; u < 8; ++u) {
        for (std::size_t v = u + 1; v < 8; ++v) EXPECT_EQ(table.values[u * 8 + v], 0);
      }
    }
  }
  EXPECT_NE(masks_of_density(blocks.cascade, 0.5, 0)(blocks.workload).of.at("B").front().values,
            masks_of_density(blocks.cascade, 0.5, 1)(blocks.workload).of.at("B").front().values);
}

TEST(MaskTables, EveryHeadVisitsTheTilesOfItsOwnMask) {
  const Given blocks = given(2, 2, 4);
  const auto source = [&](const workloads::Workload& workload) {
    MaskTables masks;
    for (std::uint64_t head = 0; head < 4; ++head) {
      masks.of["B"].push_back(
          masks_of_density(blocks.cascade, 0.25 * static_cast<double>(head), head)(workload).of.at("B").front());
    }
    return masks;
  };
  const MaskTables masks = source(blocks.workload);
  const Program program = lower(blocks.cascade, blocks.workload, blocks.architecture, blocks.mapping, nullptr, source);
  const Trace trace = Tracer(program).run();
  const auto& visited = trace.of.at("Y").at;
  std::size_t tiles = 0;
  for (std::int64_t batch = 0; batch < 2; ++batch) {
    for (std::int64_t head = 0; head < 2; ++head) {
      const auto& table = masks.of.at("B")[static_cast<std::size_t>(batch * 2 + head)];
      for (std::int64_t u = 0; u < 8; ++u) {
        for (std::int64_t v = 0; v < 8; ++v) {
          const bool there = visited.count({{"batch", batch}, {"kv_head", head}, {"p1", u}, {"m1", v}}) != 0;
          EXPECT_EQ(there, table.values[static_cast<std::size_t>(u * 8 + v)] == 1);
          tiles += there ? 1 : 0;
        }
      }
    }
  }
  EXPECT_EQ(visited.size(), tiles);
  EXPECT_EQ(tiles, 0U + 9 + 18 + 27);
}

TEST(MaskTables, WithoutTablesAMaskThatIsMadeIsRefused) {
  const Given blocks = given(1, 1, 4);
  const auto message = [&](const auto& call) -> std::string {
    try {
      call();
    } catch (const common::InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message([&] { lower(blocks.cascade, blocks.workload, blocks.architecture, blocks.mapping); }),
            "test.yaml:9: where: the mask looks up B, which the cascade makes; it takes data, or a density");
  Given fused = blocks;
  fused.mapping.groups[2].einsums = {"B", "S", "Y"};
  fused.mapping.groups.erase(fused.mapping.groups.begin(), fused.mapping.groups.begin() + 2);
  const std::string found = message([&] {
    lower(fused.cascade, fused.workload, fused.architecture, fused.mapping, nullptr,
          masks_of_density(fused.cascade, 0.5, 0));
  });
  EXPECT_NE(found.find("breaks a dependence: S is masked by B, which an earlier group must make"), std::string::npos)
      << found;
  EXPECT_EQ(message([] { masks_of_density(workloads::read_cascade("gqa_causal"), 0.5, 0); }),
            "--density: gqa_causal has no mask that looks up a tensor; leave it out");
}

TEST(MaskTables, ADensityIsThatOfMasksThatAskForANumber) {
  std::string text = kBlocks;
  const std::string asked = "B[p div 4,m div 4] == 1";
  text.replace(text.find(asked), asked.size(), "B[p div 4,m div 4] < m");
  try {
    masks_of_density(workloads::parse_cascade(text, "test.yaml"), 0.5, 0);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(
        error.what(),
        "--density: says how many of B's elements a mask selects, but 'm <= p and B[p div 4,m div 4] < m' does "
        "not ask whether they are a number, as B[...] == 1 does");
  }
}

}  // namespace
}  // namespace attnsim::mapping
