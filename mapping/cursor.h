// Walks the points of a block's loop nest in odometer order, ragged loops included, and evaluates guards at a point.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/program.h"

namespace attnsim::mapping {

class Cursor {
 public:
  explicit Cursor(const std::vector<Loop>& loops);  // at the first point; keeps a reference
  bool done() const { return done_; }
  void advance() { step(index_.size()); }  // to the next point, or done
  const std::vector<std::int64_t>& index() const { return index_; }
  std::vector<std::int64_t> tiles() const;  // of each loop, the number of the tile that it visits
  std::int64_t extent(int loop) const { return extents_[static_cast<std::size_t>(loop)]; }  // at the current point
  bool holds(const Guard& guard) const {
    for (const Condition& condition : guard)
      if (!is_met(condition)) return false;
    return true;
  }
  // The row of the present instance of a ragged loop.
  const Row& row(int loop) const {
    const auto position = static_cast<std::size_t>(loop);
    return (*loops_)[position].table[rows_[position]];
  }
  // Adds `steps` iterations to one loop, all else equal; the caller knows that the point exists and that the loops
  // inside have the same extents and marks there.
  void shift(int loop, std::int64_t steps);

 private:
  bool is_met(const Condition& condition) const {
    const auto loop = static_cast<std::size_t>(condition.loop);
    switch (condition.kind) {
      case Condition::Kind::kFirst:
        return index_[loop] == 0;
      case Condition::Kind::kNotFirst:
        return index_[loop] != 0;
      case Condition::Kind::kLast:
        return index_[loop] == extents_[loop] - 1;
      case Condition::Kind::kNotLast:
        return index_[loop] != extents_[loop] - 1;
      case Condition::Kind::kEquals:
        return index_[loop] == condition.value;
      case Condition::Kind::kMarked:
        return (marks(loop) & condition.value) != 0;
      case Condition::Kind::kNotMarked:
        return (marks(loop) & condition.value) == 0;
    }
    return false;
  }
  std::int64_t marks(std::size_t loop) const;
  void find_row(std::size_t loop);
  void step(std::size_t loop);          // next iteration of the innermost loop outside `loop` that has one left
  std::size_t begin(std::size_t loop);  // starts the loops from `loop` inwards; the first empty one, or their number
  const std::vector<Loop>* loops_;
  std::vector<std::int64_t> index_;
  std::vector<std::int64_t> extents_;
  std::vector<std::size_t> rows_;  // of each ragged loop, in its table
  bool done_ = false;
};

// Points of the nest (product of the trip counts; a sum where a loop is ragged). Throws std::overflow_error.
std::int64_t count_points(const std::vector<Loop>& loops);

}  // namespace attnsim::mapping
