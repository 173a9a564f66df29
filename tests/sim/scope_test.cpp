// A layer and a model as one Program: the parts around attention, their repetitions and what they add up to.
#include "sim/scope.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "sim/check.h"
#include "sim/run.h"

namespace attnsim::sim {
namespace {

Prepared prepared(Scope scope, const std::string& workload, const std::vector<std::string>& settings = {},
                  const std::string& phase = "prefill") {
  Inputs inputs;
  inputs.arch = "tiny-16x16";
  inputs.workload = workload;
  inputs.scope = scope;
  inputs.options.seq_len = 50;
  inputs.options.batch = 2;
  inputs.options.phase = phase;
  inputs.arch_overrides = {{"buffer.bytes", "1MiB", "test"}};
  for (const auto& setting : settings) add_override(inputs, setting);
  return prepare(inputs);
}

const char* const kSmall =
    "{heads: 4, kv_heads: 2, head_dim: 8, value_dim: 8, hidden: 24, ffn: 40, gated_ffn: true, layers: 3, vocabulary: "
    "90}";

std::vector<std::string> names_of(const std::vector<Part>& parts) {
  std::vector<std::string> names;
  for (const auto& part : parts) names.push_back(part.name);
  return names;
}

TEST(Scope, AttentionIsOnePartThatRunsOnce) {
  const auto attention = prepared(Scope::kAttention, kSmall);
  EXPECT_EQ(names_of(attention.parts), (std::vector<std::string>{"attention"}));
  EXPECT_TRUE(attention.program.sections.empty());
  EXPECT_EQ(attention.linear_mapping, "");
}

TEST(Scope, ALayerHasItsProductsAroundItsAttention) {
  const auto layer = prepared(Scope::kLayer, kSmall);
  EXPECT_EQ(names_of(layer.parts),
            (std::vector<std::string>{"QKV", "attention", "output", "FFN up", "FFN gate", "FFN down"}));
  const auto result = run(layer, Engine::kFast);
  std::int64_t cycles = 0;
  for (const auto& part : result.parts) cycles += part.cycles;
  EXPECT_EQ(cycles, result.cycles) << "the parts follow one another";
  const std::int64_t tokens = 2 * 50;
  EXPECT_EQ(result.parts[0].macs, tokens * 24 * (4 + 2 + 2) * 8);
  EXPECT_EQ(result.parts[2].macs, tokens * 4 * 8 * 24);
  EXPECT_EQ(result.parts[5].macs, tokens * 40 * 24);
}

TEST(Scope, AModelRepeatsItsLayerAndAddsTheOutputHeadForTheLastTokens) {
  const auto layer = run(prepared(Scope::kLayer, kSmall), Engine::kFast);
  const auto whole = prepared(Scope::kModel, kSmall);
  EXPECT_EQ(names_of(whole.parts).back(), "head");
  const auto model = run(whole, Engine::kFast);
  EXPECT_EQ(model.cycles, 3 * layer.cycles + model.parts.back().cycles);
  EXPECT_EQ(model.total.dram_read_bytes - model.parts.back().total.dram_read_bytes, 3 * layer.total.dram_read_bytes);
  EXPECT_EQ(model.parts.back().macs, 2 * 24 * 90) << "one token a sequence";
}

TEST(Scope, TheEnginesAgreeOnAModelInBothPhases) {
  for (const std::string phase : {"prefill", "decode"}) {
    for (const auto& one : check(prepared(Scope::kModel, kSmall, {}, phase), 1'000'000)) {
      EXPECT_TRUE(one.holds) << phase << ": " << one.claim << ": " << one.detail;
      EXPECT_FALSE(one.left_out) << phase << ": " << one.claim;
    }
  }
}

TEST(Scope, AnInputOfAProductIsReadOnceWhereItsWeightsFit) {
  const auto result = run(prepared(Scope::kLayer, kSmall), Engine::kFast);
  const std::int64_t tokens = 2 * 50;
  const std::int64_t word = 2;
  const auto& ffn_down = result.parts.back();
  EXPECT_EQ(ffn_down.total.dram_read_bytes, word * (tokens * 40 + 40 * 24));
  EXPECT_EQ(ffn_down.total.dram_write_bytes, word * tokens * 24);
}

TEST(Scope, AnOutputProjectionShortOfDramRunsWithTheFfnThatIsShortOfPes) {
  const std::string workload = "{heads: 4, head_dim: 8, hidden: 32, ffn: 128}";
  const std::vector<std::string> slow = {"arch.clock_hz=1e9", "arch.dram.bytes_per_second=30e9"};
  const auto slow_layer = prepared(Scope::kLayer, workload, slow);
  EXPECT_EQ(names_of(slow_layer.parts), (std::vector<std::string>{"QKV", "attention", "output, FFN up", "FFN down"}));
  for (const auto& one : check(slow_layer, 1'000'000)) EXPECT_TRUE(one.holds) << one.claim << ": " << one.detail;
  const auto fast_layer = prepared(Scope::kLayer, workload, {"arch.dram.bytes_per_second=unlimited"});
  EXPECT_EQ(names_of(fast_layer.parts), (std::vector<std::string>{"QKV", "attention", "output", "FFN up", "FFN down"}));
}

TEST(Scope, AMissingWidthIsNamed) {
  const auto message = [](Scope scope, const std::string& workload) -> std::string {
    try {
      prepared(scope, workload);
    } catch (const common::UsageError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message(Scope::kLayer, "{heads: 2, head_dim: 8, ffn: 8}"),
            "inline: hidden: missing; --scope layer and --scope model need it (--set workload.hidden=N)");
  EXPECT_EQ(message(Scope::kModel, "{heads: 2, head_dim: 8, ffn: 8, hidden: 16}"),
            "inline: vocabulary: missing; --scope model needs it (--set workload.vocabulary=N)");
}

TEST(ScopeOf, AnUnknownScopeIsAnsweredWithTheKnownOnes) {
  EXPECT_EQ(scope_of("model"), Scope::kModel);
  EXPECT_EQ(scope_name(Scope::kLayer), "layer");
  try {
    scope_of("block");
    FAIL() << "there is no such scope";
  } catch (const common::UsageError& error) {
    EXPECT_EQ(std::string(error.what()),
              "--scope: " + common::unknown_name("scope", "block", {"attention", "layer", "model"}));
  }
}

}  // namespace
}  // namespace attnsim::sim
