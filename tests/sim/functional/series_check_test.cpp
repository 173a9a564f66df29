// Steps on data: what one chooses is what the next one attends to.
#include "sim/functional/series_check.h"

#include <gtest/gtest.h>

#include "common/registry.h"
#include "sim/functional/exits.h"
#include "sim/functional/mask_data.h"

namespace attnsim::sim::functional {
namespace {

Inputs inputs(const std::string& attention, std::uint64_t seed = 0) {
  Inputs inputs;
  inputs.arch = "tiny-16x16";
  inputs.workload = "{heads: 2, kv_heads: 1, head_dim: 24, value_dim: 40, layers: 12}";
  inputs.attention = attention;
  inputs.options.seq_len = 83;
  inputs.options.phase = "decode";
  inputs.masks.seed = seed;
  return inputs;
}

std::string fixture(const std::string& name) {
  return (common::data_root() / "tests" / "sim" / "series" / (name + ".yaml")).string();
}

// 20 of the 83 keys are chosen.
Inputs chosen_few(std::uint64_t seed) {
  Inputs given = inputs(fixture("reused"), seed);
  given.attention_overrides = {{"steps",
                                "[{name: select, attention: " + fixture("few_select") +
                                    ", gives: [I]}, {name: sparse, attention: " + fixture("few_sparse") +
                                    ", takes: [I], times: 3}]",
                                "test"}};
  return given;
}

TEST(SeriesCheck, AStepTakesWhatTheProgramOfAnEarlierOneChose) {
  for (const std::uint64_t seed : {0, 1, 2}) {
    const Checked checked = check_series(prepare_on_data(chosen_few(seed)));
    EXPECT_TRUE(checked.check.passed);
    ASSERT_EQ(checked.check.steps.size(), 2U);
    EXPECT_EQ(checked.check.steps[0].step, "select");
    EXPECT_EQ(checked.check.steps[0].check.selections.size(), 1U);
    EXPECT_TRUE(checked.check.steps[1].check.passed);
    EXPECT_EQ(checked.tensors.at("select.I").values, checked.tensors.at("sparse.I").values);
    EXPECT_NE(checked.tensors.at("select.K").values, checked.tensors.at("sparse.K").values);
    EXPECT_EQ(checked.tensors.at("sparse.AV").shape, (std::vector<std::int64_t>{1, 2, 1, 40}));
  }
}

TEST(SeriesCheck, GivenDataAreNamedByStep) {
  const auto file = std::filesystem::path(testing::TempDir()) / "attnsim_series.npz";
  const Checked drawn = check_series(prepare_on_data(chosen_few(5)));
  write_npz(file, drawn.tensors);
  Inputs given = chosen_few(0);
  given.masks.data = file.string();
  const Checked read = check_series(prepare_on_data(given));
  EXPECT_EQ(read.tensors.at("sparse.AV").values, drawn.tensors.at("sparse.AV").values);
  std::filesystem::remove(file);
}

// Whether the repetition that draws with this seed exits: the sum over its output is positive in both heads.
bool exits(std::uint64_t seed) {
  const Checked checked = check(prepare_on_data(inputs(fixture("router"))), {.seed = seed});
  const std::vector<double>& values = checked.tensors.at("X").values;
  return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
}

TEST(SeriesCheck, TheFirstRepetitionWhoseExitIsPositiveIsTheLast) {
  std::set<std::int64_t> found;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    std::int64_t expected = 1;
    while (expected < 12 && !exits(seed + static_cast<std::uint64_t>(expected) - 1)) ++expected;
    if (expected == 12) continue;  // the last step would have no layer
    const Prepared series = prepare_on_data(inputs(fixture("exiting"), seed));
    EXPECT_EQ(series.steps[0].times, expected) << seed;
    EXPECT_TRUE(check_series(series).check.passed);
    found.insert(expected);
  }
  EXPECT_GT(found.size(), 1U);
}

}  // namespace
}  // namespace attnsim::sim::functional
