// Tags, which tell tiles apart, to slots.
#include "sim/functional/slots.h"

#include <limits>
#include <utility>

namespace attnsim::sim::functional {

void Slots::write(const std::vector<std::int64_t>& tag, Tile tile) {
  const auto [known, is_new] = slot_of_.try_emplace(tag, next_);
  if (is_new) next_ = (next_ + 1) % tiles_.size();
  tiles_[known->second] = std::move(tile);
}

Tile Slots::held(const std::vector<std::int64_t>& tag) const {
  const auto known = slot_of_.find(tag);
  return known == slot_of_.end() ? nullptr : tiles_[known->second];
}

workloads::Tensor Slots::read(const std::vector<std::int64_t>& tag, const std::vector<std::string>& ranks,
                              const std::vector<workloads::Range>& ranges) const {
  workloads::Tensor wanted(ranks, ranges, std::numeric_limits<double>::quiet_NaN());
  const Tile there = held(tag);
  if (there && there->ranks() == ranks && there->values().size() == wanted.values().size()) {
    wanted.values() = there->values();
  }
  return wanted;
}

}  // namespace attnsim::sim::functional
