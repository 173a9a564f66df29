// Energy tables: the shipped ones are complete and monotone, the scaling meets its points, wrong files are answered.
#include "arch/energy_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "common/registry.h"

namespace attnsim::arch {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMebibyte = 1 << 20;

Buffer buffer(std::int64_t bytes, std::int64_t row_bits = 4096, std::int64_t banks = 32) {
  return {bytes, banks, row_bits};
}

class ShippedTable : public testing::TestWithParam<std::string> {
 protected:
  EnergyTable table_ = read_energy_table(GetParam());
};

// Test names take letters, digits and underscores only.
std::string test_name(const testing::TestParamInfo<std::string>& table) {
  std::string name = table.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ShippedTable, testing::ValuesIn(common::preset_names(tables())), test_name);

TEST_P(ShippedTable, HasEveryPeFunctionOfEveryShippedArchitecture) {
  const auto architectures = common::preset_names(presets());
  ASSERT_FALSE(architectures.empty());
  for (const auto& name : architectures) EXPECT_NO_THROW(check_functions(table_, read_architecture(name))) << name;
}

TEST_P(ShippedTable, IsNamedAsItsFile) { EXPECT_EQ(table_.name, GetParam()); }

TEST_P(ShippedTable, ABiggerBufferNeverCostsLessARowNorLessArea) {
  double read = 0;
  double write = 0;
  double area = 0;
  for (std::int64_t bytes = 256; bytes <= 1LL << 40; bytes += bytes / 4) {
    EXPECT_GE(table_.buffer.row_read_pj(buffer(bytes)), read) << bytes;
    EXPECT_GE(table_.buffer.row_write_pj(buffer(bytes)), write) << bytes;
    EXPECT_GT(table_.buffer.area_um2(buffer(bytes)), area) << bytes;
    read = table_.buffer.row_read_pj(buffer(bytes));
    write = table_.buffer.row_write_pj(buffer(bytes));
    area = table_.buffer.area_um2(buffer(bytes));
  }
}

TEST_P(ShippedTable, AWiderRowCostsInProportionAndMoreBanksNeverMore) {
  const auto& costs = table_.buffer;
  EXPECT_DOUBLE_EQ(costs.row_read_pj(buffer(kMebibyte, 8192)), 2 * costs.row_read_pj(buffer(kMebibyte, 4096)));
  EXPECT_DOUBLE_EQ(costs.row_write_pj(buffer(kMebibyte, 8192)), 2 * costs.row_write_pj(buffer(kMebibyte, 4096)));
  for (std::int64_t banks = 1; banks < 65536; banks *= 2) {
    EXPECT_GE(costs.row_read_pj(buffer(kMebibyte, 64, banks)), costs.row_read_pj(buffer(kMebibyte, 64, 2 * banks)));
    EXPECT_GE(costs.row_write_pj(buffer(kMebibyte, 64, banks)), costs.row_write_pj(buffer(kMebibyte, 64, 2 * banks)));
  }
}

TEST_P(ShippedTable, ADeeperOrWiderRegisterFileNeverCostsLess) {
  const auto& costs = table_.registers;
  for (std::int64_t words = 1; words < 65536; ++words) {
    ASSERT_LE(costs.read_energy_pj(words, 16), costs.read_energy_pj(words + 1, 16)) << words;
    ASSERT_LE(costs.write_energy_pj(words, 16), costs.write_energy_pj(words + 1, 16)) << words;
    ASSERT_LE(costs.area_um2(words, 16), costs.area_um2(words + 1, 16)) << words;
  }
  EXPECT_DOUBLE_EQ(costs.read_energy_pj(16, 32), 2 * costs.read_energy_pj(16, 16));
  EXPECT_DOUBLE_EQ(costs.write_energy_pj(16, 8), costs.write_energy_pj(16, 16) / 2);
}

TEST(AccelergyTable, MeetsThePublishedPoints) {
  const auto table = read_energy_table("accelergy-45nm");
  EXPECT_DOUBLE_EQ(table.function("macc").pj_per_result, 8.3395 + 8.825);
  EXPECT_DOUBLE_EQ(table.function("divide").um2_per_unit, 23741);
  EXPECT_NEAR(table.buffer.row_read_pj(buffer(16 * kMebibyte)), 12869, 1e-6);
  EXPECT_NEAR(table.buffer.row_write_pj(buffer(16 * kMebibyte)), 15442, 1e-6);
  const double both =
      table.buffer.row_read_pj(buffer(32 * kMebibyte)) + table.buffer.row_write_pj(buffer(32 * kMebibyte));
  EXPECT_NEAR(both / 2, 26000, 0.02 * 26000) << "published: about 26,000 a row";
  EXPECT_DOUBLE_EQ(table.buffer.area_um2(buffer(32 * kMebibyte)), 94.18e6);
  EXPECT_DOUBLE_EQ(table.registers.read_energy_pj(32, 16), 0.653);
  EXPECT_DOUBLE_EQ(table.registers.write_energy_pj(16, 16), 0.336);
  EXPECT_DOUBLE_EQ(table.registers.read_energy_pj(4, 16), 0.292);
  EXPECT_DOUBLE_EQ(table.registers.area_um2(64, 16), 16837.6);
  EXPECT_DOUBLE_EQ(table.registers.area_um2(1, 16), 16837.6);
  EXPECT_DOUBLE_EQ(table.registers.area_um2(128, 16), 2 * 16837.6);
  EXPECT_DOUBLE_EQ(table.dram_pj_per_bit * 64, 249.6);
}

TEST(AccelergyTable, ForComparisonDiffersInWhatIsChargedAlone) {
  const auto table = read_energy_table("accelergy-45nm");
  const auto published = read_energy_table("accelergy-45nm-fusemax");
  EXPECT_TRUE(table.registers.charges_every_pe);
  EXPECT_FALSE(published.registers.charges_every_pe);
  EXPECT_TRUE(table.buffer.charges_intermediate_transfers);
  EXPECT_FALSE(published.buffer.charges_intermediate_transfers);
  for (const auto& [name, costs] : table.functions) {
    EXPECT_DOUBLE_EQ(published.function(name).pj_per_result, name == "exp" ? 0 : costs.pj_per_result) << name;
    EXPECT_DOUBLE_EQ(published.function(name).um2_per_unit, costs.um2_per_unit) << name;
  }
}

TEST(PowerCurve, MeetsItsPointsAndIsAPowerBetweenThem) {
  const PowerCurve curve({{4, 10}, {16, 40}, {64, 80}}, 0.5);
  EXPECT_DOUBLE_EQ(curve.at(4), 10);
  EXPECT_DOUBLE_EQ(curve.at(16), 40);
  EXPECT_DOUBLE_EQ(curve.at(64), 80);
  EXPECT_NEAR(curve.at(8), 20, 1e-12) << "exponent 1 between the first two";
  EXPECT_NEAR(curve.at(32), 40 * std::sqrt(2), 1e-12) << "exponent 1/2 between the last two";
  EXPECT_NEAR(curve.at(1), 5, 1e-12) << "the stated exponent below";
  EXPECT_NEAR(curve.at(256), 160, 1e-12) << "and above";
}

TEST(BufferCosts, TheShareOfABankShrinksWithItsSize) {
  BufferCosts costs;
  costs.read_pj_per_bit = PowerCurve({{1024, 2}}, 0);
  costs.reference_banks = 4;
  costs.bank_share = 0.5;
  EXPECT_DOUBLE_EQ(costs.row_read_pj({1024, 4, 8}), 16);
  EXPECT_DOUBLE_EQ(costs.row_read_pj({1024, 16, 8}), 16 * (0.5 + 0.25));
  EXPECT_DOUBLE_EQ(costs.row_read_pj({1024, 1, 8}), 16 * (0.5 + 1));
}

// A table that derives from accelergy-45nm and changes something.
std::string error_in(const std::string& text) {
  const fs::path folder = fs::path(testing::TempDir()) / "attnsim_energy_table" /
                          testing::UnitTest::GetInstance()->current_test_info()->name();
  fs::create_directories(folder);
  const std::string file = (folder / "mine.yaml").string();
  std::ofstream(file) << "# Mine.\nbase: accelergy-45nm\n" << text;
  try {
    read_energy_table(file);
  } catch (const common::InputError& error) {
    const std::string shown = common::shown_file(file);
    const std::string message = error.what();
    return message.rfind(shown, 0) == 0 ? "FILE" + message.substr(shown.size()) : message;
  }
  return "no error";
}

TEST(EnergyTable, OfAUserMayChangeOneNumberOfAShippedOne) {
  EXPECT_EQ(error_in("dram: {pj_per_bit: 5}\n"), "no error");
}

TEST(EnergyTable, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  try {
    read_energy_table("accelergy-54nm");
    FAIL() << "there is no such table";
  } catch (const common::InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "unknown energy table 'accelergy-54nm'; did you mean 'accelergy-45nm'?; known: accelergy-45nm, "
              "accelergy-45nm-fusemax, google-7nm, osu018-synthesised");
  }
}

TEST(EnergyTable, MisspeltKeysAreRefused) {
  EXPECT_EQ(error_in("dram: {pj_per_bits: 5}\n"),
            "FILE:3: dram: unknown key 'pj_per_bits'; did you mean 'pj_per_bit'?; known: pj_per_bit, source");
  EXPECT_EQ(
      error_in("functions: {mac: {pj_per_result: 1, um2_per_unit: 1, source: x}}\n"),
      "FILE:3: functions.mac: unknown PE function 'mac'; did you mean 'macc'?; known: add, divide, exp, log, macc, "
      "max, rsqrt, sigmoid, tanh");
  EXPECT_EQ(error_in("registers: {charge: all}\n"),
            "FILE:3: registers.charge: unknown name 'all'; known: every_pe, one_pe");
}

TEST(EnergyTable, NumbersOutOfRangeAreRefused) {
  EXPECT_EQ(error_in("dram: {pj_per_bit: -1}\n"), "FILE:3: dram.pj_per_bit: must be a number of at least 0 (got -1)");
  EXPECT_EQ(error_in("static: {watts_per_mm2: inf}\n"),
            "FILE:3: static.watts_per_mm2: must be a number of at least 0 (got inf)");
  EXPECT_EQ(error_in("buffer: {banks: {reference: 0}}\n"),
            "FILE:3: buffer.banks.reference: must be a number above 0 (got 0)");
  EXPECT_EQ(error_in("buffer: {banks: {share: 2}}\n"), "FILE:3: buffer.banks.share: must be at most 1 (got 2)");
  EXPECT_EQ(error_in("registers: {points: []}\n"), "FILE:3: registers.points: must have at least one point");
  EXPECT_EQ(error_in("registers:\n  points:\n    - {words: 4, read_pj: 1, write_pj: 1, source: x}\n"
                     "    - {words: 4, read_pj: 2, write_pj: 2, source: x}\n"),
            "FILE:6: registers.points[1].words: must ascend from point to point");
}

TEST(EnergyTable, ANumberWithoutItsSourceIsRefused) {
  EXPECT_EQ(error_in("registers:\n  points:\n    - {words: 4, read_pj: 1, write_pj: 1}\n"),
            "FILE:5: registers.points[0]: missing key 'source'");
}

TEST(EnergyTable, WithoutAFunctionOfTheArchitectureIsRefused) {
  auto table = read_energy_table("accelergy-45nm");
  table.functions.erase("exp");
  EXPECT_NO_THROW(check_functions(table, read_architecture("fusemax-cloud"))) << "FuseMax composes exp";
  try {
    check_functions(table, read_architecture("flat-cloud"));
    FAIL() << "FLAT has an exp unit";
  } catch (const common::InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "energy table 'accelergy-45nm' lacks PE function 'exp', which array_1d of flat-cloud has");
  }
}

}  // namespace
}  // namespace attnsim::arch
