// Functions of one operand: all 65,536 bf16 operands, bit by bit against the model, and their errors against the exact
// functions; then random fp32 operands.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "arch/arithmetic/pe.h"
#include "tests/rtl/arithmetic/units.h"

namespace attnsim::rtl {
namespace {

constexpr Word kBf16Words = 65536;

// Relative errors of results that are normal numbers, or absolute ones.
struct Error {
  bool relative = true;
  double most = 0;

  void add(Word got, double exact) {
    const double size = std::fabs(exact);
    if (std::isnan(exact) || size < 0x1p-126 || size > 0x1.fffffep127) return;
    most = std::max(most, std::fabs(as_float(got) - exact) / (relative ? size : 1));
  }
  std::string text() const { return std::to_string(most) + (relative ? " relative" : " absolute"); }
};

// Compares on all bf16 operands, on which the error is taken, and on random_vectors() / 10 fp32 ones. Returns the
// largest error.
template <typename Unit, typename Model, typename Exact>
double compare_unary(const std::string& module, Unit unit, Model model, Exact exact, bool relative) {
  Comparison comparison(module);
  Error error{relative};
  for (Word high = 0; high < kBf16Words; ++high) {
    const Word x = high << 16;
    const Word got = unit(x);
    comparison.add({x}, got, as_word(model(as_float(x))));
    error.add(got, exact(static_cast<double>(as_float(x))));
  }
  for (const Word x : corners_fp32()) comparison.add({x}, unit(x), as_word(model(as_float(x))));
  std::mt19937 random(1);
  for (std::int64_t i = 0; i < random_vectors() / 10; ++i) {
    // Every other one between 2^-15 and 2^16, where exp and its kind neither vanish nor overflow.
    Word x = static_cast<Word>(random());
    if (i % 2 == 0) x = (x & 0x807fffff) | (112 + (x >> 23 & 31)) << 23;
    comparison.add({x}, unit(x), as_word(model(as_float(x))));
  }
  comparison.store(error.text());
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
  return error.most;
}

TEST(Unary, ExpIsTheModelInSixMaccs) {
  Lane lane;
  const double error = compare_unary(
      "exp", [&](Word x) { return lane.exp(x); }, arch::exp, [](double x) { return std::exp(x); }, true);
  EXPECT_LT(error, 0x1p-9);
}

TEST(Unary, SigmoidIsTheModelInItsSteps) {
  Lane lane;
  const double error = compare_unary(
      "sigmoid", [&](Word x) { return lane.sigmoid(x); }, arch::sigmoid,
      [](double x) { return 1 / (1 + std::exp(-x)); }, false);
  EXPECT_LT(error, 0x1p-11);
}

TEST(Unary, TanhIsTheModelInItsSteps) {
  Lane lane;
  const double error = compare_unary(
      "tanh", [&](Word x) { return lane.tanh(x); }, arch::tanh, [](double x) { return std::tanh(x); }, true);
  EXPECT_LT(error, 0x1p-8);
}

TEST(Unary, RsqrtIsTheModelInItsSteps) {
  Lane lane;
  const double error = compare_unary(
      "rsqrt", [&](Word x) { return lane.rsqrt(x); }, arch::rsqrt,
      [](double x) { return std::fabs(x) < 0x1p-126 ? HUGE_VAL : 1 / std::sqrt(x); }, true);
  EXPECT_LT(error, 0x1p-17);
}

TEST(Unary, RoundingToBf16IsTheModel) {
  V_round_bf16& unit = instance<V_round_bf16>();
  const auto round = [&](Word x) {
    unit.value_i = x;
    unit.eval();
    return static_cast<Word>(unit.result_o) << 16;
  };
  Comparison comparison("round_bf16");
  for (Word high = 0; high < kBf16Words; ++high) {
    for (const Word low : {0x0000, 0x0001, 0x7fff, 0x8000, 0x8001, 0xffff}) {
      const Word x = high << 16 | low;
      comparison.add({x}, round(x), as_word(arch::to_bf16(as_float(x))));
    }
  }
  std::mt19937 random(1);
  for (std::int64_t i = 0; i < random_vectors(); ++i) {
    const Word x = static_cast<Word>(random());
    comparison.add({x}, round(x), as_word(arch::to_bf16(as_float(x))));
  }
  comparison.store("0.5 units of the last place");
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
}

TEST(Unary, ScalingByPowersOfTwoIsLdexp) {
  V_exp_scale& unit = instance<V_exp_scale>();
  Comparison comparison("exp_scale");
  std::mt19937 random(1);
  const auto compare = [&](Word p, int n) {
    unit.p_i = p;
    unit.n_i = static_cast<unsigned short>(n & 0x1ff);
    unit.eval();
    // The model's macc flushes and has one NaN; its fourfold steps neither round nor lose what is normal in the end.
    const float value = as_float(p);
    const double exact = std::ldexp(std::fabs(value) < 0x1p-126F ? std::copysign(0.0, value) : value, n);
    comparison.add({p, static_cast<Word>(n)}, unit.result_o,
                   as_word(arch::multiply(static_cast<float>(exact), 1, arch::Multiplier::kFp32)));
  };
  for (const Word p : corners_fp32()) {
    for (int n = -256; n < 256; ++n) compare(p, n);
  }
  for (std::int64_t i = 0; i < random_vectors() / 10; ++i)
    compare(static_cast<Word>(random()), static_cast<int>(random() % 512) - 256);
  comparison.store("exact");
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
}

TEST(Unary, EightBitIntegersAreExactInBf16) {
  V_int8_to_bf16& unit = instance<V_int8_to_bf16>();
  Comparison comparison("int8_to_bf16");
  for (int byte = 0; byte < 256; ++byte) {
    for (const bool is_unsigned : {false, true}) {
      unit.value_i = static_cast<unsigned char>(byte);
      unit.unsigned_i = is_unsigned;
      unit.eval();
      const int value = is_unsigned || byte < 128 ? byte : byte - 256;
      comparison.add({static_cast<Word>(byte), is_unsigned}, static_cast<Word>(unit.result_o) << 16,
                     as_word(static_cast<float>(value)));
    }
  }
  comparison.store("exact");
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
}

TEST(Unary, BothFourBitIntegersOfAByteAreExactInBf16) {
  V_int4_to_bf16& unit = instance<V_int4_to_bf16>();
  Comparison comparison("int4_to_bf16");
  for (int byte = 0; byte < 256; ++byte) {
    for (const bool is_unsigned : {false, true}) {
      unit.pair_i = static_cast<unsigned char>(byte);
      unit.unsigned_i = is_unsigned;
      unit.eval();
      const auto value = [&](int nibble) { return is_unsigned || nibble < 8 ? nibble : nibble - 16; };
      const Word wanted =
          as_word(static_cast<float>(value(byte & 15))) >> 16 | as_word(static_cast<float>(value(byte >> 4)));
      comparison.add({static_cast<Word>(byte), is_unsigned}, static_cast<Word>(unit.high_o) << 16 | unit.low_o, wanted);
    }
  }
  comparison.store("exact");
  EXPECT_EQ(comparison.mismatches(), 0) << comparison.first();
}

}  // namespace
}  // namespace attnsim::rtl
