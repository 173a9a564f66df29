// Scans on data: Programs of derived mappings give what the interpreter and the oracle say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sim/functional/check.h"

namespace attnsim::sim::functional {
namespace {

Inputs inputs(const std::string& attention, const std::string& arch, const std::string& queries) {
  Inputs result;
  result.arch = arch;
  result.workload = "bert-base";
  result.mapping = "auto";
  result.attention = attention;
  result.options.batch = 2;
  result.options.seq_len = std::stoll(queries);
  for (const char* setting : {"heads=3", "kv_heads=3", "head_dim=10", "value_dim=7"}) {
    add_override(result, std::string("workload.") + setting);
  }
  return result;
}

TEST(Scan, ChunksOfGatedLinearAttentionGiveWhatTheirOracleSays) {
  for (const char* arch : {"tiny-4x4", "tiny-8x8"}) {
    for (const char* chunk : {"4", "7", "64"}) {
      for (const char* phase : {"prefill", "decode"}) {
        Inputs given = inputs("gla_chunked", arch, "23");
        given.options.phase = phase;
        add_override(given, std::string("attention.parameters.chunk=") + chunk);
        const FunctionalCheck found = check(prepare(given), {}).check;
        EXPECT_TRUE(found.passed) << arch << " " << chunk << " " << phase << ": " << found.max_rel_error << " > "
                                  << found.tolerance;
        EXPECT_LT(found.tolerance, 0.1);
        EXPECT_EQ(found.reference, "oracle");
      }
    }
  }
}

TEST(Scan, EveryReductionScansAlongAWholeRankAndAlongTiles) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "attnsim_scan_test.yaml";
  for (const char* split : {"", "split: {p: [p1, p0]}\n"}) {
    const bool tiles = *split != '\0';
    const std::string p = tiles ? "p1,p0" : "p";
    const std::string along = tiles ? "p0" : "p";
    std::ofstream(file) << fmt::format(
        "# A test.\nid: test\nclass: test\nsource: none\nprovenance: confirmed\n"
        "ranks: {{p: queries, f: value_dim}}\n{0}inputs: [\"V[p,f]\"]\noutput: Z[p,f]\n"
        "operators:\n  grow: {{reduce: [a, b], value: a + b + a * b, identity: 0}}\neinsums:\n"
        "  - S[{1},f] = scan sum({2}) V[{1},f] * V[{1},f]\n  - M[{1},f] = scan max({2}) V[{1},f]\n"
        "  - N[{1},f] = scan min({2}) V[{1},f]\n  - W[{1},f] = V[{1},f] / 8\n"
        "  - G[{1},f] = scan grow({2}) W[{1},f]\n  - Z[{1},f] = S[{1},f] + M[{1},f] * N[{1},f] + G[{1},f]\n",
        split, p, along);
    for (const char* arch : {"tiny-4x4", "tiny-8x8"}) {
      const FunctionalCheck found = check(prepare(inputs(file.string(), arch, "21")), {}).check;
      EXPECT_TRUE(found.passed) << arch << " " << split << found.max_rel_error << " > " << found.tolerance;
      EXPECT_LT(found.tolerance, 0.1);
    }
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace attnsim::sim::functional
