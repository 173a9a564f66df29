// Points of a box where affine constraints hold.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/predicate.h"

namespace attnsim::workloads {

// Of further ranks only single coordinates are known.
constexpr std::size_t kMostRanks = 4;
using Coefficients = std::array<std::int64_t, kMostRanks>;  // one a rank

// The sum of coefficients times coordinates lies in `sum`, or is `residue` modulo `modulus` if that is not 0.
struct Constraint {
  Coefficients coefficients;
  Interval sum;
  std::int64_t modulus = 0;
  std::int64_t residue = 0;
};

// The coordinates of a rank in a box: length of them from low on, a step apart.
struct Side {
  std::int64_t low = 0;
  std::int64_t step = 1;
  std::int64_t length = 1;
  Interval hull() const { return {low, low + step * (length - 1)}; }
};
using Sides = std::vector<Side>;

std::int64_t volume(const Sides& sides);

// The points of a box where all constraints hold, whose coefficients are those of coordinates counted in steps from the
// first one; nothing where that has no closed form here: constraints of three ranks, two that slant differently,
// residues along a slanted one.
std::optional<std::int64_t> points_where(const std::vector<Constraint>& constraints, const Sides& sides);

}  // namespace attnsim::workloads
