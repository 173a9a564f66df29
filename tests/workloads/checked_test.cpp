// The record of checked variants and the list of those without a cascade.
#include "workloads/checked.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/registry.h"
#include "workloads/cascade.h"

namespace attnsim::workloads {
namespace {

// The record's fingerprints are another program's (tests/sim/rows/record.py).
TEST(Checked, TheRecordIsOfTheFilesAsTheyAre) {
  const auto checked = checked_variants();
  ASSERT_FALSE(checked.empty());
  for (const auto& [name, variant] : checked) {
    EXPECT_EQ(variant.text, fingerprint(name)) << name;
    EXPECT_FALSE(variant.runs.empty()) << name;
  }
}

TEST(NotModelled, HasNoCascade) {
  const auto rows = not_modelled();
  ASSERT_EQ(rows.count("synaptic_resonance"), 1U);
  for (const auto& [name, row] : rows) {
    const auto known = common::preset_names(variants());
    EXPECT_EQ(std::count(known.begin(), known.end(), name), 0) << name;
    EXPECT_FALSE(row.reason.empty());
  }
}

}  // namespace
}  // namespace attnsim::workloads
