// What follows from a cascade alone, and with a workload and an architecture in numbers: passes, what must be
// remembered, operations, the least DRAM traffic and what limits whatever the mapping. No mapping, no Program, no
// engine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arch/architecture.h"
#include "sim/result.h"
#include "workloads/footprint.h"
#include "workloads/operations.h"
#include "workloads/passes.h"
#include "workloads/predicate.h"
#include "workloads/reassociation.h"
#include "workloads/workload.h"

namespace attnsim::sim {

// The least cycles that one resource takes for all of the work that no other one can do.
struct Limit {
  std::string resource;  // "dram", "array_2d", "array_1d", "arrays" (work that both can do, over all of their PEs)
  std::int64_t cycles = 0;
};

// How many of the points that a predicate is about it leaves; one of one where there is none.
struct Points {
  std::int64_t visited = 1;
  std::int64_t all = 1;
  bool depends_on_data = false;  // `visited` is then `all`, the most that it can be
};

// One layer's attention in one phase, all of its batch and heads.
struct PhaseFigures {
  workloads::Workload workload;
  std::map<std::string, std::int64_t> extents;  // symbol -> extent
  std::map<std::string, std::int64_t> operations;
  Points masked;                     // by the predicate over most points; operations are those that it leaves
  std::int64_t dram_read_bytes = 0;  // every input once; K and V of a head that others share count once
  std::int64_t dram_write_bytes = 0;
  std::int64_t spilled_bytes = 0;  // on top, if everything that grows with the rank goes to DRAM between passes
  std::int64_t live_bytes = 0;     // of one point of Footprint::per
  std::vector<Limit> limits;       // with an architecture, the largest first
  std::vector<std::string> missing_functions;  // that neither array can make; not in limits

  std::int64_t dram_bytes() const { return dram_read_bytes + dram_write_bytes; }
  double macc_per_byte() const;
};

struct Analysis {
  workloads::Cascade cascade;
  std::optional<arch::Architecture> architecture;
  std::string rank;                                               // of most passes, of those over keys if there are any
  std::vector<std::pair<std::string, workloads::Passes>> passes;  // over every declared rank
  workloads::Footprint footprint;                                 // over `rank`
  workloads::OperationCount operations;                           // of one head of one sequence
  workloads::Polynomial dram_words;                               // inputs and output once, likewise
  std::vector<workloads::Reassociation> reassociations;
  std::vector<PhaseFigures> phases;

  const workloads::Passes& passes_over(const std::string& rank) const;
};

// Workloads: one a phase, or none. Throws InputError where a workload lacks the extent of a rank, or has more
// operations than 64 bits can count.
Analysis analyse(const workloads::Cascade& cascade, const std::optional<arch::Architecture>& architecture,
                 const std::vector<workloads::Workload>& workloads);

// MACCs that the 2D array does in the time in which the DRAM moves a byte; 0 where the DRAM is unlimited.
double machine_balance(const arch::Architecture& architecture);

// Whether data decide what is visited: something is selected, or looked up in what an Einsum makes.
bool is_dynamic(const workloads::Cascade& cascade);

Json to_json(const Analysis& analysis);
std::string to_text(const Analysis& analysis, bool colour);

}  // namespace attnsim::sim
