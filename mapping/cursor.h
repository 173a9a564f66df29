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
  void advance();  // to the next point, or done
  const std::vector<std::int64_t>& index() const { return index_; }
  std::int64_t extent(int loop) const { return extents_[static_cast<std::size_t>(loop)]; }  // at the current point
  bool holds(const Guard& guard) const;
  // Adds `steps` iterations to one loop, all else equal; the caller knows that the point exists.
  void shift(int loop, std::int64_t steps) { index_[static_cast<std::size_t>(loop)] += steps; }

 private:
  void settle(std::size_t from);  // sets extents from a loop inwards and skips empty loops
  const std::vector<Loop>* loops_;
  std::vector<std::int64_t> index_;
  std::vector<std::int64_t> extents_;
  bool done_ = false;
};

// Points of the nest (product of the trip counts; a sum where a loop is ragged). Throws std::overflow_error.
std::int64_t count_points(const std::vector<Loop>& loops);

}  // namespace attnsim::mapping
