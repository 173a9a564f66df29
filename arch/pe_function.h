// The PE functions that an array may have, and how many registers one result reads and writes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace attnsim::arch {

inline constexpr std::array<std::string_view, 9> kPeFunctions = {"macc",    "add",  "max",   "exp", "divide",
                                                                 "sigmoid", "tanh", "rsqrt", "log"};

// Results of PE functions, by position in kPeFunctions.
using PeResults = std::array<std::int64_t, kPeFunctions.size()>;

// The position of a function; kPeFunctions.size() if there is none of that name.
constexpr std::size_t pe_function(std::string_view name) {
  return static_cast<std::size_t>(std::find(kPeFunctions.begin(), kPeFunctions.end(), name) - kPeFunctions.begin());
}

// Words that one result reads from registers: a MACC its two factors and the sum, a function of one argument one.
constexpr std::int64_t register_reads(std::string_view name) {
  if (name == "macc") return 3;
  return name == "add" || name == "max" || name == "divide" || name == "exp" ? 2 : 1;
}

}  // namespace attnsim::arch
