// What a block's instructions do to data: which Einsum over which tile, from which slots into which slot. The Program
// says when; this says what, so that a run on data proves that both are right.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mapping/emit.h"
#include "mapping/order.h"
#include "mapping/plan.h"
#include "workloads/tensor.h"

namespace attnsim::mapping {

// Slots that the tiles of one tensor take in turn; maps that overwrite their operand's tile share its pool. Of a
// carried tensor each tile has slots of its own, one for the value that waits for the next step and those that are in
// flight.
struct Pool {
  std::string tensor;
  std::int64_t slots = 1;
  bool carried = false;
};

// One tile of a tensor: its parts as ranks, and the loops that tell its tiles apart.
struct Access {
  int pool = 0;
  std::string tensor;
  std::vector<std::string> ranks;
  std::vector<int> loops;
  bool carried = false;  // the tile that the step before made, of those that are visited
  bool next = false;     // read with a prime
  std::vector<workloads::IndexExpression> indices = {};  // of a view, whose tiles reach anywhere in the tensor
};

struct Action {
  Node::Kind kind = Node::Kind::kEinsum;
  const workloads::Einsum* einsum = nullptr;
  int unit = kDram;
  // Declared ranks that spread over the rows and columns of the 2D array, or over the lanes of the 1D array.
  std::string rows = {};
  std::string columns = {};
  std::vector<std::string> lanes = {};
  std::vector<Access> reads;
  std::optional<Access> write;  // none: store, spill
  bool in_place = false;        // into the slot of a tile that it reads
  // Loops over which the result adds up. Where the sum grows outside its slots, it enters one when it is complete.
  std::vector<int> summed;
  bool grows_in_slot = false;
};

struct Dataflow {
  const workloads::Cascade* cascade = nullptr;
  std::map<std::string, Dim> dims;
  std::int64_t heads_sharing = 1;
  std::vector<Loop> loops;
  std::vector<Pool> pools;
  std::vector<Action> actions;  // one an instruction of the block

  // Points are tiles, one a loop, as Cursor::tiles() has them. The tile of a declared rank at a point, from 0 on:
  std::int64_t tile_at(const std::string& rank, const std::vector<std::int64_t>& point) const;
  // What a part of a rank spans at a point; the last tile as if it were full.
  workloads::Range range_at(const std::string& part, const std::vector<std::int64_t>& point) const;
};

// Keeps pointers to the plan's cascade.
Dataflow dataflow_of(const Plan& plan, const Order& order, const Emitted& emitted);

}  // namespace attnsim::mapping
