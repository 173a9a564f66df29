// What the PEs compute, bit by bit: bf16 operands, fp32 sums and statistics. Values are floats; one in bf16 is a float
// whose last 16 bits are 0.
//
// In all functions: results are rounded to nearest, ties to even; subnormal operands and results become a zero of their
// sign; every NaN is 0x7fc00000, and a NaN among the operands gives one; overflow gives infinity.
#pragma once

namespace attnsim::arch {

// How wide a multiplier's operands are: the 2D array multiplies bf16, the lanes of the 1D array, which hold
// statistics, fp32.
enum class Multiplier { kBf16, kFp32 };

float to_bf16(float value);

// sum + a * b with one rounding at the end (a fused multiply-add); kBf16 rounds a and b first.
float macc(float a, float b, float sum, Multiplier multiplier);
float multiply(float a, float b, Multiplier multiplier);

// -inf + x = -inf - x = -inf for every x: see workloads/arithmetic.h.
float add(float a, float b);
float subtract(float a, float b);
float maximum(float a, float b);  // NaN where either is; +0 over -0
float divide(float a, float b);   // correctly rounded; 0 / 0 = 0

// 2^n * p(f), n the integer nearest to x*log2(e) and f in [-0.5, 0.5] the rest, in six MACCs with bf16 factors, one a
// cycle (with the subtraction of exp(a - b) before them, 7):
//   1..3  t = h*L + h*l + r*L    x = h + r (h in bf16, r the rest, rounded to bf16), log2(e) = L + l likewise
//   4..6  p = ((c3*f + c2)*f + c1)*f + 1
// Three MACCs for t, because with bf16 factors one would leave an error of 0.4 % of x, which no polynomial repairs.
// Relative error at most 2^-9 for every bf16 x whose result is normal (measured 0.00189, half a unit of the last place
// of bf16 being 0.00195), 2^-8.8 + |x| * 2^-16 for fp32 ones. exp(-inf) = 0, exp(0) = 1.
float exp(float x);

// 1 / (1 + exp(-x)); absolute error at most 2^-11.
float sigmoid(float x);
// (1 - e) / (1 + e) with e = exp(-2|x|), and x - x^3 / 3 for |x| < 0.25; relative error at most 2^-8.
float tanh(float x);
// Two Newton steps from an approximation by the exponent, all in fp32; relative error at most 2^-17. rsqrt of a zero
// is inf, of a negative number NaN.
float rsqrt(float x);

}  // namespace attnsim::arch
