// The actions of a run that cost energy, added up over a Program; independent of the engine.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "arch/architecture.h"
#include "mapping/program.h"
#include "sim/actions.h"

namespace attnsim::sim {

struct ArrayActions {
  std::map<std::string, std::int64_t> results;  // PE function ("macc", "exp") -> results
  std::int64_t register_reads = 0;              // words
  std::int64_t register_writes = 0;
};

struct ActionTotals {
  ArrayActions array_2d;
  ArrayActions array_1d;
  std::int64_t buffer_row_reads = 0;  // rows of the buffer's row_bits, part-filled ones rounded up in the total
  std::int64_t buffer_row_writes = 0;
  std::int64_t dram_read_bits = 0;
  std::int64_t dram_write_bits = 0;
  std::int64_t link_hops = 0;  // words handed from one PE to its neighbour
};

ActionTotals total_actions(const mapping::Program& program, const ProgramActions& actions,
                           const arch::Architecture& architecture);

}  // namespace attnsim::sim
