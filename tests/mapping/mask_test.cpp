// Masked tiles: each visible point is computed once, tiles without one never, and nothing is read before it is made.
#include "mapping/mask.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include <fmt/format.h>

#include "mapping/lower.h"
#include "tests/mapping/trace.h"

namespace attnsim::mapping {
namespace {

// A mask as the cascade says it, and as a plain function of a query's and a key's position.
struct Mask {
  std::string name;
  std::string where;
  std::function<bool(std::int64_t p, std::int64_t m, std::int64_t offset)> sees;
};

const std::vector<Mask>& masks() {
  static const std::vector<Mask> all{
      {"causal", "m <= p + offset", [](auto p, auto m, auto offset) { return m <= p + offset; }},
      {"window with sinks", "m <= p + offset and (p + offset - m < 11 or m < 3)",
       [](auto p, auto m, auto offset) { return m <= p + offset && (p + offset - m < 11 || m < 3); }},
      {"dilated blocks", "(p div 5 + m div 7) mod 3 == 0",
       [](auto p, auto m, auto) { return (p / 5 + m / 7) % 3 == 0; }},
      {"keys alone", "m >= 9 or m < 2", [](auto, auto m, auto) { return m >= 9 || m < 2; }}};
  return all;
}

struct Shape {
  std::int64_t queries = 1;
  std::int64_t keys = 1;
  std::int64_t group = 1;  // query heads of a K/V head
};

struct Masked {
  Program program;
  std::int64_t offset = 0;
  std::int64_t side = 8;
};

Masked lower_masked(const Mask& mask, const std::string& mapping_name, const Shape& shape,
                    const std::vector<common::Override>& mapping_overrides = {}) {
  workloads::WorkloadOptions options;
  options.batch = 1;
  options.seq_len = shape.queries;
  options.kv_len = shape.keys;
  const auto workload = workloads::read_workload(
      fmt::format("{{name: masked, heads: {}, kv_heads: 2, head_dim: 6, value_dim: 5}}", 2 * shape.group), options);
  const auto cascade = workloads::read_cascade(default_attention(mapping_name), {{"where", mask.where, "test"}});
  const auto architecture = arch::read_architecture("tiny-8x8");
  const Mapping mapping = read_mapping(mapping_name, cascade, workload, architecture, mapping_overrides);
  return {lower(cascade, workload, architecture, mapping), shape.keys - shape.queries};
}

using Tile = std::pair<std::int64_t, std::int64_t>;  // of queries and of keys

// Tiles with a visible point, and the number of their visible points.
std::map<Tile, std::int64_t> visible(const Mask& mask, const Shape& shape, std::int64_t side) {
  std::map<Tile, std::int64_t> tiles;
  for (std::int64_t p = 0; p < shape.queries * shape.group; ++p) {
    for (std::int64_t m = 0; m < shape.keys; ++m) {
      if (mask.sees(p / shape.group, m, shape.keys - shape.queries)) ++tiles[{p / side, m / side}];
    }
  }
  return tiles;
}

const Block& block_of(const Program& program, const std::string& name) {
  for (const Block& block : program.blocks) {
    for (const Instruction& instruction : block.instructions) {
      if (instruction.name == name) return block;
    }
  }
  throw std::runtime_error("no " + name);
}

// The running number of a point's tile of queries over all blocks.
std::int64_t query_tile(const Block& block, const Indices& point) {
  std::int64_t per_block = 0;
  for (const Loop& loop : block.loops) {
    if (loop.name != "p1") continue;
    per_block = loop.extent;
    for (const Row& row : loop.table) {
      for (const Run& run : row) per_block = std::max(per_block, run.tile + run.count);
    }
  }
  return point.at("p1") + (point.count("p2") != 0 ? point.at("p2") * per_block : 0);
}

// Spans of an instruction of the first head, by tile.
std::map<Tile, Span> spans(const Masked& masked, const Trace& trace, const std::string& name) {
  std::map<Tile, Span> result;
  for (const auto& [point, span] : trace.of.at(name).at) {
    if (point.at("kv_head") == 0) result[{query_tile(block_of(masked.program, name), point), point.at("m1")}] = span;
  }
  return result;
}

const std::vector<Shape> kShapes{{40, 40, 1}, {1, 33, 4}, {33, 33, 1}, {19, 70, 1}, {13, 61, 3}, {70, 90, 2}};

TEST(Mask, EachVisiblePointIsComputedOnceAndTilesWithoutOneNever) {
  for (const char* mapping : {"fusemax", "fusemax-arch", "fusemax-cascade", "flat", "unfused"}) {
    for (const Mask& mask : masks()) {
      for (const Shape& shape : kShapes) {
        SCOPED_TRACE(fmt::format("{} {} {} {} {}", mapping, mask.name, shape.queries, shape.keys, shape.group));
        const Masked masked = lower_masked(mask, mapping, shape);
        const Trace trace = Tracer(masked.program).run();
        const std::string scores = trace.of.count("BQK") != 0 ? "BQK" : "QK";
        const auto expected = visible(mask, shape, masked.side);
        std::set<Tile> tiles;
        std::set<Tile> computed;
        for (const auto& [tile, points] : expected) tiles.insert(tile);
        for (const auto& [tile, span] : spans(masked, trace, scores)) computed.insert(tile);
        EXPECT_EQ(computed, tiles);
        // Products of every tile that is visited, and a compare-select for each point of those that the mask cuts.
        std::int64_t ops = 0;
        for (const auto& [tile, points] : expected) {
          const std::int64_t p = std::min(masked.side, shape.queries * shape.group - tile.first * masked.side);
          const std::int64_t m = std::min(masked.side, shape.keys - tile.second * masked.side);
          ops += p * m * 6 + (points < p * m ? p * m : 0);
        }
        EXPECT_EQ(trace.of.at(scores).ops(), 2 * ops);
        std::set<std::int64_t> queries;
        for (const Tile& tile : tiles) queries.insert(tile.first);
        EXPECT_EQ(trace.of.at("store AV").at.size(), 2 * queries.size());
      }
    }
  }
}

TEST(Mask, EveryTileReadsWhatTheVisitBeforeItMade) {
  const std::vector<std::pair<std::string, std::string>> same{{"LM", "BQK"}, {"RM", "LM"},    {"SLN", "RM"},
                                                              {"PRM", "RM"}, {"RNV", "SPNV"}, {"RD", "SLD"}};
  const std::vector<std::pair<std::string, std::string>> before{
      {"RM", "RM"}, {"PRM", "RM"}, {"SPD", "RD"}, {"SPNV", "RNV"}};
  const std::vector<common::Override> small{{"tile.p1", "2", "test"}};
  const std::vector<common::Override> rows{{"loops", "[batch, kv_head, p2, p1, m1]", "test"}};
  for (const auto& overrides : {std::vector<common::Override>{}, small, rows}) {
    for (const Mask& mask : masks()) {
      for (const Shape& shape : kShapes) {
        SCOPED_TRACE(fmt::format("{} {} {} {}", mask.name, shape.queries, shape.keys, shape.group));
        const Masked masked = lower_masked(mask, "fusemax", shape, overrides);
        const Trace trace = Tracer(masked.program).run();
        for (const auto& [reader, producer] : same) {
          const auto made = spans(masked, trace, producer);
          for (const auto& [tile, span] : spans(masked, trace, reader)) EXPECT_GE(span.start, made.at(tile).end);
        }
        for (const auto& [reader, producer] : before) {
          const auto made = spans(masked, trace, producer);
          for (const auto& [tile, span] : spans(masked, trace, reader)) {
            const auto at = made.find(tile);
            if (at == made.begin() || std::prev(at)->first.first != tile.first) continue;
            EXPECT_GE(span.start, std::prev(at)->second.end) << reader << " " << tile.first << " " << tile.second;
          }
        }
        std::map<std::int64_t, std::int64_t> done;
        for (const auto& [tile, span] : spans(masked, trace, "RNV"))
          done[tile.first] = std::max(done[tile.first], span.end);
        for (const auto& [point, span] : trace.of.at("AV").at) {
          if (point.at("kv_head") != 0) continue;
          EXPECT_GE(span.start, done.at(query_tile(block_of(masked.program, "AV"), point)));
        }
      }
    }
  }
}

TEST(Mask, ThatHoldsEverywhereChangesNothing) {
  const Mask none{"none", "m >= 0 and p >= 0", {}};
  const Masked masked = lower_masked(none, "fusemax", {33, 50, 2});
  workloads::WorkloadOptions options;
  options.batch = 1;
  options.seq_len = 33;
  options.kv_len = 50;
  const auto workload =
      workloads::read_workload("{name: masked, heads: 4, kv_heads: 2, head_dim: 6, value_dim: 5}", options);
  const auto cascade = workloads::read_cascade("fusemax_1pass");
  const auto architecture = arch::read_architecture("tiny-8x8");
  EXPECT_EQ(describe(masked.program),
            describe(lower(cascade, workload, architecture, read_mapping("fusemax", cascade, workload, architecture))));
}

TEST(Mask, WhatItCannotFollowIsNamed) {
  const auto message = [](const std::string& where, const std::vector<common::Override>& overrides) -> std::string {
    try {
      lower_masked({"", where, {}}, "fusemax", {64, 64, 1}, overrides);
    } catch (const common::InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(
      message("m < p - 100", {}),
      "mapping/presets/fusemax.yaml:3: fusemax on tiny-8x8 does not run fusemax_1pass: does not cover: the predicate "
      "leaves nothing to compute");
  EXPECT_EQ(
      message(
          "m <= p",
          {{"loops", "[batch, kv_head, p2, m2, m1, p1]", "test"}, {"tile.m1", "2", "test"}, {"tile.p1", "2", "test"}}),
      "mapping/presets/fusemax.yaml:3: fusemax on tiny-8x8 does not run fusemax_1pass: does not cover: the predicate "
      "allows several blocks of one of m and p, not both");
  EXPECT_EQ(
      message("m <= p", {{"loops", "[batch, kv_head, m1, p2, p1]", "test"}, {"tile.p1", "2", "test"}}),
      "mapping/presets/fusemax.yaml:3: fusemax on tiny-8x8 does not run fusemax_1pass: does not cover: the predicate "
      "needs p2 outside m1 in loops");
}

}  // namespace
}  // namespace attnsim::mapping
