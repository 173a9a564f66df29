// Row-major storage of a box.
#include "workloads/tensor.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace attnsim::workloads {

namespace {

constexpr std::int64_t kMaxValues = std::int64_t{1} << 31;

}  // namespace

Tensor::Tensor(std::vector<std::string> ranks, std::vector<Range> ranges, double fill)
    : ranks_(std::move(ranks)), ranges_(std::move(ranges)), strides_(ranges_.size(), 1) {
  if (ranks_.size() != ranges_.size()) throw std::invalid_argument("a tensor needs one range a rank");
  std::int64_t size = 1;
  for (std::size_t rank = ranges_.size(); rank-- > 0;) {
    strides_[rank] = size;
    const std::int64_t extent = ranges_[rank].size();
    if (extent > 0 && size > kMaxValues / extent) {
      throw std::length_error(fmt::format("a tensor of more than {} values", kMaxValues));
    }
    size *= extent;
  }
  values_.assign(static_cast<std::size_t>(size), fill);
}

std::size_t Tensor::offset(const std::vector<std::int64_t>& coordinates) const {
  if (coordinates.size() != ranges_.size()) throw std::out_of_range("wrong number of coordinates");
  std::int64_t offset = 0;
  for (std::size_t rank = 0; rank < ranges_.size(); ++rank) {
    const Range& range = ranges_[rank];
    if (coordinates[rank] < range.begin || coordinates[rank] >= range.end) {
      throw std::out_of_range(
          fmt::format("{} = {} is outside {}..{}", ranks_[rank], coordinates[rank], range.begin, range.end - 1));
    }
    offset += (coordinates[rank] - range.begin) * strides_[rank];
  }
  return static_cast<std::size_t>(offset);
}

}  // namespace attnsim::workloads
