// One Einsum over parts of its iteration space, as a Program executes it, against the whole at once.
#include "workloads/evaluator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "workloads/interpreter.h"

namespace attnsim::workloads {
namespace {

Workload shape(std::int64_t queries, std::int64_t keys) {
  Workload workload;
  workload.head_dim = workload.value_dim = 3;
  workload.seq_len = queries;
  workload.kv_len = keys;
  return workload;
}

Tensor counted(const std::vector<std::string>& ranks, const std::vector<Range>& ranges) {
  Tensor tensor(ranks, ranges, 0);
  double value = 1;
  for (double& element : tensor.values()) element = value++;
  return tensor;
}

TEST(Evaluator, TilesOfAReductionAddUpToTheWhole) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  const Instance instance(cascade, shape(4, 7), {});
  const ExactArithmetic exact;
  const Evaluator sum(instance, *cascade.producer("SD"), exact);
  const Tensor scores = counted({"m", "p"}, {{0, 7}, {0, 4}});
  Tensor whole({"p"}, {{0, 4}}, -1);
  sum.evaluate({}, {&scores}, whole);
  for (std::int64_t begin = 0; begin < 4; begin += 2) {
    Tensor tile({"p"}, {{begin, begin + 2}}, -1);
    for (std::int64_t m = 0; m < 7; m += 3) {
      const Range keys{m, std::min<std::int64_t>(m + 3, 7)};
      sum.evaluate({{"m", keys}, {"p", {begin, begin + 2}}}, {&scores}, tile, {}, m > 0);
    }
    for (std::int64_t p = begin; p < begin + 2; ++p) EXPECT_EQ(tile.at({p}), whole.at({p}));
  }
}

TEST(Evaluator, AScanCombinesAllPointsUpToEachOne) {
  const Cascade cascade = parse_cascade(
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {t: queries, e: 3}\n"
      "split: {t: [t1, t0]}\ninputs: [\"A[t,e]\"]\noutput: Z[t1,t0,e]\n"
      "einsums:\n  - B[t1,t0,e] = scan sum(t1,t0) A[t1,t0,e]\n  - C[t1,t0,e] = scan sum(t0) A[t1,t0,e]\n"
      "  - D[t1,t0,e] = scan max(t0) (-A[t1,t0,e]) where t != 1\n"
      "  - Z[t1,t0,e] = B[t1,t0,e] + C[t1,t0,e] + D[t1,t0,e]\n",
      "x.yaml");
  const Instance instance(cascade, shape(7, 7), {{"t0", 4}});
  const ExactArithmetic exact;
  const Tensor a = counted({"t", "e"}, {{0, 7}, {0, 3}});
  const Tensors made = interpret(instance, {{"A", a}}, exact);
  for (std::int64_t e = 0; e < 3; ++e) {
    double all = 0;
    double tile = 0;
    for (std::int64_t t = 0; t < 7; ++t) {
      if (t % 4 == 0) tile = 0;
      all += a.at({t, e});
      tile += a.at({t, e});
      EXPECT_EQ(made.at("B").at({t / 4, t % 4, e}), all);
      EXPECT_EQ(made.at("C").at({t / 4, t % 4, e}), tile);
      const double largest = made.at("D").at({t / 4, t % 4, e});
      if (t == 1) {
        EXPECT_TRUE(std::isnan(largest));
      } else {
        EXPECT_EQ(largest, -a.at({t / 4 * 4, e}));
      }
    }
  }
}

// The first point of a tile holds what all tiles before gave.
TEST(Evaluator, TilesOfAScanContinueOneAnother) {
  const Cascade cascade = parse_cascade(
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {t: queries, e: 3}\n"
      "inputs: [\"A[t,e]\"]\noutput: Z[e,t]\neinsums:\n  - Z[e,t] = scan sum(t) A[t,e] * A[t,e]\n",
      "x.yaml");
  const Instance instance(cascade, shape(7, 7), {});
  const ExactArithmetic exact;
  const Evaluator scan(instance, cascade.einsums[0], exact);
  EXPECT_EQ(scan.parts(), (std::vector<std::string>{"e", "t"}));
  const Tensor a = counted({"t", "e"}, {{0, 7}, {0, 3}});
  Tensor whole({"e", "t"}, {{0, 3}, {0, 7}}, -1);
  scan.evaluate({}, {&a}, whole);
  Tensor before;
  for (std::int64_t begin = 0; begin < 7; begin += 3) {
    const Range range{begin, std::min<std::int64_t>(begin + 3, 7)};
    Tensor tile({"e", "t"}, {{0, 3}, range}, 0);
    for (std::int64_t e = 0; e < 3 && begin > 0; ++e) tile.at({e, begin}) = before.at({e, begin - 1});
    scan.evaluate({{"t", range}}, {&a}, tile, {}, true);
    for (std::int64_t e = 0; e < 3; ++e) {
      for (std::int64_t t = range.begin; t < range.end; ++t) EXPECT_EQ(tile.at({e, t}), whole.at({e, t}));
    }
    before = tile;
  }
}

TEST(Evaluator, TilesBesideTheirTensorAreRefused) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  const Instance instance(cascade, shape(4, 7), {});
  const ExactArithmetic exact;
  const Evaluator sum(instance, *cascade.producer("SD"), exact);
  const Tensor scores = counted({"m", "p"}, {{0, 3}, {0, 4}});
  Tensor whole({"p"}, {{0, 4}}, 0);
  EXPECT_THROW(sum.evaluate({}, {&scores}, whole), std::out_of_range);
  EXPECT_THROW(sum.evaluate({}, {}, whole), std::invalid_argument);
}

TEST(Evaluator, ATailHasNoPointsBeyondItsRank) {
  const Cascade cascade = read_cascade("fusemax_1pass");
  const Instance instance(cascade, shape(1, 7), {{"m0", 4}});
  const ExactArithmetic exact;
  const Evaluator sum(instance, *cascade.producer("SLD"), exact);
  EXPECT_EQ(sum.parts(), (std::vector<std::string>{"m1", "p", "m0"}));
  EXPECT_EQ(sum.ranks(), (std::vector<std::string>{"p", "m"}));
  const Tensor ones({"m0", "p"}, {{0, 4}, {0, 1}}, 1);
  Tensor result({"p"}, {{0, 1}}, 0);
  sum.evaluate({{"m1", {0, 1}}}, {&ones}, result);
  EXPECT_EQ(result.at({0}), 4);
  sum.evaluate({{"m1", {1, 2}}}, {&ones}, result);
  EXPECT_EQ(result.at({0}), 3);
}

TEST(Evaluator, PointsThatAreNotVisitedLeaveAMapAsItWas) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  const Instance instance(cascade, shape(2, 2), {});
  const ExactArithmetic exact;
  const Evaluator divide(instance, *cascade.producer("A"), exact);
  EXPECT_EQ(divide.ranks(), (std::vector<std::string>{"p", "m"}));
  const Tensor scores = counted({"m", "p"}, {{0, 2}, {0, 2}});
  const Tensor sums({"p"}, {{0, 2}}, 2);
  Tensor result({"m", "p"}, {{0, 2}, {0, 2}}, -1);
  divide.evaluate({}, {&scores, &sums}, result, [](std::span<const std::int64_t> at) { return at[1] <= at[0]; });
  EXPECT_EQ(result.values(), (std::vector<double>{0.5, 1, -1, 2}));
}

}  // namespace
}  // namespace attnsim::workloads
