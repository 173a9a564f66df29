// Starts, ends, posts and stalls of one block, without jumps.
#include "sim/recurrence.h"

#include <algorithm>

namespace attnsim::sim {
namespace {

using mapping::Instruction;
using mapping::Post;

const mapping::Work& work_at(const Instruction& instruction, const mapping::Cursor& point) {
  for (const mapping::Tail& tail : instruction.tails)
    if (point.holds(tail.guard)) return tail.work;
  return instruction.work;
}

}  // namespace

Recurrence::Recurrence(const mapping::Program& in_program, const mapping::Block& in_block, std::int64_t start,
                       std::int64_t cycle_limit)
    : program(in_program),
      block(in_block),
      limit(cycle_limit),
      units(in_program.units.size()),
      channels(in_block.channels.size()),
      cursors(in_block.instructions.size(), mapping::Cursor(in_block.loops)),
      timings(in_block.instructions.size()) {
  for (UnitState& unit : units) unit.free = unit.ready = start;
  for (std::size_t i = 0; i < block.instructions.size(); ++i) {
    const Instruction& instruction = block.instructions[i];
    units[static_cast<std::size_t>(instruction.unit)].instructions.push_back(static_cast<int>(i));
    for (const Post& post : instruction.posts)
      channels[static_cast<std::size_t>(post.channel)].from_unit = instruction.unit;
    for (const mapping::Wait& wait : instruction.waits) channels[static_cast<std::size_t>(wait.channel)].is_read = true;
  }
  for (std::size_t i = 0; i < channels.size(); ++i)
    for (std::int64_t n = 0; channels[i].is_read && n < block.channels[i].initial_tokens; ++n)
      channels[i].tokens.push({start, -1});
}

bool Recurrence::run_epoch(std::int64_t epoch) {
  bool moved = true;
  bool all_passed = false;
  while (moved && !all_passed) {
    moved = false;
    all_passed = true;
    for (UnitState& unit : units) {
      if (unit.epoch <= epoch) moved |= run_unit(unit, epoch);
      all_passed &= unit.epoch > epoch;
    }
  }
  return std::any_of(units.begin(), units.end(),
                     [&](const UnitState& unit) { return unit.epoch > epoch && !unit.instructions.empty(); });
}

bool Recurrence::run_unit(UnitState& unit, std::int64_t epoch) {
  if (unit.beyond_limit) return false;
  const std::int64_t touches = unit.touches;
  const std::int64_t from = unit.epoch;
  for (; unit.epoch <= epoch; ++unit.epoch, unit.next = 0) {
    for (; unit.next < unit.instructions.size(); ++unit.next) {
      const int position = unit.instructions[unit.next];
      const Instruction& instruction = block.instructions[static_cast<std::size_t>(position)];
      mapping::Cursor& cursor = cursors[static_cast<std::size_t>(position)];
      if (unit.epoch < instruction.lag || cursor.done()) continue;
      if (cursor.holds(instruction.guard) && !execute(unit, position))
        return unit.touches != touches || unit.epoch != from;
      cursor.advance();
    }
  }
  return true;
}

bool Recurrence::execute(UnitState& unit, int position) {
  const auto i = static_cast<std::size_t>(position);
  const Instruction& instruction = block.instructions[i];
  const mapping::Cursor& cursor = cursors[i];
  for (; unit.wait < instruction.waits.size(); ++unit.wait) {
    const mapping::Wait& wait = instruction.waits[unit.wait];
    if (!cursor.holds(wait.guard)) continue;
    ChannelState& channel = channels[static_cast<std::size_t>(wait.channel)];
    if (channel.tokens.empty()) return false;
    const Token token = channel.tokens.pop();
    ++channel.touches;
    ++channel.takes;
    ++unit.touches;
    if (token.arrival > unit.ready) {
      unit.ready = token.arrival;
      unit.cause = wait.channel;
      unit.bound_by = token.execution;
      ++channel.bindings;
    }
  }
  const std::int64_t start = unit.ready;
  const mapping::Work& work = work_at(instruction, cursor);
  if (start > limit - work.duration) {
    unit.beyond_limit = true;
    return false;
  }
  if (unit.cause >= 0) channels[static_cast<std::size_t>(unit.cause)].stall_cycles += start - unit.free;
  InstructionTiming& timing = timings[i];
  if (timing.count == 0) timing.first_start = start;
  ++timing.count;
  timing.last_start = start;
  timing.busy_cycles += work.duration;
  unit.execution = log.add({position, unit.cause, unit.bound_by, unit.epoch, start});
  const std::int64_t end = start + work.duration;
  for (const Post& post : instruction.posts) {
    if (!cursor.holds(post.guard)) continue;
    ChannelState& channel = channels[static_cast<std::size_t>(post.channel)];
    if (!channel.is_read) continue;
    const std::int64_t departure = post.offset == Post::kAtEnd ? end : start + post.offset;
    const std::int64_t arrival = departure + block.channels[static_cast<std::size_t>(post.channel)].latency;
    channel.is_ascending = channel.tokens.empty() || (channel.is_ascending && channel.tokens.back().arrival <= arrival);
    channel.tokens.push({arrival, unit.execution});
    ++channel.touches;
  }
  unit.free = unit.ready = end;
  unit.cause = -1;
  unit.bound_by = unit.execution;
  unit.wait = 0;
  ++unit.touches;
  ++executed;
  return true;
}

std::vector<StuckUnit> Recurrence::stuck_units(std::int64_t epoch) const {
  std::vector<StuckUnit> stuck;
  for (const UnitState& unit : units) {
    if (unit.epoch > epoch || unit.instructions.empty()) continue;
    const int position = unit.instructions[unit.next];
    const auto i = static_cast<std::size_t>(position);
    const int channel = unit.beyond_limit ? -1 : block.instructions[i].waits[unit.wait].channel;
    stuck.push_back({position, cursors[i].index(), channel});
  }
  return stuck;
}

bool Recurrence::is_beyond_limit() const {
  return std::any_of(units.begin(), units.end(), [](const UnitState& unit) { return unit.beyond_limit; });
}

std::int64_t Recurrence::end() const {
  std::int64_t latest = 0;
  for (const UnitState& unit : units) latest = std::max(latest, unit.free);
  return latest;
}

}  // namespace attnsim::sim
