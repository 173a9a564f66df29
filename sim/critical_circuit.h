// Remembers the latest executions and what bound each one's start, and follows these constraints back to the circuit
// that sets the pace.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/program.h"
#include "sim/engine.h"

namespace attnsim::sim {

struct Execution {
  int instruction = 0;
  int channel = -1;               // the channel whose token bound the start; -1: the unit's instruction before
  std::int64_t predecessor = -1;  // number of the execution that bound the start; -1: the start of the block
  std::int64_t epoch = 0;
  std::int64_t start = 0;
};

class ExecutionLog {
 public:
  static constexpr std::int64_t kKept = 1 << 13;
  std::int64_t add(const Execution& execution) {  // its number
    ring_[static_cast<std::size_t>(next_ & (kKept - 1))] = execution;
    return next_++;
  }
  const Execution& operator[](std::int64_t number) const {
    return ring_[static_cast<std::size_t>(number & (kKept - 1))];
  }
  bool has(std::int64_t number) const { return number >= oldest_ && number >= next_ - kKept && number >= 0; }
  // Time jumped: what was logged before does not meet what follows.
  void cut() { oldest_ = next_; }

 private:
  std::vector<Execution> ring_ = std::vector<Execution>(kKept);
  std::int64_t next_ = 0;
  std::int64_t oldest_ = 0;
};

// The steady state: this many cycles for this many epochs; {0, 0} if none is known.
struct Pace {
  std::int64_t cycles = 0;
  std::int64_t epochs = 0;
};

// The circuit on the chain of constraints that ends in execution `last`: between two visits of one instruction, if
// possible two that are apart at the given pace. Without steps if no instruction comes twice.
CriticalCircuit trace_circuit(const mapping::Program& program, const mapping::Block& block, const ExecutionLog& log,
                              std::int64_t last, const Pace& pace);

}  // namespace attnsim::sim
