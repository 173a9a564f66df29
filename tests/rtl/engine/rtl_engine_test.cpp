// The core against the systemc engine, cycle for cycle, and the functional model, bit for bit.
#include "rtl/rtl_engine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "common/error.h"
#include "tests/rtl/engine/cases.h"

namespace attnsim::rtl {
namespace {

const std::vector<workloads::Workload> kAttention{attention_of(10, 14, 6, 5), attention_of(1, 33, 4, 8),
                                                  attention_of(21, 5, 9, 3, 2, 1), attention_of(16, 16, 8, 8)};

// Mappings whose lanes take scores out of the PEs, or make what the 2D array takes.
const std::vector<std::pair<std::string, std::string>> kOnLanes{
    {"flat", "fusemax_3pass"}, {"sigmoid-lanes", "sigmoid_attn"}, {"linear-lanes", "linear_attn"}};

class Sizes : public testing::TestWithParam<std::int64_t> {
 protected:
  // One core for all cases of a size: what one run leaves behind must not matter to the next.
  Machine& machine() {
    static std::map<std::int64_t, std::unique_ptr<Machine>> machines;
    std::unique_ptr<Machine>& machine = machines[GetParam()];
    if (!machine) machine = make_machine(GetParam(), "");
    return *machine;
  }
  void expect_equal(const Case& one) {
    const Outcome outcome = run_case(machine(), one);
    EXPECT_EQ(outcome.times, "") << one.mapping;
    EXPECT_EQ(outcome.words, "") << one.mapping;
    EXPECT_GT(outcome.instructions, 0);
  }
};

TEST_P(Sizes, MatrixProducts) {
  for (const auto& shape : {gemm(10, 7, 9), gemm(3, 5, 1), gemm(17, 33, 21), gemm(1, 1, 1), gemm(16, 600, 16)})
    expect_equal({"output-stationary", "linear", shape});
}

TEST_P(Sizes, OnePassAttentionPipelined) {
  for (const auto& shape : kAttention) expect_equal({"fusemax", "fusemax_1pass", shape});
}

TEST_P(Sizes, OnePassAttentionTileByTile) {
  for (const auto& shape : kAttention) expect_equal({"fusemax-arch", "fusemax_1pass", shape});
}

TEST_P(Sizes, CausalMasks) {
  for (const auto& shape : kAttention) {
    expect_equal({"fusemax", "gqa_causal", shape});
    expect_equal({"fusemax-arch", "gqa_causal", shape});
  }
}

TEST_P(Sizes, SlidingWindowsWithSinks) {
  const std::vector<common::Override> window{{"parameters.window", "5", "test"}, {"parameters.sinks", "2", "test"}};
  for (const auto& shape : kAttention) expect_equal({"fusemax", "sliding_window_sink", shape, {}, window});
}

// A tile's rows leave its columns in as many cycles: heads are no narrower than that.
TEST_P(Sizes, ThreePassAttentionWithItsSoftmaxOnTheLanes) {
  const std::int64_t size = GetParam();
  for (const auto& shape :
       {attention_of(10, 14, size, 4), attention_of(1, 33, size + 3, 3), attention_of(21, 5, size, 4, 2, 1)})
    expect_equal({"flat", "fusemax_3pass", shape});
}

TEST_P(Sizes, SigmoidAttention) {
  const std::int64_t size = GetParam();
  for (const auto& shape : {attention_of(10, 2 * size, size, 2), attention_of(1, 3 * size, size + 1, 1),
                            attention_of(21, size, size, size - 1, 2, 1), attention_of(size, 3 * size, size, size)})
    expect_equal({"sigmoid-lanes", "sigmoid_attn", shape});
}

TEST_P(Sizes, LinearAttention) {
  const std::int64_t size = GetParam();
  for (const auto& shape : {attention_of(10, 14, 4, 3), attention_of(1, 33, 4, 1), attention_of(21, 5, 3, 2, 2, 1),
                            attention_of(size, 3 * size, size, size)})
    expect_equal({"linear-lanes", "linear_attn", shape});
}

INSTANTIATE_TEST_SUITE_P(Rtl, Sizes, testing::Values(4, 8, 16));

// Shapes, blocks and look-ahead drawn at random; what does not fit in the core is drawn again.
TEST(RtlEngine, RunsAHundredRandomMappings) {
  std::mt19937 random(11);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  std::map<std::int64_t, std::unique_ptr<Machine>> machines;
  machines[4] = make_machine(4, "");
  machines[8] = make_machine(8, "");
  int ran = 0;
  std::map<std::string, int> ran_of;
  for (int drawn = 0; ran < 100 && drawn < 400; ++drawn) {
    Machine& machine = *machines.at(draw(0, 1) == 0 ? 4 : 8);
    const int size = static_cast<int>(machine.rows());
    Case one;
    if (draw(0, 2) == 0) {
      const auto& [mapping, attention] = kOnLanes.at(static_cast<std::size_t>(draw(0, 2)));
      const bool is_narrow = mapping == "linear-lanes";  // its keys spread over the lanes
      one = {mapping, attention,
             attention_of(draw(1, 24), draw(1, 24), is_narrow ? draw(1, size) : draw(size, 12), draw(1, size), 2,
                          draw(1, 2))};
    } else if (draw(0, 2) == 0) {
      one = {"output-stationary", "linear", gemm(draw(1, 20), draw(1, 40), draw(1, 20))};
      one.mapping_overrides = {{"tile.k0", std::to_string(draw(1, 20)), "test"}};
    } else {
      one = {draw(0, 1) == 0 ? "fusemax" : "fusemax-arch", draw(0, 1) == 0 ? "fusemax_1pass" : "gqa_causal",
             attention_of(draw(1, 24), draw(1, 24), draw(1, 9), draw(1, 9), 2, draw(1, 2))};
      one.mapping_overrides = {{"tile.p1", std::to_string(draw(1, 4)), "test"}};
      if (one.mapping == "fusemax" && draw(0, 1) == 0)
        one.mapping_overrides.push_back({"look_ahead", std::to_string(draw(0, 3)), "test"});
    }
    try {
      const Outcome outcome = run_case(machine, one);
      ++ran;
      ++ran_of[one.mapping];
      EXPECT_EQ(outcome.times, "") << one.mapping << ", drawn " << drawn;
      EXPECT_EQ(outcome.words, "") << one.mapping << ", drawn " << drawn;
    } catch (const common::InputError&) {
    }
  }
  EXPECT_EQ(ran, 100);
  EXPECT_EQ(ran_of.size(), 6U);
}

TEST(RtlEngine, RefusesWhatTheCoreHasNoInstructionFor) {
  const auto machine = make_machine(4, "");
  try {
    run_case(*machine, {"weight-stationary", "linear", gemm(8, 8, 8)});
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(
        error.what(),
        "weight-stationary: the rtl engine does not run this: brings what no PE takes, W; take --engine systemc");
  }
}

TEST(RtlEngine, RefusesTilesThatWouldMeetOnTheirWayOutOfAColumn) {
  const auto machine = make_machine(4, "");
  try {
    run_case(*machine, {"sigmoid-lanes", "sigmoid_attn", attention_of(21, 5, 4, 2)});
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(
        error.what(),
        "sigmoid-lanes: the rtl engine does not run this: SLNV is ready while rows of the tile before leave the "
        "PEs; a head width and tiles of 4 or more keep them apart; take --engine systemc");
  }
}

TEST(RtlEngine, RefusesAnotherArchitecture) {
  try {
    check_architecture(arch::read_architecture("fusemax-cloud", {}));
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(),
                 "fusemax-cloud: the rtl engine has the cores of tiny-4x4, tiny-8x8 and tiny-16x16, with their links, "
                 "their DRAM's rate and latency, and words of 16 bits; take one of these or --engine systemc");
  }
}

}  // namespace
}  // namespace attnsim::rtl
