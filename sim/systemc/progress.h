// The progress line of a long simulation, on stderr: how far, how fast, how long yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace attnsim::sim::systemc {

// "[#######.............]  37 %  12.3e6 cycles/s  ETA 12 s"; `done` is 0 .. 1.
std::string progress_line(double done, std::int64_t cycles, double seconds);

class Progress {
 public:
  explicit Progress(std::int64_t total_epochs);  // of all blocks
  ~Progress();                                   // erases the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void begin_block(std::int64_t epochs_before) { epochs_before_ = epochs_before; }
  // A unit stands at this epoch of the block. Draws at most five times a second.
  void update(std::int64_t epoch, std::int64_t cycle);

 private:
  using Clock = std::chrono::steady_clock;
  std::int64_t total_epochs_;
  std::int64_t epochs_before_ = 0;
  std::int64_t leading_epoch_ = 0;  // over all blocks
  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_ = begin_;
  bool is_drawn_ = false;
};

}  // namespace attnsim::sim::systemc
