// A token channel: posts are stamped with the time at which they arrive, takes are first in first out, and the unit
// that waits on an empty channel wakes when the next token arrives.
#pragma once

#include <cstdint>
#include <deque>
#include <systemc>

namespace attnsim::sim::systemc {

class TokenChannel {
 public:
  TokenChannel(std::int64_t latency, sc_core::sc_event& wake) : latency_(latency), wake_(&wake) {}

  void fill(std::int64_t tokens, std::uint64_t now) { arrivals_.assign(static_cast<std::size_t>(tokens), now); }
  // A token leaves the producer `delay` cycles from now.
  void post(std::uint64_t now, std::int64_t delay) {
    const std::int64_t travel = delay + latency_;
    arrivals_.push_back(now + static_cast<std::uint64_t>(travel));
    if (!is_awaited_) return;
    is_awaited_ = false;
    wake_->notify(sc_core::sc_time::from_value(static_cast<std::uint64_t>(travel)));
  }
  bool empty() const { return arrivals_.empty(); }
  std::uint64_t next_arrival() const { return arrivals_.front(); }
  void take() { arrivals_.pop_front(); }
  void await() { is_awaited_ = true; }

 private:
  std::int64_t latency_;
  sc_core::sc_event* wake_;
  std::deque<std::uint64_t> arrivals_;
  bool is_awaited_ = false;
};

}  // namespace attnsim::sim::systemc
