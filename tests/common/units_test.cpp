// Numbers with units in both directions, and exact rates.
#include "common/units.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>

#include "common/error.h"

namespace attnsim::common {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

TEST(ParseInteger, PlainWholeNumbersAreRead) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("65536"), 65536);
  EXPECT_EQ(parse_integer("-3"), -3);
  EXPECT_EQ(parse_integer("+3"), 3);
  EXPECT_EQ(parse_integer("007"), 7);
}

TEST(ParseInteger, BinaryAndDecimalUnitsAreRead) {
  const std::int64_t k = 1024;
  const std::pair<const char*, std::int64_t> cases[] = {
      {"64K", 64 * k},   {"1M", k * k},          {"2G", 2 * k * k * k},         {"1T", k * k * k * k},
      {"1KiB", k},       {"16MiB", 16 * k * k},  {"400GiB", 400 * k * k * k},   {"1TiB", k * k * k * k},
      {"3kB", 3000},     {"3MB", 3000000},       {"3GB", 3000000000},           {"3TB", 3000000000000},
      {"512B", 512},     {"16 MiB", 16 * k * k}, {"1.5GiB", 3 * k * k * k / 2}, {"0.5K", 512},
      {"-64K", -64 * k}, {"0.0009765625K", 1}};
  for (const auto& [text, value] : cases) EXPECT_EQ(parse_integer(text), value) << text;
}

TEST(ParseInteger, ExponentsAreReadExactly) {
  EXPECT_EQ(parse_integer("940e6"), 940000000);
  EXPECT_EQ(parse_integer("1E3"), 1000);
  EXPECT_EQ(parse_integer("1.25e2"), 125);
  EXPECT_EQ(parse_integer("1200e-2"), 12);
  EXPECT_EQ(parse_integer("0e999"), 0);
  EXPECT_EQ(parse_integer("9007199254740993e0"), 9007199254740993);  // 2^53 + 1, which no double holds
}

TEST(ParseInteger, WhatIsNotWholeIsNothing) {
  EXPECT_EQ(parse_integer("1.5"), std::nullopt);
  EXPECT_EQ(parse_integer("1.25e1"), std::nullopt);
  EXPECT_EQ(parse_integer("1e-1"), std::nullopt);
  EXPECT_EQ(parse_integer("0.0001K"), std::nullopt);
}

TEST(ParseInteger, WhatIsNoNumberIsNothing) {
  for (const char* text : {"",     " ",    "-",    "+",   ".",   "e3",   "1e",  "1e+", "K",  "64X",   "64k",
                           "64KB", "64KK", "1..2", "--1", "1 2", "0x10", "nan", "inf", " 1", "1_000", "64Ki"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(ParseInteger, TheLargestNumberFitsAndTheNextDoesNot) {
  EXPECT_EQ(parse_integer("9223372036854775807"), kLargest);
  EXPECT_EQ(parse_integer("-9223372036854775807"), -kLargest);
  EXPECT_EQ(parse_integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_integer("8388607T"), 8388607LL << 40);
  EXPECT_EQ(parse_integer("8388608T"), std::nullopt);
  EXPECT_EQ(parse_integer("1e18"), 1000000000000000000);
  EXPECT_EQ(parse_integer("1e19"), std::nullopt);
  EXPECT_EQ(parse_integer("1e999999999999"), std::nullopt);
  EXPECT_EQ(parse_integer("1e-999999999999"), std::nullopt);
  EXPECT_EQ(parse_integer(std::string(5000, '9')), std::nullopt);
  EXPECT_EQ(parse_integer("0." + std::string(5000, '0') + "1"), std::nullopt);
}

TEST(ParseInteger, EveryNumberIsReadBackAsWritten) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto number = static_cast<std::int64_t>(random() >> (1 + random() % 63));
    EXPECT_EQ(parse_integer(std::to_string(number)), number);
    EXPECT_EQ(parse_integer("-" + std::to_string(number)), -number);
  }
}

TEST(Ratio, IsKeptInLowestTerms) {
  const Ratio ratio = make_ratio(400LL << 30, 940000000);
  EXPECT_EQ(ratio.numerator, 1 << 26);
  EXPECT_EQ(ratio.denominator, 146875);
}

TEST(Ratio, ARatioThatIsNotPositiveIsADefect) {
  EXPECT_THROW(make_ratio(0, 1), std::invalid_argument);
  EXPECT_THROW(make_ratio(1, 0), std::invalid_argument);
  EXPECT_THROW(make_ratio(-1, 1), std::invalid_argument);
}

TEST(Ratio, ATransferHoldsItsChannelForTheSmallestNumberOfCyclesThatSuffices) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 2000; ++i) {
    const Ratio rate =
        make_ratio(static_cast<std::int64_t>(random() % 1000 + 1), static_cast<std::int64_t>(random() % 1000 + 1));
    const auto bytes = static_cast<std::int64_t>(random() % 1000000);
    const std::int64_t cycles = rate.ceil_divide(bytes);
    EXPECT_GE(cycles * rate.numerator, bytes * rate.denominator);
    EXPECT_LT((cycles - 1) * rate.numerator, bytes * rate.denominator);
  }
}

TEST(Ratio, AProductBeyond64BitsIsDividedExactly) {
  EXPECT_EQ((Ratio{1000000000000, 999999999999}.ceil_divide(kLargest)), 9223372036845552435);
}

TEST(Ratio, MoreCyclesThanFitAreAnErrorAndNoWrapAround) {
  try {
    static_cast<void>(Ratio{1, 1000000000000}.ceil_divide(kLargest));
    FAIL() << "no error";
  } catch (const SimulationError& error) {
    EXPECT_STREQ(error.what(),
                 "9223372036854775807 at a rate of 1/1000000000000 takes more cycles than 64 bits can count; use a "
                 "larger rate");
  }
}

TEST(FormatLength, ExactMultiplesAreShortened) {
  EXPECT_EQ(format_length(0), "0");
  EXPECT_EQ(format_length(1000), "1000");
  EXPECT_EQ(format_length(1024), "1K");
  EXPECT_EQ(format_length(1536), "1536");
  EXPECT_EQ(format_length(65536), "64K");
  EXPECT_EQ(format_length(1 << 20), "1M");
  EXPECT_EQ(format_length(1LL << 30), "1G");
}

TEST(FormatLength, AShownLengthIsReadBack) {
  for (std::int64_t tokens = 1; tokens < (1LL << 40); tokens = tokens * 3 / 2 + 1) {
    EXPECT_EQ(parse_integer(format_length(tokens)), tokens);
    EXPECT_EQ(parse_integer(format_length(tokens << 10)), tokens << 10);
  }
}

TEST(FormatBytes, ThreeDigitsAndADecimalUnitAreShown) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.00 kB");
  EXPECT_EQ(format_bytes(38.7e9), "38.7 GB");
  EXPECT_EQ(format_bytes(387e6), "387 MB");
  EXPECT_EQ(format_bytes(9.996e9), "10.0 GB");
  EXPECT_EQ(format_bytes(999.6e9), "1.00 TB");
}

TEST(FormatSeconds, FourDigitsAndAUnitAreShown) {
  EXPECT_EQ(format_seconds(0), "0 s");
  EXPECT_EQ(format_seconds(7.403), "7.403 s");
  EXPECT_EQ(format_seconds(0.002013), "2.013 ms");
  EXPECT_EQ(format_seconds(12.3456), "12.35 s");
  EXPECT_EQ(format_seconds(123.456e-6), "123.5 us");
  EXPECT_EQ(format_seconds(1.0638e-9), "1.064 ns");
  EXPECT_EQ(format_seconds(0.99999), "1.000 s");
  EXPECT_EQ(format_seconds(86400), "86400 s");
}

TEST(FormatCycles, SmallCountsAreExactAndLargeOnesShort) {
  EXPECT_EQ(format_cycles(0), "0");
  EXPECT_EQ(format_cycles(999999), "999999");
  EXPECT_EQ(format_cycles(1000000), "1.00e6");
  EXPECT_EQ(format_cycles(6958800000), "6.96e9");
  EXPECT_EQ(format_cycles(9999999999), "1.00e10");
}

}  // namespace
}  // namespace attnsim::common
