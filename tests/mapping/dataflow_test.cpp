// What instructions do to data, for a mapping whose loops and slots are known.
#include "mapping/dataflow.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mapping/lower.h"

namespace attnsim::mapping {
namespace {

using workloads::Range;

struct Lowered {
  arch::Architecture architecture = arch::read_architecture("tiny-8x8");
  workloads::Workload workload =
      workloads::read_workload("bert-base", {.batch = 1, .seq_len = 21, .kv_len = 0, .phase = "", .lengths = {}});
  workloads::Cascade cascade = workloads::read_cascade("fusemax_1pass");
  Program program;
  std::vector<Dataflow> dataflow;

  Lowered() {
    const Mapping mapping = read_mapping("fusemax", cascade, workload, architecture);
    program = lower(cascade, workload, architecture, mapping, &dataflow);
  }
  const Action& action(const std::string& name) const {
    const auto& instructions = program.blocks[0].instructions;
    const auto at = std::find_if(instructions.begin(), instructions.end(),
                                 [&](const Instruction& instruction) { return instruction.name == name; });
    return dataflow[0].actions[static_cast<std::size_t>(at - instructions.begin())];
  }
  // The point of a key tile and a query tile.
  std::vector<std::int64_t> point(std::int64_t keys, std::int64_t queries) const {
    std::vector<std::int64_t> result(dataflow[0].loops.size(), 0);
    result[static_cast<std::size_t>(dataflow[0].dims.at("m").loop)] = keys;
    result[static_cast<std::size_t>(dataflow[0].dims.at("p").loop)] = queries;
    return result;
  }
};

TEST(Dataflow, EveryInstructionHasAnAction) {
  const Lowered lowered;
  ASSERT_EQ(lowered.dataflow.size(), lowered.program.blocks.size());
  ASSERT_EQ(lowered.dataflow[0].actions.size(), lowered.program.blocks[0].instructions.size());
  for (std::size_t i = 0; i < lowered.dataflow[0].actions.size(); ++i) {
    const Instruction& instruction = lowered.program.blocks[0].instructions[i];
    const Action& action = lowered.dataflow[0].actions[i];
    EXPECT_EQ(action.unit, instruction.unit) << instruction.name;
    EXPECT_EQ(action.einsum == nullptr ? "" : action.einsum->name, instruction.einsum) << instruction.name;
  }
}

TEST(Dataflow, TilesAreBoxesOfTheirLoops) {
  const Lowered lowered;
  const Dataflow& dataflow = lowered.dataflow[0];
  EXPECT_EQ(dataflow.range_at("p", lowered.point(1, 2)), (Range{16, 24}));
  EXPECT_EQ(dataflow.range_at("m1", lowered.point(1, 2)), (Range{1, 2}));
  EXPECT_EQ(dataflow.range_at("m0", lowered.point(1, 2)), (Range{0, 8}));
  EXPECT_EQ(dataflow.range_at("e", lowered.point(1, 2)), (Range{0, 64}));
}

TEST(Dataflow, CarriedTensorsAreReadAsTheStepBeforeLeftThem) {
  const Lowered lowered;
  const auto reads = [&](const std::string& einsum, const std::string& tensor) {
    std::vector<bool> carried;
    for (const Access& read : lowered.action(einsum).reads) {
      if (read.tensor == tensor) carried.push_back(read.carried);
    }
    return carried;
  };
  EXPECT_EQ(reads("PRM", "RM").size(), 2U) << "the old maximum and the new one";
  EXPECT_EQ(reads("SLN", "RM"), (std::vector<bool>{false}));
  EXPECT_EQ(reads("SPNV", "RNV"), (std::vector<bool>{true}));
  EXPECT_EQ(reads("AV", "RNV"), (std::vector<bool>{false}));
}

TEST(Dataflow, AMapThatOverwritesItsOperandSharesItsPool) {
  const Lowered lowered;
  const Action& map = lowered.action("SLN");
  ASSERT_TRUE(map.in_place);
  EXPECT_EQ(map.write->pool, lowered.action("BQK").write->pool);
  EXPECT_NE(map.write->pool, lowered.action("LM").write->pool);
}

}  // namespace
}  // namespace attnsim::mapping
