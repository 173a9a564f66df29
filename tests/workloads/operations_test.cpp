// Operations by PE function as formulas.
#include "workloads/operations.h"

#include <gtest/gtest.h>

#include "tests/workloads/cascade_text.h"

namespace attnsim::workloads {
namespace {

using Texts = std::map<std::string, std::string>;

Texts texts(const Cascade& cascade, const OperationCount& count) {
  const Symbols symbols(cascade);
  Texts result;
  for (const auto& [function, results] : count) result[function] = results.text(symbols.order());
  return result;
}

Texts of_line(const std::string& line, const std::string& operators = "") {
  const Cascade cascade = parse_cascade(
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {p: queries, m: keys}\n"
      "inputs: [\"A[p,m]\", \"B[p,m]\"]\noutput: Z[p]\n" +
          operators + "einsums:\n  - \"" + line + "\"\n",
      "x.yaml");
  return texts(cascade, operations_of(cascade));
}

TEST(Operations, ThreePassAttentionTakesItsTextbookCounts) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  EXPECT_EQ(texts(cascade, operations_of(cascade)),
            (Texts{{"add", "P*M"}, {"divide", "P*M"}, {"exp", "P*M"}, {"macc", "P*M*(E + F)"}, {"max", "P*M"}}));
}

TEST(Operations, AScanCombinesOnceAPoint) {
  const auto of_scan = [](const std::string& right) {
    const Cascade cascade = parse_cascade(
        "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {p: queries, m: keys}\n"
        "inputs: [\"A[p,m]\", \"B[p,m]\"]\noutput: Z[p,m]\neinsums:\n  - Z[p,m] = scan " +
            right + "\n",
        "x.yaml");
    return texts(cascade, operations_of(cascade));
  };
  EXPECT_EQ(of_scan("sum(m) A[p,m] + B[p,m]"), (Texts{{"add", "2*P*M"}}));
  EXPECT_EQ(of_scan("sum(m) A[p,m] * B[p,m]"), (Texts{{"macc", "P*M"}}));
  EXPECT_EQ(of_scan("min(m) A[p,m] * B[p,m]"), (Texts{{"macc", "P*M"}, {"max", "P*M"}}));
}

TEST(Operations, EinsumsOfALoopCountForAllSteps) {
  const Cascade cascade = read_cascade("fusemax_1pass");
  EXPECT_EQ(texts(cascade, operations_of(cascade)), (Texts{{"add", "P*(M1*F + M + M1)"},
                                                           {"divide", "P*F"},
                                                           {"exp", "P*(M + M1)"},
                                                           {"macc", "P*(M*E + M*F + M1*F + M1)"},
                                                           {"max", "P*(M + M1)"}}));
}

TEST(Operations, AMultiplyWhoseProductsAreSummedIsOneMacc) {
  EXPECT_EQ(of_line("Z[p] = sum(m) A[p,m] * B[p,m]"), (Texts{{"macc", "P*M"}}));
  EXPECT_EQ(of_line("Z[p] = sum(m) A[p,m] + B[p,m]"), (Texts{{"add", "2*P*M"}}));
  EXPECT_EQ(of_line("Z[p] = max(m) A[p,m] * B[p,m]"), (Texts{{"macc", "P*M"}, {"max", "P*M"}}));
}

TEST(Operations, ConstantFactorsAndSignsAreFreeAndADifferenceIsPartOfItsExponential) {
  EXPECT_EQ(of_line("Z[p] = sum(m) 2 * A[p,m] * (-B[p,m])"), (Texts{{"macc", "P*M"}}));
  EXPECT_EQ(of_line("Z[p] = max(m) exp(A[p,m] - B[p,m])"), (Texts{{"exp", "P*M"}, {"max", "P*M"}}));
  EXPECT_EQ(of_line("Z[p] = max(m) exp(A[p,m] * B[p,m])"), (Texts{{"exp", "P*M"}, {"macc", "P*M"}, {"max", "P*M"}}));
}

TEST(Operations, OperatorsOfTheCascadeAreWrittenOut) {
  const std::string operators =
      "operators:\n  soft: {arguments: [x], value: x * sigmoid(x)}\n"
      "  absmax: {reduce: [a, b], value: \"max(a, abs(b))\", identity: 0}\n";
  EXPECT_EQ(of_line("Z[p] = absmax(m) soft(A[p,m]) / B[p,m]", operators),
            (Texts{{"divide", "P*M"}, {"macc", "P*M"}, {"max", "2*P*M"}, {"sigmoid", "P*M"}}));
}

}  // namespace
}  // namespace attnsim::workloads
