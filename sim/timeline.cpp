// Replays the beginning of the block and picks the window from it.
#include "sim/timeline.h"

#include <algorithm>

#include "sim/replay.h"

namespace attnsim::sim {
namespace {

constexpr std::int64_t kLongestReplay = 2500;  // instructions
constexpr std::int64_t kBudget = 50'000;       // with the points at which guards do not hold
constexpr std::size_t kMostEvents = 60;
constexpr std::size_t kIntervals = 3;

std::vector<Issue> replay_beginning(const mapping::Program& program, const mapping::Block& block, std::int64_t begin) {
  std::vector<Issue> issues;
  Replay replay(program, block, begin, kBudget);
  for (std::int64_t i = 0; i < kLongestReplay; ++i) {
    const Issue* issue = replay.next();
    if (issue == nullptr) break;
    issues.push_back(*issue);
  }
  return issues;
}

// Starts of the instruction that is there most often; the first of several.
std::vector<std::int64_t> beats(const mapping::Block& block, const std::vector<Issue>& issues) {
  std::vector<std::vector<std::int64_t>> starts(block.instructions.size());
  for (const Issue& issue : issues) starts[static_cast<std::size_t>(issue.instruction)].push_back(issue.start);
  return *std::max_element(starts.begin(), starts.end(),
                           [](const auto& one, const auto& other) { return one.size() < other.size(); });
}

// Those that run within the window.
std::vector<const Issue*> within(const std::vector<Issue>& issues, std::int64_t from, std::int64_t to) {
  std::vector<const Issue*> chosen;
  for (const Issue& issue : issues)
    if (issue.start < to && (issue.end > from || issue.start >= from)) chosen.push_back(&issue);
  return chosen;
}

}  // namespace

Timeline make_timeline(const mapping::Program& program, std::size_t position, std::int64_t begin) {
  const mapping::Block& block = program.blocks[position];
  const std::vector<Issue> issues = replay_beginning(program, block, begin);
  Timeline timeline;
  if (issues.empty()) return timeline;
  const std::vector<std::int64_t> starts = beats(block, issues);
  const std::size_t intervals = std::min(kIntervals, starts.size() - 1);
  const std::size_t first = (starts.size() - 1 - intervals) / 2;
  timeline.cycles_from = starts[first];
  std::int64_t end = begin;
  for (const Issue& issue : issues) end = std::max(end, issue.end);
  std::vector<const Issue*> chosen;
  for (std::size_t count = std::max<std::size_t>(1, intervals); count > 0; --count) {
    timeline.cycles_to = first + count < starts.size() ? starts[first + count] : end;
    chosen = within(issues, timeline.cycles_from, timeline.cycles_to);
    if (chosen.size() <= kMostEvents) break;
  }
  if (chosen.size() > kMostEvents) {
    timeline.cycles_to = chosen[kMostEvents]->start;
    chosen.resize(kMostEvents);
  }
  for (const Issue* issue : chosen) {
    const mapping::Instruction& instruction = block.instructions[static_cast<std::size_t>(issue->instruction)];
    timeline.events.push_back({program.units[static_cast<std::size_t>(issue->unit)].name, instruction.name,
                               issue->start, issue->end, issue->epoch - instruction.lag});
  }
  return timeline;
}

Timeline longest_timeline(const mapping::Program& program, const Timing& timing) {
  const std::vector<std::int64_t> times = mapping::block_times(program);
  std::int64_t longest = -1;
  std::size_t chosen = 0;
  for (std::size_t block = 0; block < timing.spans.size(); ++block) {
    if (timing.spans[block].begin < 0 || times[block] * timing.spans[block].cycles() <= longest) continue;
    longest = times[block] * timing.spans[block].cycles();
    chosen = block;
  }
  return longest < 0 ? Timeline{} : make_timeline(program, chosen, timing.spans[chosen].begin);
}

}  // namespace attnsim::sim
