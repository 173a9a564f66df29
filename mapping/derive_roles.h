// Roles of ranks in a group to be: what each Einsum goes through, and which ranks rows and columns stand for.
#pragma once

#include <string>
#include <vector>

#include "mapping/mapping.h"

namespace attnsim::mapping {

using Ranks = std::vector<std::string>;  // as declared

class Roles {
 public:
  enum class Columns { kShared, kBusy };
  // Keeps references. Columns stand for the rank that most results have (kShared), so that tiles stay in their PEs, or
  // for the one of a result that keeps most columns busy; rows for that of the others that keeps most rows busy, rather
  // one of a result than one that is summed.
  Roles(const workloads::Cascade& cascade, const workloads::Workload& workload, const arch::Architecture& architecture,
        const std::vector<std::string>& einsums, Columns columns);

  const std::vector<const workloads::Einsum*>& einsums() const { return einsums_; }
  const std::string& rows() const { return rows_; }
  const std::string& columns() const { return columns_; }
  bool iterates() const { return iterates_; }
  bool stepwise() const { return stepwise_; }  // the iterated rank is gone through element by element
  const std::string& iterated() const { return iterated_; }

  // What an Einsum goes through, the iterated rank of a step included; of all of them, in the order of declaration.
  Ranks ranks(const workloads::Einsum& einsum) const;
  Ranks ranks() const;
  // Of which one execution takes a tile: of a rank that is split, those that have its innermost part. A step of an
  // iterated rank takes one element.
  Ranks tiled(const workloads::Einsum& einsum) const;
  Ranks outputs(const workloads::Einsum& einsum) const;
  int users(const std::string& rank) const;         // Einsums that go through it
  int outputs_with(const std::string& rank) const;  // results that have it
  std::int64_t extent(const std::string& rank) const;

  // Ranks of the array for an Einsum: the group's where it has both, else its own. Sums run down the columns, so a rank
  // that is summed can only be that of the rows. Lanes take results first, then what is summed.
  Spatial spatial_of(const workloads::Einsum& einsum) const;
  // Two ranks to spread over, that of the columns in the result. Scans are for lanes.
  bool fills_array(const workloads::Einsum& einsum) const;

 private:
  Ranks tiled(const Ranks& written) const;
  double volume(const workloads::Einsum& einsum) const;
  // Points of the Einsums (or of those that have the rank in their result), each as often as PEs share them.
  double work(const std::string& rank, std::int64_t pes, bool in_result) const;
  std::string longest(const Ranks& among, const Ranks& without) const;
  void find_spatial(Columns columns);

  const workloads::Cascade& cascade_;
  const workloads::Workload& workload_;
  const arch::Architecture& architecture_;
  std::vector<const workloads::Einsum*> einsums_;
  bool shares_queries_ = false;
  bool iterates_ = false;
  bool stepwise_ = false;
  std::string iterated_;
  std::string rows_;
  std::string columns_;
};

}  // namespace attnsim::mapping
