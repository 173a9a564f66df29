// Pass analysis: how often a cascade must traverse a fiber (all elements along one rank), whatever the mapping.
// Nayak et al., FuseMax, MICRO 2024, Section III: an Einsum that traverses a rank and needs a value that is known only
// when the whole rank was traversed belongs to the next pass.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/cascade.h"

namespace attnsim::workloads {

// The first Einsum of a pass, in file order, and why it cannot belong to the pass before.
struct Opening {
  std::string einsum;
  int pass = 0;                    // from 1
  std::string needs;               // "GM[p]"
  std::vector<std::string> chain;  // tensors of the pass before, each made from the one in front of it, up to `needs`
};

struct Passes {
  int count = 0;                  // passes over the rank; 0 if nothing traverses it
  std::map<std::string, int> of;  // Einsum name -> its pass, from 0; Einsums that only finish a pass share its number
  std::map<std::string, std::string>
      reason;  // Einsum that opens a pass -> "needs GM[p], which is complete only after ..."
  std::vector<Opening> openings;
  // Of each Einsum, in file order (workloads/README.md, Passes): 2n where it is known before pass n visits its first
  // element, 2n + 1 where it appears while pass n visits its elements.
  std::vector<int> times;
  std::map<std::string, int> time_of;  // the same by name; of a carried tensor that of its next value
};

// Passes over a declared rank ("m"); its splits count as the same rank, an iterated split as one traversal. Only an
// Einsum that visits every element traverses: one over m1 alone handles a summary a tile and opens no pass of its own.
// `rank` may also be one part of a split ("m1"), which gives the number of separate loops over that part instead.
// Ranks other than the iterated one are counted within one step. With `among`, the cascade is these Einsums alone, and
// what others make is there from the beginning. Throws std::invalid_argument for an unknown rank.
Passes analyse_passes(const Cascade& cascade, const std::string& rank, const std::vector<std::string>* among = nullptr);

}  // namespace attnsim::workloads
