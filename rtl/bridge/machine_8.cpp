// The 8x8 core.
#include <Vcore_8.h>
#include <Vcore_8___024root.h>
#include "rtl/bridge/machines.h"
#include "rtl/bridge/verilated_machine.h"

namespace attnsim::rtl {

std::unique_ptr<Machine> make_machine_8(const std::string& vcd) {
  return std::make_unique<VerilatedMachine<Vcore_8>>(
      8, [](Vcore_8& core) -> VlUnpacked<SData, kDramWords>& { return core.rootp->core__DOT__u_dram__DOT__words_q; },
      vcd);
}

}  // namespace attnsim::rtl
