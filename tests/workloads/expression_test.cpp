// Expressions as text: parentheses where the meaning needs them, and only there.
#include "workloads/expression.h"

#include <gtest/gtest.h>

#include "workloads/cascade.h"

namespace attnsim::workloads {
namespace {

std::string read_back(const std::string& text) { return to_string(parse_expression(text, {})); }

TEST(Expression, AReferenceShowsItsPrimeAndRanks) {
  EXPECT_EQ(to_string(TensorRef{"RM", true, {"p"}}), "RM'[p]");
  EXPECT_EQ(to_string(TensorRef{"K", false, {"m1", "m0", "e"}}), "K[m1,m0,e]");
  EXPECT_EQ(to_string(TensorRef{"Y", false, {}}), "Y[]");
}

TEST(Expression, ParenthesesAppearWhereTheyAreNeeded) {
  EXPECT_EQ(read_back("(a - b) - c"), "a - b - c");
  EXPECT_EQ(read_back("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(read_back("(a + b) * c"), "(a + b) * c");
  EXPECT_EQ(read_back("(a * b) + c"), "a * b + c");
  EXPECT_EQ(read_back("a / (b * c)"), "a / (b * c)");
  EXPECT_EQ(read_back("-(a + b)"), "-(a + b)");
  EXPECT_EQ(read_back("-(f(((a))))"), "-f(a)");
}

TEST(Expression, NumbersAreWrittenAsShortAsTheyAreExact) {
  EXPECT_EQ(read_back("1.702"), "1.702");
  EXPECT_EQ(read_back("0.10000000000000001"), "0.1");
  EXPECT_EQ(read_back("2"), "2");
  EXPECT_EQ(read_back("-inf"), "-inf");
}

TEST(Expression, EveryFunctionTakesOneOrTwoArguments) {
  for (const auto& [name, count] : functions()) {
    EXPECT_GE(count, 1) << name;
    EXPECT_LE(count, 2) << name;
  }
  EXPECT_EQ(functions().at("exp"), 1);
  EXPECT_EQ(functions().at("max"), 2);
  EXPECT_FALSE(functions().contains("sum"));
}

}  // namespace
}  // namespace attnsim::workloads
