// Text and pace of the progress line.
#include "sim/systemc/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace attnsim::sim::systemc {

std::string progress_line(double done, std::int64_t cycles, double seconds) {
  constexpr int kWidth = 20;
  const int filled = static_cast<int>(done * kWidth);
  const double rate = seconds > 0 ? static_cast<double>(cycles) / seconds : 0;
  const double left = done > 0 ? seconds * (1 - done) / done : 0;
  return fmt::format("[{:#<{}}{:.<{}}] {:3.0f} %  {:.1f}e6 cycles/s  ETA {:.0f} s", "", filled, "", kWidth - filled,
                     done * 100, rate / 1e6, left);
}

Progress::Progress(std::int64_t total_epochs) : total_epochs_(std::max<std::int64_t>(1, total_epochs)) {}

Progress::~Progress() {
  if (is_drawn_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::update(std::int64_t epoch, std::int64_t cycle) {
  leading_epoch_ = std::max(leading_epoch_, epochs_before_ + epoch);
  const Clock::time_point now = Clock::now();
  if (now - drawn_ < std::chrono::milliseconds(200)) return;
  drawn_ = now;
  is_drawn_ = true;
  const double done = std::min(1.0, static_cast<double>(leading_epoch_) / static_cast<double>(total_epochs_));
  const std::chrono::duration<double> seconds = now - begin_;
  fmt::print(stderr, "\r{}\x1b[K", progress_line(done, cycle, seconds.count()));
  std::fflush(stderr);
}

}  // namespace attnsim::sim::systemc
