// Figures of a Result from a hand-made timing, and the shape of its JSON.
#include "sim/result.h"

#include <gtest/gtest.h>

namespace attnsim::sim {
namespace {

// Two units, one Einsum each and a transfer; ten iterations in 40 cycles.
class ResultOf : public ::testing::Test {
 protected:
  void SetUp() override {
    mapping::Program program;
    program.units = {{"dram", 1}, {"array_2d", 8}};
    mapping::Instruction load;
    load.name = "load K";
    load.work = {2, 0, 0, 100, 0, 0, 100};
    mapping::Instruction multiply;
    multiply.name = multiply.einsum = "BQK";
    multiply.unit = 1;
    multiply.tensor_product = true;
    multiply.work = {3, 24, 12, 0, 0, 7, 0};
    mapping::Instruction reduce;
    reduce.name = reduce.einsum = "LM";
    reduce.unit = 1;
    reduce.work = {1, 8, 4, 0, 0, 0, 0};
    program.blocks = {{"BQK LM", {{"m1", 10, {}, {}}}, {load, multiply, reduce}, {}}};
    Timing timing;
    timing.cycles = 44;
    timing.units = {{20, {}}, {40, {{"load K -> BQK", 4}}}};
    timing.blocks = {{{10, 0, 18, 20}, {10, 4, 40, 30}, {10, 7, 43, 10}}};
    timing.circuit = {{{"BQK", "array_2d", 3}, {"LM", "array_2d", 1}}, 4, 1};
    arch::Architecture architecture;
    architecture.name = "toy";
    architecture.clock_hz = 1000;
    result_ = make_result(program, timing, count_actions(program), architecture);
  }
  Result result_;
};

TEST_F(ResultOf, UtilizationCountsBusyPeCyclesOverAll) {
  EXPECT_DOUBLE_EQ(result_.pe_utilization("array_2d"), (120.0 + 40.0) / (8 * 44));
  EXPECT_DOUBLE_EQ(result_.pe_utilization("array_2d", true), 120.0 / (8 * 44));
  EXPECT_DOUBLE_EQ(result_.busy_fraction("dram"), 20.0 / 44);
  EXPECT_DOUBLE_EQ(result_.pe_utilization("array_1d"), 0) << "the program has no such unit";
}

TEST_F(ResultOf, TheGapIsTheDistanceFromTheLowerBound) {
  EXPECT_EQ(result_.bound.lower_bound_cycles, 40);
  EXPECT_DOUBLE_EQ(result_.gap(), 0.1);
}

TEST_F(ResultOf, JsonHasTheFixedKeysInOrder) {
  const Json json = to_json(result_);
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  const std::vector<std::string> expected = {
      "schema_version", "scope",   "layers",       "arch",       "workload",     "attention", "mapping",   "engine",
      "cycles",         "seconds", "frequency_hz", "dram_bytes", "buffer_bytes", "actions",   "energy_pj", "area_um2",
      "utilization",    "units",   "einsums",      "transfers",  "instructions", "bound",     "timeline",  "run"};
  EXPECT_EQ(keys, expected);
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_DOUBLE_EQ(json["seconds"].get<double>(), 0.044);
  EXPECT_EQ(json["dram_bytes"].dump(), R"({"read":1000,"write":0})");
  EXPECT_EQ(json["buffer_bytes"].dump(), R"({"read":70,"write":1000})");
  EXPECT_EQ(json["units"][1].dump(),
            R"({"name":"array_2d","pes":8,"busy_cycles":40,"stall_cycles":{"load K -> BQK":4}})");
  EXPECT_EQ(json["einsums"].dump(), R"([{"name":"BQK","unit":"array_2d","cycles":30,"ops":240,"pe_cycles":120},)"
                                    R"({"name":"LM","unit":"array_2d","cycles":10,"ops":80,"pe_cycles":40}])");
  EXPECT_EQ(json["transfers"].dump(), R"([{"name":"load K","unit":"dram","cycles":20,"bytes":1000}])");
  EXPECT_EQ(json["instructions"][2].dump(),
            R"({"block":"BQK LM","name":"LM","unit":"array_2d","count":10,"first_start":7,"last_start":43,)"
            R"("busy_cycles":10})");
  EXPECT_EQ(json["bound"].dump(),
            R"({"lower_bound_cycles":40,"limiter":"array_2d","gap":0.1,"critical_circuit":{"steps":[)"
            R"({"name":"BQK","unit":"array_2d","cycles":3},{"name":"LM","unit":"array_2d","cycles":1}],)"
            R"("cycles":4,"epochs":1}})");
}

TEST_F(ResultOf, WallClockFiguresStandUnderRunAlone) {
  Json before = to_json(result_);
  result_.wall_seconds = 3;
  Json after = to_json(result_);
  EXPECT_NE(before, after);
  before.erase("run");
  after.erase("run");
  EXPECT_EQ(before.dump(), after.dump());
}

}  // namespace
}  // namespace attnsim::sim
