// The functions of arithmetic_pkg.sv: words are the bits of floats.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "arch/arithmetic/pe.h"

namespace {

using attnsim::arch::Multiplier;

float value(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }
std::uint32_t pair(float a, float b) { return bits(a) | bits(b) >> 16; }  // two bf16 numbers

constexpr float kLog2E = 0x1.72p0F;
constexpr float kLog2ERest = -0x1.58p-9F;
constexpr float kC1 = 0x1.62f73ep-1F;
constexpr float kC2 = 0x1.f01228p-3F;
constexpr float kC3 = 0x1.c2p-5F;
constexpr unsigned kSplitStep = 3;  // from here on x holds t

float bounded(float x) { return std::isnan(x) ? x : std::clamp(x, -128.0F, 128.0F); }
float exponent(float t) { return std::isnan(t) ? 0 : std::clamp(std::nearbyint(t), -256.0F, 255.0F); }

}  // namespace

extern "C" {

unsigned attnsim_macc(unsigned a, unsigned b, unsigned sum, unsigned is_wide) {
  return bits(
      attnsim::arch::macc(value(a), value(b), value(sum), is_wide != 0 ? Multiplier::kFp32 : Multiplier::kBf16));
}
unsigned attnsim_round(unsigned x) { return bits(attnsim::arch::to_bf16(value(x))); }
unsigned attnsim_add(unsigned a, unsigned b, unsigned subtracts) {
  return bits(subtracts != 0 ? attnsim::arch::subtract(value(a), value(b)) : attnsim::arch::add(value(a), value(b)));
}
unsigned attnsim_max(unsigned a, unsigned b) { return bits(attnsim::arch::maximum(value(a), value(b))); }
unsigned attnsim_divide(unsigned a, unsigned b) { return bits(attnsim::arch::divide(value(a), value(b))); }

unsigned attnsim_exp_factors(unsigned step, unsigned x, unsigned running) {
  if (step < kSplitStep) {
    const float whole = bounded(value(x));
    const float high = attnsim::arch::to_bf16(whole);
    if (step == kSplitStep - 1) return pair(attnsim::arch::to_bf16(whole - high), kLog2E);
    return pair(high, step == 0 ? kLog2E : kLog2ERest);
  }
  const float t = value(x);
  const float f = attnsim::arch::to_bf16(t - exponent(t));
  return pair(step == kSplitStep ? kC3 : attnsim::arch::to_bf16(value(running)), f);
}
unsigned attnsim_exp_sum(unsigned step, unsigned running) {
  constexpr float kSums[] = {0, 0, 0, kC2, kC1, 1};
  return step == 1 || step == 2 ? running : bits(kSums[std::min(step, 5U)]);
}
unsigned attnsim_exp_exponent(unsigned x) { return static_cast<unsigned>(static_cast<int>(exponent(value(x)))); }
unsigned attnsim_exp_scale(unsigned p, unsigned n) {
  // A subnormal result becomes a zero, as every product with 1 does.
  return bits(attnsim::arch::multiply(std::ldexp(value(p), static_cast<int>(n)), 1, Multiplier::kFp32));
}

}  // extern "C"
