// Steps as one Program: what they cost, what they hand on, and which scopes there are.
#include "sim/series.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "common/registry.h"
#include "sim/check.h"

namespace attnsim::sim {
namespace {

const char* const kModel =
    "{heads: 4, kv_heads: 2, head_dim: 24, value_dim: 40, hidden: 24, ffn: 40, layers: 32, vocabulary: 90, causal: "
    "true}";

Inputs inputs(const std::string& attention, const std::string& phase = "decode") {
  Inputs inputs;
  inputs.arch = "tiny-16x16";
  inputs.workload = kModel;
  inputs.attention = attention;
  inputs.options.seq_len = 83;
  inputs.options.phase = phase;
  inputs.arch_overrides = {{"buffer.bytes", "1MiB", "test"}};
  return inputs;
}

std::string fixture(const std::string& name) {
  return (common::data_root() / "tests" / "sim" / "series" / (name + ".yaml")).string();
}

std::int64_t cycles(const Inputs& inputs) { return run(prepare(inputs), Engine::kFast).cycles; }

std::string refusal(const Inputs& inputs) {
  try {
    prepare(inputs);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(Series, CostsWhatItsStepsCostOneAfterAnother) {
  for (const char* phase : {"decode", "prefill"}) {
    const Prepared series = prepare(inputs("tidaldecode_layers", phase));
    const auto alone = [&](const char* attention) { return cycles(inputs(attention, phase)); };
    EXPECT_EQ(run(series, Engine::kFast).cycles,
              2 * alone("gqa_causal") + 2 * alone("tidal_select") + 28 * alone("tidal_sparse"));
  }
}

TEST(Series, RunsAlikeOnBothEngines) {
  const Prepared series = prepare(inputs("tidaldecode_layers"));
  EXPECT_EQ(first_difference(series.program, run_fast(series.program), run_systemc(series.program)), "");
}

TEST(Series, ItsPartsAreItsStepsWithTheirRepetitions) {
  const Result result = run(prepare(inputs("tidaldecode_layers")), Engine::kFast);
  ASSERT_EQ(result.parts.size(), 5U);
  EXPECT_EQ(result.parts[0].name, "dense attention");
  EXPECT_EQ(result.parts[2].name, "sparse attention");
  EXPECT_EQ(result.parts[2].times, 10);
  EXPECT_EQ(result.parts[4].times, 18);
  EXPECT_EQ(result.attention, "tidaldecode_layers");
  EXPECT_EQ(result.mapping, "auto, fusemax");
}

TEST(Series, AModelHasTheProductsOfEachLayerAndOneHead) {
  Inputs given = inputs("tidaldecode_layers");
  given.scope = Scope::kModel;
  const Result whole = run(prepare(given), Engine::kFast);
  EXPECT_EQ(whole.parts.back().name, "head");
  Inputs dense = inputs("gqa_causal");
  dense.scope = Scope::kModel;
  const Result plain = run(prepare(dense), Engine::kFast);
  const auto linear_macs = [](const Result& result) {
    std::int64_t macs = 0;
    for (const PartResult& part : result.parts) {
      if (!part.name.ends_with("attention")) macs += part.macs;
    }
    return macs;
  };
  EXPECT_EQ(linear_macs(whole), linear_macs(plain));
}

TEST(Series, TokensShareASelection) {
  EXPECT_EQ(cycles(inputs(fixture("reused"))), cycles(inputs("tidal_select")) + 3 * cycles(inputs("tidal_sparse")));
}

TEST(Series, AfterItsExitAStepSeesNoMoreLayers) {
  Inputs given = inputs(fixture("exiting"));
  EXPECT_EQ(refusal(given),
            common::shown_file(fixture("exiting")) + ":8: steps[0]: exits by X, which takes data; give 'exits_after'");
  DataDecisions data;
  data.exits = [](const PreparedStep& step, std::int64_t left) {
    EXPECT_EQ(step.step.exits, "X");
    EXPECT_EQ(left, 32);
    return std::optional<std::int64_t>(9);
  };
  const Prepared series = prepare(given, data);
  EXPECT_EQ(series.steps[0].times, 9);
  EXPECT_EQ(series.steps[1].times, 23);
  EXPECT_EQ(series.steps[1].prepared.workload.kv_len, 63);
}

TEST(SeriesErrors, ScopesThatASeriesDoesNotHave) {
  Inputs given = inputs("tidaldecode_layers");
  given.scope = Scope::kLayer;
  EXPECT_EQ(refusal(given),
            "--scope layer: tidaldecode_layers is a series, whose layers differ; take attention or model");
  given = inputs(fixture("reused"));
  given.scope = Scope::kModel;
  EXPECT_EQ(refusal(given), "--scope model: reused is a series of tokens; take attention");
}

// A series of these steps.
std::string refusal_with(const std::string& steps) {
  Inputs given = inputs(fixture("reused"));
  given.attention_overrides = {{"steps", steps, "--set attention.steps"}};
  return refusal(given);
}

TEST(SeriesErrors, WhatIsHandedOnMustFitBothSteps) {
  const std::string select = "[{name: a, attention: tidal_select, gives: [I]}, ";
  EXPECT_EQ(refusal_with(select + "{name: b, attention: gqa_causal, takes: [I]}]"),
            "--set attention.steps: steps[1]: takes I, but the inputs of gqa_causal are Q, K, V");
  EXPECT_EQ(refusal_with("[{name: a, attention: gqa_causal, gives: [I]}, "
                         "{name: b, attention: tidal_sparse, takes: [I]}]"),
            "--set attention.steps: steps[0]: gives I, but the outputs of gqa_causal are AV");
  EXPECT_EQ(refusal_with(select + "{name: b, attention: tidal_sparse, takes: [I], keys: 40}]"),
            "--set attention.steps: steps[1]: takes I as [1, 40] a head, but 'a' gives [1, 83] a head");
  EXPECT_EQ(refusal_with("[{attention: gqa_causal, exits: X}]"),
            "--set attention.steps: steps[0]: exits by X, but the outputs of gqa_causal are AV");
}

}  // namespace
}  // namespace attnsim::sim
