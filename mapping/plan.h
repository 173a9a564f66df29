// One group of Einsums bound to loops, tiles and units: what the lowering knows before it orders anything.
// Nodes are the instructions to be (Einsums and transfers); copies are the values that they hand to one another.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "mapping/mapping.h"
#include "mapping/program.h"
#include "workloads/cascade.h"
#include "workloads/workload.h"

namespace attnsim::mapping {

// The units of a single-core spatial accelerator. The fill port moves stationary operands into the PEs beside what the
// 2D array computes. Programs that use no fill port or select unit lack it, and the later ones move up.
enum UnitIndex { kDram = 0, kArray2d = 1, kArray1d = 2, kFillPort = 3, kSelect = 4 };
inline constexpr int kUnits = 5;

// A declared rank as the group tiles it: extent elements in tiles of `tile`, the last one of `last`; `block` tiles make
// a block. loop counts the tiles of a block, outer_loop the blocks (-1 where the rank has no such loop).
struct Dim {
  std::string rank;
  std::int64_t extent = 1;
  std::int64_t tile = 1;
  std::int64_t tiles = 1;
  std::int64_t last = 1;
  std::int64_t block = 1;
  std::int64_t sharing = 1;  // neighbours at one position: query heads that share K and V
  int loop = -1;
  int outer_loop = -1;
};

struct Node {
  enum class Kind { kEinsum, kLoad, kStore, kSpill, kFill };
  Kind kind = Kind::kEinsum;
  std::string name;
  const workloads::Einsum* einsum = nullptr;
  int unit = kDram;
  int pass = 0;
  std::vector<std::string> dims;  // declared ranks that one execution spans
  std::vector<int> loops;         // loops that it iterates, ascending, without "pass"
  Guard guard;                    // its pass; first (loads) or last (what finishes) of the loops it does not iterate
  int copy = -1;                  // what it produces (-1: store, spill) ...
  std::vector<int> reads;         // ... and reads, as indices of Plan::copies
  // Whether masked points of the tile are set to the identity, at the cost of a compare-select each.
  enum class Masking { kNone, kPartialTiles, kEveryTile } masking = Masking::kNone;
  int interleave = -1;             // index into Group::interleave
  std::vector<int> spilled_reads;  // kSpill: spilled copies that it reads and writes, as indices of Plan::copies
  std::vector<int> spilled_writes;
};

enum class Place { kPe, kLane, kBuffer, kStream };  // kStream: consumed as it leaves the array

struct Reader {
  int node = 0;
  bool carried = false;  // reads the value of the previous iteration of the iterated rank
};

// A value on chip: one tile of a tensor for each iteration of its loops.
struct Copy {
  std::string tensor;
  std::optional<workloads::TensorRef> view;  // where it is reached through indices (view.h)
  int producer = -1;
  std::vector<Reader> readers;
  std::vector<std::string> dims;  // declared ranks that one tile spans
  std::vector<int> loops;         // loops that give it a new tile, ascending
  Place place = Place::kBuffer;
  bool state = false;   // carried by the iterated rank
  bool staged = false;  // a whole block of it stays, double-buffered
  bool kept = false;
  int in_place_of = -1;  // the copy whose tile it overwrites
  int overwritten_by = -1;
};

struct Plan {
  const workloads::Cascade* cascade = nullptr;
  const workloads::Workload* workload = nullptr;
  const arch::Architecture* architecture = nullptr;
  const Mapping* mapping = nullptr;
  const Group* group = nullptr;
  std::int64_t heads_sharing = 1;  // query heads whose queries count as those of one head
  std::map<std::string, Dim> dims;
  std::vector<Loop> loops;
  int pass_loop = -1;
  int passes = 1;
  int iterate_loop = -1;  // the loop of the cascade's iterated rank
  // Loops whose tiles a predicate leaves out (mask.h), the inner one's for each tile of the outer one; -1: none.
  int masked_outer = -1;
  int masked_inner = -1;
  std::int64_t least_masked_points = 0;  // of both loops together, in the shortest instance
  bool is_cut = false;                   // the predicate does not hold everywhere
  int block_begin = 0;                   // loops from here on lie inside a block
  std::vector<Node> nodes;
  std::vector<Copy> copies;
  double spilled_fraction = 0;

  const Spatial& spatial(const Node& node) const;
  // Product of the trip counts of loops first.. , optionally only those in `among`; of a ragged loop the largest or the
  // smallest one that is not empty.
  enum class Trips { kLargest, kSmallest };
  std::int64_t inner_points(int first, const std::vector<int>* among = nullptr, Trips trips = Trips::kLargest) const;
  std::int64_t carried_distance() const;  // points from a carried value to the next one of the same tile, at least
  // Points from where a carried value is made to where the next step reads it: fewer where it is made at the end of
  // loops inside the step, and read at their beginning.
  std::int64_t carried_distance(const Node& producer, const Node& reader) const;
  std::int64_t limit_bytes() const;  // the part of the buffer that the group may use
};

// Binds a group with given sizes. Appends to `problems` what is not covered or breaks a dependence.
Plan bind(const workloads::Cascade& cascade, const workloads::Workload& workload,
          const arch::Architecture& architecture, const Mapping& mapping, const Group& group,
          std::vector<std::string>& problems);

// Lets a map overwrite an operand tile of its own shape if nobody reads that tile after it.
void mark_in_place(Plan& plan);

// Elements of a tile spanning these ranks; `tails` names the ranks whose last, part-filled tile is meant.
std::int64_t tile_elements(const Plan& plan, const std::vector<std::string>& dims,
                           const std::vector<std::string>& tails = {});
// Those that a tile of a copy holds: a view's are what its indices reach.
std::int64_t tile_elements(const Plan& plan, const Copy& copy, const std::vector<std::string>& tails = {});

// Set operations on ascending loop lists.
std::vector<int> minus(const std::vector<int>& a, const std::vector<int>& b);
bool contains(const std::vector<std::string>& list, const std::string& value);
// Conditions of one kind on each of the loops.
Guard all_of(const std::vector<int>& loops, Condition::Kind kind);
Guard join(Guard a, const Guard& b);

}  // namespace attnsim::mapping
