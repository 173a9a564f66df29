// Limits and balance of an analysis, from numbers small enough to check by hand.
#include "sim/analysis.h"

#include <gtest/gtest.h>

namespace attnsim::sim {
namespace {

workloads::Workload shape() {
  workloads::Workload workload;
  workload.name = "hand-made";
  workload.heads = workload.kv_heads = 2;
  workload.head_dim = workload.value_dim = 8;
  workload.seq_len = workload.kv_len = 16;
  return workload;
}

Analysis analysis_of(const std::string& attention, const arch::Architecture& architecture,
                     const workloads::Workload& workload) {
  return analyse(workloads::read_cascade(attention), architecture, {workload});
}

std::int64_t limit(const PhaseFigures& figures, const std::string& resource) {
  for (const Limit& one : figures.limits) {
    if (one.resource == resource) return one.cycles;
  }
  return -1;
}

TEST(Analysis, LimitsAreWorkOverTheUnitsThatCanDoIt) {
  const auto architecture = arch::read_architecture("tiny-8x8");
  const PhaseFigures figures = analysis_of("fusemax_3pass", architecture, shape()).phases.front();
  const std::int64_t scores = 2 * 16 * 16;
  // 64 PEs and 8 lanes: MACCs, one add, max and division, and an exp of 7 cycles a score.
  EXPECT_EQ(limit(figures, "arrays"), (scores * (16 + 3 + 7) + 71) / 72);
  EXPECT_EQ(limit(figures, "array_1d"), 0) << "the 2D array divides by MACCs";
  EXPECT_EQ(limit(figures, "array_2d"), 0);
  // Q, K, V and the output: 16 x 8 words of 2 bytes for each head, 8 bytes a cycle.
  EXPECT_EQ(limit(figures, "dram"), 4 * 2 * 16 * 8 * 2 / 8);
  EXPECT_EQ(figures.limits.front().resource, "dram");
  EXPECT_TRUE(figures.missing_functions.empty());
}

TEST(Analysis, WhatMaccsCannotMakeIsLeftToTheLanes) {
  const auto architecture = arch::read_architecture("tiny-8x8", {{"array_2d.functions", "{macc: 1}", "test"}});
  const PhaseFigures figures = analysis_of("fusemax_3pass", architecture, shape()).phases.front();
  EXPECT_EQ(limit(figures, "array_1d"), 2 * 16 * 16 / 8) << "the maxima";
}

TEST(Analysis, FunctionsThatNoArrayCanMakeAreNamed) {
  const auto architecture = arch::read_architecture(
      "tiny-8x8",
      {{"array_2d.functions", "{macc: 1}", "test"}, {"array_1d.functions", "{macc: 1, add: 1, exp: 7}", "test"}});
  const PhaseFigures figures = analysis_of("fusemax_3pass", architecture, shape()).phases.front();
  EXPECT_EQ(figures.missing_functions, std::vector<std::string>{"max"});
}

TEST(Analysis, HeadsThatShareKeysAndValuesReadThemOnce) {
  const auto architecture = arch::read_architecture("tiny-8x8");
  workloads::Workload shared = shape();
  shared.kv_heads = 1;
  const auto bytes = [&](const workloads::Workload& workload) {
    return analysis_of("fusemax_1pass", architecture, workload).phases.front().dram_read_bytes;
  };
  EXPECT_EQ(bytes(shape()), 3 * 2 * 16 * 8 * 2);
  EXPECT_EQ(bytes(shared), (2 + 1 + 1) * 16 * 8 * 2);
}

TEST(Analysis, TheBalanceIsMaccsInTheTimeOfAByte) {
  EXPECT_DOUBLE_EQ(machine_balance(arch::read_architecture("tiny-8x8")), 64.0 / 8.0);
  arch::Architecture unlimited = arch::read_architecture("tiny-8x8");
  unlimited.dram.bytes_per_second = 0;
  EXPECT_EQ(machine_balance(unlimited), 0);
}

TEST(Analysis, SelectionsAndLookupsOfDataMakeAScheduleDynamic) {
  EXPECT_FALSE(is_dynamic(workloads::read_cascade("sliding_window_sink")));
  EXPECT_FALSE(is_dynamic(workloads::read_cascade("natten_fna")));
  EXPECT_TRUE(is_dynamic(workloads::read_cascade("tokenselect")));
  EXPECT_TRUE(is_dynamic(workloads::read_cascade("seer_attention")));
}

}  // namespace
}  // namespace attnsim::sim
