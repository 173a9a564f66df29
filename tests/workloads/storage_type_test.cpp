// Storage types: their values, and the key of a cascade that names them.
#include "workloads/storage_type.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/workloads/cascade_text.h"

namespace attnsim::workloads {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string stored(const std::string& storage) {
  return changed(small_cascade(), "output: Z[p]", "storage: " + storage + "\noutput: Z[p]");
}

TEST(StorageType, RoundsToTheNearestValueTiesToEven) {
  const auto nearest = [](const char* type, double value) { return storage_type(type).nearest(value); };
  EXPECT_EQ(nearest("fp16", 0x1.002p0), 1);
  EXPECT_EQ(nearest("fp16", 0x1.006p0), 0x1.008p0);
  EXPECT_EQ(nearest("fp16", 0x1.8p-25), 0x1p-24) << "a subnormal value";
  EXPECT_EQ(nearest("fp16", 65519), 65504);
  EXPECT_EQ(nearest("fp16", -65520), -kInfinity);
  EXPECT_EQ(nearest("bf16", 0x1.01p0), 1);
  EXPECT_EQ(nearest("fp32", 0x1.000001p0), 1);
  EXPECT_EQ(nearest("fp8", 17), 16);
  EXPECT_EQ(nearest("fp8", 19), 20);
  EXPECT_EQ(nearest("fp8", kInfinity), 448);
  EXPECT_EQ(nearest("u4", 2.5), 2);
  EXPECT_EQ(nearest("u4", -3), 0);
  EXPECT_EQ(nearest("int4", 9), 7);
  EXPECT_EQ(nearest("int8", -kInfinity), -128);
  for (const StorageType& type : storage_types()) {
    EXPECT_TRUE(std::isnan(type.nearest(std::numeric_limits<double>::quiet_NaN()))) << type.name;
  }
}

TEST(StorageType, WhatWasRoundedIsHeldAndStaysAsItIs) {
  std::mt19937 generator(1);
  std::normal_distribution<double> values(0, 300);
  for (const StorageType& type : storage_types()) {
    EXPECT_EQ(type.nearest(type.least), type.least) << type.name;
    EXPECT_EQ(type.nearest(type.most), type.most) << type.name;
    for (int i = 0; i < 1000; ++i) {
      const double value = values(generator);
      const double kept = type.nearest(value);
      EXPECT_TRUE(type.holds(kept)) << type.name << " " << value;
      EXPECT_EQ(type.nearest(kept), kept) << type.name << " " << value;
      if (value < type.least || value > type.most) continue;
      const double step = type.is_integer ? 0.5 : std::ldexp(std::fabs(value), -type.fraction_bits);
      EXPECT_LE(std::fabs(kept - value), std::max(step, 0x1p-9)) << type.name << " " << value;
    }
  }
}

TEST(StorageType, BytesAreWholeOnes) {
  EXPECT_EQ(bytes_of(0, 4), 0);
  EXPECT_EQ(bytes_of(3, 4), 2);
  EXPECT_EQ(bytes_of(17, 4), 9);
  EXPECT_EQ(bytes_of(17, 16), 34);
  EXPECT_EQ(bytes_of(std::int64_t{1} << 61, 16), std::int64_t{1} << 62);
}

TEST(Storage, TheKeySaysHowTensorsAreStored) {
  std::string expanded;
  const Cascade cascade = parse_cascade(stored("{K: u4, Z: fp32}"), "x.yaml", {}, &expanded);
  EXPECT_EQ(cascade.bits_of("K", 16), 4);
  EXPECT_EQ(cascade.bits_of("Z", 16), 32);
  EXPECT_EQ(cascade.bits_of("Q", 16), 16);
  EXPECT_EQ(cascade.bits_of("S", 8), 8);
  EXPECT_EQ(cascade.stored_as("Q"), nullptr);
  EXPECT_EQ(parse_cascade(expanded, "x.yaml").storage, cascade.storage);
}

TEST(Storage, UnknownTensorsAndTypesAreRefused) {
  EXPECT_EQ(error_of(stored("{X: u4}")), "x.yaml:9: storage.X: unknown tensor 'X'; known: K, L, Q, R, S, Z");
  EXPECT_EQ(
      error_of(stored("{K: u3}")),
      "x.yaml:9: storage.K: unknown name 'u3'; did you mean 'u4'?; known: bf16, fp16, fp32, fp8, int4, int8, u4, u8");
  EXPECT_EQ(error_of(stored("[K]")),
            "x.yaml:9: storage: must be a map from tensors to types, such as {K: fp8, V: fp8}");
}

TEST(Storage, AValueThatDataLeaveOutIsOneOfTheType) {
  const auto with = [](const std::string& value) {
    return error_of(changed(stored("{K: u4}"), "\"K[m,e]\"", "\"K[m,e] = " + value + "\""));
  };
  EXPECT_EQ(with("15"), "");
  EXPECT_EQ(with("16"),
            "x.yaml:9: storage.K: u4 has no 16, the value of K where data leave it out; it has whole numbers from 0 to "
            "15");
}

}  // namespace
}  // namespace attnsim::workloads
