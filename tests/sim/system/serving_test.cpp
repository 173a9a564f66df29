// Continuous batching: nothing is lost, memory is never exceeded, a run that was stopped goes on as it would have.
#include "sim/system/serving.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/error.h"
#include "tests/sim/system/system_of.h"

namespace attnsim::sim::system {
namespace {

using workloads::Request;

constexpr std::int64_t kLongest = 400;

std::vector<Request> any_requests() {
  std::vector<Request> requests;
  std::int64_t arrival = 0;
  const int count = *rc::gen::inRange(1, 60);
  for (int i = 0; i < count; ++i) {
    requests.push_back({arrival, *rc::gen::inRange(1, 300), *rc::gen::inRange(1, 100)});
    arrival += *rc::gen::inRange(0, 100000);
  }
  return requests;
}

// A cache of so many tokens: the memory of the attention devices follows from them.
KvPages pages_of(const std::string& layout, std::int64_t tokens) {
  const auto model = model_of(2);
  const auto system = system_of({{"kv_cache.layout", layout},
                                 {"kv_cache.page_bytes", "4096"},
                                 {"kv_cache.fault_us", "2"},
                                 {"kv_cache.usable", "1"},
                                 {"attention.count", "1"}});
  auto small = system;
  const Durations durations(system, model);
  small.attention->device.memory_bytes =
      static_cast<std::int64_t>(static_cast<double>(tokens) * durations.kv_bytes_per_token()) + 1;
  return KvPages(small, model, Durations(small, model), kLongest);
}

std::int64_t step_time(const StepBatch& batch) { return 1000 + 10 * batch.sequences + batch.kv_tokens; }

std::string any_layout() { return *rc::gen::element<std::string>("contiguous", "paged", "demand"); }

TEST(Serving, EveryRequestLeavesWithAllItsTokensAndMemoryIsNeverExceeded) {
  EXPECT_TRUE(rc::check([] {
    const auto requests = any_requests();
    const auto pages = pages_of(any_layout(), *rc::gen::inRange(600, 5000));
    const std::int64_t largest = *rc::gen::element<std::int64_t>(0, 1, 5);
    Serving serving(requests, pages, largest, *rc::gen::arbitrary<bool>(), step_time);
    std::int64_t before = -1;
    while (!serving.done()) {
      serving.advance();
      RC_ASSERT(serving.pages_held() <= pages.capacity());
      RC_ASSERT(largest == 0 || serving.running() <= largest);
      RC_ASSERT(serving.figures().nanoseconds >= before);
      before = serving.figures().nanoseconds;
    }
    std::int64_t tokens = 0;
    for (const Request& request : requests) tokens += request.output;
    RC_ASSERT(serving.figures().tokens == tokens);
    RC_ASSERT(serving.figures().requests == static_cast<std::int64_t>(requests.size()));
    RC_ASSERT(serving.pages_held() == 0);
  }));
}

TEST(Serving, ARunThatWasStoppedGoesOnAsItWouldHave) {
  EXPECT_TRUE(rc::check([] {
    const auto requests = any_requests();
    const auto pages = pages_of(any_layout(), *rc::gen::inRange(600, 3000));
    const bool saturated = *rc::gen::arbitrary<bool>();
    Serving whole(requests, pages, 0, saturated, step_time);
    Serving first(requests, pages, 0, saturated, step_time);
    for (int stop = *rc::gen::inRange(0, 200); stop > 0 && !first.done(); --stop) first.advance();
    Serving second(requests, pages, 0, saturated, step_time);
    second.resume(nlohmann::json::parse(first.state().dump()));
    while (!whole.done()) whole.advance();
    while (!second.done()) second.advance();
    RC_ASSERT(whole.figures() == second.figures());
    RC_ASSERT(whole.state() == second.state());
  }));
}

TEST(Serving, OneRequestTakesItsStepsOneAfterAnother) {
  Serving serving({{0, 10, 3}}, pages_of("paged", 1000), 0, true, step_time);
  while (!serving.done()) serving.advance();
  EXPECT_EQ(serving.figures().nanoseconds, 3 * 1010 + 11 + 12 + 13);
  EXPECT_EQ(serving.figures().steps, 3);
  EXPECT_EQ(serving.token_gap(1), 1010 + 13);
  EXPECT_EQ(serving.figures().loaded_steps, 0);
}

TEST(Serving, FaultsOfDemandPagingCostTime) {
  // A page of 4096 bytes holds keys of one layer: 4 heads of 64 values of two bytes, 8 tokens.
  const auto pages = pages_of("demand", 1000);
  EXPECT_EQ(pages.page_tokens(), 8);
  Serving serving({{0, 7, 2}}, pages, 0, true, [](const StepBatch&) { return 1000; });
  while (!serving.done()) serving.advance();
  // Of two layers, keys and values: a page each at admission (8 tokens), and another for the ninth.
  EXPECT_EQ(serving.figures().nanoseconds, 2 * 1000 + 2 * 4 * 2000);
}

TEST(Serving, TheRequestThatWasAdmittedLastMakesRoom) {
  Serving serving({{0, 100, 100}, {0, 100, 100}}, pages_of("paged", 256), 0, true, step_time);
  while (!serving.done()) serving.advance();
  EXPECT_EQ(serving.figures().preemptions, 1);
  EXPECT_EQ(serving.figures().tokens, 200);
}

TEST(Serving, ARequestThatNeverFitsIsRefused) {
  try {
    Serving serving({{0, 2000, 5}}, pages_of("paged", 1000), 0, true, step_time);
    FAIL();
  } catch (const common::SimulationError& error) {
    EXPECT_STREQ(error.what(),
                 "a request of 2000 prompt and 5 generated tokens needs 126 pages of the KV cache, which has 62 of 16 "
                 "tokens; take more memory");
  }
}

}  // namespace
}  // namespace attnsim::sim::system
