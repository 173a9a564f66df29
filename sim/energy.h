// Energy and area of a run: its actions and parts, each at what the energy table charges. Independent of the engine.
// Leaves out clock trees, control and the network between buffer and arrays, which no shipped table has.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "arch/architecture.h"
#include "arch/energy_table.h"
#include "sim/action_totals.h"

namespace attnsim::sim {

struct EnergyInputs {
  ActionTotals actions;
  // Of the buffer's row accesses, those that move a tensor to DRAM which is loaded again, and back.
  std::int64_t intermediate_row_reads = 0;
  std::int64_t intermediate_row_writes = 0;
  double seconds = 0;
};

// pJ. The arrays' shares are those of their PE functions; `registers` holds both arrays' register files.
struct Energy {
  double array_2d = 0;
  double array_1d = 0;
  double registers = 0;
  double buffer = 0;
  double dram = 0;
  double links = 0;
  double leakage = 0;  // "static" in JSON

  double total() const { return array_2d + array_1d + registers + buffer + dram + links + leakage; }
};

// um2. An array's share is its function units and register files; DRAM is off the die.
struct Area {
  double array_2d = 0;
  double array_1d = 0;
  double buffer = 0;

  double total() const { return array_2d + array_1d + buffer; }
};

// Finds the transfers of intermediates among all transfers of a run.
class IntermediateTransfers {
 public:
  // One transfer by its name, "load X" or "store X"; other names do not matter.
  void add(const std::string& name, std::int64_t bytes);
  // The rows of those tensors that are both stored and loaded.
  void count(const arch::Buffer& buffer, EnergyInputs& inputs) const;

 private:
  std::map<std::string, std::int64_t> loaded_;
  std::map<std::string, std::int64_t> stored_;
};

// Both throw common::InputError where the table lacks a PE function of the architecture.
Energy energy_of(const EnergyInputs& inputs, const arch::Architecture& architecture, const arch::EnergyTable& table);
Area area_of(const arch::Architecture& architecture, const arch::EnergyTable& table);

// Rows of the buffer that `bytes` fill, the last one perhaps in part.
std::int64_t buffer_rows(std::int64_t bytes, const arch::Buffer& buffer);

// "7.89 kJ": pJ for people.
std::string format_energy(double pj);

}  // namespace attnsim::sim
