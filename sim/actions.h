// How often a Program does each piece of work, counted from its loops alone: no engine, no time.
// Bytes, operations and lower bounds come from here, so they do not depend on the engine.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/program.h"

namespace attnsim::sim {

// Executions of one instruction. Every figure is checked: common::SimulationError where it exceeds 2^63 - 1.
struct InstructionActions {
  std::int64_t count = 0;           // all executions
  std::int64_t full = 0;            // those with the instruction's main work
  std::vector<std::int64_t> tails;  // those with each tail's work
  mapping::Work total;              // every field of Work, summed over the executions
};

// The executions of one instruction over all points of its block's nest. The cost depends on the number of conditions
// and on the tables' lengths, not on the trip counts.
InstructionActions count_actions(const std::vector<mapping::Loop>& loops, const mapping::Instruction& instruction);

// [block][instruction], as the Program lists them, over all repetitions of their blocks.
using ProgramActions = std::vector<std::vector<InstructionActions>>;
ProgramActions count_actions(const mapping::Program& program);

// Adds so many times a work, field by field.
void add_work(const mapping::Work& work, std::int64_t times, mapping::Work& total);

// a + b and a * b of non-negative counts; SimulationError where the result does not fit.
std::int64_t add_counts(std::int64_t a, std::int64_t b);
std::int64_t multiply_counts(std::int64_t a, std::int64_t b);

}  // namespace attnsim::sim
