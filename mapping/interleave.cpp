// The joined nest has a loop "part" of two iterations inside the shared one, which picks the extents of those inside.
#include "mapping/interleave.h"

#include <algorithm>

namespace attnsim::mapping {
namespace {

int position_of(const Block& block, const std::string& name) {
  for (std::size_t i = 0; i < block.loops.size(); ++i) {
    if (block.loops[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

bool is_plain(const Loop& loop) { return loop.table_loops.empty() && loop.extent >= 1; }

bool match(const Block& first, const Block& second, int shared) {
  if (shared < 0 || position_of(second, first.loops[static_cast<std::size_t>(shared)].name) != shared ||
      first.loops.size() != second.loops.size()) {
    return false;
  }
  for (std::size_t i = 0; i < first.loops.size(); ++i) {
    if (!is_plain(first.loops[i]) || !is_plain(second.loops[i])) return false;
    const bool is_outside = static_cast<int>(i) < shared;
    if (is_outside && (first.loops[i].extent > 1 || second.loops[i].extent > 1)) return false;
    if (static_cast<int>(i) == shared && first.loops[i].extent != second.loops[i].extent) return false;
  }
  return true;
}

std::int64_t inner_points(const Block& block, int shared) {
  std::int64_t points = 1;
  for (auto i = static_cast<std::size_t>(shared) + 1; i < block.loops.size(); ++i) points *= block.loops[i].extent;
  return points;
}

class Interleaver {
 public:
  Interleaver(const Block& first, int shared) : part_(shared + 1) {
    for (int i = 0; i <= shared; ++i) block_.loops.push_back(first.loops[static_cast<std::size_t>(i)]);
    block_.loops.push_back({"part", 2});
  }

  void add_inner_loops(const Block& first, const Block& second) {
    for (auto i = static_cast<std::size_t>(part_); i < first.loops.size(); ++i) {
      const std::int64_t a = first.loops[i].extent;
      const std::int64_t b = second.loops[i].extent;
      block_.loops.push_back({first.loops[i].name, std::max(a, b), {part_}, {{{a}}, {{b}}}});
    }
  }

  void add(const Block& block, std::int64_t part, std::int64_t delay) {
    const auto first_channel = static_cast<int>(block_.channels.size());
    block_.channels.insert(block_.channels.end(), block.channels.begin(), block.channels.end());
    for (Instruction instruction : block.instructions) {
      instruction.lag += delay;
      shift(instruction.guard);
      instruction.guard.push_back({part_, Condition::Kind::kEquals, part});
      for (Tail& tail : instruction.tails) shift(tail.guard);
      for (Wait& wait : instruction.waits) {
        wait.channel += first_channel;
        shift(wait.guard);
      }
      for (Post& post : instruction.posts) {
        post.channel += first_channel;
        shift(post.guard);
      }
      block_.instructions.push_back(std::move(instruction));
    }
    block_.name += (block_.name.empty() ? "" : ", ") + block.name;
  }

  Block take() { return std::move(block_); }

 private:
  void shift(Guard& guard) const {
    for (Condition& condition : guard) {
      if (condition.loop >= part_) ++condition.loop;
    }
  }

  int part_;
  Block block_;
};

}  // namespace

std::optional<Block> interleave(const Block& first, const Block& second, const std::string& shared) {
  const int position = position_of(first, shared);
  if (!match(first, second, position)) return std::nullopt;
  Interleaver interleaver(first, position);
  interleaver.add_inner_loops(first, second);
  interleaver.add(first, 0, 0);
  // What the first stores at a point's lag is loaded at a later point, whose lag must not be smaller. Whole iterations:
  // so the second works on one tile while the first's next one is on its way to the DRAM and back.
  const std::int64_t iteration = inner_points(first, position) + inner_points(second, position);
  std::int64_t lag = 1;
  for (const Instruction& instruction : first.instructions) {
    if (instruction.work.dram_write_bytes > 0) lag = std::max(lag, instruction.lag);
  }
  interleaver.add(second, 1, (lag + iteration - 1) / iteration * iteration);
  return interleaver.take();
}

}  // namespace attnsim::mapping
