// What series are made of, how often their steps run, and what is refused.
#include "workloads/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "common/registry.h"
#include "workloads/cascade.h"

namespace attnsim::workloads {
namespace {

using ::testing::ElementsAre;

Series series_of(const std::string& steps, const std::string& over = "layers") {
  return parse_series(
      "# A title.\nid: s\nclass: c\nsource: none\nprovenance: confirmed\nover: " + over + "\nsteps:\n" + steps,
      "s.yaml");
}

std::string error_of(const std::string& steps, const std::string& over = "layers") {
  try {
    series_of(steps, over);
  } catch (const common::InputError& error) {
    return error.what();
  }
  return "none";
}

Workload of_layers(std::int64_t layers) {
  Workload workload;
  workload.name = "model";
  workload.layers = layers;
  workload.seq_len = 100;
  workload.kv_len = 700;
  return workload;
}

std::optional<std::int64_t> never(std::size_t, std::int64_t) { return std::nullopt; }

std::string refusal_of(const Series& series, std::int64_t layers) {
  try {
    repetitions(series, of_layers(layers), never);
  } catch (const common::InputError& error) {
    return error.what();
  }
  return "none";
}

TEST(Series, StepsHaveTheirAttentionsAndWhatTheyHandOn) {
  const Series series = series_of(
      "  - {name: select, attention: tidal_select, gives: [I]}\n"
      "  - {attention: tidal_sparse, takes: [I], times: rest}\n");
  EXPECT_EQ(series.title, "A title.");
  ASSERT_EQ(series.steps.size(), 2U);
  EXPECT_EQ(series.steps[0].times, 1);
  EXPECT_THAT(series.steps[0].gives, ElementsAre("I"));
  EXPECT_EQ(series.steps[1].name, "tidal_sparse");
  EXPECT_EQ(series.steps[1].times, std::nullopt);
  EXPECT_THAT(series.steps[1].takes, ElementsAre("I"));
}

TEST(Series, ShippedOnesAreReadAndTheirStepsNameCascades) {
  for (const std::string& name : common::preset_names(series_folder())) {
    EXPECT_TRUE(is_series(name));
    const Series series = read_series(name);
    EXPECT_EQ(series.id, name);
    EXPECT_FALSE(series.title.empty());
    for (const Step& step : series.steps) read_cascade(step.attention);
  }
  EXPECT_FALSE(is_series("gqa_causal"));
  EXPECT_FALSE(is_series("nothing"));
}

TEST(Series, TheRestIsWhatTheStepsBeforeLeave) {
  const Series series = series_of(
      "  - {name: a, attention: x, times: 3}\n"
      "  - {name: b, attention: x, times: rest}\n");
  EXPECT_THAT(repetitions(series, of_layers(12), never), ElementsAre(3, 9));
  EXPECT_THAT(repetitions(series, of_layers(4), never), ElementsAre(3, 1));
  EXPECT_EQ(refusal_of(series, 3), "s.yaml:9: steps[1]: takes the rest, but 0 of the 3 layers of model are left");
  EXPECT_EQ(refusal_of(series, 2), "s.yaml:8: steps[0]: takes 3 layers, but 2 of the 2 layers of model are left");
}

TEST(Series, LayersThatNoStepTakesAreAnError) {
  const Series series = series_of("  - {attention: x, times: 3}\n");
  EXPECT_EQ(
      refusal_of(series, 4),
      "s.yaml:8: steps[0]: the steps take 3 of the 4 layers of model; let the last take the rest with 'times: rest'");
}

TEST(Series, AnExitLeavesTheLayersToTheNextStep) {
  const Series series = series_of(
      "  - {name: a, attention: x, times: rest, exits: X}\n"
      "  - {name: b, attention: x, times: rest}\n");
  const auto after_five = [](std::size_t step, std::int64_t left) {
    EXPECT_EQ(step, 0U);
    EXPECT_EQ(left, 12);
    return std::optional<std::int64_t>(5);
  };
  EXPECT_THAT(repetitions(series, of_layers(12), after_five), ElementsAre(5, 7));
}

TEST(Series, AStatedExitAsksNoData) {
  const Series series = series_of(
      "  - {name: a, attention: x, times: rest, exits: X, exits_after: 4}\n"
      "  - {name: b, attention: x, times: rest}\n");
  const auto fails = [](std::size_t, std::int64_t) -> std::optional<std::int64_t> { throw std::logic_error("asked"); };
  EXPECT_THAT(repetitions(series, of_layers(12), fails), ElementsAre(4, 8));
}

TEST(Series, TokensAreAsManyAsTheStepsSay) {
  const Series series = series_of(
      "  - {name: a, attention: x}\n"
      "  - {name: b, attention: x, times: 7}\n",
      "tokens");
  EXPECT_THAT(repetitions(series, of_layers(1), never), ElementsAre(1, 7));
}

TEST(Series, AStepSeesFewerKeysAndQueries) {
  const Series series = series_of("  - {attention: x, keys: keys - 576, queries: \"min(queries, 8)\"}\n");
  const Workload own = workload_of(series.steps[0], of_layers(1));
  EXPECT_EQ(own.kv_len, 124);
  EXPECT_EQ(own.seq_len, 8);
  Workload few = of_layers(1);
  few.kv_len = 500;
  try {
    workload_of(series.steps[0], few);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(), "s.yaml:8: steps[0]: keys: keys - 576 is -76 of 500; a step sees 1 to all of them");
  }
}

TEST(SeriesErrors, WhatIsTakenMustBeGivenBefore) {
  EXPECT_EQ(error_of("  - {name: a, attention: x, takes: [I]}\n"),
            "s.yaml:8: steps[0]: takes I, which no step before it gives; the steps before give nothing");
  EXPECT_EQ(error_of("  - {name: a, attention: x, gives: [J]}\n  - {name: b, attention: x, takes: [J, I]}\n"),
            "s.yaml:9: steps[1]: takes I, which no step before it gives; the steps before give J");
}

TEST(SeriesErrors, WhatIsGivenMustBeTakenLater) {
  EXPECT_EQ(error_of("  - {name: a, attention: x, gives: [I]}\n"),
            "s.yaml:8: steps[0]: gives I, which no later step takes; drop it");
}

TEST(SeriesErrors, NamesAreUnique) {
  EXPECT_EQ(error_of("  - {attention: x}\n  - {attention: x}\n"),
            "s.yaml:9: steps[1]: two steps are named 'x'; give one another name");
}

TEST(SeriesErrors, NothingFollowsARestThatCannotBeLeft) {
  EXPECT_EQ(
      error_of("  - {name: a, attention: x, times: rest}\n  - {name: b, attention: x}\n"),
      "s.yaml:8: steps[0]: takes all layers that are left, so that no step can follow it; give 'times' or 'exits'");
}

TEST(SeriesErrors, TokensHaveNoRest) {
  EXPECT_EQ(error_of("  - {attention: x, times: rest}\n", "tokens"),
            "s.yaml:8: steps[0].times: tokens have no rest; give a number");
}

TEST(SeriesErrors, AnExitThatTakesMustBeStated) {
  EXPECT_EQ(error_of("  - {name: a, attention: x, gives: [I]}\n"
                     "  - {name: b, attention: x, takes: [I], exits: X, times: rest}\n"),
            "s.yaml:9: steps[1]: exits by X, but takes what only a run makes; give 'exits_after'");
  EXPECT_EQ(error_of("  - {attention: x, exits_after: 3}\n"),
            "s.yaml:8: steps[0].exits_after: needs 'exits', the output that decides where no number does");
}

TEST(SeriesErrors, UnknownKeysAndQuantities) {
  EXPECT_EQ(error_of("  - {attention: x, keys: tokens - 1}\n"),
            "s.yaml:8: steps[0].keys: unknown quantity 'tokens'; known: keys, queries");
  EXPECT_EQ(
      error_of("  - {attention: x, time: 3}\n"),
      "s.yaml:8: steps[0]: unknown key 'time'; did you mean 'times'?; known: attention, exits, exits_after, gives, "
      "keys, name, queries, takes, times");
}

}  // namespace
}  // namespace attnsim::workloads
