// Pass analysis: how often a cascade must traverse a fiber (all elements along one rank), whatever the mapping.
// Nayak et al., FuseMax, MICRO 2024, Section III: an Einsum that traverses a rank and needs a value that is known only
// when the whole rank was traversed belongs to the next pass.
#pragma once

#include <map>
#include <string>

#include "workloads/cascade.h"

namespace attnsim::workloads {

struct Passes {
  int count = 0;                  // passes over the rank; 0 if nothing traverses it
  std::map<std::string, int> of;  // Einsum name -> its pass, from 0; Einsums that only finish a pass share its number
  std::map<std::string, std::string>
      reason;  // Einsum that opens a pass -> "needs GM[p], which is complete only after ..."
};

// Passes over a declared rank ("m"); its splits count as the same rank, an iterated split as one traversal. Only an
// Einsum that visits every element traverses: one over m1 alone handles a summary a tile and opens no pass of its own.
// `rank` may also be one part of a split ("m1"), which gives the number of separate loops over that part instead.
// Ranks other than the iterated one are counted within one step. Throws std::invalid_argument for an unknown rank.
Passes analyse_passes(const Cascade& cascade, const std::string& rank);

}  // namespace attnsim::workloads
