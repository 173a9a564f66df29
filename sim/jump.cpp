// Records, their comparison, and the jump.
//
// Why it is exact. Let R be what ran between two records. If it runs again from the later one, every guard holds as
// before (own outer indices kept, same inner extents, no iteration that a guard singles out), so the same instructions
// issue. A unit that ran anything in R grows by g, its own time from record to record. A token from unit a to unit b:
// - keeps its place where both grow alike and the late tokens are equal;
// - can bind nobody, now or later, where b grows faster, none bound b in R and none is late now;
// - can bind nobody either where a grows faster, for as long as all queued tokens have arrived when R begins and R
// takes
//   no others; so too where the queue grows or shrinks: the number of tokens that have arrived matters no more than
//   that there are enough;
// - has no part in R where R takes none of its channel; what R posts there is added for each repetition.
// Instructions may be in different instances of the loop (a load that runs a pass ahead) where all instances are alike
// inside: each goes on in its own.
#include "sim/jump.h"

#include <algorithm>

namespace attnsim::sim {
namespace {

void mix(std::uint64_t& hash, std::uint64_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15U; }

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

Jumper::Jumper(Recurrence& recurrence, mapping::Cursor& leading)
    : recurrence_(recurrence),
      leading_(leading),
      growth_(recurrence.units.size(), 0),
      frozen_(recurrence.units.size(), 0) {
  const std::vector<mapping::Loop>& loops = recurrence.block.loops;
  for (std::size_t loop = 0; loop < loops.size(); ++loop)
    if (loops[loop].extent >= kShortest) levels_.push_back(make_level(static_cast<int>(loop)));
}

Jumper::Level Jumper::make_level(int loop) const {
  Level level;
  level.loop = loop;
  each_condition(recurrence_.block, [&](const mapping::Condition& condition) {
    if (condition.loop != loop) return;
    using Kind = mapping::Condition::Kind;
    if (condition.kind == Kind::kFirst || condition.kind == Kind::kNotFirst) level.has_first = true;
    if (condition.kind == Kind::kEquals) level.named.push_back(condition.value);
  });
  std::sort(level.named.begin(), level.named.end());
  level.alike_until = runs_of_equal_extents(recurrence_.block, loop);
  level.aligned = !level.named.empty();
  for (std::size_t inner = static_cast<std::size_t>(loop) + 1; inner < recurrence_.block.loops.size(); ++inner)
    level.aligned = level.aligned || recurrence_.block.loops[inner].table_loop >= 0;
  level.outer.assign(static_cast<std::size_t>(loop), -1);
  return level;
}

bool Jumper::begins_iteration(int loop) const {
  const std::vector<std::int64_t>& index = reference_->index();
  return std::all_of(index.begin() + loop + 1, index.end(), [](std::int64_t inner) { return inner == 0; });
}

// The leading point; behind the last one, the instruction with the least lag that still has points.
const mapping::Cursor* Jumper::reference(std::int64_t epoch) const {
  if (!leading_.done()) return &leading_;
  const mapping::Cursor* best = nullptr;
  std::int64_t least = 0;
  for (const Recurrence::UnitState& unit : recurrence_.units) {
    for (const int instruction : unit.instructions) {
      const auto i = static_cast<std::size_t>(instruction);
      const std::int64_t lag = recurrence_.block.instructions[i].lag;
      if (unit.epoch != epoch || epoch < lag || recurrence_.cursors[i].done() || (best && lag >= least)) continue;
      best = &recurrence_.cursors[i];
      least = lag;
    }
  }
  return best;
}

std::int64_t Jumper::jump(std::int64_t epoch) {
  if (const mapping::Cursor* now = reference(epoch); now != reference_) {
    reference_ = now;
    for (Level& level : levels_) level.outer.assign(level.outer.size(), -1);
    for (Level& level : levels_) level.recorded = 0;
  }
  if (!reference_) return 0;
  for (Level& level : levels_) {
    if (!begins_iteration(level.loop)) continue;
    const std::int64_t skipped = jump_at(level, epoch);
    if (skipped > 0) return skipped;
  }
  return 0;
}

std::int64_t Jumper::jump_at(Level& level, std::int64_t epoch) {
  const std::vector<std::int64_t>& index = reference_->index();
  if (!std::equal(level.outer.begin(), level.outer.end(), index.begin())) {
    level.outer.assign(index.begin(), index.begin() + level.loop);
    level.recorded = 0;
    level.burst_begin = 0;
  }
  const std::int64_t here = index[static_cast<std::size_t>(level.loop)];
  if (here >= reference_->extent(level.loop) - 1 || (level.has_first && here == 0)) return 0;
  if (here >= level.burst_begin + static_cast<std::int64_t>(kRecords)) level.burst_begin = 2 * here;
  if (here < level.burst_begin) return 0;
  if (!may_repeat(level, epoch)) return 0;
  if (level.ring.size() < kRecords && level.recorded >= level.ring.size()) level.ring.emplace_back();
  Record& now = level.ring[level.recorded % kRecords];
  remember(level, epoch, now);
  ++level.recorded;
  const std::size_t kept = std::min(level.recorded, kRecords);
  for (std::size_t back = 1; back < kept; ++back) {
    const Record& then = level.ring[(level.recorded - 1 - back) % kRecords];
    if (then.signature != now.signature || !repeats(level, then, now)) continue;
    const std::int64_t times = repetitions(level, then, now);
    if (times <= 0) continue;
    const std::int64_t skipped = times * (now.epoch - then.epoch);
    find_circuit(then, epoch, times);
    apply(level, then, now, times);
    last_jump_epoch_ = epoch + skipped;
    level.recorded = 0;
    level.burst_begin = reference_->index()[static_cast<std::size_t>(level.loop)];
    return skipped;
  }
  return 0;
}

// An instruction's index in the loop; -1 where it has not begun, or is in another instance that may differ from this
// one.
std::int64_t Jumper::index_of(const Level& level, const Recurrence::UnitState& unit, int instruction) const {
  const auto i = static_cast<std::size_t>(instruction);
  const mapping::Cursor& cursor = recurrence_.cursors[i];
  if (unit.epoch < recurrence_.block.instructions[i].lag || cursor.done()) return kIdle;
  const std::vector<std::int64_t>& index = cursor.index();
  if (level.aligned && !std::equal(level.outer.begin(), level.outer.end(), index.begin())) return kElsewhere;
  return index[static_cast<std::size_t>(level.loop)];
}

// Iterations that an instruction can go on before it runs a point of the loop's last one.
std::int64_t Jumper::room(const Level& level, int instruction) const {
  const mapping::Cursor& cursor = recurrence_.cursors[static_cast<std::size_t>(instruction)];
  const std::vector<std::int64_t>& index = cursor.index();
  const auto loop = static_cast<std::size_t>(level.loop);
  const bool inside =
      std::any_of(index.begin() + level.loop + 1, index.end(), [](std::int64_t inner) { return inner > 0; });
  return cursor.extent(level.loop) - 1 - index[loop] - (inside ? 1 : 0);
}

// A cheap look before a record is made: a unit that keeps up, but has an instruction in another instance of the loop or
// in its first iteration, rules a repetition out.
bool Jumper::may_repeat(const Level& level, std::int64_t epoch) const {
  const std::int64_t least = level.has_first ? 1 : 0;
  return std::all_of(recurrence_.units.begin(), recurrence_.units.end(), [&](const Recurrence::UnitState& unit) {
    return unit.epoch < epoch || std::all_of(unit.instructions.begin(), unit.instructions.end(), [&](int instruction) {
             const std::int64_t index = index_of(level, unit, instruction);
             return index == kIdle || (index >= least && room(level, instruction) > 0);
           });
  });
}

void Jumper::remember(const Level& level, std::int64_t epoch, Record& record) const {
  record.signature = 0;
  record.index = reference_->index()[static_cast<std::size_t>(level.loop)];
  record.epoch = epoch;
  record.units.clear();
  record.channels.clear();
  record.index_of.assign(recurrence_.cursors.size(), kIdle);
  record.late.clear();
  record.counters.clear();
  for (const Recurrence::UnitState& unit : recurrence_.units) {
    mix(record.signature, unit.next);
    mix(record.signature, unit.wait);
    record.units.push_back({unit.epoch, unit.next, unit.wait, unit.free, unit.ready, unit.cause});
    for (const int instruction : unit.instructions)
      record.index_of[static_cast<std::size_t>(instruction)] = index_of(level, unit, instruction);
  }
  for (std::size_t i = 0; i < recurrence_.channels.size(); ++i) {
    const Recurrence::ChannelState& channel = recurrence_.channels[i];
    const auto to_unit = static_cast<std::size_t>(recurrence_.block.channels[i].to_unit);
    const std::size_t length = channel.tokens.size();
    ChannelRecord copy;
    copy.length = copy.arrived = static_cast<std::int64_t>(length);
    copy.first_late = record.late.size();
    copy.touches = channel.touches;
    copy.takes = channel.takes;
    copy.bindings = channel.bindings;
    for (std::size_t k = length; k-- > 0;) {
      const std::int64_t delay = channel.tokens[k].arrival - recurrence_.units[to_unit].ready;
      if (delay > 0) {
        record.late.push_back({length - k, delay});
        copy.arrived = static_cast<std::int64_t>(k);
      } else if (channel.is_ascending) {
        break;
      }
    }
    copy.end_late = record.late.size();
    if (length > 0 && channel.is_ascending)
      copy.slack = recurrence_.units[to_unit].ready - channel.tokens.back().arrival;
    mix(record.signature, copy.end_late - copy.first_late);
    record.channels.push_back(copy);
    record.counters.push_back(channel.stall_cycles);
  }
  for (const InstructionTiming& timing : recurrence_.timings) {
    record.counters.push_back(timing.count);
    record.counters.push_back(timing.busy_cycles);
  }
}

bool Jumper::repeats(const Level& level, const Record& then, const Record& now) {
  for (std::size_t u = 0; u < now.units.size(); ++u) {
    const UnitRecord& a = then.units[u];
    const UnitRecord& b = now.units[u];
    growth_[u] = b.free - a.free;
    frozen_[u] = a.epoch == b.epoch && a.next == b.next && a.wait == b.wait;
    if (frozen_[u]) continue;
    if (b.epoch - a.epoch != now.epoch - then.epoch || a.next != b.next || a.wait != b.wait) return false;
    if (a.cause != b.cause || b.ready - b.free != a.ready - a.free) return false;
    for (const int instruction : recurrence_.units[u].instructions) {
      const auto i = static_cast<std::size_t>(instruction);
      if (then.index_of[i] == kIdle && now.index_of[i] == kIdle) continue;
      if (then.index_of[i] < (level.has_first ? 1 : 0)) return false;
      if (now.index_of[i] - then.index_of[i] != now.index - then.index) return false;
    }
  }
  for (std::size_t c = 0; c < now.channels.size(); ++c)
    if (!channel_repeats(c, then, now)) return false;
  return true;
}

bool Jumper::channel_repeats(std::size_t channel, const Record& then, const Record& now) const {
  const ChannelRecord& a = then.channels[channel];
  const ChannelRecord& b = now.channels[channel];
  if (a.touches == b.touches || a.takes == b.takes) return true;
  if (a.length != b.length && b.takes - a.takes > std::min(a.arrived, b.arrived)) return false;
  const auto from = static_cast<std::size_t>(recurrence_.channels[channel].from_unit);
  const auto to = static_cast<std::size_t>(recurrence_.block.channels[channel].to_unit);
  const auto late_a = then.late.begin() + static_cast<std::ptrdiff_t>(a.first_late);
  const auto late_b = now.late.begin() + static_cast<std::ptrdiff_t>(b.first_late);
  const std::size_t late = a.end_late - a.first_late;
  if (late != b.end_late - b.first_late) return false;
  if (growth_[from] == growth_[to]) return std::equal(late_a, late_a + static_cast<std::ptrdiff_t>(late), late_b);
  if (a.bindings != b.bindings || late > 0) return false;
  return growth_[from] < growth_[to] || (a.slack > 0 && b.takes - a.takes <= std::min(a.arrived, b.arrived));
}

std::int64_t Jumper::repetitions(const Level& level, const Record& then, const Record& now) const {
  std::int64_t least = then.index;
  for (std::size_t u = 0; u < now.units.size(); ++u)
    for (const int instruction : recurrence_.units[u].instructions) {
      const std::int64_t index = then.index_of[static_cast<std::size_t>(instruction)];
      if (!frozen_[u] && index != kIdle) least = std::min(least, index);
    }
  // The points that run lie in iterations least .. target - 1; the leading point stops at the target's first.
  std::int64_t target = reference_->extent(level.loop) - 1;
  const auto named = std::lower_bound(level.named.begin(), level.named.end(), least);
  if (named != level.named.end()) target = std::min(target, *named);
  if (!level.alike_until.empty()) target = std::min(target, level.alike_until[static_cast<std::size_t>(least)]);
  if (target <= now.index) return 0;
  std::int64_t times = (target - now.index) / (now.index - then.index);
  for (std::size_t u = 0; u < now.units.size(); ++u) {
    if (growth_[u] > 0) times = std::min(times, (recurrence_.limit - now.units[u].free) / growth_[u]);
    if (frozen_[u]) continue;
    for (const int instruction : recurrence_.units[u].instructions) {
      const auto i = static_cast<std::size_t>(instruction);
      const std::int64_t to_begin = recurrence_.block.instructions[i].lag - now.units[u].epoch;
      if (now.index_of[i] != kIdle) {
        times = std::min(times, room(level, instruction) / (now.index - then.index));
      } else if (!recurrence_.cursors[i].done()) {
        times = std::min(times, to_begin / (now.epoch - then.epoch));
      }
    }
  }
  // A queue that gets shorter must have enough tokens that have arrived for each repetition.
  for (std::size_t c = 0; c < now.channels.size(); ++c) {
    const std::int64_t fewer = then.channels[c].length - now.channels[c].length;
    const std::int64_t takes = now.channels[c].takes - then.channels[c].takes;
    if (takes == 0) {
      const std::int64_t posts = now.channels[c].touches - then.channels[c].touches;
      if (posts > 0) times = std::min(times, kMostTokens / posts);
      continue;
    }
    if (fewer > 0) times = std::min(times, (now.channels[c].arrived - takes) / fewer + 1);
    // A queue whose tokens come later and later must still have all of them when each repetition begins.
    const std::int64_t drift = growth_[static_cast<std::size_t>(std::max(0, recurrence_.channels[c].from_unit))] -
                               growth_[static_cast<std::size_t>(recurrence_.block.channels[c].to_unit)];
    if (then.channels[c].touches != now.channels[c].touches && drift > 0)
      times = std::min(times, now.channels[c].slack / drift);
  }
  return times;
}

void Jumper::apply(const Level& level, const Record& then, const Record& now, std::int64_t times) {
  const std::int64_t iterations = times * (now.index - then.index);
  const std::int64_t epochs = times * (now.epoch - then.epoch);
  if (!leading_.done()) leading_.shift(level.loop, iterations);
  for (std::size_t u = 0; u < now.units.size(); ++u) {
    if (frozen_[u]) continue;
    Recurrence::UnitState& unit = recurrence_.units[u];
    unit.epoch += epochs;
    unit.free += times * growth_[u];
    unit.ready += times * growth_[u];
    for (const int position : unit.instructions) {
      const auto i = static_cast<std::size_t>(position);
      if (now.index_of[i] != kIdle) recurrence_.cursors[i].shift(level.loop, iterations);
    }
  }
  for (std::size_t c = 0; c < now.channels.size(); ++c) {
    if (then.channels[c].touches == now.channels[c].touches) continue;
    Recurrence::ChannelState& channel = recurrence_.channels[c];
    channel.touches += times * (now.channels[c].touches - then.channels[c].touches);
    channel.takes += times * (now.channels[c].takes - then.channels[c].takes);
    channel.bindings += times * (now.channels[c].bindings - then.channels[c].bindings);
    const std::int64_t growth = growth_[static_cast<std::size_t>(channel.from_unit)];
    if (then.channels[c].takes == now.channels[c].takes) {
      const std::int64_t posts = now.channels[c].touches - then.channels[c].touches;
      for (std::int64_t more = times * posts; more > 0; --more) {
        Token token = channel.tokens[channel.tokens.size() - static_cast<std::size_t>(posts)];
        token.arrival += growth;
        channel.tokens.push(token);
      }
      continue;
    }
    const std::int64_t later = times * growth;
    for (std::size_t k = 0; k < channel.tokens.size(); ++k) channel.tokens[k].arrival += later;
    std::int64_t more = times * (now.channels[c].length - then.channels[c].length);
    for (; more < 0; ++more) channel.tokens.pop();
    for (; more > 0; --more) channel.tokens.push_front(channel.tokens[0]);
  }
  std::size_t counter = 0;
  const auto repeat = [&](std::int64_t& value) {
    value += times * (now.counters[counter] - then.counters[counter]);
    ++counter;
  };
  for (Recurrence::ChannelState& channel : recurrence_.channels) repeat(channel.stall_cycles);
  for (std::size_t i = 0; i < recurrence_.timings.size(); ++i) {
    InstructionTiming& timing = recurrence_.timings[i];
    const std::int64_t count = timing.count;
    repeat(timing.count);
    repeat(timing.busy_cycles);
    if (timing.count != count)
      timing.last_start += times * growth_[static_cast<std::size_t>(recurrence_.block.instructions[i].unit)];
  }
  recurrence_.log.cut();
}

void Jumper::find_circuit(const Record& then, std::int64_t epoch, std::int64_t times) {
  if (then.epoch < last_jump_epoch_) return;
  const auto slowest = std::max_element(growth_.begin(), growth_.end());
  const std::int64_t skipped = times * *slowest;
  if (skipped <= circuit_cycles_skipped_) return;
  const Recurrence::UnitState& unit = recurrence_.units[static_cast<std::size_t>(slowest - growth_.begin())];
  CriticalCircuit circuit = trace_circuit(recurrence_.program, recurrence_.block, recurrence_.log, unit.execution,
                                          {*slowest, epoch - then.epoch});
  if (circuit.steps.empty()) return;
  circuit_cycles_skipped_ = skipped;
  circuit_ = std::move(circuit);
}

}  // namespace attnsim::sim
