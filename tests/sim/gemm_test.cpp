// One matrix product on the systemc engine against SCALE-Sim's closed forms (Samajdar et al., ISPASS 2020): with
// look-ahead off and an unlimited DRAM nothing overlaps; with look-ahead on, folds overlap.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "mapping/lower.h"
#include "sim/engine.h"

namespace attnsim::sim {
namespace {

using common::Override;

struct Gemm {
  std::int64_t tokens;
  std::int64_t in_features;
  std::int64_t out_features;
  std::int64_t rows;
  std::int64_t columns;
};

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

mapping::Program program(const Gemm& gemm, const std::string& dataflow, bool overlap) {
  const auto architecture =
      arch::read_architecture("tiny-4x4", {{"array_2d.rows", std::to_string(gemm.rows), "test"},
                                           {"array_2d.columns", std::to_string(gemm.columns), "test"},
                                           {"buffer.bytes", "1TiB", "test"},
                                           {"dram.bytes_per_second", "unlimited", "test"},
                                           {"dram.latency_cycles", "0", "test"}});
  workloads::Workload workload;
  workload.name = "gemm";
  workload.heads = workload.kv_heads = workload.head_dim = workload.value_dim = 1;
  workload.seq_len = workload.kv_len = 1;
  workload.tokens = gemm.tokens;
  workload.in_features = gemm.in_features;
  workload.out_features = gemm.out_features;
  // One fold is one tile: the whole inner extent (output-stationary) or all tokens (weight-stationary) stream through
  // it.
  std::vector<Override> overrides;
  if (dataflow == "output-stationary") {
    overrides = {{"tile", "{t0: array_2d.rows, n0: array_2d.columns}", "test"},
                 {"loops", "[batch, head, t1, n1]", "test"}};
  } else {
    overrides = {{"tile", "{k0: array_2d.rows, n0: array_2d.columns}", "test"},
                 {"loops", "[batch, head, n1, k1]", "test"}};
  }
  if (!overlap) {
    overrides.push_back({"look_ahead", "0", "test"});
    overrides.push_back({"barrier", "true", "test"});
  }
  const auto cascade = workloads::read_cascade("linear");
  return mapping::lower(cascade, workload, architecture,
                        mapping::read_mapping(dataflow, cascade, workload, architecture, overrides));
}

std::vector<Gemm> random_shapes() {
  std::mt19937 random(11);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  std::vector<Gemm> shapes{{1, 1, 1, 1, 1}, {1024, 64, 1024, 32, 32}, {1024, 1024, 64, 128, 128}};
  while (shapes.size() < 200) shapes.push_back({pick(1, 90), pick(1, 90), pick(1, 90), pick(1, 20), pick(1, 20)});
  return shapes;
}

// SCALE-Sim prints the number of the last cycle, counted from 0: one less than the cycles that passed.
std::int64_t output_stationary(const Gemm& gemm) {
  const std::int64_t folds = ceil_div(gemm.tokens, gemm.rows) * ceil_div(gemm.out_features, gemm.columns);
  return folds * (gemm.rows + gemm.columns + gemm.in_features - 2) - 1;
}
std::int64_t weight_stationary(const Gemm& gemm) {
  const std::int64_t folds = ceil_div(gemm.in_features, gemm.rows) * ceil_div(gemm.out_features, gemm.columns);
  return folds * (2 * gemm.rows + gemm.columns + gemm.tokens - 2) - 1;
}

TEST(Gemm, WithoutOverlapOutputStationaryTakesScaleSimsCycles) {
  for (const Gemm& gemm : random_shapes()) {
    EXPECT_EQ(run_systemc(program(gemm, "output-stationary", false)).cycles - 1, output_stationary(gemm))
        << gemm.tokens << " x " << gemm.in_features << " x " << gemm.out_features << " on " << gemm.rows << " x "
        << gemm.columns;
  }
}

TEST(Gemm, WithoutOverlapWeightStationaryTakesScaleSimsCycles) {
  for (const Gemm& gemm : random_shapes()) {
    EXPECT_EQ(run_systemc(program(gemm, "weight-stationary", false)).cycles - 1, weight_stationary(gemm))
        << gemm.tokens << " x " << gemm.in_features << " x " << gemm.out_features << " on " << gemm.rows << " x "
        << gemm.columns;
  }
}

TEST(Gemm, WithOverlapFoldsFollowOneAnother) {
  // What remains is once: the last fold leaves the array (rows + columns - 2), and weights fill it first (rows).
  for (const Gemm& gemm : random_shapes()) {
    const std::int64_t folds = ceil_div(gemm.tokens, gemm.rows) * ceil_div(gemm.out_features, gemm.columns);
    EXPECT_EQ(run_fast(program(gemm, "output-stationary", true)).cycles,
              folds * gemm.in_features + gemm.rows + gemm.columns - 2);
  }
}

}  // namespace
}  // namespace attnsim::sim
