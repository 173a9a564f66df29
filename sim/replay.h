// Runs one block of a Program instruction by instruction, in the order of their starts, and hands out each with its
// tokens: what traces and timelines are made from. No jumps; the engines do not use it.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "mapping/cursor.h"
#include "mapping/program.h"

namespace attnsim::sim {

struct TakenToken {
  int channel = 0;
  std::int64_t from = -1;  // number of the Issue that posted it; -1: there since the start of the block
  std::int64_t posted = 0;
  std::int64_t arrival = 0;
};

struct PostedToken {
  int channel = 0;
  std::int64_t arrival = 0;
};

struct Issue {
  std::int64_t number = 0;  // 0, 1, ... in the order of the starts
  int instruction = 0;      // position in Block::instructions
  int unit = 0;
  std::int64_t epoch = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::vector<std::int64_t> index;  // its point, one tile a loop
  std::vector<TakenToken> taken;    // at `start`
  std::vector<PostedToken> posted;
};

class Replay {
 public:
  // The block begins at cycle `start`. `budget` bounds the work: instructions issued, and points at which an
  // instruction's guard was found not to hold. Keeps references.
  Replay(const mapping::Program& program, const mapping::Block& block, std::int64_t start, std::int64_t budget);
  // The next instruction; null at the end of the block, in a deadlock, or where the budget is spent. Valid until the
  // next call.
  const Issue* next();
  bool is_spent() const { return budget_ < 0; }
  bool is_stuck() const;                           // after the end: some unit waits for a token that nobody posts
  std::int64_t budget() const { return budget_; }  // what is left

 private:
  struct Token {
    std::int64_t from = -1;
    std::int64_t posted = 0;
    std::int64_t arrival = 0;
  };
  enum class Stage { kSeeking, kTaking, kReady, kEnded };
  struct UnitState {
    Stage stage = Stage::kSeeking;
    std::vector<int> instructions;  // its own, in list order
    std::int64_t epoch = 0;
    std::size_t next = 0;    // position in `instructions`
    std::size_t wait = 0;    // waits before it have their tokens
    std::int64_t start = 0;  // the later of the unit being free and the arrivals so far
    std::vector<TakenToken> taken;
  };

  void prepare(UnitState& unit);      // as far as it gets without another unit
  bool seek(UnitState& unit);         // to the next instruction whose guard holds
  bool take_tokens(UnitState& unit);  // false: one is missing
  const Issue* issue(UnitState& unit);

  const mapping::Block& block_;
  std::int64_t budget_;
  std::vector<UnitState> units_;
  std::vector<std::deque<Token>> channels_;
  std::vector<bool> is_read_;             // tokens that nobody takes are not kept
  std::vector<mapping::Cursor> cursors_;  // one an instruction, at the next point that it issues
  Issue issue_;
  std::int64_t issues_ = 0;
};

}  // namespace attnsim::sim
