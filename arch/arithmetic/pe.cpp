// Written with the host's IEEE 754 floats in the default rounding mode; std::fma rounds once.
#include "arch/arithmetic/pe.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace attnsim::arch {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float from_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

// One NaN, and no subnormals.
float canonical(float value) {
  if (std::isnan(value)) return from_bits(0x7fc00000);
  return std::fabs(value) < std::numeric_limits<float>::min() ? std::copysign(0.0F, value) : value;
}

float operand(float value, Multiplier multiplier) {
  return multiplier == Multiplier::kBf16 ? to_bf16(value) : canonical(value);
}

}  // namespace

float to_bf16(float value) {
  const float exact = canonical(value);
  if (std::isnan(exact)) return exact;
  const std::uint32_t bits = bits_of(exact);
  return from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

float macc(float a, float b, float sum, Multiplier multiplier) {
  return canonical(std::fma(operand(a, multiplier), operand(b, multiplier), canonical(sum)));
}

float multiply(float a, float b, Multiplier multiplier) {
  return canonical(operand(a, multiplier) * operand(b, multiplier));
}

float add(float a, float b) {
  if (a == -kInfinity && !std::isnan(b)) return a;
  return canonical(canonical(a) + canonical(b));
}

float subtract(float a, float b) { return add(a, -b); }

float maximum(float a, float b) {
  a = canonical(a);
  b = canonical(b);
  if (std::isnan(a) || std::isnan(b)) return canonical(a + b);
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

float divide(float a, float b) {
  a = canonical(a);
  b = canonical(b);
  if (a == 0 && b == 0) return 0;
  return canonical(a / b);
}

float exp(float x) {
  x = canonical(x);
  if (std::isnan(x)) return x;
  if (x > 128) return kInfinity;
  if (x < -128) return 0;
  constexpr float kLog2E = 0x1.72p0F;        // log2(e) to 8 bits ...
  constexpr float kLog2ERest = -0x1.58p-9F;  // ... and the next 8
  constexpr float kC1 = 0x1.62f73ep-1F;      // 1 + c1 f + c2 f^2 + c3 f^3: the smallest relative error on
  constexpr float kC2 = 0x1.f01228p-3F;      // [-0.5, 0.5], 1.03e-4
  constexpr float kC3 = 0x1.c2p-5F;
  const float high = to_bf16(x);
  const float rest = x - high;  // exact
  float t = macc(high, kLog2E, 0, Multiplier::kBf16);
  t = macc(high, kLog2ERest, t, Multiplier::kBf16);
  t = macc(rest, kLog2E, t, Multiplier::kBf16);
  const float n = std::nearbyint(t);
  const float f = t - n;  // exact
  float p = macc(kC3, f, kC2, Multiplier::kBf16);
  p = macc(p, f, kC1, Multiplier::kBf16);
  p = macc(p, f, 1, Multiplier::kBf16);
  return canonical(std::ldexp(p, static_cast<int>(n)));
}

float sigmoid(float x) { return divide(1, add(1, exp(-x))); }

float tanh(float x) {
  const float size = std::fabs(x);
  if (size < 0.25F) {
    const float third = multiply(multiply(size, size, Multiplier::kFp32), size, Multiplier::kFp32);
    return std::copysign(macc(third, -0x1.555556p-2F, size, Multiplier::kFp32), x);
  }
  const float e = exp(-2 * size);
  const float result = divide(subtract(1, e), add(1, e));
  return std::isnan(result) ? result : std::copysign(result, x);
}

float rsqrt(float x) {
  x = canonical(x);
  if (std::isnan(x) || x < 0) return canonical(std::numeric_limits<float>::quiet_NaN());
  if (x == 0) return kInfinity;
  if (x == kInfinity) return 0;
  float y = from_bits(0x5f3759df - (bits_of(x) >> 1));
  for (int step = 0; step < 2; ++step) {
    const float one = multiply(multiply(x, y, Multiplier::kFp32), y, Multiplier::kFp32);  // x * y first: no underflow
    y = multiply(y, macc(-0.5F, one, 1.5F, Multiplier::kFp32), Multiplier::kFp32);
  }
  return y;
}

}  // namespace attnsim::arch
