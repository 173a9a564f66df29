// The PE's functions against exact ones: all 65,536 bf16 operands where there is one, random pairs where there are two.
#include "arch/arithmetic/pe.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace attnsim::arch {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kSmallest = std::numeric_limits<float>::min();
const float kNan = std::bit_cast<float>(0x7fc00000U);

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

void for_each_bf16(const std::function<void(float)>& visit) {
  for (std::uint32_t high = 0; high < 65536; ++high) visit(std::bit_cast<float>(high << 16));
}

// The largest relative error over all bf16 operands whose exact result is normal; elsewhere the flushed result.
double largest_relative_error(float (*ours)(float), double (*exact)(double)) {
  double most = 0;
  for_each_bf16([&](float x) {
    const float got = ours(x);
    const double flushed = std::fabs(x) < kSmallest ? std::copysign(0.0, x) : x;
    const double wanted = exact(flushed);
    if (std::isnan(wanted)) {
      EXPECT_EQ(bits(got), bits(kNan)) << x;
    } else if (std::fabs(wanted) < kSmallest) {
      EXPECT_LE(std::fabs(got), kSmallest * 1.01) << x;
    } else if (std::fabs(wanted) > std::numeric_limits<float>::max()) {
      EXPECT_TRUE(got == kInfinity || got > 0.99 * std::numeric_limits<float>::max()) << x;
    } else {
      most = std::max(most, std::fabs(got - wanted) / std::fabs(wanted));
    }
  });
  return most;
}

TEST(Pe, ExpIsWithinItsStatedErrorForEveryBf16) {
  const double error = largest_relative_error(exp, [](double x) { return std::exp(x); });
  RecordProperty("largest_relative_error", std::to_string(error));
  EXPECT_LT(error, std::exp2(-9));
  EXPECT_GT(error, std::exp2(-9.2));
}

TEST(Pe, ExpIsWithinItsStatedErrorForFp32Operands) {
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> range(-87, 88);
  for (int i = 0; i < 200000; ++i) {
    const float x = range(generator);
    const double wanted = std::exp(static_cast<double>(x));
    ASSERT_NEAR(exp(x), wanted, (std::exp2(-8.8) + std::fabs(x) * std::exp2(-16)) * wanted) << x;
  }
}

TEST(Pe, ExpMeetsItsEnds) {
  EXPECT_EQ(bits(exp(-kInfinity)), 0U);
  EXPECT_EQ(exp(kInfinity), kInfinity);
  EXPECT_EQ(exp(0), 1);
  EXPECT_EQ(exp(-0.0F), 1);
  EXPECT_EQ(bits(exp(std::numeric_limits<float>::quiet_NaN())), bits(kNan));
  EXPECT_EQ(exp(1000), kInfinity);
  EXPECT_EQ(exp(-1000), 0);
}

TEST(Pe, SigmoidTanhAndRsqrtAreWithinTheirStatedErrors) {
  double most = 0;
  for_each_bf16([&](float x) {
    if (!std::isnan(x)) most = std::max(most, std::fabs(sigmoid(x) - 1 / (1 + std::exp(-static_cast<double>(x)))));
  });
  EXPECT_LT(most, std::exp2(-11));
  EXPECT_LT(largest_relative_error(tanh, [](double x) { return std::tanh(x); }), std::exp2(-8));
  EXPECT_LT(largest_relative_error(rsqrt, [](double x) { return 1 / std::sqrt(std::fabs(x) == 0 ? 0.0 : x); }),
            std::exp2(-17));
  EXPECT_EQ(bits(sigmoid(kNan)), bits(kNan));
  EXPECT_EQ(sigmoid(-kInfinity), 0);
  EXPECT_EQ(sigmoid(kInfinity), 1);
  EXPECT_EQ(tanh(-kInfinity), -1);
}

TEST(Pe, Bf16IsTheNearestAndEvenOnTies) {
  EXPECT_EQ(to_bf16(0x1.01p0F), 0x1.00p0F);      // half way: to even
  EXPECT_EQ(to_bf16(0x1.03p0F), 0x1.04p0F);      // half way: to even
  EXPECT_EQ(to_bf16(0x1.010002p0F), 0x1.02p0F);  // above half way
  EXPECT_EQ(to_bf16(std::numeric_limits<float>::max()), kInfinity);
  EXPECT_EQ(to_bf16(-kInfinity), -kInfinity);
  EXPECT_EQ(bits(to_bf16(std::bit_cast<float>(0xff800001U))), bits(kNan));
  EXPECT_EQ(bits(to_bf16(std::bit_cast<float>(0x80000001U))), 0x80000000U);
  for_each_bf16([](float x) {
    if (std::isnan(x) || std::fpclassify(x) == FP_SUBNORMAL) return;
    EXPECT_EQ(bits(to_bf16(x)), bits(x));
  });
}

TEST(Pe, AMaccRoundsOnceAndItsBf16FactorsFirst) {
  EXPECT_EQ(macc(0x1.02p0F, 0x1.02p0F, -1, Multiplier::kBf16), 0x1.01p-6F);
  EXPECT_EQ(macc(0x1.01p0F, 1, 0, Multiplier::kBf16), 1);
  EXPECT_EQ(macc(0x1.01p0F, 1, 0, Multiplier::kFp32), 0x1.01p0F);
  const float just_over = 0x1.001p0F;  // its square has a bit 2^-24, which a rounded product would lose
  EXPECT_EQ(macc(just_over, just_over, -1, Multiplier::kFp32), 0x1.0008p-11F);
  EXPECT_EQ(bits(macc(0, kInfinity, 1, Multiplier::kBf16)), bits(kNan));
}

TEST(Pe, MinusInfinityStaysInSumsAndNothingThroughNothingIsNothing) {
  EXPECT_EQ(subtract(-kInfinity, -kInfinity), -kInfinity);
  EXPECT_EQ(subtract(-kInfinity, kInfinity), -kInfinity);
  EXPECT_EQ(bits(subtract(kInfinity, kInfinity)), bits(kNan));
  EXPECT_EQ(bits(add(-kInfinity, kNan)), bits(kNan));
  EXPECT_EQ(divide(0, 0), 0);
  EXPECT_EQ(divide(1, 0), kInfinity);
  EXPECT_EQ(divide(1, 3), 1.0F / 3);
}

TEST(Pe, SubnormalsAreZeros) {
  const float subnormal = std::bit_cast<float>(0x007fffffU);
  EXPECT_EQ(bits(add(subnormal, 0)), 0U);
  EXPECT_EQ(bits(add(-subnormal, -0.0F)), 0x80000000U);
  EXPECT_EQ(bits(multiply(kSmallest, -0.5F, Multiplier::kFp32)), 0x80000000U);
  EXPECT_EQ(divide(1, subnormal), kInfinity);
  EXPECT_EQ(bits(maximum(-0.0F, 0)), 0U);
  EXPECT_EQ(bits(maximum(kNan, 1)), bits(kNan));
  EXPECT_EQ(maximum(-kInfinity, -3), -3);
}

}  // namespace
}  // namespace attnsim::arch
