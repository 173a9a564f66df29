// Runs a Program the slow and plain way and keeps the start and end of every instruction at every point.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "mapping/cursor.h"
#include "mapping/program.h"

namespace attnsim::mapping {

struct Span {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t ops = 0;
};

using Indices = std::map<std::string, std::int64_t>;  // loop name -> tile, without "pass"

struct TracedInstruction {
  std::map<Indices, Span> at;
  std::int64_t ops() const {
    std::int64_t sum = 0;
    for (const auto& [point, span] : at) sum += span.ops;
    return sum;
  }
};

struct Trace {
  std::map<std::string, TracedInstruction> of;  // by instruction name
  std::int64_t cycles = 0;
};

class Tracer {
 public:
  explicit Tracer(const Program& program) : program_(program) {}

  Trace run() {
    for (const Block& block : program_.blocks) run_block(block);
    return std::move(trace_);
  }

 private:
  struct Issue {
    const Instruction* instruction;
    Cursor cursor;
  };

  void run_block(const Block& block) {
    std::vector<std::vector<Issue>> queues(program_.units.size());
    list_issues(block, queues);
    std::vector<std::vector<std::int64_t>> tokens(block.channels.size());
    std::vector<std::size_t> taken(block.channels.size(), 0);
    for (std::size_t c = 0; c < tokens.size(); ++c) {
      tokens[c].assign(static_cast<std::size_t>(block.channels[c].initial_tokens), trace_.cycles);
    }
    std::vector<std::size_t> next(queues.size(), 0);
    std::vector<std::int64_t> free(queues.size(), trace_.cycles);
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t unit = 0; unit < queues.size(); ++unit) {
        while (next[unit] < queues[unit].size() && issue(block, queues[unit][next[unit]], tokens, taken, free[unit])) {
          ++next[unit];
          moved = true;
        }
      }
    }
    for (std::size_t unit = 0; unit < queues.size(); ++unit) {
      if (next[unit] < queues[unit].size()) throw std::runtime_error("deadlock in " + block.name);
      trace_.cycles = std::max(trace_.cycles, free[unit]);
    }
  }

  static void list_issues(const Block& block, std::vector<std::vector<Issue>>& queues) {
    std::vector<Cursor> points;
    for (Cursor cursor(block.loops); !cursor.done(); cursor.advance()) points.push_back(cursor);
    std::int64_t most = 0;
    for (const Instruction& instruction : block.instructions) most = std::max(most, instruction.lag);
    const auto last = static_cast<std::int64_t>(points.size()) + most;
    for (std::int64_t epoch = 0; epoch < last; ++epoch) {
      for (const Instruction& instruction : block.instructions) {
        const std::int64_t point = epoch - instruction.lag;
        if (point < 0 || point >= static_cast<std::int64_t>(points.size())) continue;
        const Cursor& cursor = points[static_cast<std::size_t>(point)];
        if (cursor.holds(instruction.guard))
          queues[static_cast<std::size_t>(instruction.unit)].push_back({&instruction, cursor});
      }
    }
  }

  bool issue(const Block& block, const Issue& issue, std::vector<std::vector<std::int64_t>>& tokens,
             std::vector<std::size_t>& taken, std::int64_t& free) {
    const Instruction& instruction = *issue.instruction;
    std::int64_t start = free;
    for (const Wait& wait : instruction.waits) {
      if (!issue.cursor.holds(wait.guard)) continue;
      const auto channel = static_cast<std::size_t>(wait.channel);
      if (taken[channel] == tokens[channel].size()) return false;
      start = std::max(start, tokens[channel][taken[channel]]);
    }
    Work work = instruction.work;
    for (auto tail = instruction.tails.rbegin(); tail != instruction.tails.rend(); ++tail) {
      if (issue.cursor.holds(tail->guard)) work = tail->work;
    }
    for (const Wait& wait : instruction.waits) {
      if (issue.cursor.holds(wait.guard)) ++taken[static_cast<std::size_t>(wait.channel)];
    }
    free = start + work.duration;
    for (const Post& post : instruction.posts) {
      if (!issue.cursor.holds(post.guard)) continue;
      const auto channel = static_cast<std::size_t>(post.channel);
      const std::int64_t departure = post.offset == Post::kAtEnd ? free : start + post.offset;
      tokens[channel].push_back(departure + block.channels[channel].latency);
    }
    Indices indices;
    const std::vector<std::int64_t> tiles = issue.cursor.tiles();
    for (std::size_t loop = 0; loop < block.loops.size(); ++loop) {
      if (block.loops[loop].name != "pass") indices[block.loops[loop].name] = tiles[loop];
    }
    if (!trace_.of[instruction.name].at.emplace(indices, Span{start, free, work.ops}).second) {
      throw std::runtime_error(instruction.name + " runs twice at one point");
    }
    return true;
  }

  const Program& program_;
  Trace trace_;
};

}  // namespace attnsim::mapping
