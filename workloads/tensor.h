// A dense box of a tensor: its values at every coordinate of a range of each of its ranks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace attnsim::workloads {

// begin <= coordinate < end.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

// Ranges by rank.
using Box = std::map<std::string, Range>;

// Values are doubles, which hold those of every narrower type. The last rank is contiguous.
class Tensor {
 public:
  Tensor() = default;
  // Throws std::length_error where the box has more than 2^31 values.
  Tensor(std::vector<std::string> ranks, std::vector<Range> ranges, double fill);

  const std::vector<std::string>& ranks() const { return ranks_; }
  const std::vector<Range>& ranges() const { return ranges_; }
  std::int64_t stride(std::size_t rank) const { return strides_[rank]; }
  std::vector<double>& values() { return values_; }
  const std::vector<double>& values() const { return values_; }

  // Throws std::out_of_range for a coordinate outside the box.
  double& at(const std::vector<std::int64_t>& coordinates) { return values_[offset(coordinates)]; }
  double at(const std::vector<std::int64_t>& coordinates) const { return values_[offset(coordinates)]; }

 private:
  std::size_t offset(const std::vector<std::int64_t>& coordinates) const;

  std::vector<std::string> ranks_;
  std::vector<Range> ranges_;
  std::vector<std::int64_t> strides_;
  std::vector<double> values_;
};

using Tensors = std::map<std::string, Tensor>;

}  // namespace attnsim::workloads
