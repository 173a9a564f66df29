// Arrays with batch and heads in front, and tensors of one head.
#include "sim/functional/data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <optional>
#include <random>
#include <set>

#include "common/error.h"
#include "sim/functional/masks.h"
#include "sim/functional/stored.h"

namespace attnsim::sim::functional {

using workloads::Tensor;
using workloads::TensorRef;

namespace {

// From 0 to below 1, and by Box and Muller's transform: the distributions of <random> may differ from one library to
// the next. Each tensor has a sequence of its own, so that some can be drawn without the others.
class Random {
 public:
  Random(std::uint64_t seed, const std::string& tensor) {
    std::vector<std::uint32_t> words = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    for (const char letter : tensor) words.push_back(static_cast<unsigned char>(letter));
    std::seed_seq sequence(words.begin(), words.end());
    generator_.seed(sequence);
  }
  double uniform() { return std::ldexp(static_cast<double>(generator_() >> 11), -53); }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::mt19937_64 generator_;
};

// How many coordinates there are for what the lookup chooses: the extent of the rank that K[I[p,j],e] reads at I's
// place. Nothing where no index is the lookup alone.
std::optional<std::int64_t> choices_of(const workloads::Cascade& cascade, const std::string& lookup,
                                       const workloads::Workload& workload) {
  for (const workloads::Einsum& einsum : cascade.einsums) {
    for (const TensorRef& read : einsum.inputs()) {
      for (std::size_t at = 0; at < read.indices.size(); ++at) {
        const workloads::IndexExpression& index = read.indices[at];
        if (index.kind != workloads::IndexExpression::Kind::kTable || index.name != lookup) continue;
        return rank_extent(cascade, cascade.base_rank(cascade.declared(read.tensor)->ranks[at]), workload);
      }
    }
  }
  return std::nullopt;
}

// Rows of different whole numbers from 0 to below `choices`, by a shuffle that stops after the row; where the row is
// longer, -1 fills it up.
void draw_coordinates(Random& random, std::int64_t choices, std::int64_t row, std::vector<double>& values) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(choices));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  for (std::size_t begin = 0; begin < values.size(); begin += static_cast<std::size_t>(row)) {
    for (std::int64_t at = 0; at < row; ++at) {
      double& value = values[begin + static_cast<std::size_t>(at)];
      value = -1;
      if (at >= choices) continue;
      const auto other = at + static_cast<std::int64_t>(random.uniform() * static_cast<double>(choices - at));
      std::swap(all[static_cast<std::size_t>(at)], all[static_cast<std::size_t>(other)]);
      value = static_cast<double>(all[static_cast<std::size_t>(at)]);
    }
  }
}

}  // namespace

std::int64_t size_of(const std::vector<std::int64_t>& shape) {
  std::int64_t size = 1;
  for (const std::int64_t extent : shape) size *= extent;
  return size;
}

std::optional<std::string> too_large(const workloads::Cascade& cascade, const workloads::Instance& instance,
                                     std::int64_t heads) {
  for (const workloads::Einsum& einsum : cascade.einsums) {
    double points = static_cast<double>(heads);
    for (const std::string& rank : cascade.whole_ranks(einsum)) points *= static_cast<double>(instance.extent(rank));
    if (points > static_cast<double>(kMaxPoints)) {
      return fmt::format("{} has {:.3g} points, {} at most", einsum.name, points, kMaxPoints);
    }
  }
  return std::nullopt;
}

bool Layout::is_shared(const TensorRef& tensor) const {
  const auto has = [&](const std::string& quantity) {
    return std::any_of(cascade_.ranks.begin(), cascade_.ranks.end(), [&](const auto& rank) {
      return rank.second == quantity &&
             std::find(tensor.ranks.begin(), tensor.ranks.end(), rank.first) != tensor.ranks.end();
    });
  };
  return cascade_.is_input(tensor.tensor) && has("keys") && !has("queries");
}

std::vector<std::pair<std::string, std::int64_t>> Layout::leading(const TensorRef& tensor) const {
  std::vector<std::pair<std::string, std::int64_t>> axes;
  if (cascade_.runs_each_sequence()) axes.emplace_back("batch", workload_.batch);
  if (!cascade_.runs_each_head()) return axes;
  axes.emplace_back(is_shared(tensor) ? std::pair("kv_heads", workload_.kv_heads)
                                      : std::pair("heads", workload_.heads));
  return axes;
}

std::vector<std::int64_t> Layout::own_shape(const TensorRef& tensor) const {
  std::vector<std::int64_t> shape;
  for (const std::string& rank : tensor.ranks) shape.push_back(rank_extent(cascade_, rank, workload_));
  return shape;
}

std::vector<std::int64_t> Layout::shape(const TensorRef& tensor) const {
  std::vector<std::int64_t> shape;
  for (const auto& [axis, extent] : leading(tensor)) shape.push_back(extent);
  const std::vector<std::int64_t> own = own_shape(tensor);
  shape.insert(shape.end(), own.begin(), own.end());
  return shape;
}

Arrays Layout::inputs(const DataSource& source) const { return source.data.empty() ? draw(source) : read(source); }

Arrays Layout::read(const DataSource& source) const {
  Arrays arrays = read_npz(source.data);
  Arrays inputs = source.given;
  const std::map<std::string, Stored> stored = stored_tensors(cascade_);
  for (const TensorRef& input : cascade_.inputs) {
    if (inputs.contains(input.tensor)) continue;
    const common::Location where{source.data + ": " + source.prefix + input.tensor, 0, ""};
    const auto found = arrays.find(source.prefix + input.tensor);
    const auto absent = cascade_.defaults.find(input.tensor);
    if (found == arrays.end() && absent != cascade_.defaults.end()) {
      const std::vector<std::int64_t> extents = shape(input);
      inputs[input.tensor] = {extents, std::vector<double>(static_cast<std::size_t>(size_of(extents)), absent->second)};
      continue;
    }
    if (found == arrays.end()) {
      std::vector<std::string> names;
      for (const auto& [name, array] : arrays) names.push_back(name);
      throw common::InputError(where, fmt::format("missing; the file has {}", fmt::join(names, ", ")));
    }
    if (found->second.shape != shape(input)) {
      std::vector<std::string> axes;
      for (const auto& [axis, extent] : leading(input)) axes.push_back(axis);
      axes.insert(axes.end(), input.ranks.begin(), input.ranks.end());
      throw common::InputError(
          where, fmt::format("has the shape [{}]; [{}] of this workload is [{}]", fmt::join(found->second.shape, ", "),
                             fmt::join(axes, ", "), fmt::join(shape(input), ", ")));
    }
    inputs[input.tensor] = std::move(found->second);
    const workloads::StorageType* type = cascade_.stored_as(input.tensor);
    for (double& value : inputs[input.tensor].values) {
      if (type != nullptr && !type->holds(value)) {
        throw common::InputError(
            where, fmt::format("holds {:.9g}, but is stored as {}; {}", value, type->name, values_text(*type)));
      }
      value = stored.at(input.tensor)(value);
    }
  }
  return inputs;
}

Arrays Layout::draw(const DataSource& source) const {
  Arrays inputs = source.given;
  const std::set<std::string> exact = whole_numbers(cascade_);
  for (const TensorRef& input : cascade_.inputs) {
    if (inputs.contains(input.tensor)) continue;
    const auto choices = choices_of(cascade_, input.tensor, workload_);
    if (exact.contains(input.tensor) && !choices) {
      throw common::InputError({"--data", 0, ""},
                               fmt::format("missing; {} holds coordinates, which are not drawn", input.tensor));
    }
    Array& array = inputs[input.tensor];
    array.shape = shape(input);
    array.values.resize(static_cast<std::size_t>(size_of(array.shape)));
    Random random(source.seed, input.tensor);
    if (choices) {
      draw_coordinates(random, *choices, array.shape.back(), array.values);
      continue;
    }
    const workloads::StorageType& type = type_of(cascade_, input.tensor);
    const Stored stored(type);
    for (double& value : array.values) {
      value = type.is_integer ? type.least + std::floor(random.uniform() * (type.most - type.least + 1))
                              : stored(random.normal());
    }
  }
  return inputs;
}

std::int64_t Layout::offset(const TensorRef& tensor, std::int64_t batch, std::int64_t head) const {
  if (!cascade_.runs_each_head()) return batch * size_of(own_shape(tensor));
  const std::int64_t heads = is_shared(tensor) ? workload_.kv_heads : workload_.heads;
  return (batch * heads + head * heads / workload_.heads) * size_of(own_shape(tensor));
}

workloads::Tensors Layout::head(const Arrays& arrays, std::int64_t batch, std::int64_t head) const {
  workloads::Tensors tensors;
  for (const TensorRef& input : cascade_.inputs) {
    std::vector<workloads::Range> ranges;
    for (const std::int64_t extent : own_shape(input)) ranges.push_back({0, extent});
    Tensor tensor(input.ranks, ranges, 0);
    const auto begin = arrays.at(input.tensor).values.begin() + offset(input, batch, head);
    std::copy_n(begin, tensor.values().size(), tensor.values().begin());
    tensors[input.tensor] = std::move(tensor);
  }
  return tensors;
}

void Layout::put(Array& whole, const TensorRef& tensor, std::int64_t batch, std::int64_t head,
                 const Tensor& values) const {
  std::copy(values.values().begin(), values.values().end(), whole.values.begin() + offset(tensor, batch, head));
}

}  // namespace attnsim::sim::functional
