// Selections: what they cost on their unit, and what the unit cannot do.
#include "mapping/select.h"

#include <gtest/gtest.h>

#include "mapping/lower.h"
#include "tests/mapping/one_by_one.h"
#include "tests/mapping/trace.h"

namespace attnsim::mapping {
namespace {

const std::string kSelection = R"(# A test.
id: test
class: test
source: none
provenance: confirmed
ranks: {p: queries, m: keys, j: 5}
inputs: ["S[p,m]"]
output: Y[p,j]
einsums:
  - I[p,j] = topk(m) (-S[p,m])
  - Y[p,j] = I[p,j] + 1
)";

struct Given {
  workloads::Cascade cascade;
  workloads::Workload workload;
  arch::Architecture architecture;
  Mapping mapping;
};

Given given(const std::string& text, const std::vector<common::Override>& arch = {}) {
  Given result;
  result.cascade = workloads::parse_cascade(text, "test.yaml");
  workloads::WorkloadOptions options;
  options.batch = 1;
  options.seq_len = 12;
  options.kv_len = 37;
  result.workload =
      workloads::read_workload("{name: small, heads: 1, kv_heads: 1, head_dim: 6, value_dim: 5}", options);
  result.architecture = arch::read_architecture("tiny-8x8", arch);
  result.mapping = OneByOne(result.cascade, result.workload, result.architecture, 4).mapping();
  return result;
}

Program lowered(const Given& of) { return lower(of.cascade, of.workload, of.architecture, of.mapping); }

std::string message(const Given& of) {
  try {
    lowered(of);
  } catch (const common::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Select, ASelectionStreamsItsValuesByOnceForEachListOfEntries) {
  for (const std::int64_t entries : {1, 2, 5, 64}) {
    for (const std::int64_t rate : {1, 4, 64}) {
      const Program program = lowered(given(kSelection, {{"select.entries", std::to_string(entries), "test"},
                                                         {"select.elements_per_cycle", std::to_string(rate), "test"}}));
      const Block& block = program.blocks.front();
      const auto select = std::find_if(block.instructions.begin(), block.instructions.end(),
                                       [](const Instruction& instruction) { return instruction.name == "I"; });
      const std::int64_t streams = (5 + entries - 1) / entries;
      EXPECT_EQ(select->work.duration, 4 * ((37 + rate - 1) / rate) * streams) << "4 queries a tile";
      EXPECT_EQ(select->work.buffer_read_bytes, 4 * 37 * streams * 2);
      EXPECT_EQ(select->work.buffer_write_bytes, 4 * 5 * 2);
      EXPECT_EQ(program.units[static_cast<std::size_t>(select->unit)].name, "select");
    }
  }
}

TEST(Select, OnlyProgramsThatSelectHaveTheUnit) {
  EXPECT_EQ(lowered(given(kSelection)).units.size(), 4U);
  const std::string map = R"(# A test.
id: test
class: test
source: none
provenance: confirmed
ranks: {p: queries, m: keys}
inputs: ["S[p,m]"]
output: Y[p,m]
einsums:
  - Y[p,m] = S[p,m] + 1
)";
  EXPECT_EQ(lowered(given(map)).units.size(), 3U);
}

TEST(Select, TheListArrivesAfterTheUnitsLatency) {
  Given fused = given(kSelection, {{"select.latency_cycles", "9", "test"}});
  fused.mapping.groups[0].einsums = {"I", "Y"};
  fused.mapping.groups.pop_back();
  const Trace trace = Tracer(lowered(fused)).run();
  for (const auto& [point, span] : trace.of.at("Y").at) EXPECT_GE(span.start, trace.of.at("I").at.at(point).end + 9);
  EXPECT_EQ(trace.of.at("Y").at.begin()->second.start, trace.of.at("I").at.begin()->second.end + 9);
}

TEST(Select, WhatTheUnitCannotDoIsRefused) {
  const std::string refused = "one-by-one: one-by-one on tiny-8x8 does not run test: ";
  Given without = given(kSelection);
  without.architecture.select.reset();
  EXPECT_EQ(message(without), refused +
                                  "a select unit is missing on tiny-8x8: I takes the largest values; add `select: "
                                  "{elements_per_cycle, entries, latency_cycles}` to the architecture");
  Given tiled = given(kSelection);
  tiled.mapping.groups[0].tile["m0"] = {TileSize::Rule::kNumber, 8};
  tiled.mapping.groups[0].loops.push_back("m1");
  EXPECT_EQ(message(tiled), refused +
                                "breaks a dependence: I selects from all of m at once, which is in 5 tiles; leave m0 "
                                "out of tile, in a group of its own if need be");
  Given placed = given(kSelection);
  placed.mapping.groups[0].on_2d = {"I"};
  EXPECT_EQ(message(placed), refused + "does not fit: I runs on the select unit; leave it out of array_2d");
  std::string computed = kSelection;
  computed.replace(computed.find("(-S[p,m])"), 9, "(2 + S[p,m])");
  EXPECT_EQ(message(given(computed)),
            refused + "does not fit: I computes what it selects from; make that an Einsum of its own");
}

}  // namespace
}  // namespace attnsim::mapping
