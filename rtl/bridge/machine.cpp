// By size.
#include "rtl/bridge/machine.h"

#include "rtl/bridge/machines.h"

namespace attnsim::rtl {

std::unique_ptr<Machine> make_machine(std::int64_t rows, const std::string& vcd) {
  switch (rows) {
    case 4:
      return make_machine_4(vcd);
    case 8:
      return make_machine_8(vcd);
    case 16:
      return make_machine_16(vcd);
    default:
      return nullptr;
  }
}

}  // namespace attnsim::rtl
