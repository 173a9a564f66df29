// One unit as one SystemC process: it issues its instructions in order, sleeps while one runs or while a token is on
// its way, and wakes in simulated time. A cycle is one unit of SystemC's time resolution.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "mapping/cursor.h"
#include "mapping/program.h"
#include "sim/engine.h"
#include "sim/stuck.h"
#include "sim/systemc/progress.h"
#include "sim/systemc/token_channel.h"
#include "sim/systemc/vcd.h"

namespace attnsim::sim::systemc {

// What the units of one block have in common while it runs.
struct BlockRun {
  const mapping::Block* block = nullptr;
  std::uint64_t origin = 0;  // the time at which the program began
  std::int64_t last_epoch = 0;
  std::int64_t limit = 0;  // no instruction may end after this cycle
  std::vector<TokenChannel> channels;
  std::vector<std::int64_t> stall_cycles;  // by channel
  std::vector<InstructionTiming> timings;  // by instruction
  std::int64_t executed = 0;
  Progress* progress = nullptr;
  VcdRecorder* vcd = nullptr;
};

class UnitProcess : public sc_core::sc_module {
 public:
  explicit UnitProcess(const sc_core::sc_module_name& name);
  // Takes up the unit's instructions of the block; they begin when the simulation goes on.
  void load(BlockRun& run, int unit);
  sc_core::sc_event& wake() { return wake_; }
  bool has_ended() const { return epoch_ > run_->last_epoch; }
  bool is_beyond_limit() const { return is_beyond_limit_; }
  std::int64_t free_cycle() const { return free_cycle_; }  // end of the last instruction
  StuckUnit stuck() const;

 private:
  void proceed();           // the process
  bool find_instruction();  // moves to the next instruction whose guard holds; false at the end of the block
  bool take_tokens();       // false: one is missing or on its way
  void issue(const mapping::Instruction& instruction, const mapping::Work& work);
  void pass_instruction();
  std::uint64_t now() const { return sc_core::sc_time_stamp().value(); }
  std::int64_t cycle() const { return static_cast<std::int64_t>(now() - run_->origin); }
  const mapping::Instruction& instruction() const;
  mapping::Cursor& cursor() { return cursors_[next_]; }

  sc_core::sc_event wake_;
  BlockRun* run_ = nullptr;
  std::vector<int> instructions_;         // positions in the block
  std::vector<mapping::Cursor> cursors_;  // one for each of them
  std::int64_t epoch_ = 0;
  std::size_t next_ = 0;
  std::size_t wait_ = 0;
  std::int64_t free_cycle_ = 0;
  std::int64_t progress_cycle_ = 0;  // when the last of the tokens taken so far had come
  int last_channel_ = -1;            // the channel on which it came; -1: none later than free_cycle_
  bool is_beyond_limit_ = false;
};

}  // namespace attnsim::sim::systemc
