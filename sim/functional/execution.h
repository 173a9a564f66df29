// Runs a Program on data: each instruction when it starts, on the tiles that its slots hold at that moment, in the
// arithmetic of the unit it runs on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "mapping/dataflow.h"
#include "mapping/program.h"
#include "workloads/instance.h"
#include "workloads/interpreter.h"

namespace attnsim::sim::functional {

struct Execution {
  const mapping::Program& program;
  const std::vector<mapping::Dataflow>& dataflow;  // one a block
  const workloads::Instance& instance;             // with the Program's tiles, of one query head
  // By how many query heads a block takes as one (Dataflow::heads_sharing), for each such number.
  const std::map<std::int64_t, workloads::Instance>& shared;
};

// `heads` has the inputs, over parts, of every query head of every element of the batch, the heads of one element next
// to each other. The result has what the Program stored, in the same order: output and intermediates that went off
// chip. It also has the cascade's choices (selection.h) that stayed on chip; what no instruction made is NaN there.
//
// The output is 0 before the run: tiles that a predicate leaves out are never stored. Intermediates are NaN.
// Slots hold whatever was written last: a tile that another one replaced too early gives that one's values, one that
// was never written NaN. Instructions read and write at their start (tokens, not time, keep a reader from what is not
// finished), in the order of starts, ties by unit. Loads and stores round as a tensor is stored; tiles on chip hold
// fp32, though their bytes are those of the stored type.
// A view's tile holds its whole tensor, as it is in memory: an index may reach anywhere. Reductions that a predicate
// leaves without a point give their identity, also where no instruction runs for them.
// Throws common::SimulationError in a deadlock, common::InputError where a start value reads what is no input.
std::vector<workloads::Tensors> execute(const Execution& execution, const std::vector<workloads::Tensors>& heads);

}  // namespace attnsim::sim::functional
