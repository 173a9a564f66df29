// Points of masks against every point one by one: those that hold, and those of the tiles that a Program visits.
#include "mapping/mask_points.h"

#include <gtest/gtest.h>

#include <random>

#include <fmt/format.h>

#include "mapping/lower.h"

namespace attnsim::mapping {
namespace {

struct Lowered {
  workloads::Workload workload;
  workloads::Cascade cascade;
  std::vector<Dataflow> dataflow;
  Program program;

  std::optional<MaskPoints> points(const MaskSource& masks = {}) const {
    return mask_points(cascade, workload, program, dataflow, masks);
  }
};

Lowered lowered(const std::string& mapping_name, const std::string& where, std::int64_t queries, std::int64_t keys,
                std::int64_t group) {
  Lowered made;
  workloads::WorkloadOptions options;
  options.batch = 3;
  options.seq_len = queries;
  options.kv_len = keys;
  made.workload = workloads::read_workload(
      fmt::format("{{name: masked, heads: {}, kv_heads: 2, head_dim: 6, value_dim: 5}}", 2 * group), options);
  made.cascade = workloads::read_cascade(default_attention(mapping_name), {{"where", where, "test"}});
  const auto architecture = arch::read_architecture("tiny-8x8");
  const Mapping mapping = read_mapping(mapping_name, made.cascade, made.workload, architecture);
  made.program = lower(made.cascade, made.workload, architecture, mapping, &made.dataflow);
  return made;
}

std::string random_mask(std::mt19937& random) {
  const auto number = [&](int most) { return std::to_string(random() % static_cast<unsigned>(most)); };
  const std::vector<std::string> conditions = {"m <= p + offset",
                                               fmt::format("p + offset - m < {}", 5 + random() % 20),
                                               "m < " + number(12),
                                               fmt::format("p div {} == m div {}", 3 + random() % 9, 3 + random() % 9),
                                               fmt::format("(p - m) mod {} == 0", 1 + random() % 3),
                                               fmt::format("m >= {}", number(20)),
                                               fmt::format("abs(p - m) > {}", number(9))};
  std::string text = "p + m >= 0 and (" + conditions[random() % conditions.size()];
  for (int more = 0; more < 2; ++more) {
    text += (random() % 2 == 0 ? " and " : " or ") + conditions[random() % conditions.size()];
  }
  return text + ")";
}

// Of one block, tile by tile of joint queries and keys.
MaskPoints::Block counted(const Lowered& made, const Dataflow& block, std::int64_t group) {
  const workloads::BoundPredicate mask(*made.cascade.predicate, {"p", "m"},
                                       workloads::predicate_values(made.cascade, made.workload));
  const Dim& queries = block.dims.at("p");
  const Dim& keys = block.dims.at("m");
  const std::int64_t sharing = block.heads_sharing;
  MaskPoints::Block points;
  for (std::int64_t p1 = 0; p1 * queries.tile < queries.extent; ++p1) {
    for (std::int64_t m1 = 0; m1 * keys.tile < keys.extent; ++m1) {
      std::int64_t held = 0;
      std::int64_t all = 0;
      for (std::int64_t p = p1 * queries.tile; p < std::min((p1 + 1) * queries.tile, queries.extent); ++p) {
        for (std::int64_t m = m1 * keys.tile; m < std::min((m1 + 1) * keys.tile, keys.extent); ++m) {
          ++all;
          held += mask.holds(std::vector<std::int64_t>{p / sharing, m}) ? 1 : 0;
        }
      }
      if (held > 0) points.computed_points += all;
      if (held > 0 && held < all) points.cut_points += all;
    }
  }
  const std::int64_t heads = 3 * 2 * group / sharing;
  points.computed_points *= heads;
  points.cut_points *= heads;
  return points;
}

TEST(MaskPoints, RandomMasksAreCountedAsPointByPoint) {
  std::mt19937 random(5);
  int cut = 0;
  int runs = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string where = random_mask(random);
    for (const char* mapping : {"fusemax", "flat", "unfused"}) {
      const std::int64_t queries = 9 + static_cast<std::int64_t>(random() % 30);
      const std::int64_t keys = queries + static_cast<std::int64_t>(random() % 20);
      const std::int64_t group = 1 + static_cast<std::int64_t>(random() % 2);
      SCOPED_TRACE(fmt::format("{} under {}: {}x{}, {} heads share", where, mapping, queries, keys, group));
      Lowered made;
      try {
        made = lowered(mapping, where, queries, keys, group);
      } catch (const common::InputError&) {
        continue;  // nothing to compute
      }
      ++runs;
      const auto points = made.points();
      ASSERT_TRUE(points);
      const workloads::BoundPredicate mask(*made.cascade.predicate, {"p", "m"},
                                           workloads::predicate_values(made.cascade, made.workload));
      std::int64_t held = 0;
      for (std::int64_t p = 0; p < queries; ++p) {
        for (std::int64_t m = 0; m < keys; ++m) held += mask.holds(std::vector<std::int64_t>{p, m}) ? 1 : 0;
      }
      EXPECT_EQ(points->points, 3 * 2 * group * held);
      EXPECT_EQ(points->all_points, 3 * 2 * group * queries * keys);
      ASSERT_FALSE(points->blocks.empty());
      for (const MaskPoints::Block& block : points->blocks) {
        std::size_t at = 0;
        while (made.program.blocks[at].name != block.name) ++at;
        const MaskPoints::Block expected = counted(made, made.dataflow[at], group);
        EXPECT_EQ(block.computed_points, expected.computed_points) << block.name;
        EXPECT_EQ(block.cut_points, expected.cut_points) << block.name;
        EXPECT_GE(block.computed_points, points->points);
        EXPECT_LE(block.computed_points - block.cut_points, points->points);
        cut += block.cut_points > 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(runs, 100);
  EXPECT_GT(cut, 50);
}

TEST(MaskPoints, NameTheEinsumsThatRunThroughTheMask) {
  const auto points = lowered("fusemax", "m <= p + offset", 20, 20, 1).points();
  ASSERT_EQ(points->blocks.size(), 1U);
  EXPECT_EQ(points->blocks[0].einsums, (std::vector<std::string>{"BQK", "LM", "SLN", "SLD", "SLNV"}));
}

TEST(MaskPoints, LengthsOfABatchAddUp) {
  Lowered both = lowered("fusemax", "m <= p + offset", 21, 30, 1);
  const MaskPoints one = *both.points();
  both.workload.lengths = {{21, 30, 3}, {21, 30, 3}};
  both.program.blocks.push_back(both.program.blocks[0]);
  both.dataflow.push_back(both.dataflow[0]);
  const MaskPoints two = *both.points();
  EXPECT_EQ(two.points, 2 * one.points);
  ASSERT_EQ(two.blocks.size(), 1U);
  EXPECT_EQ(two.blocks[0].computed_points, 2 * one.blocks[0].computed_points);
}

TEST(MaskPoints, AMaskOfKeysAloneCountsThemForEachHead) {
  for (const std::int64_t group : {1, 2}) {
    const MaskPoints points = *lowered("fusemax", "m >= 9", 20, 30, group).points();
    EXPECT_EQ(points.points, 3 * 2 * group * (30 - 9));
    EXPECT_EQ(points.all_points, 3 * 2 * group * 30);
    EXPECT_EQ(points.blocks.at(0).computed_points, 3 * 2 * group * (30 - 8));
    EXPECT_EQ(points.blocks.at(0).cut_points, 3 * 2 * group * 8);
  }
}

TEST(MaskPoints, ACascadeWithoutAMaskHasNone) {
  Lowered made = lowered("fusemax", "m <= p + offset", 9, 9, 1);
  made.cascade.predicate.reset();
  EXPECT_FALSE(made.points());
}

}  // namespace
}  // namespace attnsim::mapping
