// The closed forms against every listed published cell.
#include "validation/fusemax/closed_form.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "common/registry.h"
#include "validation/fusemax/csv.h"

namespace attnsim::validation {
namespace {

Shape shape_of(const std::string& model, std::int64_t length) {
  for (const auto& candidate : models()) {
    if (candidate.name == model) return {candidate.batch, candidate.heads, candidate.head_dim, length};
  }
  throw std::out_of_range(model);
}

TEST(ClosedForm, EveryListedPublishedCellIsMetToItsSixDigits) {
  std::map<std::string, int> cells;
  for (const auto& row : read_csv(common::data_root() / "validation" / "fusemax" / "published.csv")) {
    SCOPED_TRACE(row.at("mapping") + " " + row.at("model") + " " + row.at("seq_len"));
    const auto length = static_cast<std::int64_t>(number(row.at("seq_len")));
    const auto ours = closed_form(row.at("mapping"), shape_of(row.at("model"), length));
    const auto deviation = [&row](const std::string& column, double value) {
      return std::abs(value / number(row.at(column)) - 1);
    };
    EXPECT_LT(deviation("latency_s", ours.seconds), 1e-5);
    EXPECT_LT(deviation("dram_bytes", ours.dram_bytes), 1e-5);
    EXPECT_LT(deviation("utilization_2d", ours.utilization_2d), 1e-5);
    EXPECT_LT(deviation("utilization_1d", ours.utilization_1d), 1e-5);
    ++cells[row.at("mapping")];
  }
  for (const auto& mapping : mappings()) EXPECT_EQ(cells[mapping], 12) << mapping;
}

TEST(ClosedForm, TheMeansOverAllCellsAreTheHeadlines) {
  double over_flat = 0;
  double over_unfused = 0;
  for (const auto& model : models()) {
    for (const auto length : lengths()) {
      const auto shape = shape_of(model.name, length);
      const double seconds = closed_form("fusemax", shape).seconds;
      over_flat += closed_form("flat", shape).seconds / seconds / 24;
      over_unfused += closed_form("unfused", shape).seconds / seconds / 24;
    }
  }
  EXPECT_NEAR(over_flat, 6.72, 0.005);
  EXPECT_NEAR(over_unfused, 10.05, 0.005);
}

TEST(ClosedForm, AnUnknownMappingOrDataflowIsRefused) {
  EXPECT_THROW(closed_form("flash", {1, 1, 64, 1024}), std::invalid_argument);
  EXPECT_THROW(closed_form("flat", {1, 1, 96, 1024}), std::out_of_range);
}

}  // namespace
}  // namespace attnsim::validation
