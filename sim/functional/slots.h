// The tiles of one pool: slots that are taken in turn, as tokens hand them out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "workloads/tensor.h"

namespace attnsim::sim::functional {

// Tiles are shared, so that those of a view, which hold their whole tensor, cost no copy.
using Tile = std::shared_ptr<const workloads::Tensor>;

class Slots {
 public:
  explicit Slots(std::int64_t slots) : tiles_(static_cast<std::size_t>(slots)) {}

  // A tile that is new takes the next slot, whatever that holds; a known one is overwritten.
  void write(const std::vector<std::int64_t>& tag, workloads::Tensor tile) {
    write(tag, std::make_shared<const workloads::Tensor>(std::move(tile)));
  }
  void write(const std::vector<std::int64_t>& tag, Tile tile);
  // What the slot of a tile holds; null if the tile was never written.
  Tile held(const std::vector<std::int64_t>& tag) const;
  // The same as if it were the box of these ranges: NaN if the tile was never written or what is there has another
  // shape.
  workloads::Tensor read(const std::vector<std::int64_t>& tag, const std::vector<std::string>& ranks,
                         const std::vector<workloads::Range>& ranges) const;

 private:
  std::vector<Tile> tiles_;
  std::map<std::vector<std::int64_t>, std::size_t> slot_of_;
  std::size_t next_ = 0;
};

}  // namespace attnsim::sim::functional
