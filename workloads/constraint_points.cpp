// Narrows the sides of a box by what single ranks must be, then counts pairs of the two that one constraint slants.
#include "workloads/constraint_points.h"

#include <algorithm>

#include "workloads/interval_arithmetic.h"

namespace attnsim::workloads {

namespace {

// Pairs of numbers below a and b, both from 0 on, whose sum is at most t.
std::int64_t pairs(std::int64_t a, std::int64_t b, std::int64_t t) {
  const auto below = [](std::int64_t most) { return most < 0 ? 0 : (most + 1) * (most + 2) / 2; };
  return below(t) - below(t - a) - below(t - b) + below(t - a - b);
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return -floor_div(-a, b); }

// The sums that a multiple of `unit` (which may be negative) can have, divided by it.
Interval divided(const Interval& sum, std::int64_t unit) {
  const Interval up = unit > 0 ? sum : Interval{-sum.high, -sum.low};
  const std::int64_t by = unit > 0 ? unit : -unit;
  return {ceil_div(up.low, by), floor_div(up.high, by)};
}

// The points of a box where all constraints hold, its coordinates counted in steps; nothing where that has no closed
// form here.
class Points {
 public:
  explicit Points(const Sides& sides) : modulus_(sides.size(), 1), residue_(sides.size(), 0) {
    for (const Side& side : sides) box_.push_back({0, side.length - 1});
  }

  // False where it is beyond what is known.
  bool add(const Constraint& constraint) {
    std::array<std::size_t, 2> ranks = {};
    std::size_t count = 0;
    for (std::size_t rank = 0; rank < std::min(box_.size(), kMostRanks); ++rank) {
      if (constraint.coefficients[rank] == 0) continue;
      if (count == ranks.size()) return false;
      ranks[count++] = rank;
    }
    if (count == 1) return add(constraint, ranks[0]);
    return count == 2 && add(constraint, ranks[0], ranks[1]);
  }

  std::optional<std::int64_t> count() const {
    std::int64_t points = 1;
    for (std::size_t rank = 0; rank < box_.size(); ++rank) {
      const auto& [low, high] = box_[rank];
      if (low > high) return 0;
      const bool slants = slanted_ && (rank == slanted_->first || rank == slanted_->second);
      if (slants && modulus_[rank] != 1) return std::nullopt;
      const std::int64_t modulus = modulus_[rank];
      if (!slants) points *= floor_div(high - residue_[rank], modulus) - floor_div(low - 1 - residue_[rank], modulus);
    }
    return slanted_ ? points * pairs_of(*slanted_) : points;
  }

 private:
  struct Slanted {
    std::size_t first = 0;
    std::size_t second = 0;
    bool falls = false;  // the difference, not the sum, of both coordinates
    Interval values;
  };

  bool add(const Constraint& constraint, std::size_t rank) {
    const std::int64_t unit = constraint.coefficients[rank];
    if (constraint.modulus == 0) {
      const auto [low, high] = divided(constraint.sum, unit);
      box_[rank] = {std::max(box_[rank].low, low), std::min(box_[rank].high, high)};
      return true;
    }
    if ((unit != 1 && unit != -1) || modulus_[rank] != 1) return false;
    modulus_[rank] = constraint.modulus;
    residue_[rank] = floor_mod(unit * constraint.residue, constraint.modulus);
    return true;
  }

  bool add(const Constraint& constraint, std::size_t first, std::size_t second) {
    const std::int64_t unit = constraint.coefficients[first];
    const std::int64_t other = constraint.coefficients[second];
    if (constraint.modulus != 0 || (unit != other && unit != -other)) return false;
    const Slanted found{first, second, unit != other, divided(constraint.sum, unit)};
    if (!slanted_) {
      slanted_ = found;
      return true;
    }
    if (slanted_->first != first || slanted_->second != second || slanted_->falls != found.falls) return false;
    slanted_->values = {std::max(slanted_->values.low, found.values.low),
                        std::min(slanted_->values.high, found.values.high)};
    return true;
  }

  std::int64_t pairs_of(const Slanted& slanted) const {
    const Interval& x = box_[slanted.first];
    const Interval y =
        slanted.falls ? Interval{-box_[slanted.second].high, -box_[slanted.second].low} : box_[slanted.second];
    const std::int64_t a = x.high - x.low + 1;
    const std::int64_t b = y.high - y.low + 1;
    const std::int64_t least = x.low + y.low;
    const std::int64_t high = std::min(slanted.values.high, x.high + y.high);
    const std::int64_t low = std::max(slanted.values.low, least);
    return high < low ? 0 : pairs(a, b, high - least) - pairs(a, b, low - 1 - least);
  }

  std::vector<Interval> box_;
  std::vector<std::int64_t> modulus_;  // by rank
  std::vector<std::int64_t> residue_;
  std::optional<Slanted> slanted_;
};

}  // namespace

std::int64_t volume(const Sides& sides) {
  std::int64_t result = 1;
  for (const Side& side : sides) result *= side.length;
  return result;
}

std::optional<std::int64_t> points_where(const std::vector<Constraint>& constraints, const Sides& sides) {
  Points points(sides);
  for (const Constraint& constraint : constraints) {
    if (!points.add(constraint)) return std::nullopt;
  }
  return points.count();
}

}  // namespace attnsim::workloads
