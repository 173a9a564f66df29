// The 16x16 core.
#include <Vcore_16.h>
#include <Vcore_16___024root.h>
#include "rtl/bridge/machines.h"
#include "rtl/bridge/verilated_machine.h"

namespace attnsim::rtl {

std::unique_ptr<Machine> make_machine_16(const std::string& vcd) {
  return std::make_unique<VerilatedMachine<Vcore_16>>(
      16, [](Vcore_16& core) -> VlUnpacked<SData, kDramWords>& { return core.rootp->core__DOT__u_dram__DOT__words_q; },
      vcd);
}

}  // namespace attnsim::rtl
