// Energy is actions times costs, summed; area is units and registers times PEs.
#include "sim/energy.h"

#include <gtest/gtest.h>

#include "common/registry.h"
#include "sim/run.h"

namespace attnsim::sim {
namespace {

// Costs that tell every term apart.
arch::EnergyTable small_table() {
  arch::EnergyTable table;
  table.name = "small";
  table.functions = {{"macc", {3, 100}}, {"add", {2, 50}}, {"max", {1, 10}}, {"exp", {1000, 1e6}}};
  table.registers.read_pj = arch::PowerCurve({{1, 0.5}}, 0);
  table.registers.write_pj = arch::PowerCurve({{1, 0.25}}, 0);
  table.registers.um2 = 7;
  table.registers.um2_words = 64;
  table.buffer.read_pj_per_bit = arch::PowerCurve({{1, 2}}, 0);
  table.buffer.write_pj_per_bit = arch::PowerCurve({{1, 4}}, 0);
  table.buffer.um2_per_byte = 0.5;
  table.dram_pj_per_bit = 5;
  table.link_pj_per_hop = 0.125;
  table.static_watts_per_mm2 = 1e6;  // 1 W a um2
  return table;
}

arch::Architecture small_architecture() {
  arch::Architecture architecture;
  architecture.name = "small";
  architecture.array_2d = {2,      3, 4, {{"macc", 1}, {"add", 1}, {"exp", 7}}, {{"exp", {{"add", 1}, {"macc", 6}}}},
                           {"add"}};
  architecture.array_1d = {2, 8, {{"macc", 1}, {"add", 1}, {"max", 1}}, {}, {}};
  architecture.buffer = {64, 1, 8};
  return architecture;
}

EnergyInputs small_inputs() {
  EnergyInputs inputs;
  inputs.actions.array_2d = {{{"macc", 10}, {"exp", 2}, {"add", 1}}, 100, 40};
  inputs.actions.array_1d = {{{"max", 5}}, 10, 4};
  inputs.actions.buffer_row_reads = 6;
  inputs.actions.buffer_row_writes = 3;
  inputs.actions.dram_read_bits = 16;
  inputs.actions.dram_write_bits = 8;
  inputs.actions.link_hops = 80;
  inputs.intermediate_row_reads = 2;
  inputs.intermediate_row_writes = 1;
  inputs.seconds = 3e-12;
  return inputs;
}

TEST(Energy, OfEachComponentIsItsActionsTimesTheirCosts) {
  const auto energy = energy_of(small_inputs(), small_architecture(), small_table());
  EXPECT_DOUBLE_EQ(energy.array_2d, 10 * 3 + 2 * (2 + 6 * 3) + 2) << "exp is an add and six MACCs, not its unit";
  EXPECT_DOUBLE_EQ(energy.array_1d, 5);
  EXPECT_DOUBLE_EQ(energy.registers, 110 * 0.5 + 44 * 0.25);
  EXPECT_DOUBLE_EQ(energy.buffer, 6 * 8 * 2 + 3 * 8 * 4);
  EXPECT_DOUBLE_EQ(energy.dram, 24 * 5);
  EXPECT_DOUBLE_EQ(energy.links, 10);
  const double um2 = 6 * (100 + 7) + 2 * (160 + 7) + 32;
  EXPECT_DOUBLE_EQ(energy.leakage, 3 * um2);
}

TEST(Energy, TotalIsTheExactSumOfItsComponents) {
  const auto energy = energy_of(small_inputs(), small_architecture(), small_table());
  EXPECT_EQ(energy.total(), energy.array_2d + energy.array_1d + energy.registers + energy.buffer + energy.dram +
                                energy.links + energy.leakage);
}

TEST(Energy, WithoutActionsIsStaticAlone) {
  EnergyInputs idle;
  idle.seconds = 2e-12;
  const auto energy = energy_of(idle, small_architecture(), small_table());
  EXPECT_GT(energy.leakage, 0);
  EXPECT_EQ(energy.total(), energy.leakage);
}

TEST(Energy, OfTwiceTheActionsIsTwiceTheDynamicEnergy) {
  const auto once = energy_of(small_inputs(), small_architecture(), small_table());
  auto inputs = small_inputs();
  for (auto* array : {&inputs.actions.array_2d, &inputs.actions.array_1d}) {
    for (auto& [function, results] : array->results) results *= 2;
    array->register_reads *= 2;
    array->register_writes *= 2;
  }
  for (auto* count : {&inputs.actions.buffer_row_reads, &inputs.actions.buffer_row_writes,
                      &inputs.actions.dram_read_bits, &inputs.actions.dram_write_bits, &inputs.actions.link_hops}) {
    *count *= 2;
  }
  const auto twice = energy_of(inputs, small_architecture(), small_table());
  EXPECT_DOUBLE_EQ(twice.total() - twice.leakage, 2 * (once.total() - once.leakage));
  EXPECT_EQ(twice.leakage, once.leakage);
}

TEST(Energy, OfRegistersChargedToOnePeIsThatOfAllOverTheirNumber) {
  auto table = small_table();
  table.registers.charges_every_pe = false;
  const auto energy = energy_of(small_inputs(), small_architecture(), table);
  EXPECT_DOUBLE_EQ(energy.registers, (100 * 0.5 + 40 * 0.25) / 6 + (10 * 0.5 + 4 * 0.25) / 2);
}

TEST(Energy, WithoutIntermediateTransfersLeavesTheirRowsOut) {
  auto table = small_table();
  table.buffer.charges_intermediate_transfers = false;
  EXPECT_DOUBLE_EQ(energy_of(small_inputs(), small_architecture(), table).buffer, 4 * 8 * 2 + 2 * 8 * 4);
}

TEST(Area, IsUnitsAndRegistersTimesPes) {
  const auto area = area_of(small_architecture(), small_table());
  EXPECT_DOUBLE_EQ(area.array_2d, 6 * (100 + 7)) << "neither the composed exp nor the shared add has a unit";
  EXPECT_DOUBLE_EQ(area.array_1d, 2 * (100 + 50 + 10 + 7));
  EXPECT_DOUBLE_EQ(area.buffer, 32);
  EXPECT_EQ(area.total(), area.array_2d + area.array_1d + area.buffer);
}

TEST(Area, OfTheShippedPesIsThatOfTheirPublishedUnits) {
  const auto table = arch::read_energy_table("accelergy-45nm");
  const auto fusemax = area_of(arch::read_architecture("fusemax-cloud"), table);
  EXPECT_DOUBLE_EQ(fusemax.array_2d, 65536 * (1545 + 49.3 + 16837.6));
  EXPECT_DOUBLE_EQ(fusemax.array_1d, 256 * (1545 + 49.3 + 1030 + 23741 + 16837.6));
  const auto flat = area_of(arch::read_architecture("flat-cloud"), table);
  EXPECT_DOUBLE_EQ(flat.array_2d, 65536 * (1545 + 16837.6));
  EXPECT_DOUBLE_EQ(flat.array_1d, 256 * (1545 + 49.3 + 1030 + 8240 + 23741 + 16837.6));
}

TEST(IntermediateTransfers, AreThoseOfTensorsThatAreStoredAndLoadedAgain) {
  IntermediateTransfers transfers;
  transfers.add("load Q", 1000);
  transfers.add("load QK", 33);
  transfers.add("store QK", 16);
  transfers.add("store QK", 16);
  transfers.add("store AV", 1000);
  transfers.add("spill SN", 1000);
  EnergyInputs inputs;
  transfers.count({64, 1, 64}, inputs);
  EXPECT_EQ(inputs.intermediate_row_writes, 5) << "33 bytes fill four rows of eight and a part of one";
  EXPECT_EQ(inputs.intermediate_row_reads, 4);
}

// A run of a small shape on a shipped architecture.
Result small_run(const std::string& batch, const std::string& mapping = "fusemax",
                 const std::string& arch = "tiny-4x4") {
  Inputs inputs;
  inputs.arch = arch;
  inputs.mapping = mapping;
  inputs.workload = "bert-base";
  inputs.options.seq_len = 1024;
  add_override(inputs, "workload.batch=" + batch);
  add_override(inputs, "workload.heads=1");
  add_override(inputs, "workload.kv_heads=1");
  return run(prepare(inputs), Engine::kFast);
}

TEST(Energy, OfARunGrowsWithItsWorkInProportion) {
  const auto once = small_run("1");
  const auto twice = small_run("2");
  ASSERT_TRUE(once.energy && twice.energy);
  EXPECT_GT(once.energy->total(), 0);
  EXPECT_DOUBLE_EQ(twice.energy->total(), 2 * once.energy->total());
  EXPECT_EQ(twice.area->total(), once.area->total());
}

TEST(Energy, OfARunFindsTheScoresThatPassThroughDram) {
  const auto result = small_run("1", "unfused", "flat-cloud");
  const auto inputs = energy_inputs(result);
  // Scores and weights of 1024 x 1024 words, 256 a row, each written to DRAM and read back once.
  EXPECT_EQ(inputs.intermediate_row_reads, 2 * 1024 * 4);
  EXPECT_EQ(inputs.intermediate_row_writes, 2 * 1024 * 4);
  EXPECT_EQ(inputs.seconds, result.seconds());
}

TEST(FormatEnergy, PicksTheUnit) {
  EXPECT_EQ(format_energy(0), "0 pJ");
  EXPECT_EQ(format_energy(12.5), "12.5 pJ");
  EXPECT_EQ(format_energy(999), "999 pJ");
  EXPECT_EQ(format_energy(1000), "1 nJ");
  EXPECT_EQ(format_energy(7.888e15), "7.888 kJ");
  EXPECT_EQ(format_energy(2.02881e18), "2.029 MJ");
}

}  // namespace
}  // namespace attnsim::sim
