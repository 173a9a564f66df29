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

// Slots that the tiles of one tensor take in turn; maps that overwrite their operand's tile share its pool. A carried
// tensor has a slot more for each tile whose value waits for the next step.
struct Pool {
  std::string tensor;
  std::int64_t slots = 1;
};

// One tile of a tensor: its parts as ranks, and the loops that tell its tiles apart.
struct Access {
  int pool = 0;
  std::string tensor;
  std::vector<std::string> ranks;
  std::vector<int> loops;
  bool carried = false;  // the tile that the previous step of the iterated rank made
  bool next = false;     // read with a prime
};

struct Action {
  Node::Kind kind = Node::Kind::kEinsum;
  const workloads::Einsum* einsum = nullptr;
  int unit = kDram;
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

  // The tile of a declared rank at a point, counted from 0.
  std::int64_t tile_at(const std::string& rank, const std::vector<std::int64_t>& point) const;
  // What a part of a rank spans at a point; the last tile as if it were full.
  workloads::Range range_at(const std::string& part, const std::vector<std::int64_t>& point) const;
  // Whether a point is the first, or the last, of these loops.
  static bool is_first(const std::vector<int>& among, const std::vector<std::int64_t>& point);
  bool is_last(const std::vector<int>& among, const std::vector<std::int64_t>& point) const;
  // The point one step of the iterated rank earlier; none before the first step.
  std::optional<std::vector<std::int64_t>> previous_step(std::vector<std::int64_t> point) const;
};

// Keeps pointers to the plan's cascade.
Dataflow dataflow_of(const Plan& plan, const Order& order, const Emitted& emitted);

}  // namespace attnsim::mapping
