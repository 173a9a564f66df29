// Derived mappings: which Einsums fuse, that text gives them back, what they say where nothing runs.
#include "mapping/derive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/error.h"
#include "common/registry.h"
#include "mapping/derive_group.h"
#include "mapping/lower.h"

namespace attnsim::mapping {
namespace {

struct Given {
  workloads::Cascade cascade;
  arch::Architecture architecture;
  workloads::Workload workload;

  explicit Given(const std::string& row, const std::string& arch = "tiny-16x16",
                 const std::vector<common::Override>& overrides = {}, std::int64_t length = 100)
      : cascade(workloads::read_cascade(row)), architecture(arch::read_architecture(arch, overrides)) {
    workloads::WorkloadOptions options;
    options.batch = 2;
    options.seq_len = length;
    workload = workloads::read_workload("{name: small, heads: 4, kv_heads: 2, head_dim: 24, value_dim: 40}", options);
  }

  // Work rather than time, which this library does not know: the cycles of all units together.
  std::int64_t work(const Mapping& mapping) const {
    std::int64_t cycles = 0;
    for (const Block& block : lower_part(cascade, workload, architecture, mapping).blocks) {
      for (const Instruction& instruction : block.instructions) {
        std::int64_t times = 1;
        for (const Loop& loop : block.loops) times *= loop.extent;
        for (const Condition& condition : instruction.guard)
          times /= block.loops[static_cast<std::size_t>(condition.loop)].extent;
        cycles += times * instruction.work.duration;
      }
    }
    return cycles;
  }

  Mapping derived(bool fuse = true) const {
    return derive_mapping(
        cascade, workload, architecture, [this](const Mapping& part) { return work(part); }, fuse);
  }
};

std::vector<std::vector<std::string>> groups_of(const Mapping& mapping) {
  std::vector<std::vector<std::string>> groups;
  for (const Group& group : mapping.groups) groups.push_back(group.einsums);
  return groups;
}

TEST(Derive, AnIterationIsOneGroup) {
  for (const bool fuse : {false, true}) {
    const auto groups = groups_of(Given("fusemax_1pass").derived(fuse));
    EXPECT_EQ(groups.front().front(), "BQK");
    EXPECT_EQ(groups.front()[10], "RNV");
    EXPECT_EQ(groups.size(), fuse ? 1U : 2U) << "the division comes after the last step";
  }
}

TEST(Derive, WithoutFusionEveryEinsumIsAGroup) {
  const auto groups = groups_of(Given("fusemax_3pass").derived(false));
  EXPECT_EQ(groups, (std::vector<std::vector<std::string>>{{"QK"}, {"GM"}, {"SN"}, {"SD"}, {"A"}, {"AV"}}));
}

TEST(Derive, WhatIsSummedOverKeysIsNotFusedWithWhatReadsItForEachQuery) {
  for (const auto& group : groups_of(Given("linear_attn", "tiny-16x16", {}, 2000).derived())) {
    const auto has = [&](const char* name) { return std::find(group.begin(), group.end(), name) != group.end(); };
    EXPECT_FALSE(has("KV") && has("QKV"));
  }
}

TEST(Derive, ProposesThatWhatStepsHandOnStaysOnTheLanes) {
  const auto proposed = [](const char* row, const std::vector<std::string>& einsums) {
    const Given given(row, "fusemax-cloud", {}, 4096);
    std::vector<std::set<std::string>> places;
    for (const Group& group :
         propose_groups(given.cascade, given.workload, given.architecture, einsums, kTiers.front())) {
      places.emplace_back(group.on_2d.begin(), group.on_2d.end());
    }
    return places;
  };
  const std::vector<std::string> softmax = {"BQK", "LM", "RM", "SLN", "SLD", "SLNV", "PRM", "SPD", "RD", "SPNV", "RNV"};
  const std::set<std::string> lanes = {"RM", "PRM", "SPD", "RD", "SPNV", "RNV"};
  std::set<std::string> array;
  for (const std::string& name : softmax) {
    if (!lanes.contains(name)) array.insert(name);
  }
  EXPECT_THAT(proposed("gqa_causal", softmax), testing::Contains(array));
}

TEST(Derive, ComputesStartValuesBeforeTheLoop) {
  const auto groups = groups_of(Given("qserve_kv4").derived());
  EXPECT_EQ(groups.front().front(), "QS");
}

TEST(Derive, NoLoopComesBetweenTheStepsOfAnIteration) {
  const Given given("based_taylor");
  Mapping mapping = given.derived();
  mapping.groups.front().loops = {"batch", "kv_head", "t2", "f1", "t1"};
  mapping.groups.front().tile["f0"] = {TileSize::Rule::kNumber, 16};
  mapping.groups.front().tile["t1"] = {TileSize::Rule::kNumber, 10};
  try {
    lower(given.cascade, given.workload, given.architecture, mapping);
    FAIL() << "runs";
  } catch (const common::InputError& error) {
    EXPECT_STREQ(
        error.what(),
        "--mapping auto: auto on tiny-16x16 does not run based_taylor: breaks a dependence: t2 and t1 count the "
        "steps of t together; put no loop between them");
  }
}

TEST(Derive, TextGivesTheMappingBack) {
  for (const char* row : {"fusemax_1pass", "fusemax_3pass", "gla", "linear_attn", "tidaldecode"}) {
    const Given given(row);
    const Mapping derived = given.derived();
    const Mapping read = parse_mapping(to_yaml(derived), "text", given.cascade, given.workload, given.architecture);
    EXPECT_EQ(to_yaml(read), to_yaml(derived)) << row;
    EXPECT_EQ(describe(lower(given.cascade, given.workload, given.architecture, read)),
              describe(lower(given.cascade, given.workload, given.architecture, derived)))
        << row;
  }
}

TEST(Derive, PresetsOfMappingsGoThroughTextToo) {
  const Given given("fusemax_3pass");
  for (const char* preset : {"flat", "unfused"}) {
    const Mapping mapping = read_mapping(preset, given.cascade, given.workload, given.architecture);
    const Mapping again = parse_mapping(to_yaml(mapping), "text", given.cascade, given.workload, given.architecture);
    EXPECT_EQ(describe(lower(given.cascade, given.workload, given.architecture, again)),
              describe(lower(given.cascade, given.workload, given.architecture, mapping)))
        << preset;
  }
}

TEST(Derive, SaysWhatAnEinsumLacksWhereItRunsNowhere) {
  const Given given("fusemax_1pass", "tiny-16x16",
                    {{"array_2d.functions", "{macc: 1}", "test"},
                     {"array_2d.composed", "{}", "test"},
                     {"array_2d.shared", "[]", "test"},
                     {"array_1d.functions", "{macc: 1, add: 1}", "test"},
                     {"array_1d.composed", "{}", "test"}});
  try {
    given.derived();
    FAIL() << "runs without max";
  } catch (const common::InputError& error) {
    EXPECT_NE(std::string(error.what())
                  .find("--mapping auto: auto on tiny-16x16 does not run fusemax_1pass: "
                        "PE function max of LM is missing on array_1d of tiny-16x16"),
              std::string::npos)
        << error.what();
  }
}

// Within a step of m it goes over the tiles of n twice, so that sums of a step would end after the next one begins.
TEST(Derive, AStepThatTraversesAnotherSplitRankTwiceIsLeftToTheUser) {
  Given given("fusemax_1pass");
  given.cascade = workloads::parse_cascade(R"(# A softmax's norm in each step
id: twice
class: test
source: test
provenance: confirmed
ranks: {p: queries, m: keys, n: 40}
split: {n: [n1, n0]}
inputs: ["Q[p,n]", "K[m,n]"]
output: Z[p]
iterate: m
start:
  - R[p] = 0
each:
  - T[n1,n0,p] = K[m,n1,n0] * Q[p,n1,n0]
  - G[p] = max(n1,n0) T[n1,n0,p]
  - D[p] = sum(n1,n0) exp(T[n1,n0,p] - G[p])
  - R'[p] = R[p] + D[p]
finish:
  - Z[p] = log(R[p])
)",
                                           "twice.yaml");
  try {
    given.derived();
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(), "--mapping auto: finds no loops that run T of twice; write a mapping");
  }
}

}  // namespace
}  // namespace attnsim::mapping
