// Records, their comparison, and the jump.
//
// Why it is exact. Let R be what ran between two records. If it runs again from the later one, every guard holds as
// before (same outer indices, same inner extents, no iteration that a guard singles out), so the same instructions
// issue. A unit that ran anything in R grows by g, its own time from record to record. A token from unit a to unit b
// keeps its place where both grow alike and the late tokens are equal. Where b grows faster and no token of
// that channel bound b in R nor can bind it now, none ever will. A channel that R does not touch has no part in R.
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
  level.outer.assign(static_cast<std::size_t>(loop), -1);
  return level;
}

bool Jumper::begins_iteration(int loop) const {
  const std::vector<std::int64_t>& index = leading_.index();
  return std::all_of(index.begin() + loop + 1, index.end(), [](std::int64_t inner) { return inner == 0; });
}

std::int64_t Jumper::jump(std::int64_t epoch) {
  for (Level& level : levels_) {
    if (!begins_iteration(level.loop)) continue;
    const std::int64_t skipped = jump_at(level, epoch);
    if (skipped > 0) return skipped;
  }
  return 0;
}

std::int64_t Jumper::jump_at(Level& level, std::int64_t epoch) {
  const std::vector<std::int64_t>& index = leading_.index();
  if (!std::equal(level.outer.begin(), level.outer.end(), index.begin())) {
    level.outer.assign(index.begin(), index.begin() + level.loop);
    level.recorded = 0;
    level.burst_begin = 0;
  }
  const std::int64_t here = index[static_cast<std::size_t>(level.loop)];
  if (here >= leading_.extent(level.loop) - 1 || (level.has_first && here == 0)) return 0;
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
    level.burst_begin = leading_.index()[static_cast<std::size_t>(level.loop)];
    return skipped;
  }
  return 0;
}

std::int64_t Jumper::least_index(const Level& level, const Recurrence::UnitState& unit) const {
  const std::vector<std::int64_t>& leading = leading_.index();
  std::int64_t least = leading[static_cast<std::size_t>(level.loop)];
  for (const int position : unit.instructions) {
    const auto i = static_cast<std::size_t>(position);
    if (unit.epoch < recurrence_.block.instructions[i].lag) return -1;
    const std::vector<std::int64_t>& index = recurrence_.cursors[i].index();
    if (!std::equal(level.outer.begin(), level.outer.end(), index.begin())) return -1;
    least = std::min(least, index[static_cast<std::size_t>(level.loop)]);
  }
  return least;
}

// A cheap look before a record is made: a unit that keeps up, but is still in another instance of the loop or in its
// first iteration, rules a repetition out.
bool Jumper::may_repeat(const Level& level, std::int64_t epoch) const {
  return std::all_of(recurrence_.units.begin(), recurrence_.units.end(), [&](const Recurrence::UnitState& unit) {
    return unit.epoch < epoch || least_index(level, unit) >= (level.has_first ? 1 : 0);
  });
}

void Jumper::remember(const Level& level, std::int64_t epoch, Record& record) const {
  record.signature = 0;
  record.index = leading_.index()[static_cast<std::size_t>(level.loop)];
  record.epoch = epoch;
  record.units.clear();
  record.channels.clear();
  record.late.clear();
  record.counters.clear();
  for (const Recurrence::UnitState& unit : recurrence_.units) {
    mix(record.signature, unit.next);
    mix(record.signature, unit.wait);
    record.units.push_back(
        {unit.epoch, unit.next, unit.wait, unit.free, unit.ready, unit.cause, least_index(level, unit)});
  }
  for (std::size_t i = 0; i < recurrence_.channels.size(); ++i) {
    const Recurrence::ChannelState& channel = recurrence_.channels[i];
    const auto to_unit = static_cast<std::size_t>(recurrence_.block.channels[i].to_unit);
    mix(record.signature, channel.tokens.size());
    ChannelRecord copy{channel.tokens.size(), record.late.size(), 0, channel.touches, channel.bindings};
    for (std::size_t k = channel.tokens.size(); k-- > 0;) {
      const std::int64_t delay = channel.tokens[k].arrival - recurrence_.units[to_unit].ready;
      if (delay > 0) record.late.push_back({k, delay});
      if (delay <= 0 && channel.is_ascending) break;
    }
    copy.end_late = record.late.size();
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
    if (a.least_index < (level.has_first ? 1 : 0)) return false;
  }
  for (std::size_t c = 0; c < now.channels.size(); ++c)
    if (!channel_repeats(c, then, now)) return false;
  return true;
}

bool Jumper::channel_repeats(std::size_t channel, const Record& then, const Record& now) const {
  const ChannelRecord& a = then.channels[channel];
  const ChannelRecord& b = now.channels[channel];
  if (a.touches == b.touches) return true;
  if (a.length != b.length) return false;
  const auto from = static_cast<std::size_t>(recurrence_.channels[channel].from_unit);
  const auto to = static_cast<std::size_t>(recurrence_.block.channels[channel].to_unit);
  const auto late_a = then.late.begin() + static_cast<std::ptrdiff_t>(a.first_late);
  const auto late_b = now.late.begin() + static_cast<std::ptrdiff_t>(b.first_late);
  const std::size_t late = a.end_late - a.first_late;
  if (late != b.end_late - b.first_late) return false;
  if (growth_[from] == growth_[to]) return std::equal(late_a, late_a + static_cast<std::ptrdiff_t>(late), late_b);
  return growth_[from] < growth_[to] && a.bindings == b.bindings && late == 0;
}

std::int64_t Jumper::repetitions(const Level& level, const Record& then, const Record& now) const {
  std::int64_t least = then.index;
  for (std::size_t u = 0; u < now.units.size(); ++u)
    if (!frozen_[u]) least = std::min(least, then.units[u].least_index);
  // The points that run lie in iterations least .. target - 1; the leading point stops at the target's first.
  std::int64_t target = leading_.extent(level.loop) - 1;
  const auto named = std::lower_bound(level.named.begin(), level.named.end(), least);
  if (named != level.named.end()) target = std::min(target, *named);
  if (!level.alike_until.empty()) target = std::min(target, level.alike_until[static_cast<std::size_t>(least)]);
  if (target <= now.index) return 0;
  std::int64_t times = (target - now.index) / (now.index - then.index);
  for (std::size_t u = 0; u < now.units.size(); ++u)
    if (growth_[u] > 0) times = std::min(times, (recurrence_.limit - now.units[u].free) / growth_[u]);
  return times;
}

void Jumper::apply(const Level& level, const Record& then, const Record& now, std::int64_t times) {
  const std::int64_t iterations = times * (now.index - then.index);
  const std::int64_t epochs = times * (now.epoch - then.epoch);
  leading_.shift(level.loop, iterations);
  for (std::size_t u = 0; u < now.units.size(); ++u) {
    if (frozen_[u]) continue;
    Recurrence::UnitState& unit = recurrence_.units[u];
    unit.epoch += epochs;
    unit.free += times * growth_[u];
    unit.ready += times * growth_[u];
    for (const int position : unit.instructions)
      recurrence_.cursors[static_cast<std::size_t>(position)].shift(level.loop, iterations);
  }
  for (std::size_t c = 0; c < now.channels.size(); ++c) {
    if (then.channels[c].touches == now.channels[c].touches) continue;
    Recurrence::ChannelState& channel = recurrence_.channels[c];
    const std::int64_t later = times * growth_[static_cast<std::size_t>(channel.from_unit)];
    for (std::size_t k = 0; k < channel.tokens.size(); ++k) channel.tokens[k].arrival += later;
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
