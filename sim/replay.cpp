// Issues the earliest of the units' next instructions. A token posted later arrives later than the start of whoever
// posted it, so that no start comes before one already handed out.
#include "sim/replay.h"

#include <algorithm>

namespace attnsim::sim {

Replay::Replay(const mapping::Program& program, const mapping::Block& block, std::int64_t start, std::int64_t budget)
    : block_(block),
      budget_(budget),
      units_(program.units.size()),
      channels_(block.channels.size()),
      is_read_(block.channels.size(), false),
      cursors_(block.instructions.size(), mapping::Cursor(block.loops)) {
  for (UnitState& unit : units_) unit.start = start;
  for (std::size_t i = 0; i < block.instructions.size(); ++i) {
    const mapping::Instruction& instruction = block.instructions[i];
    units_[static_cast<std::size_t>(instruction.unit)].instructions.push_back(static_cast<int>(i));
    for (const mapping::Wait& wait : instruction.waits) is_read_[static_cast<std::size_t>(wait.channel)] = true;
  }
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if (is_read_[i])
      channels_[i].assign(static_cast<std::size_t>(block.channels[i].initial_tokens), {-1, start, start});
}

const Issue* Replay::next() {
  UnitState* earliest = nullptr;
  for (UnitState& unit : units_) {
    prepare(unit);
    if (is_spent()) return nullptr;
    if (unit.stage == Stage::kReady && (earliest == nullptr || unit.start < earliest->start)) earliest = &unit;
  }
  return earliest == nullptr ? nullptr : issue(*earliest);
}

bool Replay::is_stuck() const {
  return std::any_of(units_.begin(), units_.end(), [](const UnitState& unit) { return unit.stage == Stage::kTaking; });
}

void Replay::prepare(UnitState& unit) {
  if (unit.stage == Stage::kSeeking) {
    const bool is_found = seek(unit);
    if (is_spent()) return;
    unit.stage = is_found ? Stage::kTaking : Stage::kEnded;
  }
  if (unit.stage == Stage::kTaking && take_tokens(unit)) unit.stage = Stage::kReady;
}

bool Replay::seek(UnitState& unit) {
  for (;; ++unit.epoch, unit.next = 0) {
    bool has_points = false;
    for (; unit.next < unit.instructions.size(); ++unit.next) {
      const auto position = static_cast<std::size_t>(unit.instructions[unit.next]);
      const mapping::Instruction& instruction = block_.instructions[position];
      mapping::Cursor& cursor = cursors_[position];
      if (cursor.done()) continue;
      has_points = true;
      if (unit.epoch < instruction.lag) continue;
      if (--budget_ < 0) return false;
      if (cursor.holds(instruction.guard)) return true;
      cursor.advance();
    }
    // Those that end earlier in the list may have had their last point in this very epoch.
    if (!has_points && std::all_of(unit.instructions.begin(), unit.instructions.end(), [this](int position) {
          return cursors_[static_cast<std::size_t>(position)].done();
        }))
      return false;
  }
}

bool Replay::take_tokens(UnitState& unit) {
  const auto position = static_cast<std::size_t>(unit.instructions[unit.next]);
  const std::vector<mapping::Wait>& waits = block_.instructions[position].waits;
  for (; unit.wait < waits.size(); ++unit.wait) {
    if (!cursors_[position].holds(waits[unit.wait].guard)) continue;
    auto& tokens = channels_[static_cast<std::size_t>(waits[unit.wait].channel)];
    if (tokens.empty()) return false;
    const Token token = tokens.front();
    tokens.pop_front();
    unit.taken.push_back({waits[unit.wait].channel, token.from, token.posted, token.arrival});
    unit.start = std::max(unit.start, token.arrival);
  }
  return true;
}

const Issue* Replay::issue(UnitState& unit) {
  const auto position = static_cast<std::size_t>(unit.instructions[unit.next]);
  const mapping::Instruction& instruction = block_.instructions[position];
  mapping::Cursor& cursor = cursors_[position];
  const auto tail = std::find_if(instruction.tails.begin(), instruction.tails.end(),
                                 [&cursor](const mapping::Tail& one) { return cursor.holds(one.guard); });
  const mapping::Work& work = tail == instruction.tails.end() ? instruction.work : tail->work;
  issue_.number = issues_++;
  issue_.instruction = static_cast<int>(position);
  issue_.unit = instruction.unit;
  issue_.epoch = unit.epoch;
  issue_.start = unit.start;
  issue_.end = unit.start + work.duration;
  issue_.index = cursor.tiles();
  issue_.taken.swap(unit.taken);
  issue_.posted.clear();
  for (const mapping::Post& post : instruction.posts) {
    if (!cursor.holds(post.guard)) continue;
    const auto channel = static_cast<std::size_t>(post.channel);
    const std::int64_t posted = post.offset == mapping::Post::kAtEnd ? issue_.end : issue_.start + post.offset;
    const std::int64_t arrival = posted + block_.channels[channel].latency;
    if (is_read_[channel]) channels_[channel].push_back({issue_.number, posted, arrival});
    issue_.posted.push_back({post.channel, arrival});
  }
  unit.taken.clear();
  unit.wait = 0;
  unit.start = issue_.end;
  unit.stage = Stage::kSeeking;
  cursor.advance();
  ++unit.next;
  return &issue_;
}

}  // namespace attnsim::sim
