// The compositions: each function as results of others, as arch/arithmetic/pe.cpp computes it.
#include "arch/composition.h"

#include <algorithm>
#include <map>

namespace attnsim::arch {

namespace {

const Composed& recipes() {
  // Exponents and signs are wires: to split a number, scale it by a power of two or flip its sign takes no time of its
  // own. `exp` is exp(a - b).
  static const Composed recipes = {
      {"add", {{"macc", 1}}},              // a factor of one
      {"cos", {{"add", 3}, {"macc", 7}}},  // as sin, a quarter turn on
      // Two Newton steps for 1/b from its exponent, the rest of 1 - b * y and of a * y in two parts each, one
      // correction.
      {"divide", {{"add", 1}, {"macc", 9}}},
      {"equal", {{"max", 1}}},  // the comparison alone
      // 1 - exp(-|x| p), p a polynomial of degree 2 in |x|; absolute error 2^-12.5.
      {"erf", {{"max", 1}, {"macc", 3}, {"exp", 1}, {"add", 1}}},
      {"exp", {{"add", 1}, {"macc", 6}}},
      {"exp2", {{"exp", 1}}},                             // another constant
      {"floor", {{"round", 1}, {"max", 1}, {"add", 1}}},  // one less where that is larger
      {"greater", {{"max", 1}}},
      // x = 2^n m, t = m - 1: n ln 2 in two MACCs, a polynomial of degree 3 in t in three, their sum.
      {"log", {{"add", 2}, {"macc", 6}}},
      {"log2", {{"log", 1}}},
      {"pow", {{"log", 1}, {"macc", 1}, {"exp", 1}}},  // exp(b log a)
      {"round", {{"add", 2}}},                         // a large number added and taken off
      // An approximation by the exponent, two Newton steps of four.
      {"rsqrt", {{"add", 1}, {"macc", 8}}},
      {"sigmoid", {{"exp", 1}, {"add", 1}, {"divide", 1}}},
      {"sign", {{"max", 1}}},
      // Half turns in three MACCs, n the nearest whole number of them (two adds), f the rest; f (c1 + c3 f^2 + c5 f^4).
      {"sin", {{"add", 3}, {"macc", 7}}},
      {"softplus", {{"max", 2}, {"exp", 1}, {"add", 2}, {"log", 1}}},  // max(x, 0) + log(1 + exp(-|x|))
      {"sqrt", {{"rsqrt", 1}, {"macc", 1}}},                           // x rsqrt(x)
      // |x|, (1 - e) / (1 + e) with e = exp(-2 |x|), and x - x^3 / 3 for small ones: PEs in lockstep do both and
      // choose.
      {"tanh", {{"max", 2}, {"exp", 1}, {"add", 2}, {"divide", 1}, {"macc", 3}}},
  };
  return recipes;
}

}  // namespace

void Composition::add(const Composition& part, std::int64_t times) {
  cycles += part.cycles * times;
  for (std::size_t i = 0; i < results.size(); ++i) results[i] += part.results[i] * times;
  for (const std::string& name : part.missing) {
    if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
  }
}

Composition composition_of(const std::string& function, const Functions& functions) {
  Composition result;
  if (const auto own = functions.find(function); own != functions.end()) {
    result.cycles = own->second;
    ++result.results[pe_function(function)];
    return result;
  }
  const auto recipe = recipes().find(function);
  if (recipe == recipes().end()) {
    result.missing.push_back(function);
    return result;
  }
  for (const auto& [part, times] : recipe->second) result.add(composition_of(part, functions), times);
  return result;
}

std::vector<std::string> composable_functions() {
  std::vector<std::string> names;
  for (const auto& [name, parts] : recipes()) names.push_back(name);
  return names;
}

}  // namespace attnsim::arch
