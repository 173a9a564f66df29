// The formulas of the published energies against every listed cell and both headlines.
#include "validation/fusemax/energy_form.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
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

TEST(EnergyForm, MeetsTheListedCellsButThoseWithOneMoreReadOfEveryScore) {
  std::map<std::string, int> met;
  std::map<std::string, int> below;
  for (const auto& row : read_csv(common::data_root() / "validation" / "fusemax" / "energy.csv")) {
    const auto& mapping = row.at("mapping");
    if (mapping == "fusemax-cascade" || mapping == "fusemax-arch") continue;
    SCOPED_TRACE(mapping + " " + row.at("model") + " " + row.at("seq_len"));
    const auto length = static_cast<std::int64_t>(number(row.at("seq_len")));
    const double deviation = energy_form(mapping, shape_of(row.at("model"), length)) / number(row.at("energy_pj")) - 1;
    if (std::abs(deviation) < 0.0006) {
      ++met[mapping];
    } else if (mapping == "fusemax") {
      EXPECT_NEAR(deviation, -0.0045, 0.0011);
      ++below[mapping];
    } else {
      EXPECT_NEAR(deviation, -0.0283, 0.0006);
      ++below[mapping];
    }
  }
  EXPECT_EQ(met, (std::map<std::string, int>{{"flat", 7}, {"fusemax", 8}, {"unfused", 9}}));
  EXPECT_EQ(below, (std::map<std::string, int>{{"flat", 5}, {"fusemax", 4}, {"unfused", 3}}));
}

TEST(EnergyForm, AnUnknownMappingIsRefused) {
  EXPECT_THROW(energy_form("fusemax-cascade", {1, 1, 64, 1024}), std::invalid_argument);
  EXPECT_THROW(energy_form("flat", {1, 1, 96, 1024}), std::out_of_range);
}

}  // namespace
}  // namespace attnsim::validation
