// Exact jumps over whole periods of a loop. At the start of each iteration of a loop the state of the recurrence is
// remembered; when it returns, shifted in time, what happened in between repeats until the loop's guards, tables or end
// say otherwise, and the counters and times of the repetitions are added at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "mapping/cursor.h"
#include "sim/engine.h"
#include "sim/jump_loop.h"
#include "sim/jump_record.h"
#include "sim/recurrence.h"

namespace attnsim::sim {

class Jumper {
 public:
  Jumper(Recurrence& recurrence, mapping::Cursor& leading);
  // Before `epoch` runs: jumps as far as it may; the number of epochs skipped. `leading` is at the epoch's point, or
  // done.
  std::int64_t jump(std::int64_t epoch);
  // That of the period which covers the most cycles of the block.
  CriticalCircuit circuit() const;

 private:
  // A loop of the nest and the latest records of its present instance.
  struct Level {
    JumpLoop rules;
    std::vector<std::int64_t> outer;  // indices of the loops outside, of the present instance
    std::vector<Record> ring;
    std::size_t recorded = 0;
    // Records are made of kRecords iterations from here on, then not until the index has doubled: a long transient
    // costs few of them, and ends at most twice as late.
    std::int64_t burst_begin = 0;
  };

  // The circuit of a period that was run through without a jump inside, and the cycles that jumps over it have covered.
  struct Candidate {
    CriticalCircuit circuit;
    std::int64_t period = 0;  // cycles over epochs, in lowest terms
    std::int64_t epochs = 0;
    std::int64_t cycles = 0;
  };

  static constexpr std::size_t kCandidates = 16;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::size_t kRecords = 64;           // the longest period, in iterations, that is found
  static constexpr std::int64_t kMostTokens = 1 << 20;  // that one jump adds to a channel
  static constexpr std::int64_t kShortest = 3;          // loops with fewer iterations have none to skip

  const mapping::Cursor* reference(std::int64_t epoch) const;
  std::int64_t jump_at(Level& level, std::int64_t epoch);
  bool may_repeat(const Level& level, std::int64_t epoch) const;
  void record(const Level& level, std::int64_t epoch, Record& record) const;
  std::int64_t index_of(const Level& level, const Recurrence::UnitState& unit, int instruction) const;
  std::int64_t room(const Level& level, const Recurrence::UnitState& unit, int instruction, std::int64_t end) const;
  std::int64_t epochs_to_begin(const Recurrence::UnitState& unit) const;
  bool repeats(const Level& level, const Record& then, const Record& now);  // sets growth_, frozen_
  std::int64_t posting_growth(std::size_t channel) const;
  bool channel_repeats(std::size_t channel, const Record& then, const Record& now) const;
  std::int64_t channel_repetitions(std::size_t channel, const Record& then, const Record& now) const;
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
  std::vector<Candidate> circuits_;
};

}  // namespace attnsim::sim
