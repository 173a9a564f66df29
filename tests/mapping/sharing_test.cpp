// When query heads that share keys and values count as one.
#include "mapping/sharing.h"

#include <gtest/gtest.h>

namespace attnsim::mapping {
namespace {

workloads::Cascade with_einsums(const std::string& inputs, const std::string& einsums) {
  return workloads::parse_cascade(
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\n"
      "ranks: {p: queries, m: keys, e: head_dim" +
          std::string(einsums.find("r]") == std::string::npos ? "" : ", r: value_dim") +
          "}\noutput: Z[p,m]\ninputs: [" + inputs + "]\neinsums:\n" + einsums,
      "x.yaml");
}

TEST(Sharing, HeadsOfOneKeyAndValueHeadAreOne) {
  const auto cascade = workloads::read_cascade("fusemax_1pass");
  std::vector<std::string> all;
  for (const auto& einsum : cascade.einsums) all.push_back(einsum.name);
  EXPECT_TRUE(shares_queries(cascade, all));
}

TEST(Sharing, AProjectionOfEachHeadIsItsOwnAndItsReadersShare) {
  const auto cascade = with_einsums("\"Q[p,e]\", \"W[e,r]\", \"K[m,r]\"",
                                    "  - QP[p,r] = sum(e) Q[p,e] * W[e,r]\n  - Z[p,m] = sum(r) QP[p,r] * K[m,r]\n");
  EXPECT_FALSE(shares_queries(cascade, {"QP"}));
  EXPECT_FALSE(shares_queries(cascade, {"QP", "Z"}));
  EXPECT_TRUE(shares_queries(cascade, {"Z"}));
}

TEST(Sharing, ASumOverQueriesIsOfOneHead) {
  const auto cascade = with_einsums("\"Q[p,e]\", \"K[m,e]\"",
                                    "  - QS[e] = sum(p) Q[p,e]\n  - Z[p,m] = sum(e) QS[e] * K[m,e] * Q[p,e]\n");
  EXPECT_FALSE(shares_queries(cascade, {"QS"}));
  EXPECT_FALSE(shares_queries(cascade, {"Z"})) << "it reads that sum";
}

TEST(Sharing, WhatIsMadeOfKeysAloneIsShared) {
  const auto cascade = with_einsums("\"Q[p,e]\", \"K[m,e]\"",
                                    "  - KS[e] = sum(m) K[m,e]\n  - Z[p,m] = sum(e) Q[p,e] * KS[e] * K[m,e]\n");
  EXPECT_TRUE(shares_queries(cascade, {"KS", "Z"}));
}

}  // namespace
}  // namespace attnsim::mapping
