// Every variant has an oracle; each cascade, interpreted in double precision, computes what its oracle says.
#include "kernels/reference/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <random>

#include "common/registry.h"
#include "workloads/interpreter.h"

namespace attnsim::kernels {
namespace {

using workloads::Cascade;
using workloads::Instance;

struct Shape {
  std::int64_t queries;
  std::int64_t keys;
  std::int64_t head_dim;
  std::int64_t value_dim;
  std::int64_t tile;
};

// Tiles that divide nothing, one tile, tiles of one key; prefill, a chunk, decode, more queries than keys.
constexpr Shape kShapes[] = {{13, 13, 5, 3, 4}, {7, 29, 3, 6, 5},   {1, 23, 4, 4, 7},  {11, 11, 2, 3, 11},
                             {9, 17, 6, 2, 1},  {19, 19, 3, 3, 32}, {12, 10, 4, 5, 3}, {1, 1, 1, 1, 1}};

workloads::Workload workload_of(const Shape& shape) {
  workloads::Workload workload;
  workload.heads = 4;
  workload.kv_heads = 2;
  workload.hidden = 3;
  workload.head_dim = shape.head_dim;
  workload.value_dim = shape.value_dim;
  workload.seq_len = shape.queries;
  workload.kv_len = shape.keys;
  workload.tokens = shape.queries;
  workload.in_features = shape.keys;
  workload.out_features = shape.value_dim;
  return workload;
}

// Parameters that do something at small shapes, where the defaults would not.
std::map<std::string, std::map<std::string, double>> small_parameters() {
  return {{"sliding_window_sink", {{"window", 4}, {"sinks", 2}}},
          {"flex_score_mods", {{"slope", 0.3}, {"cap", 1.5}, {"prefix", 3}, {"document", 6}, {"window", 5}}},
          {"act_calibration", {{"alpha", 1.2}}},
          {"imbalanced_fix", {{"first", 2}, {"image", 8}, {"chosen", 3}}},
          {"lssar", {{"threshold", 0.7}}},
          {"pointer_net", {{"chosen", 2}}},
          {"ssa_temperature", {{"alpha", 0.4}, {"beta", -0.7}}},
          {"var_redistribute", {{"first", 2}, {"image", 8}, {"tau", 0.5}}},
          {"moh", {{"shared", 1}, {"routed", 2}}},
          {"natten_fna", {{"kernel_x", 3}, {"dilation_x", 2}}},
          {"gla_chunked", {{"chunk", 4}}},
          {"lightning2_chunked", {{"chunk", 4}}},
          {"linear_attn_chunked", {{"chunk", 4}}},
          {"hip", {{"block", 3}, {"chosen", 2}, {"window", 2}, {"sinks", 1}}},
          {"routing_transformer", {{"clusters", 3}}},
          {"predformer_factorised", {{"frames", 3}}},
          {"seer_attention", {{"block", 3}, {"threshold", 0.2}}},
          {"snapkv", {{"window", 3}, {"pool", 3}, {"chosen", 4}}},
          {"tidal_select", {{"budget", 4}}},
          {"tidal_sparse", {{"budget", 4}}},
          {"tidaldecode", {{"budget", 4}}},
          {"tokenselect", {{"chosen", 3}, {"first", 1}, {"last", 2}}},
          {"van_lka", {{"width", 6}}},
          {"agent_attention", {{"height", 3}, {"pool", 2}}},
          {"anchor_attention", {{"document", 5}}},
          {"cab_abc", {{"slots", 3}}},
          {"cab_lara", {{"landmarks", 3}}},
          {"cab_nystrom", {{"landmarks", 3}}},
          {"cab_performer", {{"features", 6}}},
          {"duo_attention", {{"retrieval", 50}, {"window", 4}, {"sinks", 2}}},
          {"halonet", {{"height", 4}, {"block", 3}, {"halo", 1}}},
          {"hilo", {{"height", 3}}},
          {"lightning1", {{"layer", 3}}},
          {"longformer", {{"window", 5}, {"globals", 2}}},
          {"masformer", {{"block", 4}}},
          {"moa_spans", {{"alpha", 1}, {"block", 2}, {"sinks", 1}}},
          {"power_attention", {{"block", 2}, {"window", 3}, {"sinks", 1}}},
          {"s2attn_longlora", {{"groups", 3}}},
          {"sf_attn_sinklora", {{"groups", 3}, {"sinks", 2}}},
          {"window_batched_local", {{"block", 4}, {"window", 9}}}};
}

// What a cascade chooses: coordinates by topk, or the bits of a gate.
std::vector<std::string> chosen(const Cascade& cascade) {
  std::vector<std::string> names;
  for (const workloads::Einsum& einsum : cascade.einsums) {
    if (einsum.reduction && einsum.reduction->op == "topk") names.push_back(einsum.name);
    if (cascade.id == "seer_attention" && einsum.name == "B") names.push_back(einsum.name);
  }
  return names;
}

// Different keys for every query.
void choose_keys(workloads::Tensor& tensor, std::int64_t keys, std::mt19937& random) {
  std::vector<double> all(static_cast<std::size_t>(keys));
  std::iota(all.begin(), all.end(), 0);
  const std::int64_t row = tensor.ranges().back().size();
  for (auto at = tensor.values().begin(); at != tensor.values().end(); at += row) {
    std::shuffle(all.begin(), all.end(), random);
    std::copy_n(all.begin(), row, at);
  }
}

workloads::Tensors drawn(const Cascade& cascade, const Instance& instance, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  workloads::Tensors tensors;
  for (const workloads::TensorRef& input : cascade.inputs) {
    std::vector<workloads::Range> ranges;
    for (const std::string& rank : input.ranks) ranges.push_back({0, instance.extent(rank)});
    workloads::Tensor& tensor = tensors[input.tensor] = workloads::Tensor(input.ranks, ranges, 0);
    for (double& value : tensor.values()) value = normal(random);
    if (cascade.id == "tidal_sparse" && input.tensor == "I") choose_keys(tensor, instance.extent("m"), random);
  }
  return tensors;
}

// The largest difference between the interpreted cascade and its oracle; with `choice`, under what the cascade chooses
// for other inputs, drawn with that seed.
double difference(const Cascade& cascade, const Shape& shape, unsigned seed, std::optional<unsigned> choice = {}) {
  const workloads::Workload workload = workload_of(shape);
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [rank, parts] : cascade.split) {
    for (std::size_t part = 1; part < parts.size(); ++part) sizes[parts[part]] = shape.tile;
  }
  const Instance instance(cascade, workload, sizes);
  const workloads::ExactArithmetic exact;
  workloads::Tensors tensors = drawn(cascade, instance, seed);
  if (choice) {
    const workloads::Tensors other = workloads::interpret(instance, drawn(cascade, instance, *choice), exact);
    for (const std::string& name : chosen(cascade)) tensors[name] = other.at(name);
  }
  Arrays arrays;
  for (const auto& [name, tensor] : tensors) {
    std::vector<std::int64_t> extents;
    for (const workloads::Range& range : tensor.ranges()) extents.push_back(range.size());
    arrays[name] = Array(extents);
    arrays[name].data = tensor.values();
  }
  Parameters parameters = cascade.parameters;
  parameters.emplace("scale", 1 / std::sqrt(static_cast<double>(shape.head_dim)));
  const Array expected = oracles().at(cascade.id)(arrays, parameters);

  const auto made = workloads::interpret(instance, tensors, exact);
  const auto output = instance.merge(made.at(cascade.output.tensor), cascade.output);
  if (output.values().size() != expected.data.size()) return std::nan("");
  double largest = 0;
  for (std::size_t i = 0; i < expected.data.size(); ++i) {
    const double gap = std::fabs(output.values()[i] - expected.data[i]) / (1 + std::fabs(expected.data[i]));
    if (!(gap <= largest)) largest = gap;
  }
  return largest;
}

TEST(Oracle, EveryVariantHasOneAndEveryOneAVariant) {
  std::vector<std::string> ids;
  for (const auto& [id, oracle] : oracles()) ids.push_back(id);
  EXPECT_EQ(common::preset_names(workloads::variants()), ids);
}

TEST(Oracle, AgreesWithEveryCascade) {
  const auto chosen = small_parameters();
  for (const std::string& id : common::preset_names(workloads::variants())) {
    Cascade cascade = workloads::read_cascade(id);
    if (const auto own = chosen.find(id); own != chosen.end()) {
      for (const auto& [name, value] : own->second) cascade.parameters[name] = value;
    }
    unsigned seed = 1;
    for (const Shape& shape : kShapes) {
      if (id == "natten_fna" && shape.keys < 6) continue;  // a window needs its keys
      EXPECT_LE(difference(cascade, shape, seed++), 1e-9)
          << id << " with " << shape.queries << " queries and " << shape.keys << " keys, tiles of " << shape.tile;
    }
  }
}

// A given choice is followed, also one that is not the inputs' own.
TEST(Oracle, FollowsAGivenChoice) {
  const auto parameters = small_parameters();
  int rows = 0;
  for (const std::string& id : common::preset_names(workloads::variants())) {
    Cascade cascade = workloads::read_cascade(id);
    if (chosen(cascade).empty()) continue;
    ++rows;
    for (const auto& [name, value] : parameters.at(id)) cascade.parameters[name] = value;
    unsigned seed = 1;
    for (const Shape& shape : kShapes) {
      EXPECT_LE(difference(cascade, shape, seed, seed + 100), 1e-9)
          << id << " with " << shape.queries << " queries and " << shape.keys << " keys";
      ++seed;
    }
  }
  EXPECT_EQ(rows, 10);
}

// Height, kernels, dilations and causality by axis; keys that fill the grid, and some beyond it; all queries, the last.
TEST(Oracle, AgreesOnNeighbourhoodsOfGrids) {
  struct Grid {
    std::int64_t queries;
    std::int64_t keys;
    std::map<std::string, double> parameters;
  };
  const std::vector<Grid> grids = {
      {35, 35, {{"height", 5}, {"kernel_x", 3}, {"kernel_y", 5}}},
      {42, 42, {{"height", 6}, {"kernel_x", 3}, {"dilation_x", 2}, {"kernel_y", 2}, {"dilation_y", 3}}},
      {38, 38, {{"height", 4}, {"kernel_x", 4}, {"dilation_x", 2}, {"kernel_y", 3}}},
      {30, 30, {{"height", 5}, {"kernel_x", 3}, {"kernel_y", 3}, {"causal_x", 1}}},
      {44, 44, {{"height", 4}, {"kernel_x", 3}, {"dilation_x", 3}, {"kernel_y", 2}, {"causal_x", 1}, {"causal_y", 1}}},
      {1, 36, {{"height", 6}, {"kernel_x", 3}, {"kernel_y", 3}}},
      {9, 7, {{"height", 1}, {"kernel_x", 3}}},
  };
  for (std::size_t at = 0; at < grids.size(); ++at) {
    Cascade cascade = workloads::read_cascade("natten_fna");
    for (const auto& [name, value] : grids[at].parameters) cascade.parameters[name] = value;
    EXPECT_LE(difference(cascade, {grids[at].queries, grids[at].keys, 4, 3, 5}, 1), 1e-9) << "grid " << at;
  }
}

TEST(Oracle, TellsAnOffByOneMaskApart) {
  const std::map<std::string, std::pair<std::string, std::string>> wrong = {
      {"gqa_causal", {"where", "m < p + offset"}},
      {"sliding_window_sink", {"where", "m <= p + offset and (p + offset - m <= window or m < sinks)"}}};
  for (const auto& [id, change] : wrong) {
    Cascade cascade = workloads::read_cascade(id, {{change.first, change.second, "--set"}});
    if (id == "sliding_window_sink") cascade.parameters = {{"window", 4}, {"sinks", 2}};
    EXPECT_GT(difference(cascade, kShapes[0], 1), 1e-3) << id;
  }
}

}  // namespace
}  // namespace attnsim::kernels
