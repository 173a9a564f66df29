// The Program's own rules and its listing.
#include "mapping/program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace attnsim::mapping {
namespace {

// Times stay far below 2^63 where each single one is below this.
constexpr std::int64_t kLongest = std::int64_t{1} << 60;

template <typename... Values>
void require(bool condition, fmt::format_string<Values...> text, Values&&... values) {
  if (!condition) throw std::logic_error(fmt::format(text, std::forward<Values>(values)...));
}

bool is_position(int position, std::size_t size) { return position >= 0 && static_cast<std::size_t>(position) < size; }

void check_guard(const Guard& guard, const Block& block, const Instruction& instruction) {
  for (const Condition& condition : guard)
    require(is_position(condition.loop, block.loops.size()), "{}: {}: a guard names loop {} of {}", block.name,
            instruction.name, condition.loop, block.loops.size());
}

void check_loops(const Block& block) {
  for (std::size_t i = 0; i < block.loops.size(); ++i) {
    const Loop& loop = block.loops[i];
    require(loop.extent >= 0, "{}: loop {} has extent {}", block.name, loop.name, loop.extent);
    if (loop.table_loops.empty() && loop.table.empty()) continue;
    std::int64_t rows = 1;
    for (std::size_t k = 0; k < loop.table_loops.size(); ++k) {
      const int outer = loop.table_loops[k];
      require(is_position(outer, i), "{}: loop {} has a table of loop {}, which is not outside it", block.name,
              loop.name, outer);
      require(k == 0 || loop.table_loops[k - 1] < outer, "{}: loop {} has a table of loops {}, which do not ascend",
              block.name, loop.name, fmt::join(loop.table_loops, " "));
      rows *= block.loops[static_cast<std::size_t>(outer)].extent;
    }
    require(static_cast<std::int64_t>(loop.table.size()) == rows,
            "{}: loop {} has a table of {} rows for the {} that its outer loops pick", block.name, loop.name,
            loop.table.size(), rows);
    std::int64_t largest = 0;
    for (const Row& row : loop.table) {
      for (const Run& run : row)
        require(run.count > 0, "{}: loop {} has a run of {} tiles", block.name, loop.name, run.count);
      largest = std::max(largest, length(row));
    }
    require(loop.extent == largest, "{}: loop {} has extent {}, but the largest of its table is {}", block.name,
            loop.name, loop.extent, largest);
  }
}

void check_work(const Work& work, const Block& block, const Instruction& instruction) {
  require(work.duration >= 0 && work.duration < kLongest, "{}: {}: duration {}", block.name, instruction.name,
          work.duration);
  for (const Post& post : instruction.posts)
    require(post.offset == Post::kAtEnd || (post.offset >= 0 && post.offset <= work.duration),
            "{}: {}: a post at offset {} of a duration of {}", block.name, instruction.name, post.offset,
            work.duration);
}

void check_instruction(const Program& program, const Block& block, const Instruction& instruction,
                       std::vector<int>& posting_units) {
  require(is_position(instruction.unit, program.units.size()), "{}: {}: unit {} of {}", block.name, instruction.name,
          instruction.unit, program.units.size());
  require(instruction.lag >= 0 && instruction.lag < kLongest, "{}: {}: lag {}", block.name, instruction.name,
          instruction.lag);
  check_guard(instruction.guard, block, instruction);
  check_work(instruction.work, block, instruction);
  for (const Tail& tail : instruction.tails) {
    check_guard(tail.guard, block, instruction);
    check_work(tail.work, block, instruction);
  }
  for (const Wait& wait : instruction.waits) {
    require(is_position(wait.channel, block.channels.size()), "{}: {}: waits for channel {} of {}", block.name,
            instruction.name, wait.channel, block.channels.size());
    check_guard(wait.guard, block, instruction);
    const Channel& channel = block.channels[static_cast<std::size_t>(wait.channel)];
    require(channel.to_unit == instruction.unit, "{}: {} waits for \"{}\", whose tokens go to another unit", block.name,
            instruction.name, channel.name);
  }
  for (const Post& post : instruction.posts) {
    require(is_position(post.channel, block.channels.size()), "{}: {}: posts to channel {} of {}", block.name,
            instruction.name, post.channel, block.channels.size());
    check_guard(post.guard, block, instruction);
    int& from_unit = posting_units[static_cast<std::size_t>(post.channel)];
    require(from_unit < 0 || from_unit == instruction.unit, "{}: {} posts to \"{}\", as another unit does", block.name,
            instruction.name, block.channels[static_cast<std::size_t>(post.channel)].name);
    from_unit = instruction.unit;
  }
}

std::string guard_text(const Guard& guard, const Block& block) {
  std::string text;
  for (const Condition& condition : guard) {
    text += text.empty() ? " when " : " and ";
    const std::string& name = block.loops[static_cast<std::size_t>(condition.loop)].name;
    text += name;
    switch (condition.kind) {
      case Condition::Kind::kFirst:
        text += " is first";
        break;
      case Condition::Kind::kNotFirst:
        text += " is not first";
        break;
      case Condition::Kind::kLast:
        text += " is last";
        break;
      case Condition::Kind::kNotLast:
        text += " is not last";
        break;
      case Condition::Kind::kEquals:
        text += fmt::format(" is {}", condition.value + (name == "pass" ? 1 : 0));  // passes count from 1
        break;
      case Condition::Kind::kMarked:
        text += fmt::format(" is marked {:x}", condition.value);
        break;
      case Condition::Kind::kNotMarked:
        text += fmt::format(" is not marked {:x}", condition.value);
        break;
    }
  }
  return text;
}

// "0..3 5..9*c": tiles, and marks where there are any.
std::string row_text(const Row& row) {
  std::string text;
  for (const Run& run : row) {
    text += fmt::format("{}{}..{}", text.empty() ? "" : " ", run.tile, run.tile + run.count - 1);
    if (run.marks != 0) text += fmt::format("*{:x}", run.marks);
  }
  return text.empty() ? "none" : text;
}

std::string loops_text(const Block& block) {
  std::string text;
  for (const Loop& loop : block.loops) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", loop.name, loop.extent);
    if (loop.table.empty()) continue;
    std::vector<std::string> by;
    for (const int outer : loop.table_loops) by.push_back(block.loops[static_cast<std::size_t>(outer)].name);
    std::vector<std::string> rows;
    for (const Row& row : loop.table) rows.push_back(row_text(row));
    text += fmt::format(" at most ({}{}{})", fmt::join(by, " "), by.empty() ? "" : ": ", fmt::join(rows, ", "));
  }
  return text.empty() ? "none" : text;
}

std::string instruction_text(const Instruction& instruction, const Block& block) {
  const auto channel_name = [&](int channel) { return block.channels[static_cast<std::size_t>(channel)].name; };
  std::string text = fmt::format("    {}: {} cycles, lag {}{}\n", instruction.name, instruction.work.duration,
                                 instruction.lag, guard_text(instruction.guard, block));
  for (const Tail& tail : instruction.tails)
    text += fmt::format("      {} cycles{}\n", tail.work.duration, guard_text(tail.guard, block));
  for (const Wait& wait : instruction.waits)
    text += fmt::format("      waits for \"{}\"{}\n", channel_name(wait.channel), guard_text(wait.guard, block));
  for (const Post& post : instruction.posts)
    text += fmt::format("      posts \"{}\"{}{}\n", channel_name(post.channel),
                        post.offset == Post::kAtEnd ? "" : fmt::format(" at cycle {}", post.offset),
                        guard_text(post.guard, block));
  return text;
}

void check_sections(const Program& program) {
  if (program.sections.empty()) return;
  std::size_t covered = 0;
  for (const Section& section : program.sections) {
    require(section.first == covered, "sections: block {} where block {} is next", section.first, covered);
    require(section.times >= 1 && section.times < kLongest, "sections: {} times", section.times);
    covered += section.count;
  }
  require(covered == program.blocks.size(), "sections: {} of {} blocks", covered, program.blocks.size());
}

}  // namespace

void renumber_units(Block& block, const std::vector<int>& position) {
  for (Instruction& instruction : block.instructions) {
    instruction.unit = position[static_cast<std::size_t>(instruction.unit)];
  }
  for (Channel& channel : block.channels) channel.to_unit = position[static_cast<std::size_t>(channel.to_unit)];
}

std::vector<std::size_t> block_sequence(const Program& program) {
  std::vector<std::size_t> sequence;
  if (program.sections.empty()) {
    sequence.resize(program.blocks.size());
    std::iota(sequence.begin(), sequence.end(), std::size_t{0});
  }
  for (const Section& section : program.sections) {
    for (std::int64_t repetition = 0; repetition < section.times; ++repetition) {
      for (std::size_t block = 0; block < section.count; ++block) sequence.push_back(section.first + block);
    }
  }
  return sequence;
}

std::vector<std::int64_t> block_times(const Program& program) {
  std::vector<std::int64_t> times(program.blocks.size(), 1);
  for (const Section& section : program.sections) {
    for (std::size_t block = 0; block < section.count; ++block) times[section.first + block] = section.times;
  }
  return times;
}

std::int64_t length(const Row& row) {
  std::int64_t sum = 0;
  for (const Run& run : row) sum += run.count;
  return sum;
}

std::size_t row_number(const std::vector<Loop>& loops, const Loop& ragged, const std::vector<std::int64_t>& index) {
  std::int64_t number = 0;
  for (const int outer : ragged.table_loops) {
    const auto position = static_cast<std::size_t>(outer);
    number = number * loops[position].extent + index[position];
  }
  return static_cast<std::size_t>(number);
}

void check_well_formed(const Program& program) {
  check_sections(program);
  for (const Block& block : program.blocks) {
    check_loops(block);
    for (const Channel& channel : block.channels) {
      require(is_position(channel.to_unit, program.units.size()), "{}: \"{}\": unit {} of {}", block.name, channel.name,
              channel.to_unit, program.units.size());
      require(channel.latency >= 0 && channel.latency < kLongest, "{}: \"{}\": latency {}", block.name, channel.name,
              channel.latency);
      require(channel.initial_tokens >= 0, "{}: \"{}\": {} initial tokens", block.name, channel.name,
              channel.initial_tokens);
    }
    std::vector<int> posting_units(block.channels.size(), -1);
    for (const Instruction& instruction : block.instructions)
      check_instruction(program, block, instruction, posting_units);
  }
}

std::string describe(const Program& program) {
  std::string text = "units:";
  for (const Unit& unit : program.units) text += fmt::format(" {} ({})", unit.name, unit.pes);
  text += "\n";
  for (const Section& section : program.sections) {
    if (section.times > 1)
      text += fmt::format("{} times: {} to {}\n", section.times, program.blocks[section.first].name,
                          program.blocks[section.first + section.count - 1].name);
  }
  for (const Block& block : program.blocks) {
    text += fmt::format("block {}\n  loops: {}\n", block.name, loops_text(block));
    for (const Channel& channel : block.channels)
      text += fmt::format("  channel \"{}\" to {}: latency {}, {} at the start\n", channel.name,
                          program.units[static_cast<std::size_t>(channel.to_unit)].name, channel.latency,
                          channel.initial_tokens);
    for (std::size_t unit = 0; unit < program.units.size(); ++unit) {
      const auto runs_here = [&](const Instruction& instruction) { return instruction.unit == static_cast<int>(unit); };
      if (std::none_of(block.instructions.begin(), block.instructions.end(), runs_here)) continue;
      text += fmt::format("  {}\n", program.units[unit].name);
      for (const Instruction& instruction : block.instructions)
        if (runs_here(instruction)) text += instruction_text(instruction, block);
    }
  }
  return text;
}

}  // namespace attnsim::mapping
