// Exact jumps over whole periods of a loop. At the start of each iteration of a loop the state of the recurrence is
// remembered; when it returns, shifted in time, what happened in between repeats until the loop's guards, tables or end
// say otherwise, and the counters and times of the repetitions are added at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mapping/cursor.h"
#include "sim/engine.h"
#include "sim/recurrence.h"

namespace attnsim::sim {

class Jumper {
 public:
  Jumper(Recurrence& recurrence, mapping::Cursor& leading);
  // Before `epoch` runs: jumps as far as it may; the number of epochs skipped. `leading` is at the epoch's point, or
  // done.
  std::int64_t jump(std::int64_t epoch);
  // Of the longest jump over a period that was run through without a jump inside.
  const CriticalCircuit& circuit() const { return circuit_; }

 private:
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
    std::uint64_t signature = 0;
    std::int64_t index = 0;  // of the loop
    std::int64_t epoch = 0;
    std::vector<UnitRecord> units;
    std::vector<ChannelRecord> channels;
    std::vector<std::int64_t> index_of;  // each instruction's index in this loop, or one of the two below
    std::vector<LateToken> late;         // by channel; one that has arrived is as good as any other that has
    std::vector<std::int64_t> counters;  // count and busy cycles of each instruction, stall cycles of each channel
  };
  // A loop of the nest: what ends a run of equal iterations, and the latest records of its present instance.
  struct Level {
    int loop = 0;
    bool has_first = false;                 // a guard tells its first iteration from the others
    std::vector<std::int64_t> named;        // iterations that a guard names, ascending
    std::vector<std::int64_t> alike_until;  // last iteration with the same inner extents; empty if all have them
    bool aligned = false;                   // all cursors must be in the same instance: something inside depends on it
    std::vector<std::int64_t> outer;        // indices of the loops outside, of the present instance
    std::vector<Record> ring;
    std::size_t recorded = 0;
    // Records are made of kRecords iterations from here on, then not until the index has doubled: a long transient
    // costs few of them, and ends at most twice as late.
    std::int64_t burst_begin = 0;
  };

  static constexpr std::int64_t kElsewhere = -1;        // in an instance of the loop that may differ from this one
  static constexpr std::int64_t kIdle = -2;             // has not begun, or is done
  static constexpr std::size_t kRecords = 64;           // the longest period, in iterations, that is found
  static constexpr std::int64_t kMostTokens = 1 << 20;  // that one jump adds to a channel
  static constexpr std::int64_t kShortest = 3;          // loops with fewer iterations have none to skip

  Level make_level(int loop) const;
  const mapping::Cursor* reference(std::int64_t epoch) const;
  bool begins_iteration(int loop) const;
  std::int64_t jump_at(Level& level, std::int64_t epoch);
  bool may_repeat(const Level& level, std::int64_t epoch) const;
  void remember(const Level& level, std::int64_t epoch, Record& record) const;
  std::int64_t index_of(const Level& level, const Recurrence::UnitState& unit, int instruction) const;
  std::int64_t room(const Level& level, int instruction) const;
  bool repeats(const Level& level, const Record& then, const Record& now);  // sets growth_, frozen_
  bool channel_repeats(std::size_t channel, const Record& then, const Record& now) const;
  std::int64_t repetitions(const Level& level, const Record& then, const Record& now) const;
  void apply(const Level& level, const Record& then, const Record& now, std::int64_t times);
  void find_circuit(const Record& then, std::int64_t epoch, std::int64_t times);

  Recurrence& recurrence_;
  mapping::Cursor& leading_;
  const mapping::Cursor* reference_ =
      nullptr;                        // whose iterations are told apart: the leading point, then the last ones'
  std::vector<Level> levels_;         // outermost first
  std::vector<std::int64_t> growth_;  // of each unit's times over one period
  std::vector<char> frozen_;          // units that stay where they are, at a token that does not come in the period
  std::int64_t last_jump_epoch_ = -1;
  std::int64_t circuit_cycles_skipped_ = 0;
  CriticalCircuit circuit_;
};

}  // namespace attnsim::sim
