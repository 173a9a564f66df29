// `validate rtl` on folders with made-up results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "validation/validations.h"

namespace attnsim::validation {
namespace {

namespace fs = std::filesystem;

// A data root of its own, and ATTNSIM_ROOT as it was afterwards.
class Rtl : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* root = std::getenv("ATTNSIM_ROOT")) before_ = root;
    fs::create_directories(root_ / "build/dev/rtl");
    fs::create_directories(root_ / "rtl/synthesis");
    setenv("ATTNSIM_ROOT", root_.c_str(), 1);
  }
  void TearDown() override {
    fs::remove_all(root_);
    before_.empty() ? unsetenv("ATTNSIM_ROOT") : setenv("ATTNSIM_ROOT", before_.c_str(), 1);
  }
  void write(const std::string& file, const std::string& text) const { std::ofstream(root_ / file) << text; }
  void write_all(int mismatches, double line_percent) const {
    write("build/dev/rtl/macc_bf16.json",
          R"({"module": "macc_bf16", "vectors": 1000, "mismatches": )" + std::to_string(mismatches) + "}");
    write("build/dev/rtl/coverage.json",
          R"({"macc_bf16": {"line": )" + std::to_string(line_percent) + R"(, "toggle": 90}})");
    write("rtl/synthesis/measured.json",
          R"({"blocks": [{"name": "macc_bf16", "area_um2": 32000, "critical_path_ns": 15}]})");
  }

 private:
  fs::path root_ = fs::temp_directory_path() / ("attnsim_rtl_" + std::to_string(getpid()));
  std::string before_;
};

TEST_F(Rtl, FailsAndSaysSoWhereTheTestsWereNotRun) {
  const Table table = validate_rtl();
  EXPECT_FALSE(table.passed());
  EXPECT_THAT(table.notes,
              testing::ElementsAre("the tests of rtl/ have not been run here; ./run-tests runs them, or, once it has "
                                   "built, ctest --test-dir build/dev -L rtl"));
}

TEST_F(Rtl, ShowsVectorsMismatchesCoverageAreaAndPathOfAModule) {
  write_all(0, 100);
  const Table table = validate_rtl();
  EXPECT_TRUE(table.passed());
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0].name, "macc_bf16: mismatches in 1000 vectors");
  EXPECT_EQ(table.rows[1].name, "macc_bf16: lines covered");
  EXPECT_EQ(table.rows[2].name, "macc_bf16: area at 45 nm");
  EXPECT_EQ(table.rows[2].ours, 2000);
  EXPECT_EQ(table.rows[2].reference, 1545);
  EXPECT_EQ(table.notes[1], "macc_bf16              1000          0    100.0      90.0          32000         15.00");
}

TEST_F(Rtl, OneMismatchFails) {
  write_all(1, 100);
  EXPECT_FALSE(validate_rtl().passed());
}

TEST_F(Rtl, LinesAreToBeCoveredToNinetyFivePercent) {
  write_all(0, 95);
  EXPECT_TRUE(validate_rtl().passed());
  write_all(0, 94.9);
  EXPECT_FALSE(validate_rtl().passed());
}

TEST_F(Rtl, MissingCoverageFails) {
  write("build/dev/rtl/macc_bf16.json", R"({"module": "macc_bf16", "vectors": 1000, "mismatches": 0})");
  const Table table = validate_rtl();
  EXPECT_FALSE(table.passed());
  EXPECT_EQ(table.notes[0], "coverage has not been counted: ctest --test-dir build/dev -L rtl");
  EXPECT_EQ(table.notes[1], "nothing has been synthesised: rtl/synthesis/synthesise.py");
}

}  // namespace
}  // namespace attnsim::validation
