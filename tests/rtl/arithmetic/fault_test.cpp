// A MACC that rounds ties to odd, built from the same source: the comparison must find it.
#include <V_faulty_macc_bf16.h>
#include <gtest/gtest.h>

#include "tests/rtl/arithmetic/macc_comparison.h"
#include "tests/rtl/arithmetic/units.h"

namespace attnsim::rtl {
namespace {

TEST(Fault, AFlippedRoundingBitIsFoundAmongTheCornersAndAmongRandomOperands) {
  MaccUnit<V_faulty_macc_bf16> faulty;
  const Comparison corners = compare_macc(faulty, "faulty_macc_bf16", arch::Multiplier::kBf16, 0);
  const Comparison all = compare_macc(faulty, "faulty_macc_bf16", arch::Multiplier::kBf16, 100000);
  EXPECT_GT(corners.mismatches(), 0);
  EXPECT_GT(all.mismatches(), corners.mismatches());
  EXPECT_LT(all.mismatches(), all.vectors() / 10) << "ties are rare: something else is wrong";
}

TEST(Fault, TheSoundBuildPassesTheSameComparison) {
  MaccUnit<V_macc_bf16> sound;
  EXPECT_EQ(compare_macc(sound, "macc_bf16", arch::Multiplier::kBf16, 100000).mismatches(), 0);
}

}  // namespace
}  // namespace attnsim::rtl
