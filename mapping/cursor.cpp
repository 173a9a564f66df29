// The odometer over a loop nest and the number of its points.
#include "mapping/cursor.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace attnsim::mapping {
namespace {

std::int64_t trip_count(const std::vector<Loop>& loops, const Loop& loop, const std::vector<std::int64_t>& index) {
  return loop.table.empty() ? loop.extent : length(loop.table[row_number(loops, loop, index)]);
}

bool is_table_index(const std::vector<Loop>& loops, std::size_t outer) {
  for (const Loop& loop : loops)
    if (std::count(loop.table_loops.begin(), loop.table_loops.end(), static_cast<int>(outer)) > 0) return true;
  return false;
}

// Points of the loops from `depth` inwards, the outer indices given. Only loops that index a table are walked.
std::int64_t count_from(const std::vector<Loop>& loops, std::size_t depth, std::vector<std::int64_t>& index) {
  if (depth == loops.size()) return 1;
  const std::int64_t trips = trip_count(loops, loops[depth], index);
  if (trips == 0) return 0;
  std::int64_t points = 0;
  bool overflow = false;
  if (is_table_index(loops, depth)) {
    for (index[depth] = 0; index[depth] < trips && !overflow; ++index[depth])
      overflow = __builtin_add_overflow(points, count_from(loops, depth + 1, index), &points);
  } else {
    overflow = __builtin_mul_overflow(trips, count_from(loops, depth + 1, index), &points);
  }
  if (overflow) throw std::overflow_error("the loops have more points than 64 bits can count");
  return points;
}

}  // namespace

Cursor::Cursor(const std::vector<Loop>& loops)
    : loops_(&loops), index_(loops.size(), 0), extents_(loops.size(), 0), rows_(loops.size(), 0) {
  const std::size_t empty = begin(0);
  if (empty < loops.size()) step(empty);
}

void Cursor::step(std::size_t loop) {
  do {
    while (loop > 0 && ++index_[loop - 1] >= extents_[loop - 1]) --loop;
    if (loop == 0) {
      done_ = true;
      return;
    }
    loop = begin(loop);
  } while (loop < index_.size());
}

std::size_t Cursor::begin(std::size_t loop) {
  for (; loop < index_.size(); ++loop) {
    index_[loop] = 0;
    find_row(loop);
    extents_[loop] =
        (*loops_)[loop].table.empty() ? (*loops_)[loop].extent : length((*loops_)[loop].table[rows_[loop]]);
    if (extents_[loop] == 0) return loop;
  }
  return loop;
}

void Cursor::find_row(std::size_t loop) {
  const Loop& ragged = (*loops_)[loop];
  if (!ragged.table.empty()) rows_[loop] = row_number(*loops_, ragged, index_);
}

void Cursor::shift(int loop, std::int64_t steps) {
  index_[static_cast<std::size_t>(loop)] += steps;
  for (auto inner = static_cast<std::size_t>(loop) + 1; inner < index_.size(); ++inner) find_row(inner);
}

std::int64_t Cursor::marks(std::size_t loop) const {
  if ((*loops_)[loop].table.empty()) return 0;
  std::int64_t at = index_[loop];
  for (const Run& run : row(static_cast<int>(loop))) {
    if (at < run.count) return run.marks;
    at -= run.count;
  }
  return 0;
}

std::vector<std::int64_t> Cursor::tiles() const {
  std::vector<std::int64_t> tiles = index_;
  for (std::size_t loop = 0; loop < tiles.size(); ++loop) {
    if ((*loops_)[loop].table.empty()) continue;
    std::int64_t at = index_[loop];
    for (const Run& run : row(static_cast<int>(loop))) {
      tiles[loop] = run.tile + at;
      if (at < run.count) break;
      at -= run.count;
    }
  }
  return tiles;
}

std::int64_t count_points(const std::vector<Loop>& loops) {
  std::vector<std::int64_t> index(loops.size(), 0);
  return count_from(loops, 0, index);
}

}  // namespace attnsim::mapping
