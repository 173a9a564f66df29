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
  // Before `epoch` runs: jumps as far as it may; the number of epochs skipped. `leading` is at the epoch's point.
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
    std::int64_t least_index = -1;  // in this loop, over its cursors; -1: some cursor is outside this instance
  };
  struct ChannelRecord {
    std::size_t length = 0;
    std::size_t first_late = 0;  // its part of Record::late
    std::size_t end_late = 0;
    std::int64_t touches = 0;
    std::int64_t bindings = 0;
  };
  // A queued token that may yet bind: it arrives this many cycles after the waiting unit's ready time.
  struct LateToken {
    std::size_t position = 0;  // in the queue
    std::int64_t delay = 0;
    bool operator==(const LateToken&) const = default;
  };
  struct Record {
    std::uint64_t signature = 0;
    std::int64_t index = 0;  // of the loop
    std::int64_t epoch = 0;
    std::vector<UnitRecord> units;
    std::vector<ChannelRecord> channels;
    std::vector<LateToken> late;         // by channel; one that has arrived is as good as any other that has
    std::vector<std::int64_t> counters;  // count and busy cycles of each instruction, stall cycles of each channel
  };
  // A loop of the nest: what ends a run of equal iterations, and the latest records of its present instance.
  struct Level {
    int loop = 0;
    bool has_first = false;                 // a guard tells its first iteration from the others
    std::vector<std::int64_t> named;        // iterations that a guard names, ascending
    std::vector<std::int64_t> alike_until;  // last iteration with the same inner extents; empty if all have them
    std::vector<std::int64_t> outer;        // indices of the loops outside, of the present instance
    std::vector<Record> ring;
    std::size_t recorded = 0;
    // Records are made of kRecords iterations from here on, then not until the index has doubled: a long transient
    // costs few of them, and ends at most twice as late.
    std::int64_t burst_begin = 0;
  };

  static constexpr std::size_t kRecords = 64;   // the longest period, in iterations, that is found
  static constexpr std::int64_t kShortest = 3;  // loops with fewer iterations have none to skip

  Level make_level(int loop) const;
  bool begins_iteration(int loop) const;
  std::int64_t jump_at(Level& level, std::int64_t epoch);
  bool may_repeat(const Level& level, std::int64_t epoch) const;
  void remember(const Level& level, std::int64_t epoch, Record& record) const;
  std::int64_t least_index(const Level& level, const Recurrence::UnitState& unit) const;
  bool repeats(const Level& level, const Record& then, const Record& now);  // sets growth_, frozen_
  bool channel_repeats(std::size_t channel, const Record& then, const Record& now) const;
  std::int64_t repetitions(const Level& level, const Record& then, const Record& now) const;
  void apply(const Level& level, const Record& then, const Record& now, std::int64_t times);
  void find_circuit(const Record& then, std::int64_t epoch, std::int64_t times);

  Recurrence& recurrence_;
  mapping::Cursor& leading_;
  std::vector<Level> levels_;         // outermost first
  std::vector<std::int64_t> growth_;  // of each unit's times over one period
  std::vector<char> frozen_;          // units that stay where they are, at a token that does not come in the period
  std::int64_t last_jump_epoch_ = -1;
  std::int64_t circuit_cycles_skipped_ = 0;
  CriticalCircuit circuit_;
};

}  // namespace attnsim::sim
