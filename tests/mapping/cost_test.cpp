// Durations against the closed forms of the published per-tile model, by shape.
#include "mapping/cost.h"

#include <gtest/gtest.h>

#include "mapping/lower.h"

namespace attnsim::mapping {
namespace {

std::map<std::string, Work> works(const std::string& arch, const std::string& mapping_name, std::int64_t head_dim,
                                  std::int64_t value_dim, const std::vector<common::Override>& arch_overrides = {},
                                  std::int64_t seq_len = 4096) {
  workloads::WorkloadOptions options;
  options.seq_len = seq_len;
  const auto workload = workloads::read_workload(
      "bert-base", options,
      {{"head_dim", std::to_string(head_dim), "test"}, {"value_dim", std::to_string(value_dim), "test"}});
  const auto cascade = workloads::read_cascade(default_attention(mapping_name));
  const auto architecture = arch::read_architecture(arch, arch_overrides);
  const auto mapping = read_mapping(mapping_name, cascade, workload, architecture);
  std::map<std::string, Work> result;
  for (const Block& block : lower(cascade, workload, architecture, mapping).blocks) {
    for (const Instruction& instruction : block.instructions) result[instruction.name] = instruction.work;
  }
  return result;
}

TEST(Cost, FuseMaxTileIsThePublishedOne) {
  // Nayak et al., MICRO 2024: the 1D array needs 2E + 10 cycles a tile (E = F) and F more where a row of tiles ends.
  for (const std::int64_t width : {32, 64, 128}) {
    const auto work = works("fusemax-cloud", "fusemax", width, width);
    EXPECT_EQ(work.at("BQK").duration, width);
    EXPECT_EQ(work.at("LM").duration, 1);
    EXPECT_EQ(work.at("SLN").duration, 7);
    EXPECT_EQ(work.at("SLD").duration, 1);
    EXPECT_EQ(work.at("SLNV").duration, width);
    std::int64_t on_1d = 0;
    for (const char* name : {"RM", "PRM", "SPD", "RD", "SPNV", "RNV"}) on_1d += work.at(name).duration;
    EXPECT_EQ(on_1d, 2 * width + 10);
    EXPECT_EQ(work.at("AV").duration, width);
    EXPECT_EQ(work.at("BQK").pe_cycles, 256 * 256 * width);
    EXPECT_EQ(work.at("SLN").pe_cycles, 256 * 256 * 7);
  }
}

TEST(Cost, HeadAndValueWidthsMayDiffer) {
  const auto work = works("fusemax-cloud", "fusemax", 96, 40);
  EXPECT_EQ(work.at("BQK").duration, 96);
  EXPECT_EQ(work.at("SLNV").duration, 40);
  EXPECT_EQ(work.at("RNV").duration, 40);
}

TEST(Cost, CascadeOnFlatsHardwareIsThePublishedOne) {
  // 256*(LM 1 + SLN 2 + SLD 1) + 5 + 2F on the 1D array.
  const auto work = works("flat-cloud", "fusemax-cascade", 64, 64);
  EXPECT_EQ(work.at("LM").duration, 256);
  EXPECT_EQ(work.at("SLN").duration, 512);
  EXPECT_EQ(work.at("SLD").duration, 256);
  std::int64_t rest = 0;
  for (const char* name : {"RM", "PRM", "SPD", "RD", "SPNV", "RNV"}) rest += work.at(name).duration;
  EXPECT_EQ(rest, 5 + 2 * 64);
}

TEST(Cost, FlatsSoftmaxTakesFourCyclesAScore) {
  const auto work = works("flat-cloud", "flat", 64, 64);
  for (const char* name : {"GM", "SN", "SD", "A"}) EXPECT_EQ(work.at(name).duration, 256) << name;
  EXPECT_EQ(work.at("QK").duration, 64);
  EXPECT_EQ(work.at("AV").duration, 256);
  EXPECT_EQ(work.at("AV").pe_cycles, 256 * 256 * 64);  // F of the 256 columns work
}

TEST(Cost, PeFunctionsScaleWithTheirCycles) {
  const auto work = works("fusemax-cloud", "fusemax", 64, 64,
                          {{"array_2d.functions.exp", "14", "test"}, {"array_2d.functions.macc", "2", "test"}});
  EXPECT_EQ(work.at("SLN").duration, 14);
  EXPECT_EQ(work.at("BQK").duration, 128);
  EXPECT_EQ(work.at("PRM").duration, 7);  // on the 1D array
}

TEST(Cost, AWiderRankThanTheArrayTakesTurns) {
  const auto work = works("flat-cloud", "unfused", 64, 600);
  EXPECT_EQ(work.at("AV").duration, 256 * 3);  // 600 value columns on 256
}

TEST(Cost, RowsThatDoNotFitSpreadOverTheLanes) {
  // 256K keys: 32 rows of scores, twice, are what 32 MiB hold; the 256 lanes take 8 keys each of them.
  const auto work = works("flat-cloud", "unfused", 64, 64, {}, 262144);
  EXPECT_EQ(work.at("GM").duration, 32);
  EXPECT_EQ(work.at("GM").pe_cycles, 32 * 256);
}

TEST(Cost, ATransferHoldsTheDramForItsBytes) {
  const auto work = works("fusemax-cloud", "fusemax", 64, 64);
  const std::int64_t bytes = 256 * 64 * 2;
  EXPECT_EQ(work.at("load K").dram_read_bytes, bytes);
  // 400 GiB/s at 940 MHz: 456.9 bytes a cycle, rounded up to whole cycles.
  EXPECT_EQ(work.at("load K").duration, (bytes * 940000000 + 429496729599) / 429496729600);
  EXPECT_EQ(work.at("store AV").dram_write_bytes, bytes);
}

TEST(Cost, BufferTrafficOfATileIsThePublishedOne) {
  // Q, K, V and RNV tiles read, RNV written: E + E + F + F rows of 256 words, and F; RM and RD are one row each.
  const auto work = works("fusemax-cloud", "fusemax", 64, 64);
  const std::int64_t row = 256 * 2;
  EXPECT_EQ(work.at("BQK").buffer_read_bytes, (64 + 64) * row);
  EXPECT_EQ(work.at("SLNV").buffer_read_bytes, 64 * row);
  EXPECT_EQ(work.at("SPNV").buffer_read_bytes, (64 + 0) * row);
  EXPECT_EQ(work.at("RNV").buffer_write_bytes, 64 * row);
  EXPECT_EQ(work.at("RNV").buffer_read_bytes, 0);
}

}  // namespace
}  // namespace attnsim::mapping
