// The cores that the build has.
#pragma once

#include <memory>
#include <string>

#include "rtl/bridge/machine.h"

namespace attnsim::rtl {

std::unique_ptr<Machine> make_machine_4(const std::string& vcd);
std::unique_ptr<Machine> make_machine_8(const std::string& vcd);
std::unique_ptr<Machine> make_machine_16(const std::string& vcd);

}  // namespace attnsim::rtl
