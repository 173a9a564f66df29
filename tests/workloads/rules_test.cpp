// The rules of tensors and ranks, each broken by one change to a small cascade that is read without an error.
#include "workloads/rules.h"

#include <gtest/gtest.h>

#include "tests/workloads/cascade_text.h"

namespace attnsim::workloads {
namespace {

constexpr auto kScores = "S[m0,p] = scale * Q[p,e] * K[m1,m0,e]";
constexpr auto kMaximum = "L[p] = max(m0) S[m0,p]";
constexpr auto kNext = "R'[p] = R[p] + exp(L[p])";
constexpr auto kResult = "Z[p] = log(R[p])";

TEST(Rules, TheSmallCascadeBreaksNone) { EXPECT_EQ(error_of(small_cascade()), ""); }

TEST(Rules, AReferenceHasDeclaredRanksOnceEach) {
  EXPECT_EQ(error_of_change("Q[p,e] *", "Q[p,g] *"), "x.yaml:14: each[0]: unknown rank 'g'; known: e, m, m0, m1, p");
  EXPECT_EQ(error_of_change("K[m1,m0,e]", "K[m1,m0,m0]"),
            "x.yaml:14: each[0]: K[m1,m0,m0] names the rank 'm0' twice; name it once");
  EXPECT_EQ(error_of_change("\"K[m,e]\"", "\"K[m,x]\""),
            "x.yaml:8: inputs[1]: unknown rank 'x'; known: e, m, m0, m1, p");
}

TEST(Rules, AReferenceHasTheRanksOfItsTensorInOrder) {
  EXPECT_EQ(error_of_change("Q[p,e] *", "Q[e,p] *"), "x.yaml:14: each[0]: Q[e,p] has the wrong ranks; Q has [p,e]");
  EXPECT_EQ(error_of_change("K[m1,m0,e]", "K[m0,m1,e]"),
            "x.yaml:14: each[0]: K[m0,m1,e] has the wrong ranks; K has [m,e] or [m1,m0,e]");
  EXPECT_EQ(error_of_change("R[p] = 0", "R[] = 0"), "x.yaml:16: each[2]: R[p] has the wrong ranks; R has []");
  EXPECT_EQ(error_of_change(kNext, "R'[] = exp(3)"), "x.yaml:16: each[2]: R'[] has the wrong ranks; R has [p]");
}

TEST(Rules, ASplitRankAndItsPartsDoNotMeetInOneEinsum) {
  EXPECT_EQ(error_of_change("K[m1,m0,e]", "K[m,e]"),
            "x.yaml:14: each[0]: 'm' stands beside its part 'm0'; write the parts m1,m0 in its place");
}

TEST(Rules, TheWholeOfTheIteratedRankIsNotAtHandInsideEach) {
  EXPECT_EQ(error_of_change(kScores, "S[p] = Q[p,e] * K[m,e]"),
            "x.yaml:14: each[0]: inside 'each' one step of 'm1' is at hand, not all of 'm'; write its parts m1,m0");
}

TEST(Rules, AScanGoesAlongOneRankThatBothSidesHave) {
  const auto instead = [](const std::string& line) { return error_of_change(kMaximum, line); };
  const std::string place = "x.yaml:15: each[1]: ";
  EXPECT_EQ(error_of_change(kMaximum, "C[m0,p] = scan max(m0) S[m0,p]\n  - L[p] = max(m0) C[m0,p]"), "");
  EXPECT_EQ(error_of_change(kMaximum, "C[m0,p] = scan max(p) S[m0,p]\n  - L[p] = max(m0) C[m0,p]"), "");
  EXPECT_EQ(instead("L[p] = scan max(m0) S[m0,p]"),
            place + "scan max(m0) keeps the rank 'm0'; write it on the left, too");
  EXPECT_EQ(instead("L[m0] = scan max(m0) S[m0,p]"),
            place + "the rank 'p' is not on the left, where a scan keeps all ranks; reduce it in an Einsum of its own");
  EXPECT_EQ(instead("L[m0,p] = scan max(m0) R[p]"),
            place + "scan max(m0) goes along a rank that no tensor on the right has: 'm0'; drop it");
  EXPECT_EQ(instead("L[m0,p] = scan max(p,m0) S[m0,p]"),
            place + "scan max(p,m0) must go along one rank, one part of it, or all its parts, outermost first");
  EXPECT_EQ(instead("L[m0,p] = scan max(m1) S[m0,p]"),
            place +
                "scan max(m1) goes along the iterated rank 'm1', of which one step is at hand; carry the value with a "
                "prime");
  EXPECT_EQ(instead("L[m0,p] = scan topk(m0) S[m0,p]"),
            place + "topk selects, which no scan does; scan with sum, max, min or a reduction of your own");
  EXPECT_EQ(instead("L[m0,p] = scan most(m0) S[m0,p]"), place + "unknown reduction 'most'; known: max, min, sum, topk");
}

TEST(Rules, ATensorThatIsReadExists) {
  EXPECT_EQ(error_of_change("max(m0) S[m0,p]", "max(m0) T[m0,p]"),
            "x.yaml:15: each[1]: unknown tensor 'T'; known: K, L, Q, R, S, Z");
  EXPECT_EQ(error_of_change("max(m0) S[m0,p]", "max(m0) S'[m0,p]"),
            "x.yaml:15: each[1]: S'[m0,p] is never made; write an Einsum for it, or read S[m0,p]");
  EXPECT_EQ(error_of_change("scale * Q[p,e]", "scale * Q'[p,e]"),
            "x.yaml:14: each[0]: Q'[p,e] has a prime, but an input has no next value; write Q[p,e]");
}

TEST(Rules, ATensorIsMadeBeforeItIsRead) {
  const std::string swapped =
      changed(changed(changed(small_cascade(), kScores, "HERE"), kMaximum, kScores), "HERE", kMaximum);
  EXPECT_EQ(
      error_of(swapped),
      "x.yaml:14: each[0]: S[m0,p] is read before it is made; move 'S[m0,p] = scale * Q[p,e] * K[m1,m0,e]' up, or "
      "this line down");
  EXPECT_EQ(error_of_change(kMaximum, "L[p] = L[p] + 1"),
            "x.yaml:15: each[1]: L[p] is made from itself; read what was made before, or carry it through a loop");
  EXPECT_EQ(error_of_change("= R[p] + exp", "= R'[p] + exp"),
            "x.yaml:16: each[2]: R'[p] is made from itself; read what was made before, or carry it through a loop");
}

TEST(Rules, ATensorIsMadeOnce) {
  EXPECT_EQ(error_of_change("R'[p] =", "R[p] ="),
            "x.yaml:16: each[2]: 'R' is made twice (first: R[p] = 0); write R' for its next value");
  EXPECT_EQ(error_of_change(kNext, "R'[p] = R[p] + exp(L[p])\n  - R'[p] = R[p]"),
            "x.yaml:17: each[3]: 'R' is made twice (first: R'[p] = R[p] + exp(L[p])); choose another name");
  EXPECT_EQ(error_of_change("finish:", "finish:\n  - Z[p] = 2"),
            "x.yaml:19: finish[1]: 'Z' is made twice (first: Z[p] = 2); choose another name");
  EXPECT_EQ(error_of_change("each:", "each:\n  - Q[p,e] = 1"),
            "x.yaml:14: each[0]: 'Q' is an input; give the result another name");
}

TEST(Rules, APrimeStandsOnlyWhereSomethingIsIterated) {
  const std::string text = R"(id: plain
class: teaching
source: none
provenance: confirmed
ranks: {k: 4}
inputs: ["A[k]"]
output: Z[]
einsums:
  - Z'[] = sum(k) A[k]
)";
  EXPECT_EQ(error_of(text),
            "x.yaml:9: einsums[0]: Z'[] has a prime, but nothing is iterated; name the iterated rank with 'iterate'");
  EXPECT_EQ(error_of_change("R[p] = 0", "R'[p] = 0"),
            "x.yaml:12: start[0]: R'[p] has a prime in 'start'; next values exist inside 'each' only, so write R[p]");
  EXPECT_EQ(error_of_change(kResult, "Z[p] = log(R'[p])"),
            "x.yaml:18: finish[0]: R'[p] has a prime in 'finish'; next values exist inside 'each' only, so write R[p]");
  EXPECT_EQ(error_of_change("output: Z[p]", "output: Z'[p]"),
            "x.yaml:9: output: Z'[p] has a prime; inputs and the output have none");
  EXPECT_EQ(
      error_of_change("R'[p] =", "R'[p,m1] ="),
      "x.yaml:16: each[2]: R'[p,m1] has a prime and the iterated rank 'm1'; a carried tensor has one value a step, "
      "so drop one of them");
}

TEST(Rules, ACarriedTensorHasAFirstValue) {
  EXPECT_EQ(error_of_change("start:\n  - R[p] = 0\n", ""),
            "x.yaml:14: each[2]: 'R' has no first value; give R[p] under 'start'");
  EXPECT_EQ(error_of(changed(changed(small_cascade(), "start:\n  - R[p] = 0\n", ""), kNext, "R'[p] = exp(L[p])")),
            "x.yaml:14: each[2]: 'R' has no first value; give R[p] under 'start'");
}

TEST(Rules, ATensorOfOneStepIsGoneAfterTheLoop) {
  EXPECT_EQ(
      error_of_change(kResult, "Z[p] = log(R[p]) + L[p]"),
      "x.yaml:18: finish[0]: L[p] is made anew at each step of 'm1' and gone after the last; carry it with a prime, "
      "or give it the rank 'm1'");
}

TEST(Rules, ATensorWithTheIteratedRankOutlivesTheLoop) {
  const std::string kept = changed(small_cascade(), kMaximum, "L[m1,p] = max(m0) S[m0,p]");
  const std::string read = changed(kept, "exp(L[p])", "exp(L[m1,p])");
  EXPECT_EQ(error_of(changed(read, "finish:", "finish:\n  - G[p] = max(m1) L[m1,p]\n  - H[p] = G[p]")),
            "x.yaml:19: finish[1]: nothing reads 'H'; use it or drop the line");
}

TEST(Rules, AReductionRunsOverRanksOfTheRightThatTheLeftLacks) {
  EXPECT_EQ(error_of_change("max(m0)", "max(e)"),
            "x.yaml:15: each[1]: max(e) reduces a rank that no tensor on the right has: 'e'; drop it");
  EXPECT_EQ(error_of_change("max(m0)", "max(m0,m0)"), "x.yaml:15: each[1]: max(m0,m0) names 'm0' twice; name it once");
  EXPECT_EQ(error_of_change("max(m0)", "max(p,m0)"),
            "x.yaml:15: each[1]: max(p,m0) reduces 'p', which stays on the left; drop one of them");
  EXPECT_EQ(error_of_change("max(m0) S[m0,p]", "max(m0) S[m0,p] * K[m1,m0,e]"),
            "x.yaml:15: each[1]: the rank 'e' is neither on the left nor in max(m0); add it to the reduction, or write "
            "two Einsums");
  EXPECT_EQ(error_of_change("max(m0) S[m0,p]", "max(m0,m1) S[m0,p] * K[m1,m0,e]"),
            "x.yaml:15: each[1]: max(m0,m1) reduces the iterated rank 'm1', which goes one step at a time; carry the "
            "value with a prime");
}

TEST(Rules, AnEinsumMakesTheOutput) {
  EXPECT_EQ(error_of_change("output: Z[p]", "output: Y[p]"),
            "x.yaml:9: output: no Einsum makes Y[p]; the Einsums make L, R, S, Z");
  EXPECT_EQ(error_of_change("output: Z[p]", "output: Q[p,e]"),
            "x.yaml:9: output: no Einsum makes Q[p,e]; the Einsums make L, R, S, Z");
  EXPECT_EQ(error_of_change("output: Z[p]", "output: Z[p,e]"),
            "x.yaml:9: output: Z[p,e] has the wrong ranks; its Einsum makes Z[p]");
  EXPECT_EQ(error_of_change("output: Z[p]", "output: L[p]"),
            "x.yaml:9: output: L[p] is made anew at each step of 'm1'; make it under 'finish'");
}

TEST(Rules, EverythingDeclaredIsUsed) {
  EXPECT_EQ(error_of_change("finish:", "finish:\n  - W[p] = R[p]"),
            "x.yaml:18: finish[0]: nothing reads 'W'; use it or drop the line");
  EXPECT_EQ(error_of_change("inputs: [", "inputs: [\"V[m]\", "),
            "x.yaml:8: inputs[0]: nothing reads 'V'; use it or drop it");
  EXPECT_EQ(error_of_change("e: 8", "e: 8, f: 9"), "x.yaml:6: ranks.f: no tensor has the rank 'f'; use it or drop it");
  EXPECT_EQ(error_of(changed(changed(small_cascade(), "e: 8", "e: 8, f: 9"), "m0]}", "m0], f: [f1, f0]}")),
            "x.yaml:7: split.f: no tensor has the rank 'f1'; use it or drop it");
}

TEST(Rules, ATensorThatOnlyItselfReadsIsUnused) {
  const std::string unused = changed(small_cascade(), kResult, "Z[p] = 3");
  EXPECT_EQ(error_of(unused), "x.yaml:12: start[0]: nothing reads 'R'; use it or drop the line");
}

}  // namespace
}  // namespace attnsim::workloads
