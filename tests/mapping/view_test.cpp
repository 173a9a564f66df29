// Views on arrays: what their loads move, when, and what is refused.
#include "mapping/view.h"

#include <gtest/gtest.h>

#include "mapping/lower.h"
#include "tests/mapping/one_by_one.h"
#include "tests/mapping/trace.h"

namespace attnsim::mapping {
namespace {

const std::string kHead = R"(# A test.
id: test
class: test
source: none
provenance: confirmed
)";

struct Lowered {
  workloads::Cascade cascade;
  workloads::Workload workload;
  arch::Architecture architecture;
  Mapping mapping;
  Program program;
};

Lowered lowered(const std::string& text, std::int64_t tile, const std::vector<common::Override>& arch = {}) {
  Lowered result;
  result.cascade = workloads::parse_cascade(kHead + text, "test.yaml");
  workloads::WorkloadOptions options;
  options.batch = 1;
  options.seq_len = 12;
  options.kv_len = 24;
  result.workload =
      workloads::read_workload("{name: small, heads: 1, kv_heads: 1, head_dim: 6, value_dim: 5}", options);
  result.architecture = arch::read_architecture("tiny-8x8", arch);
  result.mapping = OneByOne(result.cascade, result.workload, result.architecture, tile).mapping();
  result.program = lower(result.cascade, result.workload, result.architecture, result.mapping);
  return result;
}

const Instruction& instruction(const Program& program, const std::string& name) {
  for (const Block& block : program.blocks) {
    for (const Instruction& candidate : block.instructions) {
      if (candidate.name == name) return candidate;
    }
  }
  throw std::out_of_range(name);
}

TEST(View, AnAffineIndexLoadsTheIntervalThatATileReaches) {
  // 4 of m and all 5 of t: 8 rows; 6 of e. The tensor has 24 rows.
  const std::string window = R"(ranks: {m: keys, t: 5, e: head_dim}
inputs: ["X[m,e]", "W[t]"]
output: Y[m,e]
einsums:
  - Y[m,e] = sum(t) W[t] * X[m + t - 2,e]
)";
  EXPECT_EQ(instruction(lowered(window, 5).program, "load X[m + t - 2,e]").work.dram_read_bytes, (5 + 4) * 5 * 2);
  EXPECT_EQ(instruction(lowered(window, 100).program, "load X[m + t - 2,e]").work.dram_read_bytes, 24 * 6 * 2)
      << "no more than there is";
  const std::string strided = R"(ranks: {u: 6, t: 4, e: head_dim, m: keys}
inputs: ["X[m,e]"]
output: Y[u,e]
einsums:
  - Y[u,e] = sum(t) X[u * 4 + t,e]
)";
  EXPECT_EQ(instruction(lowered(strided, 4).program, "load X[u * 4 + t,e]").work.dram_read_bytes, 16 * 4 * 2);
}

TEST(View, AViewIsAnOperandOfItsOwn) {
  const Lowered pairs = lowered(R"(ranks: {m: keys, c: head_dim, d: head_dim}
inputs: ["K[m,c]"]
output: Y[m,c,d]
einsums:
  - Y[m,c,d] = K[m,c] * K[m,d]
)",
                                100);
  EXPECT_EQ(instruction(pairs.program, "load K").work.dram_read_bytes, 24 * 6 * 2);
  EXPECT_EQ(instruction(pairs.program, "load K[m,d]").work.dram_read_bytes, 24 * 6 * 2);
}

const std::string kGather = R"(ranks: {p: queries, m: keys, j: 3, e: head_dim}
inputs: ["I[p,j]", "K[m,e]", "Q[p,e]"]
output: S[p,j]
einsums:
  - S[p,j] = sum(e) Q[p,e] * K[I[p,j],e]
)";

TEST(View, AGatherMovesWholeAccessesForEachRow) {
  // 4 queries of 3 rows each, of 6 words: 12 bytes.
  const auto load = [](const std::vector<common::Override>& arch) {
    return instruction(lowered(kGather, 4, arch).program, "load K[I[p,j],e]").work;
  };
  const Work exact = load({{"gather.access_bytes", "4", "test"}});
  EXPECT_EQ(exact.dram_read_bytes, 12 * 8) << "e is in tiles of 4 words: 8 bytes";
  const Work padded = load({{"gather.access_bytes", "64", "test"}});
  EXPECT_EQ(padded.dram_read_bytes, 12 * 64);
  EXPECT_EQ(padded.buffer_write_bytes, 12 * 8);
  EXPECT_EQ(padded.duration, 12 * 64 / 8) << "8 bytes a cycle";
  // As fast as the unit asks for rows where that is slower than the DRAM.
  const Work slow = load({{"gather.access_bytes", "1", "test"}, {"dram.bytes_per_second", "unlimited", "test"}});
  EXPECT_EQ(slow.duration, 12);
}

TEST(View, AGatherWaitsForWhatItLooksUp) {
  const Lowered gather = lowered(kGather, 4, {{"gather.latency_cycles", "7", "test"}});
  const Trace trace = Tracer(gather.program).run();
  const auto& looked_up = trace.of.at("load I").at;
  const auto& fetched = trace.of.at("load K[I[p,j],e]").at;
  const auto& summed = trace.of.at("S").at;
  EXPECT_EQ(fetched.size(), 3 * 2U);
  for (const auto& [point, span] : fetched) {
    Indices of_lookup = point;
    of_lookup["e1"] = 0;
    EXPECT_GE(span.start, looked_up.at(of_lookup).end + gather.architecture.dram.latency_cycles);
    EXPECT_GE(summed.at(point).start, span.end + gather.architecture.dram.latency_cycles + 7);
  }
  EXPECT_EQ(fetched.begin()->second.start, looked_up.begin()->second.end + gather.architecture.dram.latency_cycles)
      << "and no longer";
}

TEST(View, WhatCannotBeReachedIsRefused) {
  Lowered there = lowered(kGather, 4);
  there.architecture.gather.reset();
  try {
    lower(there.cascade, there.workload, there.architecture, there.mapping);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(),
                 "one-by-one: one-by-one on tiny-8x8 does not run test: a gather unit is missing on tiny-8x8: "
                 "K[I[p,j],e] looks its rows up; add `gather: {rows_per_cycle, latency_cycles}` to the architecture");
  }
  Lowered fused = lowered(R"(ranks: {m: keys, e: head_dim}
inputs: ["X[m,e]"]
output: Z[m,e]
einsums:
  - Y[m,e] = X[m,e] + 1
  - Z[m,e] = Y[m,e] + Y[m - 1,e]
)",
                          4);
  fused.mapping.groups[0].einsums = {"Y", "Z"};
  fused.mapping.groups.pop_back();
  try {
    lower(fused.cascade, fused.workload, fused.architecture, fused.mapping);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(),
                 "one-by-one: one-by-one on tiny-8x8 does not run test: breaks a dependence: Z reaches Y[m - 1,e] "
                 "through an index, which needs all of Y; an earlier group must make it");
  }
}

}  // namespace
}  // namespace attnsim::mapping
