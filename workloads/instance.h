// A cascade with numbers in place of its names: the extents of its ranks, the sizes of its tiles, its parameters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workloads/cascade.h"
#include "workloads/tensor.h"
#include "workloads/workload.h"

namespace attnsim::workloads {

// Within, tensors have parts in place of split ranks: m is m1 * extent(m0) + m0. Where the tile does not divide the
// extent, the last tile has coordinates of m0 that stand for no element; nothing visits them.
class Instance {
 public:
  // `sizes` are the extents of all parts but the outermost of each split, {"m0": 64}. Keeps a reference to the cascade.
  // Throws std::invalid_argument for a missing or unknown part, or one below 1.
  Instance(const Cascade& cascade, const Workload& workload, const std::map<std::string, std::int64_t>& sizes);

  const Cascade& cascade() const { return *cascade_; }
  // Of a declared rank, or of a part: the number of tiles for m1, the tile for m0. Throws std::out_of_range.
  std::int64_t extent(const std::string& rank) const { return extents_.at(rank); }
  // Elements of the declared rank that one step of a part covers; 1 for a rank that is not split.
  std::int64_t weight(const std::string& part) const { return weights_.at(part); }
  // The value of a parameter or a quantity of the workload; `offset` is keys minus queries, `scale` 1/sqrt(head_dim)
  // unless the cascade says otherwise.
  double parameter(const std::string& name) const;

  // What names in indices and predicates stand for, but for ranks.
  const std::map<std::string, std::int64_t>& index_values() const { return index_values_; }

  // A tensor over all coordinates of the reference's ranks, as parts.
  Tensor whole(const TensorRef& reference, double fill) const;
  // A tensor over declared ranks as one over parts, and back.
  Tensor split(const Tensor& dense) const;
  Tensor merge(const Tensor& tensor, const TensorRef& declared) const;

 private:
  std::vector<Range> ranges(const std::vector<std::string>& ranks) const;

  const Cascade* cascade_;
  std::map<std::string, std::int64_t> extents_;
  std::map<std::string, std::int64_t> weights_;
  std::map<std::string, double> quantities_;
  std::map<std::string, std::int64_t> index_values_;
};

}  // namespace attnsim::workloads
