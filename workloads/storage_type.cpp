// The table of types, and rounding by their fraction bits.
#include "workloads/storage_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace attnsim::workloads {

bool StorageType::holds(double value) const {
  if (is_integer) return value >= least && value <= most && value == std::floor(value);
  return std::isnan(value) || (has_infinity && std::isinf(value)) || (value >= least && value <= most);
}

double StorageType::nearest(double value) const {
  const double x = static_cast<float>(value);
  if (std::isnan(x)) return x;
  if (is_integer) return std::clamp(std::nearbyint(x), least, most);
  double rounded = x;
  if (std::isfinite(x) && x != 0) {
    const int unit = std::max(std::ilogb(x), least_exponent) - fraction_bits;
    rounded = std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
  }
  if (std::fabs(rounded) <= most) return rounded;
  return std::copysign(has_infinity ? HUGE_VAL : most, rounded);
}

const std::vector<StorageType>& storage_types() {
  static const std::vector<StorageType> types = {
      {"bf16", 16, false, -0x1.fep127, 0x1.fep127, 7, -126, true},
      {"fp16", 16, false, -65504, 65504, 10, -14, true},
      {"fp32", 32, false, -0x1.fffffep127, 0x1.fffffep127, 23, -126, true},
      {"fp8", 8, false, -448, 448, 3, -6, false},
      {"int8", 8, true, -128, 127},
      {"u8", 8, true, 0, 255},
      {"int4", 4, true, -8, 7},
      {"u4", 4, true, 0, 15},
  };
  return types;
}

const StorageType& storage_type(const std::string& name) {
  for (const StorageType& type : storage_types()) {
    if (type.name == name) return type;
  }
  throw std::out_of_range("no storage type " + name);
}

std::string values_text(const StorageType& type) {
  return fmt::format("it has {} from {:.6g} to {:.6g}", type.is_integer ? "whole numbers" : "values", type.least,
                     type.most);
}

std::int64_t bytes_of(std::int64_t elements, std::int64_t bits) {
  // In eights, so that nothing exceeds what the result does.
  return elements / 8 * bits + (elements % 8 * bits + 7) / 8;
}

}  // namespace attnsim::workloads
