// Sums and products of symbols, their text and their values.
#include "workloads/polynomial.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace attnsim::workloads {
namespace {

using Names = std::vector<std::string>;

Polynomial product(Names symbols) { return Polynomial(std::move(symbols)); }

TEST(Polynomial, WhatAllTermsShareStandsInFrontOfParentheses) {
  const Polynomial formula = product({"P", "M", "E"}) + product({"F", "P", "M"});
  EXPECT_EQ(formula.text({"P", "M", "E", "F"}), "P*M*(E + F)");
  EXPECT_EQ(formula.text(), "M*P*(E + F)");
}

TEST(Polynomial, TermsOfMostFactorsComeFirstAndConstantsLast) {
  EXPECT_EQ((Polynomial(2) + product({"F"}) + product({"M", "F"})).text(), "F*M + F + 2");
  EXPECT_EQ((product({"M"}) + product({"M"})).text(), "2*M");
  EXPECT_EQ((product({"P", "F"}) + product({"P"}) * Polynomial(2)).text(), "P*(F + 2)");
  EXPECT_EQ(Polynomial().text(), "0");
  EXPECT_EQ(Polynomial(3).text(), "3");
  EXPECT_EQ(product({"M", "M"}).text(), "M*M");
}

TEST(Polynomial, TermsThatCancelAreGone) {
  EXPECT_TRUE((product({"M"}) + product({"M"}) * Polynomial(-1)).is_zero());
  EXPECT_TRUE(Polynomial(0).is_zero());
  EXPECT_FALSE((Polynomial(1) + product({"M"})).has("P"));
  EXPECT_TRUE((Polynomial(1) + product({"M"})).has("M"));
}

TEST(Polynomial, ProductsDistributeOverSums) {
  const Polynomial a = product({"E"}) + Polynomial(1);
  const Polynomial b = product({"F"}) + Polynomial(2);
  EXPECT_EQ(a * b, product({"E", "F"}) + product({"F"}) + product({"E"}) * Polynomial(2) + Polynomial(2));
  EXPECT_EQ((a * b).value({{"E", 3}, {"F", 5}}), (3 + 1) * (5 + 2));
}

TEST(Polynomial, AValueThatSixtyThreeBitsCannotHoldIsRefused) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(product({"M"}).value({{"M", most}}), most);
  EXPECT_THROW((product({"M"}) + Polynomial(1)).value({{"M", most}}), std::overflow_error);
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
