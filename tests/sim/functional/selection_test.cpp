// Choices against scores that are written out: what is right, what is right within the tolerance, what is wrong.
#include "sim/functional/selection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/registry.h"

namespace attnsim::sim::functional {
namespace {

using workloads::Cascade;
using workloads::Tensor;
using workloads::Tensors;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kKeys = 6;

// Three of the keys from the second on, for each of two queries.
Cascade of(const std::string& choice, const std::string& ranks = ", j: 3") {
  return workloads::parse_cascade(fmt::format(R"(# A choice
id: chosen
class: dynamic-topk
source: test
provenance: confirmed
ranks: {{p: queries, m: keys{}, f: value_dim}}
inputs: ["S[p,m]", "T[p]", "V[m,f]"]
output: AV[p,f]
einsums:
  - Z[p,m] = S[p,m] - T[p]
  - {}
)",
                                              ranks, choice),
                                  "chosen.yaml");
}
Cascade topk() { return of("I[p,j] = topk(m) Z[p,m] where m >= 1\n  - AV[p,f] = sum(j) V[I[p,j],f]"); }
Cascade topk_in_front() { return of("I[j,p] = topk(m) Z[p,m] where m >= 1\n  - AV[p,f] = sum(j) V[I[j,p],f]"); }
Cascade gate() { return of("B[p,m] = greater(Z[p,m], 0.5)\n  - AV[p,f] = sum(m) V[m,f] where B[p,m] == 1", ""); }

class Judge {
 public:
  explicit Judge(Cascade cascade) : cascade_(std::move(cascade)), instance_(cascade_, workload(), {}) {}

  // The scores of key 0, 1, ... for both queries; those in the PEs' arithmetic are off by `error` at one place.
  SelectionCheck operator()(const std::vector<double>& scores, const std::vector<double>& choice, double error = 0) {
    const std::string name = choices(cascade_).at(0);
    const workloads::ExactArithmetic arithmetic;
    Selection selection(instance_, name, arithmetic);
    Tensors exact;
    exact["Z"] = instance_.whole(cascade_.producer("Z")->output, 0);
    exact["Z"].values() = scores;
    Tensors rounded = exact;
    rounded["Z"].values().back() += error;
    Tensor chosen = instance_.whole(cascade_.producer(name)->output, 0);
    chosen.values() = choice;
    selection.add(chosen, exact, rounded);
    return selection.result();
  }

 private:
  static workloads::Workload workload() {
    workloads::Workload workload;
    workload.heads = workload.kv_heads = 1;
    workload.head_dim = workload.value_dim = 2;
    workload.seq_len = 2;
    workload.kv_len = kKeys;
    return workload;
  }

  Cascade cascade_;
  workloads::Instance instance_;
};

// Of query 0 keys 5, 2, 3; of query 1 keys 1, 2, 4. Key 0 is no candidate.
const std::vector<double> kScores = {9, 1, 4, 3, 2, 8, 9, 7, 6, 1, 5, 4};

TEST(Selection, OrderDoesNotMatter) {
  for (const std::vector<double>& choice :
       {std::vector<double>{5, 2, 3, 1, 2, 4}, {3, 5, 2, 4, 2, 1}, {2, 3, 5, 4, 1, 2}}) {
    const SelectionCheck check = Judge(topk())(kScores, choice);
    EXPECT_TRUE(check.passed);
    EXPECT_EQ(check.max_abs_error, 0);
    EXPECT_EQ(check.name, "I");
  }
}

TEST(Selection, ADroppedBestKeyIsAnErrorOfItsLead) {
  const SelectionCheck check = Judge(topk())(kScores, {4, 2, 3, 1, 2, 4});
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.max_abs_error, 8 - 2);
  EXPECT_EQ(check.max_rel_error, 6.0 / 8);  // of the largest score of a candidate
}

TEST(Selection, CoordinatesOffByOneAreWrong) {
  EXPECT_EQ(Judge(topk())(kScores, {4, 1, 2, 1, 2, 4}).max_abs_error, 8 - 1);
  EXPECT_FALSE(Judge(topk())(kScores, {6, 3, 4, 1, 2, 4}).passed);
}

TEST(Selection, WhatIsNoChoiceAtAllIsInfinitelyWrong) {
  const double nan = std::nan("");
  for (const double wrong : {0.0, 2.0, 6.0, -1.0, -2.0, 2.5, nan}) {  // no candidate, twice, outside, missing ...
    const SelectionCheck check = Judge(topk())(kScores, {5, 2, wrong, 1, 2, 4}, 100);
    EXPECT_EQ(check.max_abs_error, kInfinity) << wrong;
    EXPECT_FALSE(check.passed) << wrong;
  }
}

TEST(Selection, ANearTieMayFallEitherWayWithinTwiceTheErrorOfTheArithmetic) {
  // Query 1 takes key 5 (4) for key 4 (5), a lead of 1.
  const std::vector<double> choice = {5, 2, 3, 1, 2, 5};
  EXPECT_FALSE(Judge(topk())(kScores, choice, 0.49).passed);
  const SelectionCheck check = Judge(topk())(kScores, choice, 0.51);
  EXPECT_TRUE(check.passed);
  EXPECT_EQ(check.max_abs_error, 1);
  EXPECT_DOUBLE_EQ(check.tolerance, 2 * 0.51 / 8);
}

TEST(Selection, ExactArithmeticLeavesTheRoundingOfOtherOrders) {
  std::vector<double> scores = kScores;
  for (const bool within : {true, false}) {
    scores[11] = 5 - 8 * std::exp2(-16) * (within ? 0.9 : 1.1);
    const SelectionCheck check = Judge(topk())(scores, {5, 2, 3, 1, 2, 5});
    EXPECT_EQ(check.passed, within);
    EXPECT_EQ(check.tolerance, std::exp2(-16));
  }
}

TEST(Selection, InfiniteScoresAreCompared) {
  std::vector<double> scores = kScores;
  for (const int key : {1, 2, 3, 4}) scores[static_cast<std::size_t>(key)] = -kInfinity;
  EXPECT_TRUE(Judge(topk())(scores, {5, 1, 4, 1, 2, 4}).passed) << "all that are left are as good";
  EXPECT_EQ(Judge(topk())(scores, {2, 1, 4, 1, 2, 4}).max_abs_error, kInfinity);
}

TEST(Selection, FewerCandidatesThanPlacesLeaveMinusOne) {
  Judge judge(of("I[p,j] = topk(m) Z[p,m] where m >= 4\n  - AV[p,f] = sum(j) V[I[p,j],f]"));
  EXPECT_TRUE(judge(kScores, {5, 4, -1, -1, 4, 5}).passed);
  EXPECT_EQ(judge(kScores, {5, -1, -1, 4, 5, -1}).max_abs_error, kInfinity);
}

TEST(Selection, TheRankOfTheChoiceMayStandAnywhere) {
  EXPECT_TRUE(Judge(topk_in_front())(kScores, {5, 1, 2, 2, 3, 4}).passed);
  EXPECT_EQ(Judge(topk_in_front())(kScores, {5, 1, 2, 2, 3, 5}).max_abs_error, 1);
}

TEST(Selection, BitsOfAGateAreHeldAgainstTheirThreshold) {
  const std::vector<double> scores = {0.1, 0.4, 0.5, 0.6, 0.9, 1, 0.1, 0.4, 0.5, 0.6, 0.9, 1};
  EXPECT_EQ(Judge(gate())(scores, {0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}).max_abs_error, 0);
  const SelectionCheck set = Judge(gate())(scores, {0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1});
  EXPECT_DOUBLE_EQ(set.max_abs_error, 0.1);
  EXPECT_FALSE(set.passed);
  EXPECT_DOUBLE_EQ(Judge(gate())(scores, {0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1}).max_abs_error, 0.4);
  EXPECT_TRUE(Judge(gate())(scores, {0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}, 0.051).passed);
  EXPECT_EQ(Judge(gate())(scores, {0, 2, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}).max_abs_error, kInfinity);
}

TEST(Selection, ChoicesAreWhatDecidesNotWhatFollowsFromIt) {
  const std::map<std::string, std::vector<std::string>> known = {
      {"act_calibration", {"SINK"}}, {"hip", {"I1", "I2", "I3", "I4"}},
      {"imbalanced_fix", {"I"}},     {"moh", {"I"}},
      {"pointer_net", {"I"}},        {"routing_transformer", {"IQ", "IK"}},
      {"seer_attention", {"B"}},     {"snapkv", {"I"}},
      {"tidal_select", {"I"}},       {"tidaldecode", {"I"}},
      {"tokenselect", {"I"}},        {"var_redistribute", {"SINK", "G1", "G2"}}};
  for (const std::string& row : common::preset_names(workloads::variants())) {
    const auto expected = known.find(row);
    EXPECT_EQ(choices(workloads::read_cascade(row)),
              expected == known.end() ? std::vector<std::string>() : expected->second)
        << row;
  }
}

}  // namespace
}  // namespace attnsim::sim::functional
