// Multiplies actions by their costs; composed functions cost what their parts cost.
#include "sim/energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/actions.h"

namespace attnsim::sim {

namespace {

double result_pj(const std::string& function, const arch::Composed& composed, const arch::EnergyTable& table) {
  const auto parts = composed.find(function);
  if (parts == composed.end()) return table.function(function).pj_per_result;
  double pj = 0;
  for (const auto& [part, times] : parts->second) {
    pj += static_cast<double>(times) * table.function(part).pj_per_result;
  }
  return pj;
}

double functions_pj(const ArrayActions& actions, const arch::Composed& composed, const arch::EnergyTable& table) {
  double pj = 0;
  for (const auto& [function, results] : actions.results) {
    pj += static_cast<double>(results) * result_pj(function, composed, table);
  }
  return pj;
}

double registers_pj(const ArrayActions& actions, std::int64_t words, std::int64_t pes, std::int64_t word_bits,
                    const arch::RegisterCosts& costs) {
  const double pj = static_cast<double>(actions.register_reads) * costs.read_energy_pj(words, word_bits) +
                    static_cast<double>(actions.register_writes) * costs.write_energy_pj(words, word_bits);
  return costs.charges_every_pe ? pj : pj / static_cast<double>(pes);
}

double buffer_pj(const EnergyInputs& inputs, const arch::Buffer& buffer, const arch::BufferCosts& costs) {
  std::int64_t reads = inputs.actions.buffer_row_reads;
  std::int64_t writes = inputs.actions.buffer_row_writes;
  if (!costs.charges_intermediate_transfers) {
    reads -= inputs.intermediate_row_reads;
    writes -= inputs.intermediate_row_writes;
  }
  return static_cast<double>(reads) * costs.row_read_pj(buffer) +
         static_cast<double>(writes) * costs.row_write_pj(buffer);
}

// One PE's units: a function that is composed of others, or shares another's unit, has none of its own.
double pe_um2(const arch::Functions& functions, const arch::Composed& composed, const std::set<std::string>& shared,
              const arch::EnergyTable& table) {
  double um2 = 0;
  for (const auto& [function, cycles] : functions) {
    if (!composed.contains(function) && !shared.contains(function)) um2 += table.function(function).um2_per_unit;
  }
  return um2;
}

}  // namespace

void IntermediateTransfers::add(const std::string& name, std::int64_t bytes) {
  for (const auto& [verb, sums] : {std::pair{std::string("load "), &loaded_}, {std::string("store "), &stored_}}) {
    if (name.rfind(verb, 0) == 0) {
      const std::string what = name.substr(verb.size());
      auto& sum = (*sums)[what.substr(0, what.find('['))];  // a view moves its tensor
      sum = add_counts(sum, bytes);
    }
  }
}

void IntermediateTransfers::count(const arch::Buffer& buffer, EnergyInputs& inputs) const {
  std::int64_t loaded = 0;
  std::int64_t stored = 0;
  for (const auto& [tensor, bytes] : stored_) {
    const auto again = loaded_.find(tensor);
    if (again == loaded_.end()) continue;
    stored = add_counts(stored, bytes);
    loaded = add_counts(loaded, again->second);
  }
  inputs.intermediate_row_reads = buffer_rows(stored, buffer);
  inputs.intermediate_row_writes = buffer_rows(loaded, buffer);
}

Energy energy_of(const EnergyInputs& inputs, const arch::Architecture& architecture, const arch::EnergyTable& table) {
  arch::check_functions(table, architecture);
  const auto& array_2d = architecture.array_2d;
  const auto& array_1d = architecture.array_1d;
  const auto& actions = inputs.actions;
  Energy energy;
  energy.array_2d = functions_pj(actions.array_2d, array_2d.composed, table);
  energy.array_1d = functions_pj(actions.array_1d, array_1d.composed, table);
  energy.registers = registers_pj(actions.array_2d, array_2d.registers_per_pe, array_2d.rows * array_2d.columns,
                                  architecture.word_bits, table.registers) +
                     registers_pj(actions.array_1d, array_1d.registers_per_lane, array_1d.lanes, architecture.word_bits,
                                  table.registers);
  energy.buffer = buffer_pj(inputs, architecture.buffer, table.buffer);
  energy.dram = (static_cast<double>(actions.dram_read_bits) + static_cast<double>(actions.dram_write_bits)) *
                table.dram_pj_per_bit;
  energy.links = static_cast<double>(actions.link_hops) * table.link_pj_per_hop;
  const double watts = area_of(architecture, table).total() * 1e-6 * table.static_watts_per_mm2;
  energy.leakage = watts * inputs.seconds * 1e12;
  return energy;
}

Area area_of(const arch::Architecture& architecture, const arch::EnergyTable& table) {
  arch::check_functions(table, architecture);
  const auto& array_2d = architecture.array_2d;
  const auto& array_1d = architecture.array_1d;
  const double pe = pe_um2(array_2d.functions, array_2d.composed, array_2d.shared, table) +
                    table.registers.area_um2(array_2d.registers_per_pe, architecture.word_bits);
  const double lane = pe_um2(array_1d.functions, array_1d.composed, array_1d.shared, table) +
                      table.registers.area_um2(array_1d.registers_per_lane, architecture.word_bits);
  return {pe * static_cast<double>(array_2d.rows * array_2d.columns), lane * static_cast<double>(array_1d.lanes),
          table.buffer.area_um2(architecture.buffer)};
}

std::int64_t buffer_rows(std::int64_t bytes, const arch::Buffer& buffer) {
  const std::int64_t row_bytes = std::max<std::int64_t>(1, buffer.row_bits / 8);
  return bytes / row_bytes + (bytes % row_bytes == 0 ? 0 : 1);
}

std::string format_energy(double pj) {
  static const std::array<std::pair<double, const char*>, 8> units = {
      {{1e24, "TJ"}, {1e21, "GJ"}, {1e18, "MJ"}, {1e15, "kJ"}, {1e12, "J"}, {1e9, "mJ"}, {1e6, "uJ"}, {1e3, "nJ"}}};
  for (const auto& [scale, unit] : units) {
    if (pj >= scale) return fmt::format("{:.4g} {}", pj / scale, unit);
  }
  return fmt::format("{:.4g} pJ", pj);
}

}  // namespace attnsim::sim
