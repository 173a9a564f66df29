// Random Programs for property tests: nests with ragged and empty loops, guards, tails, lags, streamed posts, and
// channels that mostly, but not always, let the program come to its end.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "mapping/program.h"

namespace attnsim::mapping {

inline void showValue(const Program& program, std::ostream& out) { out << describe(program); }

}  // namespace attnsim::mapping

namespace attnsim::sim {

struct ProgramShape {
  int most_loops = 5;
  std::int64_t longest_loop = 4;
  std::int64_t most_points = 300;
  bool may_deadlock = true;
  std::int64_t most_lag = 6;
  bool is_uneven = false;  // some channels start with many tokens, and more are posted than taken, or fewer
};

class RandomProgram {
 public:
  // To be called within rc::gen::exec or a property.
  static mapping::Program draw(const ProgramShape& shape) {
    RandomProgram random(shape);
    mapping::Program program;
    const int units = random.number(1, 5);
    for (int i = 0; i < units; ++i) program.units.push_back({"u" + std::to_string(i), 1});
    const int blocks = random.number(1, 3);
    for (int i = 0; i < blocks; ++i) program.blocks.push_back(random.draw_block("b" + std::to_string(i), units));
    return program;
  }

 private:
  explicit RandomProgram(const ProgramShape& shape) : shape_(shape) {}

  static std::int64_t number64(std::int64_t least, std::int64_t most) {
    return *rc::gen::resize(100, rc::gen::inRange<std::int64_t>(least, most + 1));
  }
  static int number(int least, int most) { return static_cast<int>(number64(least, most)); }
  static bool one_in(int n) { return number(1, n) == n; }

  std::vector<mapping::Loop> draw_loops() const {
    std::vector<mapping::Loop> loops;
    const int count = number(0, shape_.most_loops);
    std::int64_t points = 1;
    for (int i = 0; i < count; ++i) {
      const std::int64_t most = std::max<std::int64_t>(1, std::min(shape_.longest_loop, shape_.most_points / points));
      mapping::Loop loop;
      loop.name = "l" + std::to_string(i);
      loop.extent = one_in(20) ? 0 : number64(1, most);
      if (i > 0 && one_in(3)) {
        std::int64_t entries = 1;
        for (int outer = number(0, i - 1); outer < i; outer += number(1, 3)) {
          loop.table_loops.push_back(outer);
          entries *= loops[static_cast<std::size_t>(outer)].extent;
        }
        const bool has_runs = one_in(2);  // rows that repeat, so that a jump over some of them is possible
        loop.extent = 0;
        for (std::int64_t k = 0; k < entries; ++k) {
          loop.table.push_back(has_runs && k > 0 && !one_in(5) ? loop.table.back() : draw_row(most));
          loop.extent = std::max(loop.extent, mapping::length(loop.table.back()));
        }
      }
      points *= std::max<std::int64_t>(1, loop.extent);
      loops.push_back(loop);
    }
    return loops;
  }

  // One run, or several with marks of their own and gaps between.
  static mapping::Row draw_row(std::int64_t most) {
    mapping::Row row;
    const bool is_marked = one_in(2);
    std::int64_t left = number64(0, most);
    for (std::int64_t tile = 0; left > 0;) {
      tile += is_marked ? number64(0, 2) : 0;
      const std::int64_t count = is_marked ? number64(1, left) : left;
      row.push_back({count, tile, is_marked ? static_cast<std::uint32_t>(number(0, 3)) : 0});
      tile += count;
      left -= count;
    }
    return row;
  }

  static mapping::Guard draw_guard(const mapping::Block& block, int always_in) {
    mapping::Guard guard;
    if (block.loops.empty() || !one_in(always_in)) return guard;
    using Kind = mapping::Condition::Kind;
    do {
      const int loop = number(0, static_cast<int>(block.loops.size()) - 1);
      const Kind kinds[] = {Kind::kFirst,  Kind::kNotFirst, Kind::kLast,     Kind::kNotLast,
                            Kind::kEquals, Kind::kMarked,   Kind::kNotMarked};
      const int kind = number(0, 6);
      const std::int64_t extent = block.loops[static_cast<std::size_t>(loop)].extent;
      guard.push_back({loop, kinds[kind], kind > 4 ? number64(1, 3) : number64(0, extent)});
    } while (one_in(4));
    return guard;
  }

  static std::int64_t draw_cycles(std::int64_t most) { return one_in(5) ? 0 : number64(0, most); }

  static mapping::Post draw_post(const mapping::Instruction& from, int channel, const mapping::Guard& guard) {
    std::int64_t shortest = from.work.duration;
    for (const mapping::Tail& tail : from.tails) shortest = std::min(shortest, tail.work.duration);
    return {channel, guard, one_in(2) ? mapping::Post::kAtEnd : number64(0, shortest)};
  }

  static mapping::Guard both(const mapping::Guard& a, const mapping::Guard& b) {
    mapping::Guard guard = a;
    guard.insert(guard.end(), b.begin(), b.end());
    return guard;
  }

  // One instruction's result goes to another, at the points where both run; most of the time with slots that flow back.
  void connect(mapping::Block& block, int from, int to) const {
    mapping::Instruction& producer = block.instructions[static_cast<std::size_t>(from)];
    mapping::Instruction& consumer = block.instructions[static_cast<std::size_t>(to)];
    const mapping::Guard shared = draw_guard(block, 3);
    const bool is_wrong = shape_.may_deadlock && one_in(40);
    const std::int64_t distance = consumer.lag - producer.lag;
    const bool comes_later = distance > 0 || (distance == 0 && from < to);
    const std::int64_t ahead = comes_later ? 0 : 2 * (1 - distance);
    const std::string name = producer.name + " -> " + consumer.name;
    const bool is_uneven = shape_.is_uneven && one_in(3);
    const std::int64_t stock = is_uneven && one_in(2) ? number64(0, 60) : 0;
    block.channels.push_back({name, consumer.unit, draw_cycles(30), is_wrong ? 0 : ahead + stock + draw_cycles(1)});
    const int data = static_cast<int>(block.channels.size()) - 1;
    // Two tokens a point may leave in another order than they are taken in.
    for (int tokens = one_in(5) ? 2 : 1; tokens > 0; --tokens) {
      const mapping::Guard fewer = is_uneven ? draw_guard(block, 2) : mapping::Guard{};
      consumer.waits.push_back({data, both(fewer, both(shared, is_wrong ? mapping::Guard{} : producer.guard))});
      producer.posts.push_back(draw_post(producer, data, both(shared, consumer.guard)));
    }
    if (is_uneven && one_in(2)) producer.posts.push_back(draw_post(producer, data, {}));
    if (is_uneven && stock > 0 && one_in(4)) producer.posts.pop_back();
    if (one_in(3)) return;
    const bool is_short = shape_.may_deadlock && one_in(20);
    const std::int64_t slots = is_short ? number64(0, 2) : std::max<std::int64_t>(0, distance) + number64(1, 4);
    block.channels.push_back({"slots of " + name, producer.unit, draw_cycles(10), slots});
    const int free = static_cast<int>(block.channels.size()) - 1;
    producer.waits.push_back({free, both(shared, consumer.guard)});
    consumer.posts.push_back(draw_post(consumer, free, both(shared, producer.guard)));
  }

  mapping::Block draw_block(const std::string& name, int units) const {
    mapping::Block block;
    block.name = name;
    block.loops = draw_loops();
    const int instructions = number(1, 12);
    for (int i = 0; i < instructions; ++i) {
      mapping::Instruction instruction;
      instruction.name = "i" + std::to_string(i);
      instruction.unit = number(0, units - 1);
      instruction.lag = one_in(2) ? 0 : number64(0, shape_.most_lag);
      instruction.guard = draw_guard(block, 4);
      instruction.work.duration = draw_cycles(20);
      for (int tails = one_in(4) ? number(1, 2) : 0; tails > 0; --tails) {
        mapping::Tail tail{draw_guard(block, 1), {}};
        tail.work.duration = draw_cycles(20);
        instruction.tails.push_back(tail);
      }
      block.instructions.push_back(instruction);
    }
    for (int channels = number(0, 10); channels > 0; --channels)
      connect(block, number(0, instructions - 1), number(0, instructions - 1));
    return block;
  }

  ProgramShape shape_;
};

}  // namespace attnsim::sim
