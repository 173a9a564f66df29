// Signals are numbered: two a unit (instruction, busy), then one a channel, block after block.
#include "sim/systemc/vcd.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace attnsim::sim::systemc {
namespace {

constexpr std::int64_t kNone = -1;  // the instruction of an idle unit
constexpr int kBits = 32;

std::size_t instruction_signal(int unit) { return 2 * static_cast<std::size_t>(unit); }
std::size_t busy_signal(int unit) { return 2 * static_cast<std::size_t>(unit) + 1; }

// Printable characters but space, as many as it takes.
std::string code_of(std::size_t signal) {
  constexpr std::size_t kFirst = '!';
  constexpr std::size_t kCodes = '~' - '!' + 1;
  std::string code;
  do {
    code += static_cast<char>(kFirst + signal % kCodes);
    signal /= kCodes;
  } while (signal > 0);
  return code;
}

// "BQK -> LM" as BQK_to_LM: letters, digits and underscores only; a name that is taken gets a number.
std::string identifier(std::string name, std::set<std::string>& taken) {
  for (auto arrow = name.find("->"); arrow != std::string::npos; arrow = name.find("->")) name.replace(arrow, 2, "to");
  for (char& character : name)
    if (std::isalnum(static_cast<unsigned char>(character)) == 0) character = '_';
  std::string unique = name;
  for (int number = 2; !taken.insert(unique).second; ++number) unique = fmt::format("{}_{}", name, number);
  return unique;
}

std::string bits(std::int64_t value) {
  if (value == kNone) return "bz";
  return fmt::format("b{:b}", value);
}

}  // namespace

VcdRecorder::VcdRecorder(const mapping::Program& program, std::int64_t from, std::int64_t to, std::int64_t instructions)
    : program_(program), from_(from), to_(to), instructions_left_(instructions) {
  for (std::size_t unit = 0; unit < program.units.size(); ++unit) {
    values_.push_back(kNone);
    values_.push_back(0);
  }
  for (const mapping::Block& block : program.blocks) {
    first_signal_.push_back(values_.size());
    values_.resize(values_.size() + block.channels.size(), 0);
  }
}

void VcdRecorder::begin_block(std::size_t block, std::int64_t cycle) {
  block_ = block;
  const std::vector<mapping::Channel>& channels = program_.blocks[block].channels;
  for (std::size_t channel = 0; channel < channels.size(); ++channel)
    change_tokens(static_cast<int>(channel), cycle, channels[channel].initial_tokens);
}

void VcdRecorder::issue(int unit, int instruction, std::int64_t start, std::int64_t end) {
  if (start >= from_ && start < to_ && instructions_left_-- == 0) {
    to_ = start;
    is_cut_ = true;
  }
  change(instruction_signal(unit), start, instruction);
  change(busy_signal(unit), start, +1);
  change(instruction_signal(unit), end, kNone);
  change(busy_signal(unit), end, -1);
}

void VcdRecorder::change_tokens(int channel, std::int64_t cycle, std::int64_t tokens) {
  if (tokens != 0) change(first_signal_[block_] + static_cast<std::size_t>(channel), cycle, tokens);
}

void VcdRecorder::change(std::size_t signal, std::int64_t cycle, std::int64_t value) {
  if (cycle > from_) {
    if (cycle < to_) changes_.push_back({cycle, signal, value});
    return;
  }
  values_[signal] = is_sum(signal) ? values_[signal] + value : value;
}

bool VcdRecorder::is_sum(std::size_t signal) const { return signal >= 2 * program_.units.size() || signal % 2 == 1; }

std::string VcdRecorder::declarations() const {
  std::string text = "$comment attnsim: 1 ns stands for one cycle. Numbers of the instructions:\n";
  for (const mapping::Block& block : program_.blocks) {
    text += fmt::format("  block {}:", block.name);
    for (std::size_t i = 0; i < block.instructions.size(); ++i)
      text += fmt::format("{} {} {}", i == 0 ? "" : ",", i, block.instructions[i].name);
    text += '\n';
  }
  text += "$end\n$timescale 1 ns $end\n$scope module attnsim $end\n";
  std::set<std::string> scopes;
  for (std::size_t unit = 0; unit < program_.units.size(); ++unit) {
    const int number = static_cast<int>(unit);
    text += fmt::format("$scope module {} $end\n", identifier(program_.units[unit].name, scopes));
    text += fmt::format("$var wire {} {} instruction $end\n", kBits, code_of(instruction_signal(number)));
    text += fmt::format("$var wire 1 {} busy $end\n$upscope $end\n", code_of(busy_signal(number)));
  }
  for (std::size_t block = 0; block < program_.blocks.size(); ++block) {
    std::set<std::string> names;
    text += fmt::format("$scope module {} $end\n", identifier(fmt::format("block_{}", block), scopes));
    const std::vector<mapping::Channel>& channels = program_.blocks[block].channels;
    for (std::size_t channel = 0; channel < channels.size(); ++channel)
      text += fmt::format("$var wire {} {} {} $end\n", kBits, code_of(first_signal_[block] + channel),
                          identifier(channels[channel].name, names));
    text += "$upscope $end\n";
  }
  return text + "$upscope $end\n$enddefinitions $end\n";
}

std::int64_t VcdRecorder::end(std::int64_t cycles) const { return std::max(from_, std::min(to_, cycles)); }

std::string VcdRecorder::text(std::int64_t cycles) const {
  std::vector<Change> changes = changes_;
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& one, const Change& other) { return one.cycle < other.cycle; });
  std::vector<std::int64_t> values = values_;
  const auto line = [&](std::size_t signal) {
    const bool is_flag = signal < 2 * program_.units.size() && signal % 2 == 1;
    if (is_flag) return fmt::format("{}{}\n", values[signal], code_of(signal));
    return fmt::format("{} {}\n", bits(values[signal]), code_of(signal));
  };
  std::string text = declarations() + fmt::format("#{}\n$dumpvars\n", from_);
  for (std::size_t signal = 0; signal < values.size(); ++signal) text += line(signal);
  text += "$end\n";
  const std::int64_t last = end(cycles);
  std::int64_t written = from_;
  for (auto change = changes.begin(); change != changes.end() && change->cycle < to_ && change->cycle <= last;) {
    const std::int64_t cycle = change->cycle;
    std::set<std::size_t> touched;
    const std::vector<std::int64_t> before = values;
    for (; change != changes.end() && change->cycle == cycle; ++change) {
      touched.insert(change->signal);
      values[change->signal] = is_sum(change->signal) ? values[change->signal] + change->value : change->value;
    }
    std::string lines;
    for (const std::size_t signal : touched)
      if (values[signal] != before[signal]) lines += line(signal);
    if (lines.empty()) continue;
    text += fmt::format("#{}\n", cycle) + lines;
    written = cycle;
  }
  return written == last ? text : text + fmt::format("#{}\n", last);
}

}  // namespace attnsim::sim::systemc
