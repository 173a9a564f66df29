// Reads a block's guards and tables for what tells the iterations of one loop apart.
#include "sim/jump_loop.h"

#include <algorithm>
#include <limits>

namespace attnsim::sim {
namespace {

template <typename Visit>
void each_condition(const mapping::Block& block, const Visit& visit) {
  const auto each = [&](const mapping::Guard& guard) {
    for (const mapping::Condition& condition : guard) visit(condition);
  };
  for (const mapping::Instruction& instruction : block.instructions) {
    each(instruction.guard);
    for (const mapping::Tail& tail : instruction.tails) each(tail.guard);
    for (const mapping::Wait& wait : instruction.waits) each(wait.guard);
    for (const mapping::Post& post : instruction.posts) each(post.guard);
  }
}

bool alike(const mapping::Row& a, const mapping::Row& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const mapping::Run& one, const mapping::Run& other) {
    return one.count == other.count && one.marks == other.marks;
  });
}

// Whether an inner loop visits as many tiles with the same marks in iterations i and i + 1 of a loop that helps to pick
// its rows, wherever the other loops that do are.
bool picks_alike(const mapping::Block& block, const mapping::Loop& inner, int loop, std::int64_t i) {
  std::size_t stride = 1;  // between the rows of i and of i + 1
  for (const int outer : inner.table_loops)
    if (outer > loop) stride *= static_cast<std::size_t>(block.loops[static_cast<std::size_t>(outer)].extent);
  const auto extent = static_cast<std::size_t>(block.loops[static_cast<std::size_t>(loop)].extent);
  for (std::size_t high = 0; high < inner.table.size(); high += stride * extent)
    for (std::size_t low = 0; low < stride; ++low) {
      const std::size_t row = high + static_cast<std::size_t>(i) * stride + low;
      if (!alike(inner.table[row], inner.table[row + stride])) return false;
    }
  return true;
}

std::vector<std::int64_t> runs_of_equal_rows(const mapping::Block& block, int loop) {
  std::vector<const mapping::Loop*> picked;
  for (const mapping::Loop& inner : block.loops)
    if (std::count(inner.table_loops.begin(), inner.table_loops.end(), loop) > 0) picked.push_back(&inner);
  if (picked.empty()) return {};
  std::vector<std::int64_t> until(static_cast<std::size_t>(block.loops[static_cast<std::size_t>(loop)].extent));
  for (std::size_t i = until.size(); i-- > 0;) {
    const auto here = static_cast<std::int64_t>(i);
    const bool goes_on = i + 1 < until.size() && std::all_of(picked.begin(), picked.end(), [&](const auto* inner) {
                           return picks_alike(block, *inner, loop, here);
                         });
    until[i] = goes_on ? until[i + 1] : here;
  }
  return until;
}

bool has_marks(const mapping::Loop& loop) {
  return std::any_of(loop.table.begin(), loop.table.end(), [](const mapping::Row& row) {
    return std::any_of(row.begin(), row.end(), [](const mapping::Run& run) { return run.marks != 0; });
  });
}

}  // namespace

JumpLoop::JumpLoop(const mapping::Block& block, int in_loop)
    : loop(in_loop),
      marked(has_marks(block.loops[static_cast<std::size_t>(in_loop)])),
      alike_until(runs_of_equal_rows(block, in_loop)) {
  each_condition(block, [&](const mapping::Condition& condition) {
    if (condition.loop != loop) return;
    using Kind = mapping::Condition::Kind;
    if (condition.kind == Kind::kFirst || condition.kind == Kind::kNotFirst) has_first = true;
    if (condition.kind == Kind::kEquals) named.push_back(condition.value);
  });
  std::sort(named.begin(), named.end());
  aligned = !named.empty() || marked;
  for (std::size_t inner = static_cast<std::size_t>(loop) + 1; inner < block.loops.size(); ++inner)
    aligned = aligned || !block.loops[inner].table.empty();
}

std::int64_t JumpLoop::alike_before(std::int64_t least, const mapping::Cursor& cursor) const {
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  const auto next = std::lower_bound(named.begin(), named.end(), least);
  if (next != named.end()) end = *next;
  if (marked) {
    std::int64_t run_end = 0;
    for (const mapping::Run& run : cursor.row(loop)) {
      run_end += run.count;
      if (run_end > least) break;
    }
    end = std::min(end, run_end);
  }
  if (!alike_until.empty()) end = std::min(end, alike_until[static_cast<std::size_t>(least)]);
  return end;
}

std::int64_t JumpLoop::room(const mapping::Cursor& cursor, std::int64_t end, bool point_begun) const {
  const std::int64_t here = cursor.index()[static_cast<std::size_t>(loop)];
  return std::min(end, cursor.extent(loop) - 1) - here - (point_begun || !is_at_start(cursor) ? 1 : 0);
}

bool JumpLoop::is_at_start(const mapping::Cursor& cursor) const {
  const std::vector<std::int64_t>& index = cursor.index();
  return std::all_of(index.begin() + loop + 1, index.end(), [](std::int64_t inner) { return inner == 0; });
}

}  // namespace attnsim::sim
