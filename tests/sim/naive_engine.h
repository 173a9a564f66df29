// The timing rule of mapping/program.h said once more, as plainly as it goes: every point written out, every token
// kept, each unit run as far as it gets. Slow, without epochs in step or jumps; what the engines are held against.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mapping/program.h"
#include "sim/engine.h"

namespace attnsim::sim {

class NaiveEngine {
 public:
  // False: deadlock.
  bool run(const mapping::Program& program) {
    timing_.units.resize(program.units.size());
    for (const mapping::Block& block : program.blocks)
      if (!run_block(program, block)) return false;
    return true;
  }
  const Timing& timing() const { return timing_; }

 private:
  using Point = std::vector<std::int64_t>;  // index, trip count and marks of each loop, in turn
  struct Step {
    std::size_t instruction;
    std::size_t point;
  };

  static void list_points(const mapping::Block& block, Point& outer, std::vector<Point>& points) {
    const std::size_t depth = outer.size() / 3;
    if (depth == block.loops.size()) {
      points.push_back(outer);
      return;
    }
    const mapping::Loop& loop = block.loops[depth];
    std::vector<std::int64_t> marks(static_cast<std::size_t>(loop.extent), 0);  // of each iteration
    if (!loop.table.empty()) {
      std::size_t row = 0;
      for (const int picks : loop.table_loops)
        row = row * static_cast<std::size_t>(block.loops.at(static_cast<std::size_t>(picks)).extent) +
              static_cast<std::size_t>(outer.at(3 * static_cast<std::size_t>(picks)));
      marks.clear();
      for (const mapping::Run& run : loop.table.at(row))
        marks.insert(marks.end(), static_cast<std::size_t>(run.count), run.marks);
    }
    for (std::size_t i = 0; i < marks.size(); ++i) {
      outer.push_back(static_cast<std::int64_t>(i));
      outer.push_back(static_cast<std::int64_t>(marks.size()));
      outer.push_back(marks[i]);
      list_points(block, outer, points);
      outer.resize(3 * depth);
    }
  }

  static bool holds(const mapping::Guard& guard, const Point& point) {
    return std::all_of(guard.begin(), guard.end(), [&point](const mapping::Condition& condition) {
      const auto loop = static_cast<std::size_t>(condition.loop);
      const std::int64_t index = point.at(3 * loop);
      const std::int64_t last = point.at(3 * loop + 1) - 1;
      const bool is_marked = (point.at(3 * loop + 2) & condition.value) != 0;
      switch (condition.kind) {
        case mapping::Condition::Kind::kFirst:
          return index == 0;
        case mapping::Condition::Kind::kNotFirst:
          return index > 0;
        case mapping::Condition::Kind::kLast:
          return index == last;
        case mapping::Condition::Kind::kNotLast:
          return index < last;
        case mapping::Condition::Kind::kMarked:
          return is_marked;
        case mapping::Condition::Kind::kNotMarked:
          return !is_marked;
        default:
          return index == condition.value;
      }
    });
  }

  bool run_block(const mapping::Program& program, const mapping::Block& block) {
    std::vector<Point> points;
    Point outer;
    list_points(block, outer, points);
    std::vector<std::vector<Step>> steps(program.units.size());  // all that each unit issues, in order
    std::size_t lag = 0;
    for (const auto& instruction : block.instructions) lag = std::max(lag, static_cast<std::size_t>(instruction.lag));
    for (std::size_t epoch = 0; !points.empty() && epoch < points.size() + lag; ++epoch)
      for (std::size_t i = 0; i < block.instructions.size(); ++i) {
        const mapping::Instruction& instruction = block.instructions[i];
        const std::size_t point = epoch - static_cast<std::size_t>(instruction.lag);  // wraps where there is none
        if (point < points.size() && holds(instruction.guard, points[point]))
          steps[static_cast<std::size_t>(instruction.unit)].push_back({i, point});
      }
    std::vector<std::vector<std::int64_t>> arrivals(block.channels.size());
    for (std::size_t c = 0; c < block.channels.size(); ++c)
      arrivals[c].assign(static_cast<std::size_t>(block.channels[c].initial_tokens), timing_.cycles);
    std::vector<std::size_t> taken(block.channels.size(), 0);
    std::vector<std::size_t> done(steps.size(), 0);
    std::vector<std::int64_t> free(steps.size(), timing_.cycles);
    timing_.blocks.emplace_back(block.instructions.size());
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t unit = 0; unit < steps.size(); ++unit)
        while (done[unit] < steps[unit].size() &&
               issue(block, steps[unit][done[unit]], points, arrivals, taken, free[unit], timing_.units[unit])) {
          ++done[unit];
          moved = true;
        }
    }
    for (std::size_t unit = 0; unit < steps.size(); ++unit) {
      if (done[unit] < steps[unit].size()) return false;
      timing_.cycles = std::max(timing_.cycles, free[unit]);
    }
    return true;
  }

  bool issue(const mapping::Block& block, const Step& step, const std::vector<Point>& points,
             std::vector<std::vector<std::int64_t>>& arrivals, std::vector<std::size_t>& taken, std::int64_t& free,
             UnitTiming& unit) {
    const mapping::Instruction& instruction = block.instructions[step.instruction];
    const Point& point = points[step.point];
    std::vector<std::size_t> taken_then = taken;
    std::int64_t start = free;
    const mapping::Channel* cause = nullptr;
    for (const mapping::Wait& wait : instruction.waits) {
      if (!holds(wait.guard, point)) continue;
      const auto channel = static_cast<std::size_t>(wait.channel);
      if (taken_then[channel] == arrivals[channel].size()) return false;
      const std::int64_t arrival = arrivals[channel][taken_then[channel]++];
      if (arrival <= start) continue;
      start = arrival;
      cause = &block.channels[channel];
    }
    taken = taken_then;
    if (cause != nullptr) unit.stall_cycles[cause->name] += start - free;
    std::int64_t duration = instruction.work.duration;
    for (auto tail = instruction.tails.rbegin(); tail != instruction.tails.rend(); ++tail)
      if (holds(tail->guard, point)) duration = tail->work.duration;
    for (const mapping::Post& post : instruction.posts)
      if (holds(post.guard, point))
        arrivals[static_cast<std::size_t>(post.channel)].push_back(
            start + (post.offset < 0 ? duration : post.offset) +
            block.channels[static_cast<std::size_t>(post.channel)].latency);
    InstructionTiming& timing = timing_.blocks.back()[step.instruction];
    if (timing.count++ == 0) timing.first_start = start;
    timing.last_start = start;
    timing.busy_cycles += duration;
    unit.busy_cycles += duration;
    free = start + duration;
    ++timing_.executed_instructions;
    return true;
  }

  Timing timing_;
};

}  // namespace attnsim::sim
