// Counting by classes: the indices of a loop that no condition and no table tells apart are counted as one.
#include "sim/actions.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/error.h"

namespace attnsim::sim {

namespace {

using mapping::Condition;
using mapping::Guard;
using mapping::Instruction;
using mapping::Loop;
using mapping::Work;

bool holds(const Condition& condition, std::int64_t index, std::int64_t extent, std::int64_t marks) {
  switch (condition.kind) {
    case Condition::Kind::kMarked:
      return (marks & condition.value) != 0;
    case Condition::Kind::kNotMarked:
      return (marks & condition.value) == 0;
    case Condition::Kind::kFirst:
      return index == 0;
    case Condition::Kind::kNotFirst:
      return index != 0;
    case Condition::Kind::kLast:
      return index == extent - 1;
    case Condition::Kind::kNotLast:
      return index != extent - 1;
    case Condition::Kind::kEquals:
      return index == condition.value;
  }
  return false;
}

// Indices that behave alike: one of them, and how many there are.
struct IndexClass {
  std::int64_t representative = 0;
  std::int64_t size = 0;
  std::int64_t marks = 0;
};

class Counter {
 public:
  Counter(const std::vector<Loop>& loops, const Instruction& instruction)
      : loops_(loops),
        instruction_(instruction),
        index_(loops.size()),
        extent_(loops.size()),
        marks_(loops.size()),
        special_(loops.size()),
        picks_rows_(loops.size()) {
    result_.tails.resize(instruction.tails.size());
    note(instruction.guard);
    for (const auto& tail : instruction.tails) note(tail.guard);
    for (const auto& loop : loops) {
      for (const int outer : loop.table_loops) picks_rows_[static_cast<std::size_t>(outer)] = true;
    }
  }

  InstructionActions run() {
    visit(0, 1);
    add_work(instruction_.work, result_.full);
    for (std::size_t i = 0; i < result_.tails.size(); ++i) add_work(instruction_.tails[i].work, result_.tails[i]);
    return std::move(result_);
  }

 private:
  // Which indices of each loop a guard could tell from the others.
  struct Special {
    bool any = false;
    std::set<std::int64_t> values;
  };

  void note(const Guard& guard) {
    for (const auto& condition : guard) {
      auto& special = special_[static_cast<std::size_t>(condition.loop)];
      special.any = true;
      if (condition.kind == Condition::Kind::kEquals) special.values.insert(condition.value);
    }
  }

  bool holds_here(const Guard& guard) const {
    return std::all_of(guard.begin(), guard.end(), [this](const Condition& condition) {
      const auto loop = static_cast<std::size_t>(condition.loop);
      return holds(condition, index_[loop], extent_[loop], marks_[loop]);
    });
  }

  std::vector<IndexClass> classes(std::size_t level) const {
    const std::int64_t extent = extent_[level];
    std::set<std::int64_t> single;
    if (special_[level].any) {
      single = special_[level].values;
      single.insert(0);
      single.insert(extent - 1);
    }
    std::erase_if(single, [extent](std::int64_t value) { return value < 0 || value >= extent; });
    std::vector<IndexClass> found;
    const auto add_run = [&](std::int64_t begin, std::int64_t end, std::int64_t marks) {
      std::int64_t rest = end - begin;
      std::int64_t other = begin;
      for (auto value = single.lower_bound(begin); value != single.end() && *value < end; ++value) {
        found.push_back({*value, 1, marks});
        --rest;
        if (other == *value) ++other;
      }
      if (rest > 0) add_others(level, {other, rest, marks}, end, single, found);
    };
    if (loops_[level].table.empty()) {
      add_run(0, extent, 0);
      return found;
    }
    std::int64_t begin = 0;
    const Loop& loop = loops_[level];
    for (const mapping::Run& run : loop.table[mapping::row_number(loops_, loop, index_)]) {
      add_run(begin, begin + run.count, run.marks);
      begin += run.count;
    }
    return found;
  }

  // Any index of a run that is not single stands for all of them, but where the loop picks rows of inner loops: there,
  // indices with equal rows are alike.
  void add_others(std::size_t level, const IndexClass& others, std::int64_t end, const std::set<std::int64_t>& single,
                  std::vector<IndexClass>& found) const {
    if (!picks_rows_[level]) {
      found.push_back(others);
      return;
    }
    std::map<std::vector<std::int64_t>, IndexClass> by_rows;
    for (std::int64_t value = others.representative; value < end; ++value) {
      if (!single.contains(value))
        ++by_rows.try_emplace(signature(level, value), IndexClass{value, 0, others.marks}).first->second.size;
    }
    for (const auto& [rows, entry] : by_rows) found.push_back(entry);
  }

  // What tells the rows that an index of a loop picks from those of another one: lengths and marks. Where a loop
  // further inside has a say too, the index itself.
  std::vector<std::int64_t> signature(std::size_t level, std::int64_t value) const {
    std::vector<std::int64_t> result;
    std::vector<std::int64_t> index = index_;
    index[level] = value;
    for (const Loop& loop : loops_) {
      if (std::count(loop.table_loops.begin(), loop.table_loops.end(), static_cast<int>(level)) == 0) continue;
      if (loop.table_loops.back() != static_cast<int>(level)) return {value};
      result.push_back(-1);
      for (const mapping::Run& run : loop.table[mapping::row_number(loops_, loop, index)]) {
        result.push_back(run.count);
        result.push_back(run.marks);
      }
    }
    return result;
  }

  void visit(std::size_t level, std::int64_t multiplicity) {
    if (level == loops_.size()) {
      leaf(multiplicity);
      return;
    }
    const auto& loop = loops_[level];
    extent_[level] =
        loop.table.empty() ? loop.extent : mapping::length(loop.table[mapping::row_number(loops_, loop, index_)]);
    for (const auto& entry : classes(level)) {
      index_[level] = entry.representative;
      marks_[level] = entry.marks;
      visit(level + 1, multiply_counts(multiplicity, entry.size));
    }
  }

  void leaf(std::int64_t multiplicity) {
    if (!holds_here(instruction_.guard)) return;
    result_.count = add_counts(result_.count, multiplicity);
    for (std::size_t i = 0; i < instruction_.tails.size(); ++i) {
      if (holds_here(instruction_.tails[i].guard)) {
        result_.tails[i] = add_counts(result_.tails[i], multiplicity);
        return;
      }
    }
    result_.full = add_counts(result_.full, multiplicity);
  }

  void add_work(const Work& work, std::int64_t times) {
    auto& total = result_.total;
    for (const auto field :
         {&Work::duration, &Work::ops, &Work::pe_cycles, &Work::dram_read_bytes, &Work::dram_write_bytes,
          &Work::buffer_read_bytes, &Work::buffer_write_bytes, &Work::link_hops}) {
      total.*field = add_counts(total.*field, multiply_counts(work.*field, times));
    }
    for (std::size_t function = 0; function < work.pe_results.size(); ++function) {
      total.pe_results[function] =
          add_counts(total.pe_results[function], multiply_counts(work.pe_results[function], times));
    }
  }

  const std::vector<Loop>& loops_;
  const Instruction& instruction_;
  std::vector<std::int64_t> index_;
  std::vector<std::int64_t> extent_;
  std::vector<std::int64_t> marks_;
  std::vector<Special> special_;
  std::vector<bool> picks_rows_;
  InstructionActions result_;
};

}  // namespace

std::int64_t add_counts(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum))
    throw common::SimulationError("a count exceeds 2^63 - 1; make the run smaller");
  return sum;
}

std::int64_t multiply_counts(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    throw common::SimulationError("a count exceeds 2^63 - 1; make the run smaller");
  }
  return product;
}

InstructionActions count_actions(const std::vector<Loop>& loops, const Instruction& instruction) {
  return Counter(loops, instruction).run();
}

ProgramActions count_actions(const mapping::Program& program) {
  ProgramActions actions;
  for (const auto& block : program.blocks) {
    auto& of_block = actions.emplace_back();
    for (const auto& instruction : block.instructions) of_block.push_back(count_actions(block.loops, instruction));
  }
  return actions;
}

}  // namespace attnsim::sim
