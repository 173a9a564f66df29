// A Verilated core under a clock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rtl/bridge/microcode.h"

namespace attnsim::rtl {

// Cycle of an instruction's first cycle and of the one after its last, from the start of its block.
struct Executed {
  int unit = 0;  // 0 dma, 1 array_2d, 2 array_1d
  std::size_t number = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
};

class Machine {
 public:
  virtual ~Machine() = default;
  virtual std::int64_t rows() const = 0;
  virtual std::vector<std::uint16_t> read_dram(std::int64_t words) const = 0;
  virtual void write_dram(const std::vector<std::uint16_t>& words) = 0;
  // Calls `executed` at each instruction's end, cycle by cycle. Stops early, and returns false, after `limit` cycles
  // or where no instruction has started or ended for longer than any latency.
  virtual bool run(const Microcode& code, std::int64_t limit, const std::function<void(const Executed&)>& executed) = 0;
  virtual std::int64_t cycles() const = 0;  // simulated so far
};

// With one core for each size that the build has: 4, 8, 16; null for others. `vcd`: a file for the waves, or empty.
std::unique_ptr<Machine> make_machine(std::int64_t rows, const std::string& vcd);

}  // namespace attnsim::rtl
