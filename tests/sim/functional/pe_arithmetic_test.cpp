// Functions of cascades are those of the PE.
#include "sim/functional/pe_arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace attnsim::sim::functional {
namespace {

using workloads::Function;

TEST(PeArithmetic, The2DArrayMultipliesBf16AndTheLanesFp32) {
  const PeArithmetic array(arch::Multiplier::kBf16);
  const PeArithmetic lanes(arch::Multiplier::kFp32);
  EXPECT_EQ(array.call(Function::kMul, 0x1.01p0, 1), 1);
  EXPECT_EQ(lanes.call(Function::kMul, 0x1.01p0, 1), 0x1.01p0);
  EXPECT_EQ(array.macc(0x1.01p0, 1, 0x1p-20), 1 + 0x1p-20);
}

TEST(PeArithmetic, ResultsAreRoundedAsTheyAreStored) {
  EXPECT_EQ(PeArithmetic(arch::Multiplier::kFp32).result(0x1.01p0), 0x1.01p0);
  const Stored bf16(workloads::storage_type("bf16"));
  EXPECT_EQ(PeArithmetic(arch::Multiplier::kFp32, bf16).result(0x1.01p0), 1);
}

TEST(PeArithmetic, EveryFunctionIsCloseToTheExactOne) {
  const PeArithmetic lanes(arch::Multiplier::kFp32);
  const workloads::ExactArithmetic exact;
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> values(0.1F, 4);
  for (int index = 0; index <= static_cast<int>(Function::kTanh); ++index) {
    const auto function = static_cast<Function>(index);
    for (int i = 0; i < 1000; ++i) {
      const double a = values(generator);
      const double b = values(generator);
      const double wanted = exact.call(function, a, b);
      ASSERT_NEAR(lanes.call(function, a, b), wanted, std::exp2(-8) * std::fabs(wanted))
          << index << " " << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace attnsim::sim::functional
