// What rows cost, held against what follows from their form: growth with the length, states of a fixed size, masks.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mapping/derive.h"
#include "sim/run.h"

namespace attnsim::sim {
namespace {

Inputs inputs(const std::string& row, const std::string& phase, std::int64_t length) {
  Inputs result;
  result.workload = "{name: small, heads: 4, kv_heads: 4, head_dim: 64, value_dim: 64, hidden: 256}";
  result.attention = row;
  result.mapping = mapping::kAutoMapping;
  result.options.batch = 1;
  result.options.phase = phase;
  result.options.seq_len = phase == "prefill" ? length : 0;
  result.options.kv_len = phase == "decode" ? length : 0;
  return result;
}

double cycles(const Inputs& given) { return static_cast<double>(run(prepare(given), Engine::kFast).cycles); }

double cycles(const std::string& row, const std::string& phase, std::int64_t length) {
  return cycles(inputs(row, phase, length));
}

// Cycles for each point that the tiles compute, over causal softmax attention's.
double over_computed_points(const std::string& row, std::int64_t length) {
  const auto of_point = [&](const std::string& name) {
    const Result result = run(prepare(inputs(name, "prefill", length)), Engine::kFast);
    double points = 0;
    for (const auto& block : result.mask->blocks) points += static_cast<double>(block.computed_points);
    return static_cast<double>(result.cycles) / points;
  };
  return of_point(row) / of_point("gqa_causal");
}

const std::vector<std::string> kRecurrent = {
    "linear_attn_causal", "linear_attn_chunked", "norm_linear_dsf", "gla",        "gla_chunked",   "lightning1",
    "lightning2",         "lightning2_chunked",  "aaren_scan",      "delta_rule", "cab_local_s4d", "titans_lmm"};

TEST(Cost, LinearRowsDoubleWithTheLength) {
  std::vector<std::string> rows = {"linear_attn",   "flow_attention", "agent_attention", "cab_cosformer",
                                   "cab_performer", "cab_lara",       "cab_nystrom"};
  rows.insert(rows.end(), kRecurrent.begin(), kRecurrent.end());
  for (const std::string& row : rows) {
    EXPECT_NEAR(cycles(row, "prefill", 65536) / cycles(row, "prefill", 32768), 2, 0.06) << row;
  }
}

TEST(Cost, ADecodedTokenOfARecurrentRowCostsTheSameAtAnyLength) {
  for (const std::string& row : kRecurrent) {
    EXPECT_EQ(cycles(row, "decode", 4096), cycles(row, "decode", 1 << 20)) << row;
  }
}

TEST(Cost, ADecodedTokenOfADenseRowCostsTheLength) {
  EXPECT_NEAR(cycles("gqa_causal", "decode", 1 << 20) / cycles("gqa_causal", "decode", 1 << 19), 2, 0.01);
}

TEST(Cost, SparseRowsCostWhatTheirTilesCompute) {
  for (const char* row : {"power_attention", "longformer", "sliding_window_sink", "masformer"}) {
    EXPECT_NEAR(over_computed_points(row, 16384), 1, 0.1) << row;
  }
  // Its windowed heads cost more for each of their points.
  EXPECT_NEAR(over_computed_points("duo_attention", 16384), 1, 0.15);
}

TEST(Cost, SparseRowsAreFasterByWhatTheyLeaveOut) {
  const double all = cycles("gqa_causal", "prefill", 16384);
  EXPECT_LT(cycles("power_attention", "prefill", 16384), all / 4);
  EXPECT_LT(cycles("masformer", "prefill", 16384), all / 4);
}

TEST(Cost, TheDifferenceOfTwoSoftmaxesCostsTwoOfThem) {
  const double ratio = cycles("diff_attention", "prefill", 16384) / cycles("fusemax_1pass", "prefill", 16384);
  EXPECT_NEAR(ratio, 2, 0.05);
}

// A sigmoid as long as an exp: what is saved are the running maximum, the sum and their corrections.
TEST(Cost, SigmoidsAreNoSlowerThanSoftmax) {
  Inputs sigmoid = inputs("sigmoid_attn", "prefill", 16384);
  add_override(sigmoid, "arch.array_2d.functions.sigmoid=7");
  add_override(sigmoid, "arch.array_1d.functions.sigmoid=7");
  const double ratio = cycles(sigmoid) / cycles("gqa_causal", "prefill", 16384);
  EXPECT_LT(ratio, 1.0);
  EXPECT_GT(ratio, 0.95);  // causal attention keeps the 2D array as busy
}

}  // namespace
}  // namespace attnsim::sim
