// Functions that an array has no unit for, built from those that it has: what one result takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "arch/pe_function.h"

namespace attnsim::arch {

// One result of a function in one PE, one part after another.
struct Composition {
  std::int64_t cycles = 0;
  PeResults results{};               // of the functions that the array has
  std::vector<std::string> missing;  // what it would need besides; empty if the array can do it

  bool possible() const { return missing.empty(); }
  void add(const Composition& part, std::int64_t times);
};

// `function`: a PE function, or any other that a cascade may call ("sqrt", "greater"). Its own unit where the array has
// one, else the parts that arch/README.md lists under "Compositions", made in the same way. A function that is neither
// is missing itself.
Composition composition_of(const std::string& function, const Functions& functions);

// The functions that composition_of knows how to make, for tests that walk them.
std::vector<std::string> composable_functions();

}  // namespace attnsim::arch
