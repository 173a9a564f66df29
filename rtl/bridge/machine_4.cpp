// The 4x4 core.
#include <Vcore_4.h>
#include <Vcore_4___024root.h>
#include "rtl/bridge/machines.h"
#include "rtl/bridge/verilated_machine.h"

namespace attnsim::rtl {

std::unique_ptr<Machine> make_machine_4(const std::string& vcd) {
  return std::make_unique<VerilatedMachine<Vcore_4>>(
      4, [](Vcore_4& core) -> VlUnpacked<SData, kDramWords>& { return core.rootp->core__DOT__u_dram__DOT__words_q; },
      vcd);
}

}  // namespace attnsim::rtl
