// Rooflines of the stages against formulas written out here.
#include "sim/system/durations.h"

#include <gtest/gtest.h>

#include "sim/system/accelerator.h"
#include "tests/sim/system/system_of.h"

namespace attnsim::sim::system {
namespace {

arch::System ideal(std::vector<std::pair<std::string, std::string>> changes = {}) {
  auto system = system_of(std::move(changes));
  system.software = {};
  return system;
}

TEST(Durations, SmallBatchesReadTheWeights) {
  const auto system = ideal({{"model.count", "2"}});
  const auto model = model_of(3);
  const Durations durations(system, model);
  // One row: Q, K and V of 512 x (512 + 512) weights, and 512 + 1024 activations, of two bytes, at 2 x 3.35 TB/s.
  EXPECT_DOUBLE_EQ(durations.projections(1), 2.0 * (512 * 1024 + 512 + 1024) / (2 * 3.35e12));
}

TEST(Durations, LargeBatchesComputeAtThePeak) {
  const auto system = ideal();
  const auto model = model_of(3);
  EXPECT_DOUBLE_EQ(Durations(system, model).head(100000), 2.0 * 100000 * 512 * 1000 / 989e12);
}

TEST(Durations, AttentionReadsEachKeyAndValueOnceForAllQueriesOfItsGroup) {
  const auto system = ideal({{"attention.count", "4"}});
  const auto model = model_of(3, 8, 4);
  EXPECT_DOUBLE_EQ(Durations(system, model).attention({10, 5000}), 5000.0 * 4 * 128 * 2 / (4 * 4.0e12));
}

TEST(Durations, TheShorterTimeHidesBehindTheLongerAsFarAsTheSoftwareSays) {
  auto system = ideal();
  const auto model = model_of(3);
  const double hidden = Durations(system, model).projections(1);
  system.software.unhidden_share = 1;
  EXPECT_DOUBLE_EQ(Durations(system, model).projections(1), hidden + 2.0 * 512 * 1024 / 989e12);
}

TEST(Durations, AnAllReduceGoesTwiceAroundTheRing) {
  auto system = ideal({{"model.count", "4"}});
  const auto model = model_of(3);
  const double without = Durations(system, model).feed_forward(5);
  system.software.all_reduce_hop_seconds = 1e-6;
  EXPECT_NEAR(Durations(system, model).feed_forward(5) - without, 2 * 6 * 1e-6, 1e-15);
}

TEST(Durations, KeysAndValuesFitWhereTheyAreKept) {
  const auto model = model_of(3);
  const double token = 2.0 * 3 * 4 * 128;
  EXPECT_DOUBLE_EQ(Durations(ideal(), model).kv_bytes_per_token(), token);
  EXPECT_EQ(Durations(ideal(), model).kv_capacity_tokens(), static_cast<std::int64_t>(0.95 * 2 * 96e9 / token));
  const auto together = system_of({}, "vllm-2xh100");
  const double weights = Durations(together, model).weight_bytes();
  EXPECT_DOUBLE_EQ(weights, 2.0 * (3 * (512 * 1024 + 512 * 512 + 3 * 512 * 1024) + 512 * 1000));
  EXPECT_EQ(Durations(together, model).kv_capacity_tokens(),
            static_cast<std::int64_t>((0.9 * 2 * 80e9 - weights) / token));
}

TEST(Accelerator, AttendsInTheCyclesOfItsProgram) {
  const auto system = system_of({{"attention.count", "2"}}, "h100-fusemax");
  const auto model = model_of(1, 8, 4);
  Accelerator accelerator(system, model);
  // Two KV heads a device, 16 sequences of 1024 keys: what they hold at 400 GiB/s, and a little more.
  const double bound = 16.0 * 2 * 1024 * 128 * 2 / (400.0 * 1024 * 1024 * 1024);
  const double seconds = accelerator.seconds({16, 16 * 1000});  // whole tiles of 256 keys
  EXPECT_GT(seconds, bound);
  EXPECT_LT(seconds, 1.2 * bound);
}

}  // namespace
}  // namespace attnsim::sim::system
