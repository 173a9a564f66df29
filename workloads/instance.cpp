// Extents of ranks and parts, and tensors between the two.
#include "workloads/instance.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace attnsim::workloads {

namespace {

// Calls visit(coordinates over the declared ranks, coordinates over their parts) for every element.
template <typename Visit>
void for_each_element(const Instance& instance, const std::vector<std::string>& ranks, const Visit& visit) {
  std::vector<std::int64_t> extents;
  std::vector<std::vector<std::string>> parts;
  for (const std::string& rank : ranks) {
    extents.push_back(instance.extent(rank));
    parts.push_back(instance.cascade().parts(rank));
  }
  std::vector<std::int64_t> element(ranks.size(), 0);
  std::vector<std::int64_t> coordinates;
  for (;;) {
    coordinates.clear();
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
      std::int64_t rest = element[rank];
      for (const std::string& part : parts[rank]) {
        coordinates.push_back(rest / instance.weight(part));
        rest %= instance.weight(part);
      }
    }
    visit(element, coordinates);
    std::size_t rank = ranks.size();
    while (rank > 0 && ++element[rank - 1] == extents[rank - 1]) element[--rank] = 0;
    if (rank == 0) return;
  }
}

}  // namespace

Instance::Instance(const Cascade& cascade, const Workload& workload, const std::map<std::string, std::int64_t>& sizes)
    : cascade_(&cascade), index_values_(predicate_values(cascade, workload)) {
  for (const auto& [rank, quantity] : cascade.ranks) {
    extents_[rank] = rank_extent(cascade, rank, workload);
    weights_[rank] = 1;
  }
  for (const auto& [rank, parts] : cascade.split) {
    weights_.erase(rank);
    std::int64_t weight = 1;
    for (std::size_t part = parts.size(); part-- > 0;) {
      const std::string& name = parts[part];
      weights_[name] = weight;
      if (part == 0) {
        extents_[name] = (extents_.at(rank) + weight - 1) / weight;
        break;
      }
      const auto size = sizes.find(name);
      if (size == sizes.end() || size->second < 1) {
        throw std::invalid_argument(fmt::format("the part {} of {} needs a size of 1 or more", name, rank));
      }
      extents_[name] = size->second;
      weight *= size->second;
    }
  }
  for (const auto& [name, size] : sizes) {
    if (!cascade.is_rank(name)) throw std::invalid_argument(fmt::format("no rank has a part {}", name));
  }
  for (const std::string& quantity : Workload::quantities()) {
    quantities_[quantity] = static_cast<double>(workload.extent(quantity));
  }
  quantities_["offset"] = static_cast<double>(workload.kv_len - workload.seq_len);
  quantities_["scale"] = workload.head_dim > 0 ? 1 / std::sqrt(static_cast<double>(workload.head_dim)) : 1;
}

double Instance::parameter(const std::string& name) const {
  const auto given = cascade_->parameters.find(name);
  if (given != cascade_->parameters.end()) return given->second;
  const auto quantity = quantities_.find(name);
  if (quantity == quantities_.end()) throw std::out_of_range(fmt::format("no parameter {}", name));
  return quantity->second;
}

std::vector<Range> Instance::ranges(const std::vector<std::string>& ranks) const {
  std::vector<Range> result;
  for (const std::string& rank : ranks) result.push_back({0, extent(rank)});
  return result;
}

Tensor Instance::whole(const TensorRef& reference, double fill) const {
  const std::vector<std::string> ranks = cascade_->parts(reference.ranks);
  return {ranks, ranges(ranks), fill};
}

Tensor Instance::split(const Tensor& dense) const {
  Tensor result = whole({.tensor = "", .ranks = dense.ranks()}, std::numeric_limits<double>::quiet_NaN());
  if (dense.ranges() != ranges(dense.ranks())) throw std::invalid_argument("a tensor of other extents");
  for_each_element(*this, dense.ranks(),
                   [&](const auto& element, const auto& coordinates) { result.at(coordinates) = dense.at(element); });
  return result;
}

Tensor Instance::merge(const Tensor& tensor, const TensorRef& declared) const {
  Tensor result(declared.ranks, ranges(declared.ranks), 0);
  for_each_element(*this, declared.ranks,
                   [&](const auto& element, const auto& coordinates) { result.at(element) = tensor.at(coordinates); });
  return result;
}

}  // namespace attnsim::workloads
