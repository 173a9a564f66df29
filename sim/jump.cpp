// Records, their comparison, and the jump.
//
// Why it is exact. Let R be what ran between two records. If it runs again from the later one, every guard holds as
// before (own outer indices kept, same inner extents, no iteration that a guard singles out), so the same instructions
// issue. A unit that ran anything in R grows by g, its own time from record to record. A token from unit a to unit b:
// - keeps its place where both grow alike and the late tokens are equal;
// - can bind nobody, now or later, where b grows faster, none bound b in R and none is late now;
// - can bind nobody either where a grows faster, for as long as all queued tokens have arrived when R begins and R
//   takes no others; so too where the queue grows or shrinks: the number of tokens that have arrived matters no more
//   than that there are enough;
// - has no part in R where R takes none of its channel; what R posts there is added for each repetition.
// Instructions may be in different instances of the loop (a load that runs a pass ahead) where all instances are alike
// inside: each goes on in its own.
//
// Where the run of alike iterations ends, each instruction is asked for itself, not the leading point:
// - in the epilogue a unit that waits may be ahead of it, on tokens from the start;
// - of the point that a unit waits at, some waits' guards have been looked at, so it must be one of the alike points;
// - one that has not begun stays so: its unit may wait in the middle of the epoch that is its lag, and be past it.
#include "sim/jump.h"

#include <algorithm>
#include <numeric>

namespace attnsim::sim {

Jumper::Jumper(Recurrence& recurrence, mapping::Cursor& leading)
    : recurrence_(recurrence),
      leading_(leading),
      growth_(recurrence.units.size(), 0),
      frozen_(recurrence.units.size(), 0) {
  const std::vector<mapping::Loop>& loops = recurrence.block.loops;
  for (std::size_t loop = 0; loop < loops.size(); ++loop)
    if (loops[loop].extent >= kShortest)
      levels_.push_back({JumpLoop(recurrence.block, static_cast<int>(loop)), std::vector<std::int64_t>(loop, -1), {}});
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
    for (Level& level : levels_) {
      level.outer.assign(level.outer.size(), -1);
      level.recorded = 0;
      level.burst_begin = 0;
    }
  }
  if (!reference_) return 0;
  for (Level& level : levels_) {
    if (!level.rules.is_at_start(*reference_)) continue;
    const std::int64_t skipped = jump_at(level, epoch);
    if (skipped > 0) return skipped;
  }
  return 0;
}

std::int64_t Jumper::jump_at(Level& level, std::int64_t epoch) {
  const std::vector<std::int64_t>& index = reference_->index();
  if (!std::equal(level.outer.begin(), level.outer.end(), index.begin())) {
    level.outer.assign(index.begin(), index.begin() + level.rules.loop);
    level.recorded = 0;
    level.burst_begin = 0;
  }
  const std::int64_t here = index[static_cast<std::size_t>(level.rules.loop)];
  if (here >= reference_->extent(level.rules.loop) - 1 || (level.rules.has_first && here == 0)) return 0;
  if (here >= level.burst_begin + static_cast<std::int64_t>(kRecords)) level.burst_begin = 2 * here;
  if (here < level.burst_begin) return 0;
  if (!may_repeat(level, epoch)) return 0;
  if (level.ring.size() < kRecords && level.recorded >= level.ring.size()) level.ring.emplace_back();
  Record& now = level.ring[level.recorded % kRecords];
  record(level, epoch, now);
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
    level.burst_begin = reference_->index()[static_cast<std::size_t>(level.rules.loop)];
    return skipped;
  }
  return 0;
}

std::int64_t Jumper::index_of(const Level& level, const Recurrence::UnitState& unit, int instruction) const {
  const auto i = static_cast<std::size_t>(instruction);
  const mapping::Cursor& cursor = recurrence_.cursors[i];
  if (unit.epoch < recurrence_.block.instructions[i].lag || cursor.done()) return Record::kIdle;
  const std::vector<std::int64_t>& index = cursor.index();
  if (level.rules.aligned && !std::equal(level.outer.begin(), level.outer.end(), index.begin()))
    return Record::kElsewhere;
  return index[static_cast<std::size_t>(level.rules.loop)];
}

void Jumper::record(const Level& level, std::int64_t epoch, Record& record) const {
  remember(recurrence_, record);
  record.index = reference_->index()[static_cast<std::size_t>(level.rules.loop)];
  record.epoch = epoch;
  record.index_of.assign(recurrence_.cursors.size(), Record::kIdle);
  for (const Recurrence::UnitState& unit : recurrence_.units)
    for (const int instruction : unit.instructions)
      record.index_of[static_cast<std::size_t>(instruction)] = index_of(level, unit, instruction);
  record.circuit_cycles.clear();
  for (const Candidate& candidate : circuits_) record.circuit_cycles.push_back(candidate.cycles);
}

std::int64_t Jumper::room(const Level& level, const Recurrence::UnitState& unit, int instruction,
                          std::int64_t end) const {
  const bool point_begun = unit.wait > 0 && unit.instructions[unit.next] == instruction;
  return level.rules.room(recurrence_.cursors[static_cast<std::size_t>(instruction)], end, point_begun);
}

// A cheap look before a record is made: a unit that keeps up, but has an instruction in another instance of the loop or
// in its first iteration, rules a repetition out.
bool Jumper::may_repeat(const Level& level, std::int64_t epoch) const {
  const std::int64_t least = level.rules.has_first ? 1 : 0;
  return std::all_of(recurrence_.units.begin(), recurrence_.units.end(), [&](const Recurrence::UnitState& unit) {
    return unit.epoch < epoch || std::all_of(unit.instructions.begin(), unit.instructions.end(), [&](int instruction) {
             const std::int64_t index = index_of(level, unit, instruction);
             return index == Record::kIdle || (index >= least && room(level, unit, instruction, kNever) > 0);
           });
  });
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
      if (then.index_of[i] == Record::kIdle && now.index_of[i] == Record::kIdle) continue;
      if (then.index_of[i] < (level.rules.has_first ? 1 : 0)) return false;
      if (now.index_of[i] - then.index_of[i] != now.index - then.index) return false;
    }
  }
  for (std::size_t c = 0; c < now.channels.size(); ++c)
    if (!channel_repeats(c, then, now)) return false;
  return true;
}

// Of the unit that posts; where nobody does, initial tokens stay as they are.
std::int64_t Jumper::posting_growth(std::size_t channel) const {
  const int from = recurrence_.channels[channel].from_unit;
  return from < 0 ? 0 : growth_[static_cast<std::size_t>(from)];
}

bool Jumper::channel_repeats(std::size_t channel, const Record& then, const Record& now) const {
  const ChannelRecord& a = then.channels[channel];
  const ChannelRecord& b = now.channels[channel];
  if (a.touches == b.touches || a.takes == b.takes) return true;
  if (a.length != b.length && b.takes - a.takes > std::min(a.arrived, b.arrived)) return false;
  const std::int64_t from_growth = posting_growth(channel);
  const auto to = static_cast<std::size_t>(recurrence_.block.channels[channel].to_unit);
  const auto late_a = then.late.begin() + static_cast<std::ptrdiff_t>(a.first_late);
  const auto late_b = now.late.begin() + static_cast<std::ptrdiff_t>(b.first_late);
  const std::size_t late = a.end_late - a.first_late;
  if (late != b.end_late - b.first_late) return false;
  if (from_growth == growth_[to]) return std::equal(late_a, late_a + static_cast<std::ptrdiff_t>(late), late_b);
  if (a.bindings != b.bindings || late > 0) return false;
  return from_growth < growth_[to] || (a.slack > 0 && b.takes - a.takes <= std::min(a.arrived, b.arrived));
}

// Epochs until the first instruction of a unit that has not begun has its first point.
std::int64_t Jumper::epochs_to_begin(const Recurrence::UnitState& unit) const {
  std::int64_t epochs = kNever;
  for (std::size_t i = 0; i < unit.instructions.size(); ++i) {
    const std::int64_t lag = recurrence_.block.instructions[static_cast<std::size_t>(unit.instructions[i])].lag;
    if (unit.epoch < lag) epochs = std::min(epochs, lag - unit.epoch - (i < unit.next ? 1 : 0));
  }
  return epochs;
}

std::int64_t Jumper::channel_repetitions(std::size_t channel, const Record& then, const Record& now) const {
  const ChannelRecord& a = then.channels[channel];
  const ChannelRecord& b = now.channels[channel];
  if (a.touches == b.touches) return kNever;
  const std::int64_t takes = b.takes - a.takes;
  const std::int64_t more = b.length - a.length;
  std::int64_t times = kNever;
  if (more > 0) times = kMostTokens / more;
  // A queue that gets shorter must have enough tokens that have arrived for each repetition.
  if (more < 0) times = (b.arrived - takes) / -more + 1;
  // A queue whose tokens come later and later must still have all of them when each repetition begins.
  const std::int64_t drift =
      posting_growth(channel) - growth_[static_cast<std::size_t>(recurrence_.block.channels[channel].to_unit)];
  if (takes > 0 && drift > 0) times = std::min(times, b.slack / drift);
  return times;
}

// How often what ran between the two records is sure to run again from the later one.
std::int64_t Jumper::repetitions(const Level& level, const Record& then, const Record& now) const {
  std::int64_t least = then.index;
  for (std::size_t u = 0; u < now.units.size(); ++u)
    for (const int instruction : recurrence_.units[u].instructions) {
      const std::int64_t index = then.index_of[static_cast<std::size_t>(instruction)];
      if (!frozen_[u] && index != Record::kIdle) least = std::min(least, index);
    }
  // All points that run lie in iterations least .. end - 1; a cursor may stop at the first point of `end`.
  const std::int64_t end = level.rules.alike_before(least, *reference_);
  const std::int64_t iterations = now.index - then.index;
  std::int64_t times = level.rules.room(*reference_, end, false) / iterations;
  for (std::size_t u = 0; u < now.units.size(); ++u) {
    if (growth_[u] > 0) times = std::min(times, (recurrence_.limit - now.units[u].free) / growth_[u]);
    if (frozen_[u]) continue;
    for (const int instruction : recurrence_.units[u].instructions) {
      if (now.index_of[static_cast<std::size_t>(instruction)] != Record::kIdle)
        times = std::min(times, room(level, recurrence_.units[u], instruction, end) / iterations);
    }
    times = std::min(times, epochs_to_begin(recurrence_.units[u]) / (now.epoch - then.epoch));
  }
  for (std::size_t i = 0; i < now.channels.size(); ++i) times = std::min(times, channel_repetitions(i, then, now));
  return times;
}

void Jumper::apply(const Level& level, const Record& then, const Record& now, std::int64_t times) {
  const std::int64_t iterations = times * (now.index - then.index);
  const std::int64_t epochs = times * (now.epoch - then.epoch);
  if (!leading_.done()) leading_.shift(level.rules.loop, iterations);
  for (std::size_t u = 0; u < now.units.size(); ++u) {
    if (frozen_[u]) continue;
    Recurrence::UnitState& unit = recurrence_.units[u];
    unit.epoch += epochs;
    unit.free += times * growth_[u];
    unit.ready += times * growth_[u];
    for (const int position : unit.instructions) {
      const auto i = static_cast<std::size_t>(position);
      if (now.index_of[i] != Record::kIdle) recurrence_.cursors[i].shift(level.rules.loop, iterations);
    }
  }
  for (std::size_t c = 0; c < now.channels.size(); ++c) {
    if (then.channels[c].touches == now.channels[c].touches) continue;
    Recurrence::ChannelState& channel = recurrence_.channels[c];
    channel.touches += times * (now.channels[c].touches - then.channels[c].touches);
    channel.takes += times * (now.channels[c].takes - then.channels[c].takes);
    channel.bindings += times * (now.channels[c].bindings - then.channels[c].bindings);
    const std::int64_t growth = posting_growth(c);
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

// A jump over a period with jumps inside repeats what those covered; another one has a circuit of its own.
void Jumper::find_circuit(const Record& then, std::int64_t epoch, std::int64_t times) {
  if (then.epoch < last_jump_epoch_) {
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
      const std::int64_t before = i < then.circuit_cycles.size() ? then.circuit_cycles[i] : 0;
      circuits_[i].cycles += times * (circuits_[i].cycles - before);
    }
    return;
  }
  const auto slowest = std::max_element(growth_.begin(), growth_.end());
  const std::int64_t all_epochs = epoch - then.epoch;
  const std::int64_t divisor = std::gcd(*slowest, all_epochs);
  const std::int64_t period = *slowest / divisor;
  const std::int64_t epochs = all_epochs / divisor;
  const auto known = std::find_if(circuits_.begin(), circuits_.end(), [&](const Candidate& candidate) {
    return candidate.period == period && candidate.epochs == epochs;
  });
  if (known != circuits_.end()) {
    known->cycles += times * *slowest;
    return;
  }
  if (circuits_.size() == kCandidates) return;
  const Recurrence::UnitState& unit = recurrence_.units[static_cast<std::size_t>(slowest - growth_.begin())];
  CriticalCircuit circuit =
      trace_circuit(recurrence_.program, recurrence_.block, recurrence_.log, unit.execution, {*slowest, all_epochs});
  circuits_.push_back({std::move(circuit), period, epochs, times * *slowest});
}

CriticalCircuit Jumper::circuit() const {
  const auto most = std::max_element(circuits_.begin(), circuits_.end(),
                                     [](const Candidate& a, const Candidate& b) { return a.cycles < b.cycles; });
  return most == circuits_.end() ? CriticalCircuit{} : most->circuit;
}

}  // namespace attnsim::sim
