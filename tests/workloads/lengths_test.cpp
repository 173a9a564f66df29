// Files of lengths.
#include "workloads/lengths.h"

#include <gtest/gtest.h>

#include <fstream>

#include "common/error.h"
#include "workloads/workload.h"

namespace attnsim::workloads {
namespace {

std::filesystem::path file_with(const std::string& text) {
  const auto file = std::filesystem::path(testing::TempDir()) /
                    (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".txt");
  std::ofstream(file) << text;
  return file;
}

TEST(Lengths, EqualOnesComeTogetherTheLongestFirst) {
  const auto file = file_with("100\n4K # a long one\n\n100\n8 100\n");
  EXPECT_EQ(read_lengths(file, false), (std::vector<Lengths>{{4096, 4096, 1}, {100, 100, 2}, {8, 100, 1}}));
  EXPECT_EQ(read_lengths(file, true), (std::vector<Lengths>{{1, 4096, 1}, {8, 100, 1}, {1, 100, 2}}));
}

TEST(Lengths, WhatIsWrongIsSaidWithItsLine) {
  const auto message = [](const std::string& text) -> std::string {
    const auto file = file_with(text);
    try {
      read_lengths(file, false);
    } catch (const common::InputError& error) {
      return std::string(error.what()).substr(file.parent_path().string().size() + 1);
    }
    return "";
  };
  const std::string rule = "must be one or two lengths of 1 to 1099511627776 tokens, such as 4K or \"1 8K\" (got ";
  EXPECT_EQ(message("12\n0\n"), "WhatIsWrongIsSaidWithItsLine.txt:2: " + rule + "0)");
  EXPECT_EQ(message("1 2 3\n"), "WhatIsWrongIsSaidWithItsLine.txt:1: " + rule + "1 2 3)");
  EXPECT_EQ(message("long\n"), "WhatIsWrongIsSaidWithItsLine.txt:1: " + rule + "long)");
  EXPECT_EQ(message("# none\n"), "WhatIsWrongIsSaidWithItsLine.txt: has no lengths; give one a line");
}

TEST(Lengths, MakeABatch) {
  WorkloadOptions options;
  options.lengths = file_with("100\n300\n100\n");
  const Workload workload = read_workload("{heads: 4, head_dim: 16}", options);
  EXPECT_EQ(workload.batch, 3);
  EXPECT_EQ(workload.seq_len, 300);
  EXPECT_EQ(workload.kv_len, 300);
  options.batch = 2;
  try {
    read_workload("{heads: 4, head_dim: 16}", options);
    ADD_FAILURE() << "taken";
  } catch (const common::InputError& error) {
    EXPECT_EQ(std::string(error.what()), "--lengths " + options.lengths.string() +
                                             ": says the batch and its lengths; leave --batch, --seq-len and --kv-len "
                                             "out");
  }
}

}  // namespace
}  // namespace attnsim::workloads
