// Sorting of --set, and the order in which the attention is chosen.
#include "sim/run.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace attnsim::sim {
namespace {

std::string message_of(const std::string& setting) {
  Inputs inputs;
  try {
    add_override(inputs, setting);
  } catch (const common::UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(AddOverride, ThePrefixSaysWhichDocumentIsMeant) {
  Inputs inputs;
  add_override(inputs, "arch.array_2d.rows=128");
  add_override(inputs, "workload.batch=2");
  add_override(inputs, "mapping.look_ahead=3");
  add_override(inputs, "attention.parameters.window=a=b");
  add_override(inputs, "linear_mapping.look_ahead=2");
  ASSERT_EQ(inputs.arch_overrides.size(), 1U);
  EXPECT_EQ(inputs.arch_overrides[0].path, "array_2d.rows");
  EXPECT_EQ(inputs.arch_overrides[0].value, "128");
  EXPECT_EQ(inputs.arch_overrides[0].source, "--set arch.array_2d.rows=128");
  ASSERT_EQ(inputs.workload_overrides.size(), 1U);
  ASSERT_EQ(inputs.mapping_overrides.size(), 1U);
  ASSERT_EQ(inputs.attention_overrides.size(), 1U);
  ASSERT_EQ(inputs.linear_mapping_overrides.size(), 1U);
  EXPECT_EQ(inputs.attention_overrides[0].value, "a=b") << "only the first '=' divides";
}

TEST(AddOverride, AnotherPrefixIsAnsweredWithTheKnownOnes) {
  EXPECT_EQ(
      message_of("model.heads=3"),
      "--set model.heads=3: must begin with arch., workload., mapping., attention. or linear_mapping. (got 'model.')");
}

TEST(AddOverride, AnotherShapeIsAnsweredWithAnExample) {
  for (const std::string setting : {"arch", "arch.rows", "arch=3", "arch.=3", "=3", "", "x=arch.y"}) {
    EXPECT_EQ(message_of(setting), "--set " + setting + ": must look like arch.array_2d.rows=128");
  }
}

std::string attention_id(const std::string& causal, const std::string& attention, const std::string& mapping) {
  Inputs inputs;
  inputs.workload = "bert-base";
  inputs.attention = attention;
  inputs.mapping = mapping;
  workloads::WorkloadOptions options;
  options.seq_len = 64;
  const auto workload = workloads::read_workload("bert-base", options, {{"causal", causal, "test"}});
  std::string expanded;
  const auto cascade = attention_of(inputs, workload, &expanded);
  EXPECT_EQ(cascade.predicate.has_value(), expanded.find("where:") != std::string::npos);
  return cascade.id;
}

TEST(AttentionOf, TheUsersChoiceStandsAndTheMappingsIsMaskedForACausalModel) {
  EXPECT_EQ(attention_id("false", "", "fusemax"), "fusemax_1pass");
  EXPECT_EQ(attention_id("true", "", "fusemax"), "gqa_causal") << "the same Einsums under the causal mask";
  EXPECT_EQ(attention_id("true", "fusemax_1pass", "fusemax"), "fusemax_1pass");
  EXPECT_EQ(attention_id("false", "", "flat"), "fusemax_3pass");
  EXPECT_EQ(attention_id("true", "", "flat"), "fusemax_3pass_causal");
  EXPECT_EQ(attention_id("true", "", "output-stationary"), "linear") << "no queries, no keys, no mask";
}

TEST(EngineOf, AnUnknownEngineIsAnsweredWithTheKnownOnes) {
  EXPECT_EQ(engine_of("fast"), Engine::kFast);
  EXPECT_EQ(engine_of("systemc"), Engine::kSystemc);
  try {
    engine_of("slow");
    FAIL() << "there is no such engine";
  } catch (const common::UsageError& error) {
    EXPECT_EQ(std::string(error.what()), common::unknown_name("engine", "slow", {"fast", "systemc"}));
  }
}

}  // namespace
}  // namespace attnsim::sim
