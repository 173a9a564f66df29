// Files written and read again, and files that are none; NumPy's own are tried in tests/command/test_check.py.
#include "sim/functional/npz.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/error.h"

namespace attnsim::sim::functional {
namespace {

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / ("npz_test_" + name);
}

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(Npz, WhatIsWrittenIsRead) {
  const Arrays arrays = {{"Q", {{2, 3}, {0, 1, -2.5, 3, 1e30, -0.0}}}, {"one", {{1}, {7}}}, {"none", {{}, {0.25}}}};
  const auto file = scratch("round.npz");
  write_npz(file, arrays);
  const Arrays read = read_npz(file);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read.at("Q").shape, arrays.at("Q").shape);
  EXPECT_EQ(read.at("Q").values[2], -2.5);
  EXPECT_EQ(read.at("Q").values[4], static_cast<double>(1e30F));
  EXPECT_EQ(read.at("one").values, arrays.at("one").values);
  EXPECT_EQ(read.at("none").shape, std::vector<std::int64_t>());
}

TEST(Npz, EqualArraysGiveEqualBytes) {
  const Arrays arrays = {{"A", {{2}, {1, 2}}}};
  write_npz(scratch("a.npz"), arrays);
  write_npz(scratch("b.npz"), arrays);
  EXPECT_EQ(content(scratch("a.npz")), content(scratch("b.npz")));
}

TEST(Npz, AnOldFileIsReplacedWhole) {
  write_npz(scratch("c.npz"), {{"A", {{1}, {1}}}, {"B", {{1}, {2}}}});
  write_npz(scratch("c.npz"), {{"A", {{1}, {3}}}});
  const Arrays read = read_npz(scratch("c.npz"));
  EXPECT_EQ(read.size(), 1U);
  EXPECT_EQ(read.at("A").values[0], 3);
}

TEST(Npz, WhatIsNoArchiveIsRefused) {
  const auto file = scratch("text.npz");
  std::ofstream(file) << "not a zip file, but long enough to be looked at";
  try {
    read_npz(file);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              file.string() + ": cannot be read as .npz (Not a zip archive); write it with numpy.savez");
  }
  EXPECT_THROW(read_npz(scratch("absent.npz")), common::InputError);
  EXPECT_THROW(write_npz("/nowhere/at/all.npz", {{"A", {{1}, {1}}}}), common::InputError);
}

}  // namespace
}  // namespace attnsim::sim::functional
