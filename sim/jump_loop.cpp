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

std::vector<std::int64_t> runs_of_equal_extents(const mapping::Block& block, int loop) {
  std::vector<const std::vector<std::int64_t>*> tables;
  for (const mapping::Loop& inner : block.loops)
    if (inner.table_loop == loop) tables.push_back(&inner.table);
  if (tables.empty()) return {};
  std::vector<std::int64_t> until(tables.front()->size());
  for (std::size_t i = until.size(); i-- > 0;) {
    const bool goes_on = i + 1 < until.size() && std::all_of(tables.begin(), tables.end(), [i](const auto* table) {
                           return (*table)[i] == (*table)[i + 1];
                         });
    until[i] = goes_on ? until[i + 1] : static_cast<std::int64_t>(i);
  }
  return until;
}

}  // namespace

JumpLoop::JumpLoop(const mapping::Block& block, int in_loop)
    : loop(in_loop), alike_until(runs_of_equal_extents(block, in_loop)) {
  each_condition(block, [&](const mapping::Condition& condition) {
    if (condition.loop != loop) return;
    using Kind = mapping::Condition::Kind;
    if (condition.kind == Kind::kFirst || condition.kind == Kind::kNotFirst) has_first = true;
    if (condition.kind == Kind::kEquals) named.push_back(condition.value);
  });
  std::sort(named.begin(), named.end());
  aligned = !named.empty();
  for (std::size_t inner = static_cast<std::size_t>(loop) + 1; inner < block.loops.size(); ++inner)
    aligned = aligned || block.loops[inner].table_loop >= 0;
}

std::int64_t JumpLoop::alike_before(std::int64_t least) const {
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  const auto next = std::lower_bound(named.begin(), named.end(), least);
  if (next != named.end()) end = *next;
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
