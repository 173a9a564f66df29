// What the recurrence's state was at the start of one iteration of a loop, as far as it tells what follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/recurrence.h"

namespace attnsim::sim {

struct UnitRecord {
  std::int64_t epoch = 0;
  std::size_t next = 0;
  std::size_t wait = 0;
  std::int64_t free = 0;
  std::int64_t ready = 0;
  int cause = -1;
};
struct ChannelRecord {
  std::int64_t length = 0;
  std::int64_t arrived = 0;    // tokens at the front that can no longer bind
  std::int64_t slack = 0;      // cycles since the last token arrived, where all have
  std::size_t first_late = 0;  // its part of Record::late
  std::size_t end_late = 0;
  std::int64_t touches = 0;
  std::int64_t takes = 0;
  std::int64_t bindings = 0;
};
// A queued token that may yet bind: it arrives this many cycles after the waiting unit's ready time.
struct LateToken {
  std::size_t from_end = 0;  // its place in the queue
  std::int64_t delay = 0;
  bool operator==(const LateToken&) const = default;
};
struct Record {
  static constexpr std::int64_t kElsewhere = -1;  // in an instance of the loop that may differ from this one
  static constexpr std::int64_t kIdle = -2;       // has not begun, or is done

  std::uint64_t signature = 0;
  std::int64_t index = 0;  // of the loop
  std::int64_t epoch = 0;
  std::vector<UnitRecord> units;
  std::vector<ChannelRecord> channels;
  std::vector<std::int64_t> index_of;        // each instruction's index in this loop, or one of the two above
  std::vector<LateToken> late;               // by channel; one that has arrived is as good as any other that has
  std::vector<std::int64_t> circuit_cycles;  // that each known circuit covers so far
  std::vector<std::int64_t> counters;        // count and busy cycles of each instruction, stall cycles of each channel
};

// Fills in units, channels and counters; the indices in the loop are the caller's.
void remember(const Recurrence& recurrence, Record& record);

}  // namespace attnsim::sim
