// The comparison of a MACC with the model, which sound and faulty builds share.
#pragma once

#include <string>

#include "arch/arithmetic/pe.h"
#include "tests/rtl/arithmetic/comparison.h"

namespace attnsim::rtl {

// All triples of corners, then random operands.
template <typename Unit>
Comparison compare_macc(Unit& unit, const std::string& module, arch::Multiplier multiplier, std::int64_t random_count) {
  Comparison comparison(module);
  const bool bf16 = multiplier == arch::Multiplier::kBf16;
  const auto compare = [&](const Operands& operands) {
    const float a = bf16 ? from_bf16(operands[0]) : as_float(operands[0]);
    const float b = bf16 ? from_bf16(operands[1]) : as_float(operands[1]);
    comparison.add(operands, unit(operands), as_word(arch::macc(a, b, as_float(operands[2]), multiplier)));
  };
  const auto& factors = bf16 ? corners_bf16() : corners_fp32();
  for (const Word a : factors) {
    for (const Word b : factors) {
      for (const Word sum : corners_fp32()) compare({a, b, sum});
    }
  }
  RandomOperands random(bf16);
  for (std::int64_t i = 0; i < random_count; ++i) compare(random.next());
  return comparison;
}

}  // namespace attnsim::rtl
