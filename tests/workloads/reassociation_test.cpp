// Factors that leave sums and loops with corrections: what is proposed, what it brings, and what is not proposed.
#include "workloads/reassociation.h"

#include <gtest/gtest.h>

#include "common/registry.h"
#include "workloads/operations.h"
#include "workloads/passes.h"

namespace attnsim::workloads {
namespace {

using Texts = std::vector<std::string>;
using Kind = Reassociation::Kind;

Cascade teaching(const std::string& name) {
  return read_cascade((common::data_root() / "tests/workloads/cascades" / (name + ".yaml")).string());
}

Texts lines(const Cascade& cascade) {
  Texts texts;
  for (const Einsum& einsum : cascade.einsums) texts.push_back(einsum.text);
  return texts;
}

// A rewritten cascade obeys every rule of the language: it is written as a file and read again.
Cascade read_again(const Cascade& cascade) {
  std::string text = "# Rewritten.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {";
  for (const auto& [rank, quantity] : cascade.ranks) {
    text += (text.back() == '{' ? "" : ", ") + rank + ": " + quantity;
  }
  text += "}\n";
  if (!cascade.split.empty()) {
    text += "split:\n";
    for (const auto& [rank, parts] : cascade.split) {
      text += "  " + rank + ": [";
      for (const std::string& part : parts) text += part + (part == parts.back() ? "]\n" : ", ");
    }
  }
  text += "inputs:\n";
  for (const TensorRef& input : cascade.inputs) text += "  - \"" + to_string(input) + "\"\n";
  text += "output: \"" + to_string(cascade.output) + "\"\n";
  if (!cascade.parameters.empty()) text += "parameters:\n";
  for (const auto& [name, value] : cascade.parameters) text += "  " + name + ": " + std::to_string(value) + "\n";
  if (cascade.iterate) text += "iterate: " + *cascade.iterate + "\n";
  std::string section;
  for (const Einsum& einsum : cascade.einsums) {
    std::string its = "einsums";
    if (cascade.iterate) {
      its = einsum.section == Einsum::Section::kStart  ? "start"
            : einsum.section == Einsum::Section::kEach ? "each"
                                                       : "finish";
    }
    if (its != section) text += its + ":\n";
    section = its;
    text += "  - \"" + einsum.text + "\"\n";
  }
  return parse_cascade(text, "rewritten.yaml");
}

std::string results(const Cascade& cascade, const std::string& function) {
  const OperationCount count = operations_of(cascade);
  return count.contains(function) ? count.at(function).text(Symbols(cascade).order()) : "0";
}

TEST(Reassociation, ThreePassAttentionBecomesTwoPassesByDeferralAndOneByIteration) {
  const auto chain = reassociations(read_cascade("fusemax_3pass"), "m");
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].kind, Kind::kDeferredFactor);
  EXPECT_EQ(chain[0].factors, Texts{"SD[p]"});
  EXPECT_EQ(lines(chain[0].after), lines(teaching("fusemax_3pass_deferred")));
  EXPECT_EQ(results(chain[0].after, "divide"), "P*F");
  EXPECT_EQ(chain[1].kind, Kind::kIteration);
  EXPECT_EQ(chain[1].factors, Texts{"GM[p]"});
  EXPECT_EQ(chain[1].corrections, Texts{"exp(RGM[p] - RGM'[p])"});
  EXPECT_EQ(lines(chain[1].after), (Texts{
                                       "RGM[p] = -inf",
                                       "RSD[p] = 0",
                                       "RSNV[p,f] = 0",
                                       "QK[m0,p] = sum(e) scale * Q[p,e] * K[m1,m0,e]",
                                       "LGM[p] = max(m0) QK[m0,p]",
                                       "RGM'[p] = max(RGM[p], LGM[p])",
                                       "SN[m0,p] = exp(QK[m0,p] - RGM'[p])",
                                       "LSD[p] = sum(m0) SN[m0,p]",
                                       "PGM[p] = exp(RGM[p] - RGM'[p])",
                                       "RSD'[p] = RSD[p] * PGM[p] + LSD[p]",
                                       "LSNV[p,f] = sum(m0) SN[m0,p] * V[m1,m0,f]",
                                       "RSNV'[p,f] = RSNV[p,f] * PGM[p] + LSNV[p,f]",
                                       "AV[p,f] = RSNV[p,f] / RSD[p]",
                                   }));
  EXPECT_EQ(analyse_passes(read_again(chain[1].after), "m").count, 1);
}

TEST(Reassociation, IterationAloneNormalisesAtEachStepAsTheFirstFlashAttentionDoes) {
  const auto loop = iterate(read_cascade("fusemax_3pass"), "m");
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(loop->factors, (Texts{"GM[p]", "SD[p]"}));
  EXPECT_EQ(loop->corrections, (Texts{"exp(RGM[p] - RGM'[p])", "RSD[p] / RSD'[p]"}));
  const Texts text = lines(loop->after);
  EXPECT_NE(std::find(text.begin(), text.end(), "RAV'[p,f] = RAV[p,f] * PGM[p] * PSD[p] + LAV[p,f]"), text.end());
  EXPECT_EQ(analyse_passes(read_again(loop->after), "m").count, 1);
}

TEST(Reassociation, TwoPassAttentionTakesItsCorrectionOutOfTheTile) {
  const auto chain = reassociations(read_cascade("fusemax_2pass"), "m");
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(lines(chain[0].after), lines(teaching("fusemax_2pass_deferred")));
  EXPECT_EQ(chain[1].kind, Kind::kTileSummary);
  EXPECT_EQ(chain[1].factors, Texts{"PLM[m1,p]"});
  EXPECT_EQ(analyse_passes(read_again(chain[1].after), "m").count, 1);
}

TEST(Reassociation, AScaledSumMultipliesAtTheEnd) {
  const auto chain = reassociations(teaching("dot_2pass"), "k");
  ASSERT_EQ(chain.size(), 1U);
  EXPECT_EQ(lines(chain[0].after), (Texts{"Y[] = sum(k) A[k] * B[k]", "Z_sum[] = sum(k) A[k]", "Z[] = Z_sum[] * Y[]"}));
  EXPECT_EQ(analyse_passes(chain[0].after, "k").count, 1);
}

TEST(Reassociation, NothingIsProposedWhereNothingCommutes) {
  for (const char* name :
       {"softplus_2pass", "softmax_3pass", "layer_norm_3pass", "local_softmax_1pass", "sigmoid_1pass"}) {
    const Cascade cascade = teaching(name);
    const std::string rank = cascade.is_rank("m") ? "m" : "k";
    EXPECT_TRUE(reassociations(cascade, rank).empty()) << name;
  }
}

// A loop over tiles would scan each tile by itself.
TEST(Reassociation, NoLoopIsProposedAroundAScan) {
  const auto proposals = [](const std::string& scores) {
    return reassociations(
        parse_cascade("# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {m: keys}\n"
                      "inputs: [\"A[m]\"]\noutput: Z[]\neinsums:\n  - S[m] = " +
                          scores + " A[m]\n  - G[] = max(m) S[m]\n  - Z[] = sum(m) exp(S[m] - G[])\n",
                      "x.yaml"),
        "m");
  };
  EXPECT_EQ(proposals("2 *").size(), 1U);
  EXPECT_TRUE(proposals("scan sum(m)").empty());
}

TEST(Reassociation, EveryProposalObeysTheLanguageAndNeverAddsAPass) {
  for (const std::string& name : common::preset_names(common::data_root() / "tests/workloads/cascades")) {
    const Cascade cascade = teaching(name);
    const std::string rank = cascade.is_rank("m") ? "m" : "k";
    int passes = analyse_passes(cascade, rank).count;
    for (const Reassociation& one : reassociations(cascade, rank)) {
      const int now = analyse_passes(read_again(one.after), rank).count;
      EXPECT_LE(now, passes) << name;
      passes = now;
    }
  }
}

}  // namespace
}  // namespace attnsim::workloads
