// Sums and products of symbols, their text and their values.
#include "workloads/formula.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace attnsim::workloads {
namespace {

using Names = std::vector<std::string>;

Formula product(Names symbols) { return Formula(std::move(symbols)); }

TEST(Formula, WhatAllTermsShareStandsInFrontOfParentheses) {
  const Formula formula = product({"P", "M", "E"}) + product({"F", "P", "M"});
  EXPECT_EQ(formula.text({"P", "M", "E", "F"}), "P*M*(E + F)");
  EXPECT_EQ(formula.text(), "M*P*(E + F)");
}

TEST(Formula, TermsOfMostFactorsComeFirstAndConstantsLast) {
  EXPECT_EQ((Formula(2) + product({"F"}) + product({"M", "F"})).text(), "F*M + F + 2");
  EXPECT_EQ((product({"M"}) + product({"M"})).text(), "2*M");
  EXPECT_EQ((product({"P", "F"}) + product({"P"}) * Formula(2)).text(), "P*(F + 2)");
  EXPECT_EQ(Formula().text(), "0");
  EXPECT_EQ(Formula(3).text(), "3");
  EXPECT_EQ(product({"M", "M"}).text(), "M*M");
}

TEST(Formula, TermsThatCancelAreGone) {
  EXPECT_TRUE((product({"M"}) + product({"M"}) * Formula(-1)).is_zero());
  EXPECT_TRUE(Formula(0).is_zero());
  EXPECT_FALSE((Formula(1) + product({"M"})).has("P"));
  EXPECT_TRUE((Formula(1) + product({"M"})).has("M"));
}

TEST(Formula, ProductsDistributeOverSums) {
  const Formula a = product({"E"}) + Formula(1);
  const Formula b = product({"F"}) + Formula(2);
  EXPECT_EQ(a * b, product({"E", "F"}) + product({"F"}) + product({"E"}) * Formula(2) + Formula(2));
  EXPECT_EQ((a * b).value({{"E", 3}, {"F", 5}}), (3 + 1) * (5 + 2));
}

TEST(Formula, AValueThatSixtyThreeBitsCannotHoldIsRefused) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(product({"M"}).value({{"M", most}}), most);
  EXPECT_THROW((product({"M"}) + Formula(1)).value({{"M", most}}), std::overflow_error);
  EXPECT_THROW(product({"M", "M"}).value({{"M", most}}), std::overflow_error);
  EXPECT_THROW(product({"M"}).value({}), std::out_of_range);
}

TEST(Symbols, AllPartsOfARankAreTheWhole) {
  const Cascade cascade = read_cascade("fusemax_2pass");
  const Symbols symbols(cascade);
  EXPECT_EQ(symbols.volume({"m1", "m0", "p"}).text(symbols.order()), "P*M");
  EXPECT_EQ(symbols.volume({"m1", "p"}).text(symbols.order()), "P*M1");
}

TEST(Symbols, RanksThatDifferInCaseAloneKeepTheirNames) {
  Cascade cascade;
  cascade.ranks = {{"m", "keys"}, {"M", "queries"}};
  EXPECT_EQ(Symbols(cascade).volume({"m", "M"}).text(), "M*m");
}

}  // namespace
}  // namespace attnsim::workloads
