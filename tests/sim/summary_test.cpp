// The summary's text from hand-made figures.
#include "sim/summary.h"

#include <gtest/gtest.h>

namespace attnsim::sim {
namespace {

Result example() {
  Result result;
  result.architecture.name = "toy";
  result.architecture.clock_hz = 940'000'000;
  result.workload.name = "bert";
  result.workload.batch = 2;
  result.workload.seq_len = result.workload.kv_len = 4096;
  result.attention = "one_pass";
  result.mapping = "own";
  result.engine = "fast";
  result.cycles = 940'000;
  result.total.dram_read_bytes = 3'000'000;
  result.total.dram_write_bytes = 1'000'000;
  result.units = {{"array_2d", 10, {470'000, {}}}, {"array_1d", 1, {940'000, {}}}, {"dram", 1, {94'000, {}}}};
  InstructionResult product{"b", "BQK", "BQK", "array_2d", true, {}, {}};
  product.total.pe_cycles = 2'350'000;
  InstructionResult sum{"b", "RD", "RD", "array_1d", false, {}, {}};
  sum.total.pe_cycles = 940'000;
  result.instructions = {product, sum};
  result.bound = {470'000, "array_1d", {}};
  result.circuit = {{{"RM", "array_1d", 1}, {"RM -> SLN", "", 4}, {"SLN", "array_2d", 7}}, 12, 2};
  result.wall_seconds = 0.0042;
  return result;
}

TEST(Summary, PutsFiguresInAlignedRows) {
  EXPECT_EQ(summarize(example(), false, "out/result.json"),
            "attnsim  bert · one_pass · 4K tokens · batch 2                       toy · mapping own · fast engine\n"
            "  latency        1.000 ms    940000 cycles at 940 MHz             bound 500.0 us (+100.0 %), limited by "
            "array_1d\n"
            "  2D array    25.0 % busy    25.0 % tensor products\n"
            "  1D array   100.0 % busy    critical circuit: RM -> SLN on array_1d, array_2d, 6 cycles a tile\n"
            "  DRAM        10.0 % busy    4.00 MB (read 3.00 MB, written 1.00 MB)\n"
            "  simulated 940000 cycles in 4.2 ms                                 wrote out/result.json\n");
}

TEST(Summary, NamesAWrongChoice) {
  auto result = example();
  result.functional =
      FunctionalCheck{0.5, 0.25, 0.004, "oracle", {{"I", 1, 0.5, 0.01, false}, {"J", 0, 0, 0.01, true}}};
  const std::string text = summarize(result, false);
  EXPECT_NE(
      text.find("  data              WRONG    largest error against the oracle 0.25 of its largest value, 0.004 "
                "allowed\n"
                "  choice            WRONG    I leaves out a score 0.5 of the largest above one that it takes, 0.01 "
                "allowed\n"
                "  simulated"),
      std::string::npos)
      << text;
}

TEST(Summary, SaysWhatAMaskLeavesAndWhatItsTilesComputeBesides) {
  auto result = example();
  result.mask = mapping::MaskPoints{2'000'000, 16'000'000, {{"b", {"BQK"}, 2'500'000, 900'000}}};
  EXPECT_NE(
      summarize(result, false)
          .find("  mask             12.5 %    2e+06 of 1.6e+07 points; tiles compute 2.5e+06, 25.0 % more, in tiles "
                "that the mask cuts\n"),
      std::string::npos)
      << summarize(result, false);
  result.mask = mapping::MaskPoints{0, 4, {}};
  EXPECT_NE(summarize(result, false).find("  mask              0.0 %    0 points\n"), std::string::npos);
}

TEST(Summary, ColoursOnlyWhereAsked) {
  EXPECT_EQ(summarize(example(), false).find('\033'), std::string::npos);
  EXPECT_NE(summarize(example(), true).find('\033'), std::string::npos);
}

TEST(Summary, DecodeNamesItsContext) {
  auto result = example();
  result.workload.phase = workloads::Phase::kDecode;
  result.workload.seq_len = 1;
  EXPECT_NE(summarize(result, false).find("· decode at 4K tokens ·"), std::string::npos);
}

TEST(SideBySide, TheFirstResultIsWhatOthersAreHeldAgainst) {
  auto slow = example();
  slow.cycles *= 4;
  slow.mapping = "slow";
  EXPECT_EQ(summarize_side_by_side({slow, example()}, false),
            "workload  arch  mapping   latency  vs first  2D array  1D array     DRAM  bound\n"
            "bert 4K   toy   slow     4.000 ms     1.00x     6.2 %    25.0 %  4.00 MB  +700.0 %, array_1d\n"
            "bert 4K   toy   own      1.000 ms     4.00x    25.0 %   100.0 %  4.00 MB  +100.0 %, array_1d\n");
  EXPECT_EQ(summarize_side_by_side({}, false), "");
}

}  // namespace
}  // namespace attnsim::sim
