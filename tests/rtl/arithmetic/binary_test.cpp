// MACC, add, max and divide: all pairs (or triples) of corners, and ten million random operands each.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "arch/arithmetic/pe.h"
#include "tests/rtl/arithmetic/macc_comparison.h"
#include "tests/rtl/arithmetic/units.h"

namespace attnsim::rtl {
namespace {

using arch::Multiplier;

// The largest error of finite, normal results, in units of the last place.
class Rounding {
 public:
  void add(Word got, double exact) {
    const double size = std::fabs(exact);
    if (!(size >= 0x1p-126 && size < 0x1.ffffffp127)) return;
    const double unit = std::ldexp(1, std::ilogb(size) - 23);
    most_ = std::max(most_, std::fabs(static_cast<double>(as_float(got)) - exact) / unit);
  }
  double most() const { return most_; }
  std::string text() const { return std::to_string(most_) + " units of the last place"; }

 private:
  double most_ = 0;
};

// A zero of its sign in place of a subnormal: what the exact operation sees.
double flushed(Word word) { return std::fabs(as_float(word)) < 0x1p-126F ? 0.0 : as_float(word); }

template <typename Unit, typename Model, typename Exact>
void compare_pairs(const std::string& module, Unit& unit, Model model, Exact exact) {
  Comparison comparison(module);
  Rounding rounding;
  const auto compare = [&](Word a, Word b) {
    const Word got = unit({a, b, 0});
    comparison.add({a, b, 0}, got, as_word(model(as_float(a), as_float(b))));
    rounding.add(got, exact(flushed(a), flushed(b)));
  };
  for (const Word a : corners_fp32()) {
    for (const Word b : corners_fp32()) compare(a, b);
  }
  // Any bits; like exponents; and the near cancellation of a sum, whose two terms are the last operands.
  RandomOperands random(false);
  for (std::int64_t i = 0; i < random_vectors(); ++i) {
    const Operands operands = random.next();
    if (i % 3 == 1) {
      compare(as_word(as_float(operands[0]) * as_float(operands[1])), operands[2]);
    } else {
      compare(operands[0], operands[1]);
    }
  }
  comparison.store(rounding.text());
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
  EXPECT_LE(rounding.most(), 0.5000001);
}

TEST(Binary, MaccBf16IsTheModelOnCornerTriplesAndRandomOperands) {
  MaccUnit<V_macc_bf16> unit;
  const Comparison comparison = compare_macc(unit, "macc_bf16", Multiplier::kBf16, random_vectors());
  comparison.store("0.5 units of the last place");
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
}

TEST(Binary, MaccFp32IsTheModelOnCornerTriplesAndRandomOperands) {
  MaccUnit<V_macc_fp32> unit;
  const Comparison comparison = compare_macc(unit, "macc_fp32", Multiplier::kFp32, random_vectors());
  comparison.store("0.5 units of the last place");
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
}

TEST(Binary, MaccBf16RoundsAnExactSumOnce) {
  // Factors and sums whose exact result fits a double: an oracle without fused operations.
  MaccUnit<V_macc_bf16> unit;
  RandomOperands random(true, 2);
  Rounding rounding;
  for (int i = 0; i < 1000000; ++i) {
    const Operands operands = random.next();
    if (i % 3 == 0) {
      rounding.add(unit(operands), static_cast<double>(from_bf16(operands[0])) * from_bf16(operands[1]) +
                                       static_cast<double>(as_float(operands[2])));
    }
  }
  EXPECT_LE(rounding.most(), 0.5000001);
  EXPECT_GT(rounding.most(), 0.49);
}

TEST(Binary, AddIsTheModel) {
  AddUnit unit(false);
  compare_pairs("add_fp32", unit, arch::add, [](double a, double b) { return a + b; });
}

TEST(Binary, SubtractIsTheModel) {
  AddUnit unit(true);
  compare_pairs("subtract_fp32", unit, arch::subtract, [](double a, double b) { return a - b; });
}

TEST(Binary, MaxIsTheModel) {
  BinaryUnit<V_max_fp32> unit;
  compare_pairs("max_fp32", unit, arch::maximum, [](double a, double b) { return std::max(a, b); });
}

TEST(Binary, DivideIsTheModel) {
  BinaryUnit<V_divide_fp32> unit;
  compare_pairs("divide_fp32", unit, arch::divide, [](double a, double b) { return a / b; });
}

}  // namespace
}  // namespace attnsim::rtl
