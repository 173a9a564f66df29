// What lives during and between the passes of known cascades.
#include "workloads/footprint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "common/registry.h"

namespace attnsim::workloads {
namespace {

using Texts = std::vector<std::string>;

Cascade teaching(const std::string& name) {
  return read_cascade((common::data_root() / "tests/workloads/cascades" / (name + ".yaml")).string());
}

// "after 1: QK[m,p] M, GM[p] 1".
Texts moments(const Cascade& cascade) {
  const Symbols symbols(cascade);
  Texts texts;
  for (const Live& live : analyse_footprint(cascade, "m").live) {
    Texts tensors;
    for (const LiveTensor& one : live.tensors) {
      tensors.push_back(to_string(one.tensor) + " " + one.words.text(symbols.order()));
    }
    texts.push_back(fmt::format("{} {}: {}", live.after ? "after" : "during", live.pass + 1, fmt::join(tensors, ", ")));
  }
  return texts;
}

TEST(Footprint, ThreePassAttentionKeepsARowOfScoresForEachQuery) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  EXPECT_EQ(moments(cascade), (Texts{"during 1: GM[p] 1", "after 1: QK[m,p] M, GM[p] 1", "during 2: GM[p] 1, SD[p] 1",
                                     "after 2: SN[m,p] M, SD[p] 1", "during 3: SD[p] 1, AV[p,f] F"}));
  const Footprint footprint = analyse_footprint(cascade, "m");
  EXPECT_EQ(footprint.per, Texts{"p"});
  EXPECT_EQ(footprint.grows_with, Texts{"M"});
  const Live* most = footprint.largest({{"M", 100}, {"F", 64}, {"P", 1}, {"E", 1}});
  ASSERT_NE(most, nullptr);
  EXPECT_EQ(most->words().value({{"M", 100}}), 101);
}

TEST(Footprint, OnePassAttentionKeepsAStateThatDoesNotDependOnTheKeys) {
  EXPECT_EQ(moments(read_cascade("fusemax_1pass")),
            (Texts{"during 1: RM[p] 1, RD[p] 1, RNV[p,f] F", "after 1: RD[p] 1, RNV[p,f] F"}));
  EXPECT_TRUE(analyse_footprint(read_cascade("fusemax_1pass"), "m").grows_with.empty());
}

TEST(Footprint, JoiningTilesAtTheEndKeepsASummaryOfEach) {
  EXPECT_EQ(moments(teaching("split_keys_1pass")),
            (Texts{"during 1: GM[p] 1", "after 1: LM[m1,p] M1, SLD[m1,p] M1, SLNV[m1,p,f] M1*F, GM[p] 1"}));
  EXPECT_EQ(analyse_footprint(teaching("split_keys_1pass"), "m").grows_with, Texts{"M1"});
}

TEST(Footprint, AScanKeepsItsLastValueAndOneThatIsReadLaterAFiber) {
  const std::string text =
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {m: keys, e: head_dim}\n"
      "inputs: [\"A[m,e]\"]\noutput: Z[e]\neinsums:\n  - B[m,e] = scan sum(m) A[m,e]\n";
  EXPECT_EQ(moments(parse_cascade(text + "  - Z[e] = max(m) B[m,e]\n", "x.yaml")), (Texts{"during 1: B[e] 1, Z[e] 1"}));
  EXPECT_EQ(moments(parse_cascade(text + "  - G[e] = max(m) B[m,e]\n  - Z[e] = sum(m) B[m,e] - G[e]\n", "x.yaml")),
            (Texts{"during 1: B[e] 1, G[e] 1", "after 1: B[m,e] M, G[e] 1", "during 2: G[e] 1, Z[e] 1"}));
}

TEST(Footprint, TheStateOfLinearAttentionServesAllQueries) {
  EXPECT_EQ(moments(teaching("linear_attention_1pass")),
            (Texts{"during 1: KV[e,f] E*F, KS[e] E", "after 1: KV[e,f] E*F, KS[e] E"}));
  EXPECT_TRUE(analyse_footprint(teaching("linear_attention_1pass"), "m").per.empty());
}

TEST(Footprint, AFiberSaysHowManyLaterPassesReadIt) {
  Cascade cascade = read_cascade("fusemax_3pass");
  cascade.einsums.back() = parse_einsum("AV[p,f] = sum(m) A[m,p] * QK[m,p] * V[m,f]", {});
  std::map<std::string, int> reads;
  for (const Live& live : analyse_footprint(cascade, "m").live) {
    for (const LiveTensor& one : live.tensors) {
      if (live.after && live.pass == 0) reads[one.tensor.tensor] = one.reads;
    }
  }
  EXPECT_EQ(reads, (std::map<std::string, int>{{"QK", 2}, {"GM", 1}}));
}

TEST(Footprint, AnUnknownRankIsACallersDefect) {
  EXPECT_THROW(analyse_footprint(read_cascade("fusemax_3pass"), "x"), std::invalid_argument);
}

}  // namespace
}  // namespace attnsim::workloads
