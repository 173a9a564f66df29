// Moves rows of queries between heads.
#include "sim/functional/heads.h"

#include <algorithm>
#include <optional>

namespace attnsim::sim::functional {

using workloads::Cascade;
using workloads::Tensor;
using workloads::Tensors;

namespace {

// The position of the queries among a tensor's ranks.
std::optional<std::size_t> queries_of(const Cascade& cascade, const Tensor& tensor) {
  for (std::size_t rank = 0; rank < tensor.ranks().size(); ++rank) {
    const bool found = std::any_of(cascade.ranks.begin(), cascade.ranks.end(), [&](const auto& declared) {
      return declared.second == "queries" && declared.first == tensor.ranks()[rank];
    });
    if (found) return rank;
  }
  return std::nullopt;
}

// Where an element of one of `sharing` heads stands among the joint ones; `inner` elements belong to a query.
std::size_t joint_place(std::size_t own, std::int64_t inner, std::int64_t head, std::int64_t sharing) {
  const auto row = static_cast<std::int64_t>(own) / inner;
  return static_cast<std::size_t>((row * sharing + head) * inner + static_cast<std::int64_t>(own) % inner);
}

Tensor with_queries(const Tensor& tensor, std::size_t rank, std::int64_t times, std::int64_t parts) {
  std::vector<workloads::Range> ranges = tensor.ranges();
  ranges[rank].end = ranges[rank].end * times / parts;
  return Tensor(tensor.ranks(), ranges, 0);
}

}  // namespace

std::vector<Tensors> joined(std::vector<Tensors> heads, const Cascade& cascade, std::int64_t sharing) {
  if (sharing == 1) return heads;
  std::vector<Tensors> result;
  for (std::size_t first = 0; first < heads.size(); first += static_cast<std::size_t>(sharing)) {
    Tensors& joint = result.emplace_back(heads[first]);
    for (auto& [name, tensor] : joint) {
      const auto rank = queries_of(cascade, tensor);
      if (!rank) continue;
      const std::int64_t inner = tensor.stride(*rank);
      tensor = with_queries(tensor, *rank, sharing, 1);
      for (std::int64_t head = 0; head < sharing; ++head) {
        const auto& own = heads[first + static_cast<std::size_t>(head)].at(name).values();
        for (std::size_t i = 0; i < own.size(); ++i) tensor.values()[joint_place(i, inner, head, sharing)] = own[i];
      }
    }
  }
  return result;
}

std::vector<Tensors> taken_apart(std::vector<Tensors> joint, const Cascade& cascade, std::int64_t sharing) {
  if (sharing == 1) return joint;
  std::vector<Tensors> result;
  for (const Tensors& group : joint) {
    for (std::int64_t head = 0; head < sharing; ++head) {
      Tensors& own = result.emplace_back(group);
      for (auto& [name, tensor] : own) {
        const auto rank = queries_of(cascade, tensor);
        if (!rank) continue;
        const std::int64_t inner = tensor.stride(*rank);
        const auto& values = group.at(name).values();
        tensor = with_queries(tensor, *rank, 1, sharing);
        for (std::size_t i = 0; i < tensor.values().size(); ++i) {
          tensor.values()[i] = values[joint_place(i, inner, head, sharing)];
        }
      }
    }
  }
  return result;
}

}  // namespace attnsim::sim::functional
