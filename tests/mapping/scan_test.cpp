// Scans on lanes: one point after another, never on the 2D array.
#include "mapping/scan.h"

#include <gtest/gtest.h>

#include "mapping/lower.h"
#include "tests/mapping/one_by_one.h"

namespace attnsim::mapping {
namespace {

struct Given {
  workloads::Cascade cascade = workloads::parse_cascade(R"(# A test.
id: test
class: test
source: none
provenance: confirmed
ranks: {m: keys, e: head_dim}
inputs: ["X[m,e]"]
output: Y[m,e]
einsums:
  - Y[m,e] = scan sum(m) X[m,e]
)",
                                                        "test.yaml");
  workloads::Workload workload;
  arch::Architecture architecture = arch::read_architecture("tiny-8x8");
  Mapping mapping;

  explicit Given(std::int64_t tile) {
    workloads::WorkloadOptions options;
    options.batch = 1;
    options.seq_len = 20;
    workload = workloads::read_workload("{name: small, heads: 1, kv_heads: 1, head_dim: 12, value_dim: 5}", options);
    mapping = OneByOne(cascade, workload, architecture, tile).mapping();
  }
  Program lowered() const { return lower(cascade, workload, architecture, mapping); }
  std::string message() const {
    try {
      lowered();
    } catch (const common::InputError& error) {
      return error.what();
    }
    return "";
  }
};

TEST(Scan, LanesShareNoScan) {
  for (const auto& lanes : {std::vector<std::string>{"m"}, {"m", "e"}, {"e"}}) {
    Given given(100);
    given.mapping.groups[0].spatial.lanes = lanes;
    const Program program = given.lowered();
    const auto& instructions = program.blocks[0].instructions;
    const auto scan = std::find_if(instructions.begin(), instructions.end(),
                                   [](const Instruction& instruction) { return instruction.name == "Y"; });
    const bool spread = lanes.back() == "e";
    EXPECT_EQ(scan->work.duration, 20 * (spread ? 2 : 12)) << "12 channels in 8 lanes, or in one";
    EXPECT_EQ(scan->work.ops, 20 * 12);
  }
}

TEST(Scan, PesAreRefused) {
  Given placed(100);
  placed.mapping.groups[0].on_2d = {"Y"};
  placed.mapping.groups[0].spatial = {"m", "e", {"e"}};
  EXPECT_EQ(placed.message(),
            "one-by-one: one-by-one on tiny-8x8 does not run test: does not fit: Y scans, which lanes do; leave it out of "
            "array_2d");
}

}  // namespace
}  // namespace attnsim::mapping
