// Blocks before the window are passed by the fast engine; the block in which it begins is replayed from its start.
#include "sim/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "common/error.h"
#include "sim/engine.h"
#include "sim/replay.h"

namespace attnsim::sim {
namespace {

class Tracer {
 public:
  Tracer(const mapping::Program& program, const TraceWindow& window)
      : program_(program), window_(window), budget_(window.replay_limit) {
    trace_.from = window.from;
  }

  Trace run() {
    for (const std::size_t block : mapping::block_sequence(program_)) {
      if (is_over_) break;
      if (!pass(block)) show(static_cast<int>(block));
    }
    if (!is_over_ && trace_.events.empty())
      throw common::UsageError(
          fmt::format("--trace-window: begins at cycle {}, but the program ends at {}", window_.from, now_));
    if (!is_over_) trace_.to = now_;
    return std::move(trace_);
  }

 private:
  // Whether the block ends before the window begins; then time goes on to its end.
  bool pass(std::size_t position) {
    if (window_.from <= now_) return false;
    const auto [length, is_new] = cycles_of_.try_emplace(position);
    if (is_new) length->second = run_fast({program_.units, {program_.blocks[position]}}).cycles;
    const std::int64_t end = now_ + length->second;
    if (end >= window_.from) return false;
    now_ = end;
    return true;
  }

  void show(int position) {
    const mapping::Block& block = program_.blocks[static_cast<std::size_t>(position)];
    const std::int64_t begin = now_;
    Replay replay(program_, block, begin, budget_);
    std::int64_t reached = begin;
    event_of_.clear();
    early_.clear();
    changes_.clear();
    for (const mapping::Channel& channel : block.channels) early_.push_back(channel.initial_tokens);
    while (const Issue* issue = replay.next()) {
      reached = issue->start;
      if (reached >= window_.to || is_full()) {
        stop(reached);
        break;
      }
      now_ = std::max(now_, issue->end);
      count(block, *issue);
      if (reached >= window_.from || issue->end > window_.from) add(position, *issue);
    }
    if (replay.is_spent()) {
      if (trace_.events.empty()) fail(reached);
      stop(reached);
    }
    if (!is_over_ && replay.is_stuck()) run_fast(program_);  // it says who waits for what
    budget_ = replay.budget();
    add_counts(block, position, std::max(begin, window_.from));
  }

  // Every instruction that starts before this cycle has been seen.
  void stop(std::int64_t cycle) {
    is_over_ = true;
    trace_.is_cut = cycle < window_.to;
    trace_.to = std::min(cycle, window_.to);
  }

  bool is_full() const { return static_cast<std::int64_t>(trace_.events.size()) >= window_.instructions; }

  [[noreturn]] void fail(std::int64_t reached) const {
    throw common::UsageError(
        fmt::format("--trace-window: cycle {} lies beyond the {} instructions that a trace replays; they reach cycle "
                    "{}",
                    window_.from, window_.replay_limit, reached));
  }

  void add(int block, const Issue& issue) {
    const auto event = static_cast<std::int64_t>(trace_.events.size());
    event_of_[issue.number] = event;
    trace_.events.push_back({block, issue.instruction, issue.unit, issue.epoch, issue.start, issue.end, issue.index});
    for (const TakenToken& token : issue.taken) {
      const auto from = event_of_.find(token.from);
      trace_.tokens.push_back({block, token.channel, from == event_of_.end() ? -1 : from->second, event, token.posted,
                               token.arrival, issue.start});
    }
  }

  static bool is_counted(const mapping::Channel& channel) { return channel.initial_tokens > 0; }

  void count(const mapping::Block& block, const Issue& issue) {
    const auto change = [&](int channel, std::int64_t cycle, std::int64_t tokens) {
      const auto position = static_cast<std::size_t>(channel);
      if (!is_counted(block.channels[position])) return;
      if (cycle <= window_.from) {
        early_[position] += tokens;
      } else if (cycle < window_.to) {
        changes_[{cycle, channel}] += tokens;
      }
    };
    for (const TakenToken& token : issue.taken) change(token.channel, issue.start, -1);
    for (const PostedToken& token : issue.posted) change(token.channel, token.arrival, +1);
  }

  // `begin`: the first cycle of the window in this block.
  void add_counts(const mapping::Block& block, int position, std::int64_t begin) {
    for (std::size_t channel = 0; channel < early_.size(); ++channel)
      if (is_counted(block.channels[channel]))
        trace_.counts.push_back({begin, position, static_cast<int>(channel), early_[channel]});
    for (const auto& [at, tokens] : changes_) {
      const auto [cycle, channel] = at;
      if (tokens == 0 || (is_over_ && cycle >= trace_.to)) continue;
      early_[static_cast<std::size_t>(channel)] += tokens;
      trace_.counts.push_back({cycle, position, channel, early_[static_cast<std::size_t>(channel)]});
    }
  }

  const mapping::Program& program_;
  const TraceWindow& window_;
  std::int64_t budget_;
  std::int64_t now_ = 0;                           // end of what has run
  std::map<std::size_t, std::int64_t> cycles_of_;  // [block] of those that were passed
  bool is_over_ = false;
  Trace trace_;
  // Of the block at hand.
  std::vector<std::int64_t> early_;                               // tokens by channel, up to the window's begin
  std::map<std::pair<std::int64_t, int>, std::int64_t> changes_;  // (cycle, channel) -> tokens more
  std::unordered_map<std::int64_t, std::int64_t> event_of_;       // Issue::number -> position in Trace::events
};

}  // namespace

Trace make_trace(const mapping::Program& program, const TraceWindow& window) { return Tracer(program, window).run(); }

}  // namespace attnsim::sim
