// Masks from data: tables of every head, what is too much for them, and derived mappings under them.
#include "sim/functional/mask_data.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "sim/functional/check.h"
#include "sim/functional/data.h"
#include "workloads/interpreter.h"

namespace attnsim::sim::functional {
namespace {

Inputs inputs(const std::string& attention, const std::vector<std::string>& settings) {
  Inputs result;
  result.arch = "tiny-8x8";
  result.workload = "{name: small, heads: 4, kv_heads: 2, head_dim: 16, value_dim: 16, hidden: 32}";
  result.attention = attention;
  result.mapping = "auto";
  result.options.batch = 2;
  result.options.seq_len = 48;
  for (const std::string& setting : settings) add_override(result, "attention.parameters." + setting);
  return result;
}

Inputs blocks() { return inputs("seer_attention", {"block=8", "threshold=0.1"}); }

TEST(MaskData, EveryHeadHasTheMaskOfItsOwnData) {
  const Prepared prepared = prepare_on_data(blocks());
  const mapping::MaskTables masks = prepared.masks(prepared.workload);
  const auto& tables = masks.of.at("B");
  const Layout layout(prepared.cascade, prepared.workload);
  ASSERT_EQ(tables.size(), static_cast<std::size_t>(layout.batch() * layout.heads()));
  const Arrays arrays = layout.inputs({.seed = 0});
  const workloads::Instance instance(prepared.cascade, prepared.workload, {});
  std::int64_t different = 0;
  std::int64_t unlike = 0;
  for (std::size_t at = 0; at < tables.size(); ++at) {
    const auto index = static_cast<std::int64_t>(at);
    const auto exact = workloads::interpret(
        instance, layout.head(arrays, index / layout.heads(), index % layout.heads()), workloads::ExactArithmetic());
    const auto expected = workloads::table_of(exact.at("B"));
    for (std::size_t i = 0; i < expected.values.size(); ++i) {
      different += tables[at].values[i] != expected.values[i] ? 1 : 0;
      unlike += tables[at].values[i] != tables[0].values[i] ? 1 : 0;
    }
  }
  EXPECT_LE(different, 2) << "rounding moves few elements over the threshold";
  EXPECT_GT(unlike, 10) << "heads differ";
}

TEST(MaskData, DerivedMappingsAreRightUnderThem) {
  for (const auto& [attention, settings] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{{"seer_attention", {"block=8", "threshold=0.1"}},
                                                                     {"moh", {"shared=1", "routed=1"}},
                                                                     {"tokenselect", {"chosen=8", "first=2", "last=4"}},
                                                                     {"snapkv", {"window=6", "pool=3", "chosen=8"}}}) {
    const FunctionalCheck found = check(prepare_on_data(inputs(attention, settings)), {}).check;
    EXPECT_TRUE(found.passed) << attention << ": " << found.max_rel_error << " > " << found.tolerance;
  }
}

// Keys and values of a million tokens of every head would be 16 GB.
TEST(MaskData, OnlyWhatTheMaskIsMadeOfIsDrawn) {
  Inputs given = inputs("moh", {"shared=2", "routed=1"});
  given.workload = "{name: small, heads: 4, kv_heads: 4, head_dim: 256, value_dim: 256, hidden: 32}";
  given.options.batch = 1;
  given.options.seq_len = 0;
  given.options.phase = "decode";
  given.options.kv_len = 1 << 20;
  const Prepared prepared = prepare_on_data(given);
  const auto& table = prepared.masks(prepared.workload).of.at("ON").at(0);
  EXPECT_EQ(table.values.size(), 4U);
  EXPECT_EQ(table.values[2] + table.values[3], 1) << "one of the two that are routed";
}

// Short stretches between the blocks of several passes: a block's sums wait while the next ones begin.
TEST(MaskData, BlocksOfUnequalLengthKeepApart) {
  Inputs given = inputs("seer_attention", {"block=16", "threshold=0.1"});
  given.options.seq_len = 100;
  EXPECT_TRUE(check(prepare_on_data(given), {}).check.passed);
  Inputs decode = inputs("tidaldecode", {"budget=20"});
  decode.options = {};
  decode.options.batch = 3;
  decode.options.phase = "decode";
  decode.options.kv_len = 100;
  EXPECT_TRUE(check(prepare_on_data(decode), {}).check.passed);
}

TEST(MaskData, ADensityTakesTheirPlace) {
  Inputs given = blocks();
  given.masks.density = 0;
  given.masks.seed = 3;
  const Prepared none = prepare_on_data(given);
  given.masks.density = 1;
  const Prepared all = prepare_on_data(given);
  EXPECT_EQ(none.masks(none.workload).of.at("B").size(), 1U);
  const Result few = run(none, Engine::kFast);
  const Result many = run(all, Engine::kFast);
  EXPECT_LT(2 * few.cycles, 3 * many.cycles) << "the diagonal alone";
  EXPECT_EQ(to_json(few).at("masks").dump(), R"({"made_of":"density","density":0.0,"seed":3})");
  EXPECT_FALSE(to_json(run(prepare_on_data(inputs("van_lka", {})), Engine::kFast)).contains("masks"));
}

TEST(MaskData, WhatTakesTooMuchAsksForADensity) {
  const auto message = [](const Inputs& given) -> std::string {
    try {
      prepare_on_data(given);
    } catch (const common::InputError& error) {
      return error.what();
    }
    return "";
  };
  Inputs large = blocks();
  large.options.batch = 64;
  large.options.seq_len = 65536;
  EXPECT_EQ(
      message(large),
      "workloads/variants/seer_attention.yaml:21: where: takes too much to make: QP has 5.37e+08 points, 268435456 at "
      "most; state the part of it that is selected, as in --density 0.1");
}

}  // namespace
}  // namespace attnsim::sim::functional
