// The steady state of FuseMax's binding as a text waterfall: what a reader of the paper expects to see.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "mapping/lower.h"
#include "tests/mapping/trace.h"

namespace attnsim::mapping {
namespace {

// All instructions that start within one interval after the given tile's BQK: cycle, Einsum, tile relative to it.
std::string waterfall(const Program& program, const Trace& trace, const Indices& tile, std::int64_t interval) {
  const auto number = [](const Indices& point) { return point.at("m1") * 8 + point.at("p1"); };
  const std::int64_t origin = trace.of.at("BQK").at.at(tile).start;
  std::string text;
  for (const int unit : {1, 2}) {
    std::map<std::int64_t, std::string> lines;
    for (const Instruction& instruction : program.blocks.front().instructions) {
      if (instruction.unit != unit) continue;
      for (const auto& [point, span] : trace.of.at(instruction.name).at) {
        if (point.at("kv_head") != tile.at("kv_head") || span.start < origin || span.start >= origin + interval)
          continue;
        lines[span.start] = fmt::format("  {:3} .. {:3}  {:<4} of tile {:+}\n", span.start - origin, span.end - origin,
                                        instruction.name, number(point) - number(tile));
      }
    }
    text += program.units[static_cast<std::size_t>(unit)].name + "\n";
    for (const auto& [start, line] : lines) text += line;
  }
  return text;
}

TEST(Waterfall, FuseMaxsSteadyStateKeepsBothArraysBusy) {
  workloads::WorkloadOptions options;
  options.seq_len = 2048;
  options.batch = 1;
  const auto workload =
      workloads::read_workload("bert-base", options, {{"heads", "1", "test"}, {"kv_heads", "1", "test"}});
  const auto cascade = workloads::read_cascade("fusemax_1pass");
  const auto architecture = arch::read_architecture("fusemax-cloud");
  const Program program =
      lower(cascade, workload, architecture, read_mapping("fusemax", cascade, workload, architecture));
  const Trace trace = Tracer(program).run();
  const Indices tile{{"batch", 0}, {"kv_head", 0}, {"p2", 0}, {"m1", 5}, {"p1", 3}};
  // 138 cycles a tile: the 2D array works on the scores of a tile and the weighted values of the fourth before it,
  // whose maximum has been down the columns and back; the 1D array is full: RNV and SPNV 64 each, PRM 7, RM, RD, SPD 1.
  EXPECT_EQ(waterfall(program, trace, tile, 138), R"(array_2d
    0 ..  64  BQK  of tile +0
   64 ..  65  LM   of tile +0
   65 ..  72  SLN  of tile -4
   72 ..  73  SLD  of tile -4
   73 .. 137  SLNV of tile -4
  137 .. 201  BQK  of tile +1
array_1d
   18 ..  82  RNV  of tile -7
   82 ..  83  RD   of tile -7
   83 ..  84  RM   of tile -2
   84 ..  91  PRM  of tile -2
   91 ..  92  SPD  of tile -2
   92 .. 156  SPNV of tile -6
)");
}

}  // namespace
}  // namespace attnsim::mapping
