// A reassociated cascade computes what the one that it was made from computes, for tiles that divide the keys and tiles
// that do not.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "common/registry.h"
#include "workloads/interpreter.h"
#include "workloads/reassociation.h"

namespace attnsim::workloads {
namespace {

constexpr std::int64_t kKeys = 12;

Workload shape() {
  Workload workload;
  workload.heads = workload.kv_heads = 1;
  workload.head_dim = 3;
  workload.value_dim = 2;
  workload.seq_len = 4;
  workload.kv_len = kKeys;
  return workload;
}

std::vector<double> output_of(const Cascade& cascade, std::int64_t tile) {
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [rank, parts] : cascade.split) sizes[parts.back()] = tile;
  const Workload workload = shape();
  const Instance instance(cascade, workload, sizes);
  Tensors inputs;
  unsigned seed = 1;
  for (const TensorRef& input : cascade.inputs) {
    std::vector<Range> ranges;
    for (const std::string& rank : input.ranks) ranges.push_back({0, instance.extent(rank)});
    Tensor tensor(input.ranks, ranges, 0);
    std::mt19937 generator(seed++);
    std::normal_distribution<double> normal;
    for (double& value : tensor.values()) value = 3 * normal(generator);
    inputs[input.tensor] = std::move(tensor);
  }
  const Tensors made = interpret(instance, inputs, ExactArithmetic());
  return instance.merge(made.at(cascade.output.tensor), cascade.output).values();
}

void expect_same(const Cascade& before, const Cascade& after) {
  for (const std::int64_t tile : {1, 4, 5, 12}) {
    const std::vector<double> expected = output_of(before, tile);
    const std::vector<double> got = output_of(after, tile);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], expected[i], 1e-9 * std::max(1.0, std::abs(expected[i]))) << before.id << ", tile " << tile;
    }
  }
}

std::vector<Cascade> cascades() {
  std::vector<Cascade> found;
  const auto folder = common::data_root() / "tests/workloads/cascades";
  for (const std::string& name : common::preset_names(folder)) {
    found.push_back(read_cascade((folder / (name + ".yaml")).string()));
  }
  for (const char* name : {"fusemax_2pass", "fusemax_3pass"}) found.push_back(read_cascade(name));
  return found;
}

std::string rank_of_keys(const Cascade& cascade) { return cascade.is_rank("m") ? "m" : "k"; }

TEST(ReassociationValues, EachStepComputesWhatTheCascadeBeforeItComputes) {
  int steps = 0;
  for (const Cascade& cascade : cascades()) {
    for (const Reassociation& one : reassociations(cascade, rank_of_keys(cascade))) {
      expect_same(cascade, one.after);
      ++steps;
    }
  }
  EXPECT_GE(steps, 15);
}

TEST(ReassociationValues, IterationWithoutDeferralComputesTheSame) {
  int loops = 0;
  for (const Cascade& cascade : cascades()) {
    const auto loop = iterate(cascade, rank_of_keys(cascade));
    if (!loop) continue;
    expect_same(cascade, loop->after);
    ++loops;
  }
  EXPECT_GE(loops, 5);
}

TEST(ReassociationValues, UnderAMaskTheyStayTheSame) {
  for (const char* mask : {"m <= p + offset", "m >= 8 and m <= p + 8", "m >= 5 and p > 1"}) {
    for (const char* name : {"fusemax_2pass", "fusemax_3pass"}) {
      const Cascade cascade = read_cascade(name, {{"where", mask, "test"}});
      const auto chain = reassociations(cascade, "m");
      EXPECT_EQ(chain.size(), 2U);
      for (const Reassociation& one : chain) expect_same(cascade, one.after);
    }
  }
}

TEST(ReassociationValues, ALoopWithoutItsCorrectionIsFound) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  Cascade broken = iterate(cascade, "m")->after;
  for (Einsum& einsum : broken.einsums) {
    if (einsum.name != "PGM") continue;
    einsum.map = Expression{};
    einsum.map.number = 1;
  }
  const std::vector<double> expected = output_of(cascade, 4);
  const std::vector<double> got = output_of(broken, 4);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
  EXPECT_GT(worst, 1e-3);
}

}  // namespace
}  // namespace attnsim::workloads
