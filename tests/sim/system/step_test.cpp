// Steps of systems: the engines agree, parts add up, pipelines take what their busiest unit takes.
#include "sim/system/step.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "sim/system/step_program.h"
#include "tests/sim/system/system_of.h"

namespace attnsim::sim::system {
namespace {

// A system of any shape: replicas, batches in flight, overlap, offloaded or not.
arch::System any_system() {
  const bool offloads = *rc::gen::arbitrary<bool>();
  if (!offloads) return system_of({{"model.count", std::to_string(*rc::gen::inRange(1, 5))}}, "vllm-2xh100");
  return system_of({{"model.count", std::to_string(*rc::gen::inRange(1, 4))},
                    {"attention.count", std::to_string(1 << *rc::gen::inRange(0, 3))},
                    {"replicas", std::to_string(*rc::gen::inRange(1, 5))},
                    {"batches_in_flight", std::to_string(*rc::gen::inRange(1, 6))},
                    {"overlap", *rc::gen::arbitrary<bool>() ? "true" : "false"}});
}

TEST(Step, TheEnginesAgreeToTheNanosecondOnAnySystem) {
  EXPECT_TRUE(rc::check([] {
    const arch::System system = any_system();
    const auto model = model_of(*rc::gen::inRange(1, 12));
    const Durations durations(system, model);
    std::vector<StepBatch> batches;
    for (std::int64_t i = 0; i < system.batches_in_flight; ++i) {
      batches.push_back({*rc::gen::inRange(1, 200), *rc::gen::inRange(200, 100000)});
    }
    const auto program = step_program(system, model.layers, durations, batches, *rc::gen::inRange(1, 5));
    const Timing fast = run_fast(program);
    const Timing systemc = run_systemc(program);
    RC_ASSERT(fast.cycles == systemc.cycles);
    RC_ASSERT(fast.blocks == systemc.blocks);
  }));
}

TEST(Step, ABatchAloneTakesTheSumOfItsPartsWhereNothingOverlaps) {
  EXPECT_TRUE(rc::check([] {
    const auto system = system_of({{"model.count", std::to_string(*rc::gen::inRange(1, 5))}});
    const auto model = model_of(*rc::gen::inRange(1, 100));
    const Durations durations(system, model);
    const std::int64_t sequences = *rc::gen::inRange(1, 500);
    const Step step =
        run_step(system, model, durations, {sequences, sequences * *rc::gen::inRange(1, 5000)}, Engine::kFast);
    const double sum = step.model_seconds + step.attention_seconds + step.network_seconds + step.sampling_seconds;
    RC_ASSERT(std::abs(step.single_seconds - sum) < 1e-12 + 1e-9 * sum);
    RC_ASSERT(step.seconds == step.single_seconds);
  }));
}

// n batches on n - 1 replicas whose attention and network take a slice's (n - 1)th part each keep all replicas busy.
TEST(Step, RotatingBatchesLeaveNoBubblesWhereAttentionIsShortEnough) {
  for (const int replicas : {1, 2, 3, 4}) {
    const auto model = model_of(12 * replicas);
    const auto system = system_of({{"replicas", std::to_string(replicas)},
                                   {"batches_in_flight", std::to_string(replicas + 1)},
                                   {"network.message_us", "0"},
                                   {"network.bytes_per_second", "1e15"},
                                   {"software.logits_per_second", "0"}});
    const Durations durations(system, model);
    const std::int64_t each = 4;
    const Step step = run_step(system, model, durations, {each * (replicas + 1), 100}, Engine::kFast);
    const double model_time = step.model_seconds * (replicas + 1) / replicas;
    ASSERT_LT(step.attention_seconds * replicas, step.model_seconds);
    EXPECT_NEAR(step.seconds / model_time, 1, 0.02) << replicas;
  }
}

TEST(Step, WhatIsSentIsQueriesKeysAndValuesAndWhatComesBackIsTheirOutput) {
  const auto system = system_of({{"batches_in_flight", "3"}});
  const auto model = model_of(10, 8, 2);
  const Step step = run_step(system, model, Durations(system, model), {7, 700}, Engine::kFast);
  EXPECT_EQ(step.bytes_sent, 10 * 7 * 2 * (8 * 64 + 2 * 2 * 64));
  EXPECT_EQ(step.bytes_received, 10 * 7 * 2 * 8 * 64);
}

TEST(Step, OverlapStartsAttentionWithTheQueryAndHidesWhatFollows) {
  const auto model = model_of(10);
  const auto seconds = [&](const char* overlap) {
    const auto system = system_of({{"overlap", overlap}, {"network.bytes_per_second", "1e8"}});
    return run_step(system, model, Durations(system, model), {64, 64 * 2000}, Engine::kFast).single_seconds;
  };
  EXPECT_LT(seconds("true"), seconds("false"));
}

TEST(InFlight, CutsABatchEvenlyAndLosesNothing) {
  EXPECT_TRUE(rc::check([] {
    const StepBatch batch{*rc::gen::inRange(1, 1000), *rc::gen::inRange(1000, 100000)};
    const auto cut = in_flight(batch, *rc::gen::inRange(1, 20));
    StepBatch sum;
    for (const StepBatch& part : cut) {
      RC_ASSERT(part.sequences >= 1 && cut.front().sequences - part.sequences <= 1);
      sum.sequences += part.sequences;
      sum.kv_tokens += part.kv_tokens;
    }
    RC_ASSERT(sum == batch);
  }));
}

}  // namespace
}  // namespace attnsim::sim::system
