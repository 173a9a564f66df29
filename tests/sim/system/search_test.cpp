// What a search tries, and how it holds what it found against each other.
#include "sim/system/search.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace attnsim::sim::system {
namespace {

SearchSpace space_of(std::vector<std::string> attention, double budget) {
  SearchSpace space;
  space.workload = "llama3-70b";
  space.model_devices = {"h100"};
  space.attention_devices = std::move(attention);
  space.dollars_per_hour = budget;
  return space;
}

TEST(Search, TriesWhatTheBudgetPaysForAndTheKvHeadsDivide) {
  // Llama 3 70B has eight KV heads: 1, 2, 4 or 8 devices attend, with one batch or two; 1 or 2 H100 within $25.
  const auto all = combinations(space_of({"h20"}, 25));
  int alone = 0;
  for (const Found& one : all) {
    EXPECT_LE(one.dollars_per_hour, 25);
    if (one.attention_device.empty()) {
      ++alone;
      EXPECT_NEAR(one.dollars_per_hour, 11.06 * static_cast<double>(one.model_count), 1e-9);
    } else {
      EXPECT_EQ(8 % one.attention_count, 0);
    }
  }
  EXPECT_EQ(alone, 2);
  EXPECT_EQ(all.size(), 2U + 2 * 2);  // and beside one H100 one or two H20
}

TEST(Search, AnUnknownDeviceIsAnsweredWithTheKnownOnes) {
  try {
    combinations(space_of({"h21"}, 25));
    FAIL();
  } catch (const common::UsageError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 41), "unknown device 'h21'; did you mean 'h20'?");
  }
}

TEST(Search, TheFrontIsWhatNoneBeatsForLess) {
  std::vector<Found> found(4);
  found[0].dollars_per_hour = 1, found[0].tokens_per_second = 10, found[0].tokens_per_dollar = 10;
  found[1].dollars_per_hour = 2, found[1].tokens_per_second = 9, found[1].tokens_per_dollar = 4.5;
  found[2].dollars_per_hour = 3, found[2].tokens_per_second = 30, found[2].tokens_per_dollar = 10;
  found[3].dollars_per_hour = 3, found[3].tokens_per_second = 20, found[3].tokens_per_dollar = 6.7;
  compare(found);
  int on_front = 0;
  for (const Found& one : found) {
    if (one.on_front) ++on_front;
    EXPECT_EQ(one.on_front, one.tokens_per_dollar == 10);
  }
  EXPECT_EQ(on_front, 2);
}

// At the price that it is worth, an accelerator's system gives as many tokens a dollar as the best one of devices.
TEST(Search, AnArchitectureIsWorthWhatMakesItTheEqualOfTheBestDevices) {
  const std::vector<workloads::Request> requests(60, {0, 1000, 40});
  auto space = space_of({"h20", "fusemax-cloud"}, 45);
  const auto go_on = [](std::size_t, std::size_t) { return true; };
  const auto found = search(space, requests, go_on);
  double best = 0;
  const Found* accelerator = nullptr;
  for (const Found& one : found) {
    if (one.is_architecture) {
      if (accelerator == nullptr) accelerator = &one;
    } else {
      best = std::max(best, one.tokens_per_dollar);
    }
  }
  ASSERT_NE(accelerator, nullptr);
  const double price = accelerator->dollars_per_hour +
                       static_cast<double>(accelerator->attention_count) * (*accelerator->worth_dollars_per_hour - 1.0);
  EXPECT_NEAR(accelerator->tokens_per_second * 3600 / price / best, 1, 1e-9);
}

TEST(Search, StopsWhereItIsTold) {
  const std::vector<workloads::Request> requests(2, {0, 10, 2});
  const auto found = search(space_of({"h20"}, 45), requests, [](std::size_t done, std::size_t) { return done < 9; });
  EXPECT_LE(found.size(), 9U);
}

}  // namespace
}  // namespace attnsim::sim::system
