// The lowering's Programs: every point once, no dependence broken, nothing reused too early, work as the closed forms
// say.
#include "mapping/lower.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/mapping/trace.h"

namespace attnsim::mapping {
namespace {

struct Case {
  std::string arch;
  std::string mapping;
  std::int64_t queries;
  std::int64_t keys;
  std::int64_t head_dim = 64;
};

struct Lowered {
  workloads::Workload workload;
  workloads::Cascade cascade;
  arch::Architecture architecture;
  Program program;
  Trace trace;
};

workloads::Workload attention(std::int64_t queries, std::int64_t keys, std::int64_t head_dim) {
  workloads::WorkloadOptions options;
  options.batch = 1;
  options.seq_len = queries;
  options.kv_len = keys;
  return workloads::read_workload("bert-base", options,
                                  {{"heads", "2", "test"},
                                   {"kv_heads", "2", "test"},
                                   {"head_dim", std::to_string(head_dim), "test"},
                                   {"value_dim", std::to_string(head_dim), "test"}});
}

Lowered lower_case(const Case& shape, const std::vector<common::Override>& mapping_overrides = {},
                   const std::vector<common::Override>& arch_overrides = {}) {
  Lowered result;
  result.workload = attention(shape.queries, shape.keys, shape.head_dim);
  result.cascade = workloads::read_cascade(default_attention(shape.mapping));
  result.architecture = arch::read_architecture(shape.arch, arch_overrides);
  const Mapping mapping =
      read_mapping(shape.mapping, result.cascade, result.workload, result.architecture, mapping_overrides);
  result.program = lower(result.cascade, result.workload, result.architecture, mapping);
  result.trace = Tracer(result.program).run();
  return result;
}

const Span* find(const Trace& trace, const std::string& name, Indices point) {
  const auto instruction = trace.of.find(name);
  if (instruction == trace.of.end()) return nullptr;
  const auto span = instruction->second.at.find(point);
  return span == instruction->second.at.end() ? nullptr : &span->second;
}

// Which instance of the producer a reader needs: the same tile, that of the tile before, or of the last tile of keys.
enum class Which { kSame, kBefore, kLast };
struct Dependence {
  std::string reader;
  std::string producer;
  Which which;
  bool streamed = false;  // may start after the producer's first result instead of its last
};

const std::vector<Dependence> kOnePass{
    {"LM", "BQK", Which::kSame},      {"RM", "LM", Which::kSame},         {"RM", "RM", Which::kBefore},
    {"SLN", "BQK", Which::kSame},     {"SLN", "RM", Which::kSame},        {"SLD", "SLN", Which::kSame},
    {"SLNV", "SLN", Which::kSame},    {"PRM", "RM", Which::kSame},        {"PRM", "RM", Which::kBefore},
    {"SPD", "PRM", Which::kSame},     {"SPD", "RD", Which::kBefore},      {"RD", "SLD", Which::kSame},
    {"RD", "SPD", Which::kSame},      {"SPNV", "PRM", Which::kSame},      {"SPNV", "RNV", Which::kBefore},
    {"RNV", "SPNV", Which::kSame},    {"AV", "RNV", Which::kSame},        {"AV", "RD", Which::kSame},
    {"store AV", "AV", Which::kSame}, {"RNV", "SLNV", Which::kSame, true}};
const std::vector<Dependence> kThreePass{{"GM", "QK", Which::kSame}, {"SN", "QK", Which::kSame},
                                         {"SN", "GM", Which::kLast}, {"SD", "SN", Which::kSame},
                                         {"A", "SD", Which::kLast},  {"A", "SN", Which::kSame},
                                         {"AV", "A", Which::kSame},  {"store AV", "AV", Which::kSame}};

// Names of loops differ from block to block; a tile of queries is its running number over p2 and p1.
Indices global(const Program& program, const std::string& name, Indices point) {
  for (const Block& block : program.blocks) {
    for (const Instruction& instruction : block.instructions) {
      if (instruction.name != name) continue;
      std::int64_t per_block = 1;
      for (const Loop& loop : block.loops) {
        if (loop.name == "p1") per_block = loop.extent;
      }
      if (point.count("p2") != 0) {
        point["p1"] += point["p2"] * per_block;
        point.erase("p2");
      }
      return point;
    }
  }
  return point;
}

std::int64_t count_broken(const Lowered& lowered, const std::vector<Dependence>& dependences) {
  std::map<std::string, std::map<Indices, Span>> spans;
  std::int64_t last_tile = 0;
  for (const auto& [name, instruction] : lowered.trace.of) {
    for (const auto& [point, span] : instruction.at) {
      const Indices tile = global(lowered.program, name, point);
      spans[name][tile] = span;
      last_tile = std::max(last_tile, tile.at("m1"));
    }
  }
  std::int64_t broken = 0;
  for (const Dependence& dependence : dependences) {
    EXPECT_FALSE(spans[dependence.reader].empty()) << dependence.reader;
    for (const auto& [tile, span] : spans[dependence.reader]) {
      Indices needed = tile;
      if (dependence.which == Which::kLast) needed["m1"] = last_tile;
      if (dependence.which == Which::kBefore && --needed["m1"] < 0) continue;
      const auto producer = spans[dependence.producer].find(needed);
      if (producer == spans[dependence.producer].end()) {
        ADD_FAILURE() << dependence.reader << " has no " << dependence.producer;
        return 1;
      }
      const Span& made = producer->second;
      broken += dependence.streamed ? span.start <= made.start || span.end < made.end : span.start < made.end;
    }
  }
  return broken;
}

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const char* arch : {"tiny-4x4", "tiny-8x8", "tiny-16x16"}) {
    for (const char* mapping : {"fusemax", "fusemax-arch", "fusemax-cascade", "flat", "unfused"}) {
      for (const auto& [queries, keys] : {std::pair{1, 1}, {1, 33}, {16, 16}, {31, 50}, {64, 7}, {100, 65}}) {
        result.push_back({arch, mapping, queries, keys, 24});
      }
    }
  }
  return result;
}

class EveryPreset : public testing::TestWithParam<Case> {};

TEST_P(EveryPreset, RunsEveryPointOnceAndBreaksNoDependence) {
  const Case& shape = GetParam();
  const Lowered lowered = lower_case(shape);
  const bool three_pass = lowered.cascade.producer("GM") != nullptr;
  EXPECT_EQ(count_broken(lowered, three_pass ? kThreePass : kOnePass), 0);

  // Sums of PE results: exactly the products and exponentials of the algorithm, whatever the tiles.
  const std::int64_t heads = 2;
  const std::int64_t points = heads * shape.queries * shape.keys;
  const auto ops = [&](const std::string& name) { return lowered.trace.of.at(name).ops(); };
  if (three_pass) {
    EXPECT_EQ(ops("QK"), points * 24);
    EXPECT_EQ(ops("SN"), points);
    EXPECT_EQ(ops("A"), points);
    EXPECT_EQ(ops("AV"), points * 24);
  } else {
    const bool separate = shape.mapping == "fusemax-cascade";
    EXPECT_EQ(ops("BQK"), points * 24);
    EXPECT_EQ(ops("LM"), points);
    EXPECT_EQ(ops("SLN"), points * (separate ? 2 : 1));
    EXPECT_EQ(ops("SLNV"), points * 24);
    EXPECT_EQ(ops("AV"), heads * shape.queries * 24);
  }
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  std::string name =
      fmt::format("{}_{}_{}_{}", info.param.arch, info.param.mapping, info.param.queries, info.param.keys);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Lower, EveryPreset, testing::ValuesIn(cases()), case_name);

TEST(Lower, AScoreTileIsReusedOnlyAfterItsLastReader) {
  for (const std::int64_t look_ahead : {0, 1, 2, 3, 5}) {
    const Lowered lowered =
        lower_case({"tiny-8x8", "fusemax", 64, 64}, {{"look_ahead", std::to_string(look_ahead), "test"}});
    std::vector<std::pair<Span, Span>> tiles;  // BQK and SLNV of each tile, in order
    for (const auto& [point, span] : lowered.trace.of.at("BQK").at) {
      tiles.emplace_back(span, *find(lowered.trace, "SLNV", point));
    }
    std::sort(tiles.begin(), tiles.end(), [](const auto& a, const auto& b) { return a.first.start < b.first.start; });
    const auto ahead = static_cast<std::size_t>(look_ahead + 1);
    for (std::size_t tile = ahead; tile < tiles.size(); ++tile) {
      EXPECT_GE(tiles[tile].first.start, tiles[tile - ahead].second.end) << "look-ahead " << look_ahead;
    }
  }
}

TEST(Lower, WithABarrierATileStartsWhenTheOneBeforeIsConsumed) {
  const Lowered lowered = lower_case({"tiny-8x8", "fusemax-arch", 32, 32});
  std::vector<std::pair<Span, Span>> tiles;
  for (const auto& [point, span] : lowered.trace.of.at("BQK").at) {
    tiles.emplace_back(span, *find(lowered.trace, "RNV", point));
  }
  std::sort(tiles.begin(), tiles.end(), [](const auto& a, const auto& b) { return a.first.start < b.first.start; });
  for (std::size_t tile = 1; tile < tiles.size(); ++tile) {
    EXPECT_GE(tiles[tile].first.start, tiles[tile - 1].second.end);
  }
}

TEST(Lower, ColumnLatenciesAreKeptToTheCycle) {
  // 8 rows: the maximum leaves after 8 hops, and comes back systolically in 8 more or over the bus in one.
  for (const auto& [broadcast, cycles] : {std::pair{"systolic", 8}, {"bus", 1}}) {
    const Lowered lowered =
        lower_case({"tiny-8x8", "fusemax-arch", 8, 8}, {}, {{"links.column_broadcast", broadcast, "test"}});
    for (const auto& [point, lm] : lowered.trace.of.at("LM").at) {
      const Span rm = *find(lowered.trace, "RM", point);
      EXPECT_EQ(rm.start, lm.end + 8);
      EXPECT_EQ(find(lowered.trace, "SLN", point)->start, rm.end + cycles);
    }
  }
}

TEST(Lower, TrafficOfTheOnePassMappingsIsTheClosedForm) {
  // Q once, AV once, K and V once a block of P1 query tiles: 2*(P*E + P*F + P2*(M*E + M*F)) bytes a head.
  const Lowered lowered = lower_case({"tiny-8x8", "fusemax", 256, 96}, {{"tile.p1", "8", "test"}});
  std::int64_t bytes = 0;
  for (const Instruction& instruction : lowered.program.blocks.front().instructions) {
    const auto runs = lowered.trace.of.at(instruction.name).at.size();
    bytes += static_cast<std::int64_t>(runs) * (instruction.work.dram_read_bytes + instruction.work.dram_write_bytes);
  }
  const std::int64_t blocks = 256 / 8 / 8;
  EXPECT_EQ(bytes, 2 * 2 * (256 * 64 * 2 + blocks * 96 * 64 * 2));
}

TEST(Lower, ABlockIsTheLargestDivisorThatFits) {
  const auto p1_of = [](std::int64_t queries, const std::string& buffer) {
    const Lowered lowered = lower_case({"tiny-8x8", "fusemax", queries, 8}, {}, {{"buffer.bytes", buffer, "test"}});
    return lowered.program.blocks.front().loops.back();
  };
  // A query tile takes (E + F + 2) words of 8 queries; K and V two tiles each; Q one more.
  const std::int64_t tile = (64 + 64 + 2) * 8 * 2;
  const std::int64_t rest = (4 + 1) * 64 * 8 * 2;
  EXPECT_EQ(p1_of(96 * 8, std::to_string(rest + 40 * tile)).extent, 32);  // 96 = 32 * 3
  EXPECT_EQ(p1_of(96 * 8, std::to_string(rest + 48 * tile - 1)).extent, 32);
  EXPECT_EQ(p1_of(96 * 8, std::to_string(rest + 52 * tile)).extent, 48);
  // 97 is prime: blocks of equal size with a shorter last one.
  const Loop ragged = p1_of(97 * 8, std::to_string(rest + 44 * tile));
  EXPECT_EQ(ragged.extent, 33);
  EXPECT_EQ(ragged.table, (std::vector<Row>{{{33}}, {{33}}, {{31}}}));
}

TEST(Lower, WhatDoesNotFitIsNamedWhole) {
  const auto message = [](const std::string& mapping, const std::vector<common::Override>& mapping_overrides,
                          const std::vector<common::Override>& arch_overrides) -> std::string {
    try {
      lower_case({"tiny-8x8", mapping, 64, 64}, mapping_overrides, arch_overrides);
    } catch (const common::InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(
      message("fusemax", {}, {{"array_2d.registers_per_pe", "4", "test"}}),
      "mapping/presets/fusemax.yaml:3: fusemax on tiny-8x8 does not run fusemax_1pass: does not fit: 5 registers a "
      "PE, 4 there (BQK 2, RM 1)");
  EXPECT_EQ(
      message("fusemax", {}, {{"buffer.bytes", "4KiB", "test"}}),
      "mapping/presets/fusemax.yaml:3: fusemax on tiny-8x8 does not run fusemax_1pass: does not fit: 9248 bytes of "
      "buffer, 4096 there (RNV 1024, AV 2048, Q 2048, K 2048, V 2048)");
  EXPECT_EQ(message("fusemax", {}, {{"array_2d.functions", "{macc: 1}", "test"}}),
            "mapping/presets/fusemax.yaml:3: fusemax on tiny-8x8 does not run fusemax_1pass: PE function max of LM is "
            "missing on array_2d of tiny-8x8; array_2d.functions needs max, or LM another array");
  EXPECT_EQ(
      message("fusemax", {{"loops", "[batch, head, p2, p1]", "test"}}, {}),
      "mapping/presets/fusemax.yaml:3: fusemax on tiny-8x8 does not run fusemax_1pass: does not cover: rank m has 8 "
      "tiles of 8 but loops lack m1");
  EXPECT_EQ(
      message("flat", {{"cases", "[{when: {keys: 1K}, loops: [batch, head, p2, p1, m1], tile: {p1: 1}}]", "test"}}, {}),
      "mapping/presets/flat.yaml:3: flat on tiny-8x8 does not run fusemax_3pass: breaks a dependence: 3 passes over "
      "m in one traversal of m1 (A needs SD[p], which is complete only after pass 2 over m (SN -> SD)); put pass "
      "before m1 in loops, or split the group");
}

}  // namespace
}  // namespace attnsim::mapping
