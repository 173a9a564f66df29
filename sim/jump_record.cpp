// Takes down the state of the recurrence.
#include "sim/jump_record.h"

namespace attnsim::sim {
namespace {

void mix(std::uint64_t& hash, std::uint64_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15U; }

}  // namespace

void remember(const Recurrence& recurrence, Record& record) {
  record.signature = 0;
  record.units.clear();
  record.channels.clear();
  record.late.clear();
  record.counters.clear();
  for (const Recurrence::UnitState& unit : recurrence.units) {
    mix(record.signature, unit.next);
    mix(record.signature, unit.wait);
    record.units.push_back({unit.epoch, unit.next, unit.wait, unit.free, unit.ready, unit.cause});
  }
  for (std::size_t i = 0; i < recurrence.channels.size(); ++i) {
    const Recurrence::ChannelState& channel = recurrence.channels[i];
    const auto to_unit = static_cast<std::size_t>(recurrence.block.channels[i].to_unit);
    const std::size_t length = channel.tokens.size();
    ChannelRecord copy;
    copy.length = copy.arrived = static_cast<std::int64_t>(length);
    copy.first_late = record.late.size();
    copy.touches = channel.touches;
    copy.takes = channel.takes;
    copy.bindings = channel.bindings;
    for (std::size_t k = length; k-- > 0;) {
      const std::int64_t delay = channel.tokens[k].arrival - recurrence.units[to_unit].ready;
      if (delay > 0) {
        record.late.push_back({length - k, delay});
        copy.arrived = static_cast<std::int64_t>(k);
      } else if (channel.is_ascending) {
        break;
      }
    }
    copy.end_late = record.late.size();
    if (length > 0 && channel.is_ascending)
      copy.slack = recurrence.units[to_unit].ready - channel.tokens.back().arrival;
    record.channels.push_back(copy);
    record.counters.push_back(channel.stall_cycles);
  }
  for (const InstructionTiming& timing : recurrence.timings) {
    record.counters.push_back(timing.count);
    record.counters.push_back(timing.busy_cycles);
  }
}

}  // namespace attnsim::sim
