// The Program: the contract between the mapping, which makes it, and the engines, which run it.
// Decoupled access/execute with counted tokens; a timed event graph, so its timing is max-plus linear.
//
// Order. A block is a nest of loops (outermost first) whose points, in odometer order, are numbered 0 .. N-1, and a
// list of instructions. The block runs epochs 0 .. N-1+max lag; in epoch e every unit issues its instructions in list
// order, each for point e - lag, if that point exists and the instruction's guard holds there. This is software
// pipelining in kernel-only form (Rau's stage predicates): the lag is the stage. Blocks follow one another: a block
// starts when every unit has ended the one before. Sections repeat blocks: the layers of a model.
//
// Timing (the same in every engine, integer cycles). An instruction starts at the later of: its unit is free; a token
// has arrived on every channel that it waits for. It holds its unit for its duration. A post becomes visible at
// (start + offset, or end) + the channel's latency.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/pe_function.h"

namespace attnsim::mapping {

// A condition on the index of one loop, evaluated at an instruction's own point.
struct Condition {
  enum class Kind { kFirst, kNotFirst, kLast, kNotLast, kEquals, kMarked, kNotMarked };
  int loop = 0;  // position in Block::loops
  Kind kind = Kind::kFirst;
  std::int64_t value = 0;  // for kEquals; for kMarked and kNotMarked: the marks of which the index has any, or none
};
using Guard = std::vector<Condition>;  // all must hold; an empty one always does

// Neighbouring tiles that a ragged loop visits in turn.
struct Run {
  std::int64_t count = 1;
  std::int64_t tile = 0;  // number of the first; no timing depends on it
  std::uint32_t marks =
      0;  // what conditions may ask of each of them: bits whose meaning the maker of the Program knows
  bool operator==(const Run&) const = default;
};
using Row = std::vector<Run>;  // an empty one visits nothing

struct Loop {
  std::string name;  // rank or "pass"
  std::int64_t extent = 1;
  // Ragged loops visit the tiles of one row of the table, which the indices of some outer loops pick: row number
  // (i * extent of the second + j) ..., the last of table_loops the fastest. extent is the longest row's. A loop
  // without a table visits the tiles 0 .. extent - 1.
  std::vector<int> table_loops = {};  // ascending
  std::vector<Row> table = {};
};

std::int64_t length(const Row& row);  // its trip count
// Which row of its table a ragged loop visits where the loops have these indices.
std::size_t row_number(const std::vector<Loop>& loops, const Loop& ragged, const std::vector<std::int64_t>& index);

// What one execution of an instruction does.
struct Work {
  std::int64_t duration = 0;   // cycles that the unit is held; 0 is allowed
  std::int64_t ops = 0;        // results of PE functions
  std::int64_t pe_cycles = 0;  // cycles summed over the PEs or lanes that are busy
  std::int64_t dram_read_bytes = 0;
  std::int64_t dram_write_bytes = 0;
  std::int64_t buffer_read_bytes = 0;
  std::int64_t buffer_write_bytes = 0;
  std::int64_t link_hops = 0;    // words handed from a PE to its neighbour
  arch::PeResults pe_results{};  // results of each PE function
};

struct Wait {
  int channel = 0;
  Guard guard = {};
};

struct Post {
  static constexpr std::int64_t kAtEnd = -1;
  int channel = 0;
  Guard guard = {};
  std::int64_t offset = kAtEnd;  // cycles after the start, at most the duration (streamed results), or kAtEnd
};

// A part-filled tile: where the guard holds, this work stands in for the instruction's.
struct Tail {
  Guard guard;
  Work work;
};

struct Instruction {
  std::string name;    // "BQK", "load K", "store AV"
  std::string einsum;  // the Einsum it computes; empty for transfers
  int unit = 0;
  std::int64_t lag = 0;         // epochs behind the block's leading point, >= 0
  bool tensor_product = false;  // a sum of products on the 2D array
  Guard guard;
  Work work;
  std::vector<Tail> tails;  // the first whose guard holds replaces `work`
  std::vector<Wait> waits;
  std::vector<Post> posts;
};

// Counted tokens, first in first out: the k-th wait takes the k-th token posted, when that one has arrived. Every wait
// on a channel comes from one unit and every post from one unit, so that the order does not depend on time.
struct Channel {
  std::string name;                 // "BQK -> LM", "slots of K"
  int to_unit = 0;                  // the unit that waits
  std::int64_t latency = 0;         // cycles from the post to its arrival
  std::int64_t initial_tokens = 0;  // there at the start of the block (free slots, loop-carried values)
};

struct Unit {
  std::string name;  // "dram", "array_2d", "array_1d"
  std::int64_t pes = 1;
};

struct Block {
  std::string name;  // the Einsums of its group
  std::vector<Loop> loops;
  std::vector<Instruction> instructions;
  std::vector<Channel> channels;
};

// Consecutive blocks that run one after another, all of them `times` times over.
struct Section {
  std::size_t first = 0;  // position in Program::blocks
  std::size_t count = 1;
  std::int64_t times = 1;
};

struct Program {
  std::vector<Unit> units;
  std::vector<Block> blocks;
  std::vector<Section> sections = {};  // they cover the blocks in order; empty: every block runs once
};

// Gives a block's units other positions: `position` of each old one.
void renumber_units(Block& block, const std::vector<int>& position);

// Positions of the blocks in the order in which they run, repetitions written out; and how often each one runs.
std::vector<std::size_t> block_sequence(const Program& program);
std::vector<std::int64_t> block_times(const Program& program);

// Throws std::logic_error where the Program breaks its own rules (an index out of range, a negative duration, a channel
// with two waiting or two posting units, an offset beyond its duration, sections that leave a block out): a defect of
// whoever made it.
void check_well_formed(const Program& program);

// A listing for tests and people: the units, then each block with its loops, channels, and instructions by unit.
std::string describe(const Program& program);

}  // namespace attnsim::mapping
