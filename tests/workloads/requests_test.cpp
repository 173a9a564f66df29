// Request traces in both formats, and what is wrong with others.
#include "workloads/requests.h"

#include <gtest/gtest.h>

#include <fstream>

#include "common/error.h"

namespace attnsim::workloads {
namespace {

std::filesystem::path file_with(const std::string& text) {
  const auto file = std::filesystem::path(testing::TempDir()) /
                    (std::string("requests_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  std::ofstream(file) << text;
  return file;
}

TEST(Requests, OfAzureInOrderOfArrival) {
  const auto requests =
      read_requests(file_with("TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 23:59:59.5000000,30,4\r\n"
                              "2023-11-16 23:59:58.9799600,4808,10\r\n2023-11-17 00:00:01.0000000,7,1\r\n"));
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].prompt, 4808);
  EXPECT_EQ(requests[0].output, 10);
  EXPECT_EQ(requests[0].arrival_ns, 0);
  EXPECT_EQ(requests[1].arrival_ns, 520040000);
  EXPECT_EQ(requests[2].arrival_ns, 2020040000);
}

TEST(Requests, OfJsonLines) {
  const auto requests =
      read_requests(file_with("{\"timestamp\": 5000, \"input_length\": 12, \"output_length\": 3, \"hash_ids\": [1]}\n"
                              "\n{\"timestamp\": 27, \"input_length\": 1, \"output_length\": 500}\n"));
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].output, 500);
  EXPECT_EQ(requests[1].arrival_ns, 4973000000);
}

TEST(Requests, WhatIsWrongIsSaidWithItsLine) {
  const auto message = [](const std::string& text) -> std::string {
    const auto file = file_with(text);
    try {
      read_requests(file);
    } catch (const common::InputError& error) {
      return std::string(error.what()).substr(file.string().size());
    }
    return "";
  };
  const std::string header = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
  const std::string csv =
      ": must be a time, tokens of the prompt and generated ones, as in 2023-11-16 18:17:03.9799600,4808,10 (got ";
  EXPECT_EQ(message(header + "2023-11-16 18:17:03,5,6\nyesterday,5,6\n"), ":3" + csv + "yesterday,5,6)");
  EXPECT_EQ(message(header + "2023-11-31 18:17:03,5,6\n"), ":2" + csv + "2023-11-31 18:17:03,5,6)");
  EXPECT_EQ(message(header + "2023-11-16 18:17:03,5\n"), ":2" + csv + "2023-11-16 18:17:03,5)");
  EXPECT_EQ(message(header + "2023-11-16 18:17:03,5,0\n"),
            ":2: prompt and output must have 1 to 1099511627776 tokens (got 5 and 0)");
  EXPECT_EQ(message("{\"timestamp\": 1, \"input_length\": 2.5, \"output_length\": 3}\n"),
            ":1: must be JSON with the numbers timestamp, input_length and output_length, or the file's first line "
            "TIMESTAMP,ContextTokens,GeneratedTokens (got {\"timestamp\": 1, \"input_length\": 2.5, \"output_length\": "
            "3})");
  EXPECT_EQ(message(header), ": has no requests; give one a line");
  EXPECT_THROW(read_requests("/nowhere"), common::InputError);
}

}  // namespace
}  // namespace attnsim::workloads
