// Small Programs made by hand, whose cycles can be derived on paper.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mapping/program.h"

namespace attnsim::sim {

inline mapping::Instruction instruction(const std::string& name, int unit, std::int64_t lag, std::int64_t duration,
                                        std::vector<mapping::Wait> waits = {}, std::vector<mapping::Post> posts = {}) {
  mapping::Instruction result;
  result.name = name;
  result.unit = unit;
  result.lag = lag;
  result.work.duration = duration;
  result.waits = std::move(waits);
  result.posts = std::move(posts);
  return result;
}

inline mapping::Loop loop(const std::string& name, std::int64_t extent) {
  mapping::Loop result;
  result.name = name;
  result.extent = extent;
  return result;
}

inline mapping::Loop ragged_loop(const std::string& name, int table_loop, const std::vector<std::int64_t>& table) {
  mapping::Loop result = loop(name, 0);
  result.table_loops = {table_loop};
  for (const std::int64_t trips : table) result.table.push_back(trips > 0 ? mapping::Row{{trips}} : mapping::Row{});
  for (const std::int64_t trips : table) result.extent = trips > result.extent ? trips : result.extent;
  return result;
}

// A producer of `load` cycles a tile and a consumer of `compute`, `slots` tiles between them, `latency` on the way.
// The producer's tile k waits for the consumer's tile k - slots.
struct PairShape {
  std::int64_t tiles = 1;
  std::int64_t load = 1;
  std::int64_t compute = 1;
  std::int64_t latency = 0;
  std::int64_t slots = 1;
};

inline mapping::Program pair_program(const PairShape& shape) {
  mapping::Program program;
  program.units = {{"dram", 1}, {"array_1d", 4}};
  mapping::Block block;
  block.name = "pair";
  block.loops = {loop("m1", shape.tiles)};
  block.channels = {{"K", 1, shape.latency, 0}, {"slots of K", 0, 0, shape.slots}};
  block.instructions = {instruction("load K", 0, 0, shape.load, {{1, {}}}, {{0, {}}}),
                        instruction("RM", 1, 0, shape.compute, {{0, {}}}, {{1, {}}})};
  program.blocks = {block};
  return program;
}

}  // namespace attnsim::sim
