// Reassociations that the structure of a cascade allows: factors that leave a sum, and loops with a correction factor.
// Nayak et al., FuseMax, MICRO 2024, Sections III and IV. Each is a rewritten cascade, so that every analysis can be
// asked what it brings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/cascade.h"

namespace attnsim::workloads {

struct Reassociation {
  enum class Kind {
    kDeferredFactor,  // sum(m) (X[m] / S) * V[m] = (sum(m) X[m] * V[m]) / S
    kTileSummary,     // the same for a factor with a value a tile: it leaves the sum over the tile's elements
    kIteration        // one loop over tiles, which corrects what it has summed whenever G changes
  };
  Kind kind = Kind::kDeferredFactor;
  std::string rank;                  // whose passes it was looked for
  std::vector<std::string> factors;  // what is deferred: "SD[p]"; what the loop corrects for: "GM[p]"
  std::vector<std::string>
      corrections;  // of an iteration: "exp(RGM[p] - RGM'[p])", by which running sums are multiplied
  Cascade after;
};

std::string kind_name(Reassociation::Kind kind);  // "deferred factor", "tile summary", "iteration"

// A factor of a sum that lacks ranks that the sum runs over, written there or in a map that only the sum reads. Nothing
// where no such rewriting lowers the passes over the rank or takes divisions or exponentials out of the sum.
std::optional<Reassociation> defer_factor(const Cascade& cascade, const std::string& rank);

// The loop over tiles of `rank` that makes one pass of several. It exists where every traversal that waits for a
// complete reduction G reads it as exp(x - G), exp2(x - G) or x / G, and what is made of it is summed with factors
// only. A G that divides is a sum, and no partial sum of it may be 0. Nothing where the rank is traversed once or parts
// of it are treated apart.
std::optional<Reassociation> iterate(const Cascade& cascade, const std::string& rank);

// One after another, each applied to what the one before has made: first factors as far as they go, then the loop.
std::vector<Reassociation> reassociations(const Cascade& cascade, const std::string& rank);

}  // namespace attnsim::workloads
