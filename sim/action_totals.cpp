// Adds up what the instructions of each array do, in the terms that energy tables charge.
#include "sim/action_totals.h"

#include <algorithm>

#include "arch/pe_function.h"

namespace attnsim::sim {

namespace {

// A composed function is the results of its parts; one with a unit of its own reads its operands and writes one result.
void add_results(const std::string& function, std::int64_t results, const arch::Composed& composed, bool counted,
                 ArrayActions& array) {
  if (results == 0) return;
  if (counted) {
    auto& total = array.results[function];
    total = add_counts(total, results);
  }
  const auto parts = composed.find(function);
  if (parts == composed.end()) {
    array.register_reads = add_counts(array.register_reads, multiply_counts(results, arch::register_reads(function)));
    array.register_writes = add_counts(array.register_writes, results);
    return;
  }
  for (const auto& [part, times] : parts->second) {
    add_results(part, multiply_counts(results, times), composed, false, array);
  }
}

std::int64_t rows_of(std::int64_t bytes, const arch::Architecture& architecture) {
  const std::int64_t row_bytes = std::max<std::int64_t>(1, architecture.buffer.row_bits / 8);
  return bytes / row_bytes + (bytes % row_bytes == 0 ? 0 : 1);
}

}  // namespace

ActionTotals total_actions(const mapping::Program& program, const ProgramActions& actions,
                           const arch::Architecture& architecture) {
  ActionTotals totals;
  std::int64_t read_bytes = 0;
  std::int64_t write_bytes = 0;
  for (std::size_t b = 0; b < program.blocks.size(); ++b) {
    for (std::size_t i = 0; i < program.blocks[b].instructions.size(); ++i) {
      const auto& unit = program.units[static_cast<std::size_t>(program.blocks[b].instructions[i].unit)].name;
      const mapping::Work& work = actions[b][i].total;
      const bool is_2d = unit == "array_2d";
      for (std::size_t function = 0; function < work.pe_results.size(); ++function) {
        add_results(std::string(arch::kPeFunctions[function]), work.pe_results[function],
                    is_2d ? architecture.array_2d.composed : architecture.array_1d.composed, true,
                    is_2d ? totals.array_2d : totals.array_1d);
      }
      read_bytes = add_counts(read_bytes, work.buffer_read_bytes);
      write_bytes = add_counts(write_bytes, work.buffer_write_bytes);
      totals.dram_read_bits = add_counts(totals.dram_read_bits, multiply_counts(work.dram_read_bytes, 8));
      totals.dram_write_bits = add_counts(totals.dram_write_bits, multiply_counts(work.dram_write_bytes, 8));
      totals.link_hops = add_counts(totals.link_hops, work.link_hops);
    }
  }
  totals.buffer_row_reads = rows_of(read_bytes, architecture);
  totals.buffer_row_writes = rows_of(write_bytes, architecture);
  return totals;
}

}  // namespace attnsim::sim
