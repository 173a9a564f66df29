// Records a window of a systemc run as a value change dump (IEEE 1364, section 18): what each unit is at and how many
// tokens each channel holds. Fed by the unit processes; SystemC's own traces would have to be declared before time 0,
// while blocks and runs bring new channels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/program.h"

namespace attnsim::sim::systemc {

class VcdRecorder {
 public:
  // The cycles from `from` up to, not including, `to`; fewer if more than `instructions` start in them. Keeps a
  // reference.
  VcdRecorder(const mapping::Program& program, std::int64_t from, std::int64_t to, std::int64_t instructions);

  // Called in the order of simulated time; what a call says of the future may lie anywhere in it.
  void begin_block(std::size_t block, std::int64_t cycle);
  void issue(int unit, int instruction, std::int64_t start, std::int64_t end);
  void arrive(int channel, std::int64_t cycle) { change_tokens(channel, cycle, +1); }
  void take(int channel, std::int64_t cycle) { change_tokens(channel, cycle, -1); }

  // Whether fewer cycles are there than asked for.
  bool is_cut() const { return is_cut_; }
  // Both once the run has ended at this cycle: where the dump ends, and the dump; a cycle is 1 ns of it.
  std::int64_t end(std::int64_t cycles) const;
  std::string text(std::int64_t cycles) const;

 private:
  struct Change {
    std::int64_t cycle = 0;
    std::size_t signal = 0;
    std::int64_t value = 0;  // new, or for busy flags and tokens how much more
  };

  void change_tokens(int channel, std::int64_t cycle, std::int64_t tokens);
  void change(std::size_t signal, std::int64_t cycle, std::int64_t value);
  bool is_sum(std::size_t signal) const;  // its changes add up; others replace
  std::string declarations() const;

  const mapping::Program& program_;
  std::int64_t from_;
  std::int64_t to_;
  std::int64_t instructions_left_;
  bool is_cut_ = false;
  std::size_t block_ = 0;
  std::vector<std::size_t> first_signal_;  // of each block's channels
  std::vector<std::int64_t> values_;       // of each signal at `from`
  std::vector<Change> changes_;
};

}  // namespace attnsim::sim::systemc
