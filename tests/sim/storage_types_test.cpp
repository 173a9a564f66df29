// What storage types do to the traffic of a run and of its analysis.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sim/actions.h"
#include "sim/analysis.h"
#include "sim/run.h"

namespace attnsim::sim {
namespace {

// DRAM bytes by instruction: "load K".
std::map<std::string, std::int64_t> traffic(const Prepared& prepared) {
  std::map<std::string, std::int64_t> bytes;
  const ProgramActions actions = count_actions(prepared.program);
  for (std::size_t block = 0; block < actions.size(); ++block) {
    for (std::size_t i = 0; i < actions[block].size(); ++i) {
      const mapping::Work& total = actions[block][i].total;
      const std::int64_t moved = total.dram_read_bytes + total.dram_write_bytes;
      if (moved > 0) bytes[prepared.program.blocks[block].instructions[i].name] += moved;
    }
  }
  return bytes;
}

Inputs decode(const std::string& attention) {
  Inputs inputs;
  inputs.workload = "bert-base";
  inputs.attention = attention;
  inputs.options.phase = "decode";
  inputs.options.batch = 16;
  inputs.options.seq_len = 8192;
  for (const char* setting : {"heads=32", "kv_heads=8", "head_dim=128", "value_dim=128"}) {
    add_override(inputs, std::string("workload.") + setting);
  }
  return inputs;
}

TEST(StorageTypes, KeysAndValuesInFourBitsTakeAQuarterAndTheirScales) {
  const Prepared prepared = prepare(decode("qserve_kv4"));
  const auto quantised = traffic(prepared);
  const auto plain = traffic(prepare(decode("gqa_causal")));
  const workloads::Workload& shape = prepared.workload;
  const std::int64_t tokens = shape.batch * shape.kv_heads * shape.kv_len;
  EXPECT_EQ(plain.at("load K"), tokens * shape.head_dim * 2);
  EXPECT_EQ(quantised.at("load KC"), plain.at("load K") / 4);
  EXPECT_EQ(quantised.at("load VC"), plain.at("load V") / 4);
  for (const char* scale : {"KS", "KZ", "VS", "VZ"}) {
    EXPECT_EQ(quantised.at(std::string("load ") + scale), tokens * 2) << scale;
  }
  // The analysis: keys and values, their scales, queries and results.
  const Analysis analysis = analyse(prepared.cascade, prepared.architecture, {shape});
  const std::int64_t queries = shape.batch * shape.heads * shape.head_dim * 2;
  EXPECT_EQ(analysis.phases.front().dram_read_bytes,
            tokens * (shape.head_dim + shape.value_dim) / 2 + tokens * 4 * 2 + queries);
  EXPECT_EQ(analysis.phases.front().dram_write_bytes, queries);
}

TEST(StorageTypes, OneTensorsTypeChangesItsTrafficAlone) {
  const auto run_with = [](const std::string& storage) {
    Inputs inputs;
    inputs.arch = "tiny-8x8";
    inputs.workload = "bert-base";
    inputs.attention = "fusemax_1pass";
    inputs.options.batch = 2;
    inputs.options.seq_len = 53;
    for (const char* setting : {"heads=2", "kv_heads=2", "head_dim=24", "value_dim=8"}) {
      add_override(inputs, std::string("workload.") + setting);
    }
    if (!storage.empty()) add_override(inputs, "attention.storage={" + storage + "}");
    return traffic(prepare(inputs));
  };
  const auto plain = run_with("");
  EXPECT_EQ(plain, run_with("Q: bf16, K: bf16, V: bf16, AV: bf16"));
  for (const workloads::StorageType& type : workloads::storage_types()) {
    for (const auto& [tensor, instruction] : {std::pair{"V", "load V"}, {"AV", "store AV"}}) {
      auto expected = plain;
      expected.at(instruction) = plain.at(instruction) / 16 * type.bits;
      EXPECT_EQ(run_with(std::string(tensor) + ": " + type.name), expected) << tensor << " " << type.name;
    }
  }
}

}  // namespace
}  // namespace attnsim::sim
