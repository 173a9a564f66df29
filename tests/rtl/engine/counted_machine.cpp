// The 4x4 core with counters on its lines, in place of the machines of the bridge.
#include <Vcore_counted.h>
#include <Vcore_counted___024root.h>

#include "rtl/bridge/verilated_machine.h"

namespace attnsim::rtl {

std::unique_ptr<Machine> make_machine(std::int64_t rows, const std::string& vcd) {
  if (rows != 4) throw common::UsageError("coverage is counted on the 4x4 core");
  return std::make_unique<VerilatedMachine<Vcore_counted>>(
      rows,
      [](Vcore_counted& core) -> VlUnpacked<SData, kDramWords>& { return core.rootp->core__DOT__u_dram__DOT__words_q; },
      vcd);
}

}  // namespace attnsim::rtl
