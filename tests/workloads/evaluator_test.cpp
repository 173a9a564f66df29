// One Einsum over parts of its iteration space, as a Program executes it, against the whole at once.
#include "workloads/evaluator.h"

#include <gtest/gtest.h>

#include <stdexcept>

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
