// The tiles of one pool: slots that are taken in turn, as tokens hand them out.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "workloads/tensor.h"

namespace attnsim::sim::functional {

class Slots {
 public:
  explicit Slots(std::int64_t slots) : tiles_(static_cast<std::size_t>(slots)) {}

  // A tile that is new takes the next slot, whatever that holds; a known one is overwritten.
  void write(const std::vector<std::int64_t>& tag, workloads::Tensor tile);
  // What the slot of a tile holds, as if it were the box of these ranges: NaN if the tile was never written or what is
  // there has another shape.
  workloads::Tensor read(const std::vector<std::int64_t>& tag, const std::vector<std::string>& ranks,
                         const std::vector<workloads::Range>& ranges) const;

 private:
  std::vector<workloads::Tensor> tiles_;
  std::map<std::vector<std::int64_t>, std::size_t> slot_of_;
  std::size_t next_ = 0;
};

}  // namespace attnsim::sim::functional
