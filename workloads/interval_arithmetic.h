// Arithmetic of whole numbers and of intervals of them, which saturates.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "workloads/predicate.h"

namespace attnsim::workloads {

// No value is larger in magnitude, so that sums of two fit.
inline constexpr std::int64_t kInfinity = std::int64_t{1} << 61;

inline std::int64_t cut(std::int64_t value) { return std::clamp(value, -kInfinity, kInfinity); }
inline std::int64_t plus(std::int64_t a, std::int64_t b) { return cut(a + b); }
inline std::int64_t times(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  const bool overflows = __builtin_mul_overflow(a, b, &product);
  return overflows ? ((a < 0) == (b < 0) ? kInfinity : -kInfinity) : cut(product);
}

// Rounds down, as coordinates left of zero need; b > 0.
inline std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  if (b < 1) throw std::invalid_argument("a divisor below 1");
  return a / b - static_cast<std::int64_t>(a % b < 0);
}
inline std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - floor_div(a, b) * b; }

inline Interval products(const Interval& a, const Interval& b) {
  const auto [low, high] =
      std::minmax({times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)});
  return {low, high};
}

inline Interval modulus(const Interval& a, std::int64_t b) {
  const bool wraps = a.high - a.low + 1 >= b || floor_mod(a.low, b) > floor_mod(a.high, b);
  return wraps ? Interval{0, b - 1} : Interval{floor_mod(a.low, b), floor_mod(a.high, b)};
}

inline Interval magnitude(const Interval& a) {
  if (a.low >= 0) return a;
  if (a.high <= 0) return {-a.high, -a.low};
  return {0, std::max(-a.low, a.high)};
}

inline Interval less(const Interval& a, const Interval& b) { return {a.high < b.low ? 1 : 0, a.low < b.high ? 1 : 0}; }

inline Interval equal(const Interval& a, const Interval& b) {
  const bool always = a.low == a.high && a == b;
  const bool ever = a.low <= b.high && b.low <= a.high;
  return {always ? 1 : 0, ever ? 1 : 0};
}

}  // namespace attnsim::workloads
