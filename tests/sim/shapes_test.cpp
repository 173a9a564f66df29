// Random attention shapes under every preset: lengths that divide nothing, chunks, cross attention, decode, shared K
// and V, masks. Each lowers, comes to its end, and takes the same cycles in both engines.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "sim/engine.h"
#include "sim/run.h"

namespace attnsim::sim {
namespace {

std::int64_t number(std::int64_t least, std::int64_t most) {
  return *rc::gen::resize(100, rc::gen::inRange<std::int64_t>(least, most + 1));
}

template <typename Value>
Value one_of(const std::vector<Value>& values) {
  return values[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(values.size()) - 1))];
}

struct Lengths {
  std::int64_t queries = 1;
  std::int64_t keys = 1;
};

Lengths draw_lengths() {
  const std::int64_t queries = number(1, 80);
  switch (number(0, 3)) {
    case 0:
      return {queries, queries};  // prefill
    case 1:
      return {queries, queries + number(0, 80)};  // a chunk of it
    case 2:
      return {1, number(1, 160)};  // decode
    default:
      return {queries, number(1, 80)};  // cross attention
  }
}

Inputs draw_inputs() {
  const Lengths lengths = draw_lengths();
  const std::int64_t kv_heads = number(1, 2);
  Inputs inputs;
  inputs.arch = one_of<std::string>({"tiny-4x4", "tiny-8x8", "tiny-16x16"});
  inputs.mapping = one_of<std::string>({"fusemax", "fusemax-arch", "fusemax-cascade", "flat", "unfused"});
  inputs.workload = fmt::format("{{name: random, heads: {}, kv_heads: {}, head_dim: {}, value_dim: {}}}",
                                kv_heads * number(1, 5), kv_heads, number(1, 20), number(1, 20));
  inputs.options.batch = number(1, 2);
  inputs.options.seq_len = lengths.queries;
  inputs.options.kv_len = lengths.keys;
  std::vector<std::string> masks{"", "m * 3 <= p * 5 + 2", "m mod 7 < 3 or p mod 5 == 0", "m < 1 or m >= 30",
                                 "m <= p + 5 and p - m < 9 or m < 2"};
  if (lengths.keys >= lengths.queries) {
    masks.emplace_back("m <= p + offset");
    masks.emplace_back("m <= p + offset and (p + offset - m < 10 or m < 2)");
  }
  const std::string mask = one_of(masks);
  if (!mask.empty()) inputs.attention_overrides.push_back({"where", mask, "test"});
  return inputs;
}

std::string text(const Inputs& inputs) {
  return fmt::format("{} {} {} batch {} queries {} keys {} where {}", inputs.arch, inputs.mapping, inputs.workload,
                     inputs.options.batch, inputs.options.seq_len, inputs.options.kv_len,
                     inputs.attention_overrides.empty() ? "" : inputs.attention_overrides.front().value);
}

TEST(Shapes, OfEveryKindLowerAndTakeTheSameCyclesInBothEngines) {
  EXPECT_TRUE(rc::check("shapes", [] {
    for (int i = 0; i < 5; ++i) {
      const Inputs inputs = *rc::gen::exec(draw_inputs);
      RC_LOG() << text(inputs) << "\n";
      const Prepared prepared = prepare(inputs);
      const Timing fast = run_fast(prepared.program);
      const Timing systemc = run_systemc(prepared.program);
      RC_ASSERT(fast.cycles > 0);
      RC_ASSERT(fast.cycles == systemc.cycles);
      RC_ASSERT(fast.units == systemc.units);
      RC_ASSERT(fast.blocks == systemc.blocks);
    }
  }));
}

std::int64_t cycles(const std::string& attention, std::int64_t length,
                    const std::vector<common::Override>& overrides = {}) {
  Inputs inputs;
  inputs.workload = "bert-base";
  inputs.attention = attention;
  inputs.attention_overrides = overrides;
  inputs.options.seq_len = length;
  inputs.options.batch = 1;
  return run_fast(prepare(inputs).program).cycles;
}

TEST(Shapes, CausalAttentionCostsTheTilesBelowTheDiagonal) {
  const auto whole = static_cast<double>(cycles("fusemax_1pass", 16384));
  const auto causal = static_cast<double>(cycles("gqa_causal", 16384));
  EXPECT_LT(causal, 0.53 * whole);
  EXPECT_GT(causal, 0.5 * whole);
}

// Tiles of 256 x 256 that a window of w tiles and the sinks' tile touch in n rows of tiles.
double window_tiles(std::int64_t n, std::int64_t w) {
  double tiles = 0;
  for (std::int64_t row = 0; row < n; ++row) tiles += static_cast<double>(std::min(row + 1, w + 2));
  return tiles;
}

TEST(Shapes, AWindowCostsItsTilesAndGrowsWithTheLength) {
  const std::vector<common::Override> narrow{{"parameters", "{window: 256, sinks: 4}", "test"}};
  const auto ratio = [](const std::vector<common::Override>& overrides) {
    return static_cast<double>(cycles("sliding_window_sink", 65536, overrides)) /
           static_cast<double>(cycles("sliding_window_sink", 16384, overrides));
  };
  EXPECT_NEAR(ratio(narrow), 4, 0.02 * 4);
  // The first rows of the default window of 16 tiles see less than later ones.
  EXPECT_NEAR(ratio({}), window_tiles(256, 16) / window_tiles(64, 16), 0.02);
}

// Sequences of different lengths follow one another; those of equal lengths are one batch.
TEST(Shapes, ABatchOfUnequalLengthsTakesTheTimesOfItsParts) {
  const auto file = std::filesystem::path(testing::TempDir()) / "unequal.txt";
  std::ofstream(file) << "300\n17 100\n300\n";
  Inputs inputs;
  inputs.arch = "tiny-16x16";
  inputs.workload = "{name: unequal, heads: 4, kv_heads: 2, head_dim: 16}";
  for (const std::string mapping : {"fusemax", "flat", "unfused"}) {
    inputs.mapping = mapping;
    const auto run_lengths = [&](const workloads::WorkloadOptions& options) {
      inputs.options = options;
      const nlohmann::json result = to_json(run(prepare(inputs), Engine::kFast));
      return std::make_tuple(result["cycles"].get<std::int64_t>(), result["dram_bytes"]["read"].get<std::int64_t>(),
                             result["dram_bytes"]["write"].get<std::int64_t>());
    };
    const auto [cycles_of_all, read, written] = run_lengths({0, 0, 0, "", file});
    const auto [cycles_of_two, read_by_two, written_by_two] = run_lengths({2, 300, 0, "", ""});
    const auto [cycles_of_one, read_by_one, written_by_one] = run_lengths({1, 17, 100, "", ""});
    EXPECT_EQ(cycles_of_all, cycles_of_two + cycles_of_one) << mapping;
    EXPECT_EQ(read, read_by_two + read_by_one) << mapping;
    EXPECT_EQ(written, written_by_two + written_by_one) << mapping;
  }
}

}  // namespace
}  // namespace attnsim::sim
