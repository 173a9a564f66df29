// What a cascade must remember while it traverses a rank and between two traversals, whatever the mapping: lower bounds
// on words beyond the tile at hand. Inputs can be fetched again and do not count; a fiber between two passes can be
// spilled or made again, so its words are on chip or cost traffic or work.
// Simplified: each tensor is made as soon as the pass analysis knows it; a map that could wait is not
// put off.
#pragma once

#include <string>
#include <vector>

#include "workloads/polynomial.h"

namespace attnsim::workloads {

struct LiveTensor {
  TensorRef tensor;
  Polynomial words;
  int reads = 0;  // later passes that read it
};

// One moment: "pass 1" (while it runs: running results, and complete ones that it reads) or "after pass 1".
struct Live {
  int pass = 0;  // from 0
  bool after = false;
  std::vector<LiveTensor> tensors;
  Polynomial words() const;
};

struct Footprint {
  std::string rank;
  std::vector<std::string>
      per;                 // ranks that all computed tensors have, so that one of their points is enough at a time
  std::vector<Live> live;  // in time order; moments at which nothing lives are left out
  // Symbols of the rank and its parts in the formulas: what the footprint grows with.
  std::vector<std::string> grows_with;
  // The moment that takes most with these extents; null where nothing lives.
  const Live* largest(const std::map<std::string, std::int64_t>& extents) const;
};

// `rank` is a declared one. Throws std::invalid_argument for an unknown rank.
Footprint analyse_footprint(const Cascade& cascade, const std::string& rank);

}  // namespace attnsim::workloads
