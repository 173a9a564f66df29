// The rtl engine: the Program on the Verilated core, with data.
#pragma once

#include <string>
#include <vector>

#include "arch/architecture.h"
#include "mapping/dataflow.h"
#include "mapping/program.h"
#include "rtl/bridge/machine.h"
#include "sim/engine.h"
#include "sim/functional/execution.h"
#include "workloads/tensor.h"

namespace attnsim::rtl {

// One execution of an instruction, in the order of the starts within its unit.
struct Event {
  std::size_t block = 0;
  int instruction = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
};

struct Run {
  sim::Timing timing;  // without stalls and circuit
  std::vector<Event> events;
  std::vector<workloads::Tensors> memory;  // as functional::execute() returns it
};

// Throws common::InputError for an architecture that the core does not have.
void check_architecture(const arch::Architecture& architecture);

// `heads` and the result's memory are those of functional::execute(). Throws common::InputError for what the core has
// no instruction for, common::SimulationError for a deadlock or the cycle limit (0: none).
Run run_rtl(Machine& machine, const sim::functional::Execution& execution, const std::string& mapping_name,
            const std::vector<workloads::Tensors>& heads, std::int64_t max_cycles = 0);

}  // namespace attnsim::rtl
