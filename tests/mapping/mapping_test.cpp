// Reading mappings: the shipped ones resolve; wrong ones are refused in one exact line.
#include "mapping/mapping.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace attnsim::mapping {
namespace {

workloads::Workload bert(const std::string& model, std::int64_t seq_len) {
  workloads::WorkloadOptions options;
  options.seq_len = seq_len;
  return workloads::read_workload(model, options);
}

Mapping read(const std::string& name, const std::vector<common::Override>& overrides = {},
             const std::string& model = "bert-base", std::int64_t seq_len = 1024) {
  return read_mapping(name, workloads::read_cascade(default_attention(name)), bert(model, seq_len),
                      arch::read_architecture("fusemax-cloud"), overrides);
}

std::string refusal(const std::string& path, const std::string& value, const std::string& mapping = "fusemax") {
  try {
    read(mapping, {{path, value, "--set mapping." + path + "=" + value}});
  } catch (const common::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Mapping, SizesComeFromTheArchitecture) {
  const Group group = read("fusemax").groups.front();
  EXPECT_EQ(group.tile.at("m0").number, 256);
  EXPECT_EQ(group.tile.at("p1").rule, TileSize::Rule::kFitBuffer);
  EXPECT_EQ(group.on_2d, (std::vector<std::string>{"BQK", "LM", "SLN", "SLD", "SLNV"}));
  EXPECT_FALSE(group.look_ahead.has_value());
}

TEST(Mapping, ABaseIsInheritedKeyByKey) {
  const Group group = read("fusemax-arch").groups.front();
  EXPECT_EQ(group.look_ahead, 0);
  EXPECT_TRUE(group.barrier);
  EXPECT_EQ(group.keep, (std::vector<std::string>{"Q", "K", "V", "RM", "RD", "RNV"}));
}

TEST(Mapping, FlatPicksItsCaseByHeadWidthAndLength) {
  EXPECT_EQ(read("flat", {}, "bert-base", 1024).groups.front().tile.at("p1").rule, TileSize::Rule::kAll);
  EXPECT_EQ(read("flat", {}, "bert-base", 4097).groups.front().tile.at("p1").number, 4);
  EXPECT_EQ(read("flat", {}, "bert-base", 65536).groups.front().tile.at("p1").number, 1);
  EXPECT_TRUE(read("flat", {}, "bert-base", 65536).groups.front().offchip.empty());
  EXPECT_EQ(read("flat", {}, "bert-base", 65537).groups.front().offchip, (std::vector<std::string>{"QK", "SN"}));
  EXPECT_EQ(read("flat", {}, "bert-base", std::int64_t{1} << 30).groups.front().offchip.size(), 2U);
  EXPECT_EQ(read("flat", {}, "xlm", 1024).groups.front().block, (std::vector<std::string>{"V"}));
  EXPECT_TRUE(read("flat", {}, "t5-small-encoder", 1024).groups.front().block.empty());
}

TEST(Mapping, EveryShippedMappingReadsForItsCascade) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(presets())) {
    const std::string name = entry.path().stem().string();
    SCOPED_TRACE(name);
    EXPECT_EQ(read(name).name, name);
    ++count;
  }
  EXPECT_GE(count, 5);
}

TEST(Mapping, RefusalsAreExact) {
  EXPECT_EQ(refusal("placee", "x"),
            "--set mapping.placee=x: unknown key 'placee'; did you mean 'place'?; known: attention, barrier, block, "
            "buffer_bytes, cases, fuse, groups, interleave, keep, look_ahead, loops, name, offchip, place, "
            "separate_subtract, spatial, spatial_of, spill, stream, tile");
  EXPECT_EQ(
      refusal("loops", "[batch, head, p2, m1, q1]"),
      "--set mapping.loops=[batch, head, p2, m1, q1]: loops: unknown loop or tile 'q1'; did you mean 'e1'?; known: "
      "e1, e2, f1, f2, m1, m2, p1, p2");
  EXPECT_EQ(
      refusal("loops", "[batch, p2, m1, p1]"),
      "--set mapping.loops=[batch, p2, m1, p1]: loops: must have one of head and kv_head; every head of the batch "
      "must run");
  EXPECT_EQ(refusal("loops", "[batch, head, kv_head, p2, m1, p1]"),
            "--set mapping.loops=[batch, head, kv_head, p2, m1, p1]: loops: must have one of head and kv_head; every "
            "head of the batch must run");
  EXPECT_EQ(refusal("loops", "[head, p2, m1, p1]"),
            "--set mapping.loops=[head, p2, m1, p1]: loops: batch is missing; every sequence of the batch must run");
  EXPECT_EQ(refusal("loops", "[batch, head, p1, p1]"),
            "--set mapping.loops=[batch, head, p1, p1]: loops: p1 is there twice");
  EXPECT_EQ(refusal("loops", "[batch, head, p1, p2, m1]"),
            "--set mapping.loops=[batch, head, p1, p2, m1]: loops: p2 counts blocks of p1; put p1 inside it");
  EXPECT_EQ(
      refusal("place.array_2d", "[BQK, LN]"),
      "--set mapping.place.array_2d=[BQK, LN]: place.array_2d: unknown Einsum 'LN'; did you mean 'LM'?; known: AV, "
      "BQK, LM, PRM, RD, RM, RNV, SLD, SLN, SLNV, SPD, SPNV");
  EXPECT_EQ(refusal("place.array_1d", "[BQK]"), "mapping/presets/fusemax.yaml:9: place: BQK is placed on both arrays");
  EXPECT_EQ(refusal("place.array_1d", "[RM]"),
            "mapping/presets/fusemax.yaml:9: place: PRM is placed nowhere; add `array_1d: others`");
  EXPECT_EQ(
      refusal("tile.p1", "some"),
      "--set mapping.tile.p1=some: tile.p1: must be a number, all, fit_buffer, array_2d.rows, array_2d.columns or "
      "array_1d.lanes (got some)");
  EXPECT_EQ(refusal("look_ahead", "-1"),
            "--set mapping.look_ahead=-1: look_ahead: must be a whole number from 0 to 4096 (got -1)");
  EXPECT_EQ(
      refusal("interleave", "[[SPNV]]"),
      "--set mapping.interleave=[[SPNV]]: interleave[0]: must name at least two Einsums; they are issued element by "
      "element");
  EXPECT_EQ(refusal("interleave", "[[BQK, RNV]]"),
            "--set mapping.interleave=[[BQK, RNV]]: interleave[0]: BQK runs on array_2d; only Einsums of the 1D array "
            "interleave");
  EXPECT_EQ(refusal("cases", "[]", "flat"),
            "--set mapping.cases=[]: cases: is empty; list at least one case, or leave the key out");
}

TEST(Mapping, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  try {
    default_attention("fusemx");
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(),
                 "unknown mapping 'fusemx'; did you mean 'fusemax'?; known: flat, fusemax, fusemax-arch, "
                 "fusemax-cascade, linear-lanes, output-stationary, output-stationary-blocked, sigmoid-lanes, unfused, "
                 "weight-stationary");
  }
}

}  // namespace
}  // namespace attnsim::mapping
