// The grammar of Einsums: what a text means, what a wrong one is told, and that any text gives one or the other.
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "workloads/cascade.h"

namespace attnsim::workloads {
namespace {

const common::Location kWhere = {"x.yaml", 12, "each[3]"};

std::string read_back(const std::string& text) { return to_string(parse_expression(text, kWhere)); }

std::string error_of(const std::string& text) {
  try {
    parse_einsum(text, kWhere);
    return "";
  } catch (const common::InputError& error) {
    return error.what();
  }
}

std::string expected(const std::string& what, int column, const std::string& text) {
  return "x.yaml:12: each[3]: expected " + what + " at column " + std::to_string(column) + " (got \"" + text + "\")";
}

TEST(Grammar, AnEinsumHasAnOutputAndAMap) {
  const Einsum einsum = parse_einsum("SLN[m0,p] = exp(BQK[m0,p] - RM'[p])", kWhere);
  EXPECT_EQ(einsum.name, "SLN");
  EXPECT_EQ(einsum.output, (TensorRef{"SLN", false, {"m0", "p"}}));
  EXPECT_FALSE(einsum.reduction.has_value());
  EXPECT_EQ(to_string(einsum.map), "exp(BQK[m0,p] - RM'[p])");
  EXPECT_EQ(einsum.text, "SLN[m0,p] = exp(BQK[m0,p] - RM'[p])");
  EXPECT_EQ(einsum.where.line, 12);
  EXPECT_EQ(einsum.inputs(), (std::vector<TensorRef>{{"BQK", false, {"m0", "p"}}, {"RM", true, {"p"}}}));
  EXPECT_EQ(einsum.iteration_ranks(), (std::vector<std::string>{"m0", "p"}));
}

TEST(Grammar, RanksThatTheLeftLacksAreSummed) {
  const Einsum einsum = parse_einsum("S[m,p] = scale * Q[p,e] * K[m,e] * W[g]", kWhere);
  ASSERT_TRUE(einsum.reduction.has_value());
  EXPECT_EQ(einsum.reduction->op, "sum");
  EXPECT_EQ(einsum.reduction->ranks, (std::vector<std::string>{"e", "g"}));
  EXPECT_FALSE(einsum.reduction_written);
  EXPECT_EQ(einsum.iteration_ranks(), (std::vector<std::string>{"m", "p", "e", "g"}));
}

TEST(Grammar, AReductionBindsTheRestOfTheLine) {
  const Einsum einsum = parse_einsum("X[p] = max(m1, m0) A[m1,m0,p] + B[m1,p] * 2", kWhere);
  ASSERT_TRUE(einsum.reduction.has_value());
  EXPECT_EQ(einsum.reduction->op, "max");
  EXPECT_EQ(einsum.reduction->ranks, (std::vector<std::string>{"m1", "m0"}));
  EXPECT_TRUE(einsum.reduction_written);
  EXPECT_EQ(to_string(einsum.map), "A[m1,m0,p] + B[m1,p] * 2");
}

TEST(Grammar, NamesInParenthesesAreACallUnlessATermFollows) {
  EXPECT_EQ(parse_einsum("X[] = max(a, b)", kWhere).map.kind, Expression::Kind::kCall);
  EXPECT_EQ(to_string(parse_einsum("X[] = max(a, b) - c", kWhere).map), "max(a, b) - c");
  EXPECT_EQ(parse_einsum("X[] = max(a, b) c", kWhere).reduction->op, "max");
  EXPECT_EQ(parse_einsum("X[] = max(a) (c - d)", kWhere).reduction->op, "max");
  EXPECT_EQ(parse_einsum("X[] = max(a) 0.5 * B[a]", kWhere).reduction->op, "max");
}

TEST(Grammar, AScanKeepsWhatItGoesAlong) {
  const Einsum einsum = parse_einsum("B[t,e] = scan sum(t) G[t,e] * H[t,e]", kWhere);
  EXPECT_FALSE(einsum.reduction.has_value());
  ASSERT_TRUE(einsum.scan.has_value());
  EXPECT_EQ(einsum.scan->op, "sum");
  EXPECT_EQ(einsum.scan->ranks, (std::vector<std::string>{"t"}));
  EXPECT_EQ(to_string(einsum.map), "G[t,e] * H[t,e]");
  EXPECT_EQ(einsum.iteration_ranks(), (std::vector<std::string>{"t", "e"}));
  EXPECT_EQ(parse_einsum("B[t] = scan max(t1, t0) G[t]", kWhere).scan->ranks, (std::vector<std::string>{"t1", "t0"}));
  // Elsewhere the word is a name like any other.
  EXPECT_EQ(to_string(parse_einsum("B[t] = scan * scan(t)", kWhere).map), "scan * scan(t)");
  EXPECT_EQ(parse_einsum("B[t] = scan where t < 2", kWhere).map.name, "scan");
  EXPECT_EQ(error_of("B[t] = scan exp(G[t])"), expected("a reduction", 13, "B[t] = scan exp(G[t])"));
}

TEST(Grammar, ProductsBindTighterThanSumsAndASignTighterStill) {
  EXPECT_EQ(parse_expression("a + b * c", kWhere), parse_expression("a + (b * c)", kWhere));
  EXPECT_EQ(parse_expression("-a * b", kWhere), parse_expression("(-a) * b", kWhere));
  EXPECT_NE(parse_expression("-a * b", kWhere), parse_expression("-(a * b)", kWhere));
  EXPECT_EQ(parse_expression("a * -b / c", kWhere), parse_expression("(a * (-b)) / c", kWhere));
}

TEST(Grammar, OperatorsOfOnePrecedenceGoFromLeftToRight) {
  EXPECT_EQ(parse_expression("a - b - c", kWhere), parse_expression("(a - b) - c", kWhere));
  EXPECT_NE(parse_expression("a - b - c", kWhere), parse_expression("a - (b - c)", kWhere));
  EXPECT_EQ(parse_expression("a / b * c", kWhere), parse_expression("(a / b) * c", kWhere));
}

TEST(Grammar, OperatorsAreCallsOfNamedFunctions) {
  const Expression sum = parse_expression("-a + b", kWhere);
  EXPECT_EQ(sum.kind, Expression::Kind::kCall);
  EXPECT_EQ(sum.name, "add");
  EXPECT_EQ(sum.arguments.at(0).name, "neg");
  EXPECT_EQ(sum.arguments.at(0).arguments.at(0).kind, Expression::Kind::kParameter);
  EXPECT_EQ(parse_expression("a - b", kWhere).name, "sub");
  EXPECT_EQ(parse_expression("a * b", kWhere).name, "mul");
  EXPECT_EQ(parse_expression("a / b", kWhere).name, "div");
}

TEST(Grammar, NumbersAreExact) {
  EXPECT_EQ(parse_expression("1.702", kWhere).number, 1.702);
  EXPECT_EQ(parse_expression("1e-5", kWhere).number, 1e-5);
  EXPECT_EQ(parse_expression(".5", kWhere).number, 0.5);
  EXPECT_EQ(parse_expression("2.", kWhere).number, 2);
  EXPECT_EQ(parse_expression("1.7976931348623157E+308", kWhere).number, std::numeric_limits<double>::max());
  EXPECT_EQ(parse_expression("inf", kWhere).number, std::numeric_limits<double>::infinity());
  const Expression minus_infinity = parse_expression("-inf", kWhere);
  EXPECT_EQ(minus_infinity.kind, Expression::Kind::kNumber);
  EXPECT_EQ(minus_infinity.number, -std::numeric_limits<double>::infinity());
}

TEST(Grammar, ANameThatBeginsLikeANumberWordIsAName) {
  EXPECT_EQ(parse_expression("info", kWhere).kind, Expression::Kind::kParameter);
  EXPECT_EQ(parse_expression("e5", kWhere).kind, Expression::Kind::kParameter);
}

TEST(Grammar, SpacesMeanNothing) {
  EXPECT_EQ(parse_einsum("X [ p , m ]=max( k )A [k,p,m]+2", kWhere).map,
            parse_einsum("X[p,m] = max(k) A[k,p,m] + 2", kWhere).map);
}

TEST(Grammar, ATensorWithoutRanksHasEmptyBrackets) {
  EXPECT_EQ(parse_tensor_ref("Y[]", kWhere), (TensorRef{"Y", false, {}}));
  EXPECT_EQ(parse_tensor_ref("Y'[p]", kWhere), (TensorRef{"Y", true, {"p"}}));
}

TEST(Grammar, AnErrorSaysWhatWasExpectedAndWhere) {
  for (const auto& [text, what, column] : std::vector<std::tuple<std::string, std::string, int>>{
           {"BQK[m0;p] = 2", "']' or ','", 7},
           {"BQK[m0,p = 2", "']' or ','", 10},
           {"BQK[m0, = 2", "a rank", 9},
           {"BQK[ = 2", "a rank or ']'", 6},
           {"BQK = 2", "'['", 5},
           {" = 2", "a tensor such as AV[p,f]", 2},
           {"", "a tensor such as AV[p,f]", 1},
           {"X[p] 2", "'='", 6},
           {"X[p] =", "a term", 7},
           {"X[p] = 2 + * 3", "a term", 12},
           {"X[p] = (2 + 3", "an operator or ')'", 14},
           {"X[p] = f(2 + 3", "an operator, ',' or ')'", 15},
           {"X[p] = f(2,", "a term", 12},
           {"X[p] = f()", "a term", 10},
           {"X[p] = 2 3", "an operator or the end", 10},
           {"X[p] = 2.5.5", "an operator or the end", 11},
           {"X[p] = A[m] ^ 2", "an operator or the end", 13},
           {"X[p] = Y'", "'['", 10},
           {"X[p] = --2", "a term", 9},
           {"X[p] = A[/]", "a rank or ']'", 10},
           {"X[p] = max(m) (", "a term", 16},
           {"X[p] = 1e999", "a number that a double can hold", 8},
       }) {
    EXPECT_EQ(error_of(text), expected(what, column, text));
  }
}

TEST(Grammar, AnErrorShowsTheBeginningOfALongText) {
  const std::string text = "X[p] = " + std::string(100, 'a') + " ?";
  EXPECT_EQ(error_of(text), expected("an operator or the end", 109, text.substr(0, 80) + "..."));
}

TEST(Grammar, ATensorReferenceStandsAlone) {
  try {
    parse_tensor_ref("Q[p,e] K", kWhere);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(), expected("the end", 8, "Q[p,e] K").c_str());
  }
}

TEST(Grammar, NestingAndLengthAreLimited) {
  const std::string head = "X[p] = ";
  EXPECT_EQ(error_of(head + std::string(200, '(') + "1" + std::string(200, ')')), "");
  EXPECT_EQ(error_of(head + std::string(201, '(') + "1" + std::string(201, ')')),
            "x.yaml:12: each[3]: more than 200 operators and parentheses (got 201); split it into several Einsums");
  EXPECT_EQ(error_of(head + std::string(9'993, 'a')), "");
  EXPECT_EQ(error_of(head + std::string(9'994, 'a')),
            "x.yaml:12: each[3]: longer than 10000 characters (got 10001); split it into several Einsums");
}

// A random tree of the kinds that the parser makes: a minus before a number belongs to the number.
Expression random_expression(std::mt19937& random, int depth) {
  const auto below = [&random](std::uint32_t limit) { return static_cast<int>(random() % limit); };
  Expression result;
  const int choice = depth == 0 ? below(3) : below(6);
  if (choice == 0) {
    result.kind = Expression::Kind::kTensor;
    result.tensor = {"T" + std::to_string(below(3)), below(2) == 0, {"p", "m"}};
  } else if (choice == 1) {
    result.number = (below(2000) - 1000) / 8.0;
  } else if (choice == 2) {
    result.kind = Expression::Kind::kParameter;
    result.name = "scale";
  } else {
    static const std::vector<std::string> names = {"add", "sub", "mul", "div", "exp", "max", "neg"};
    result.kind = Expression::Kind::kCall;
    result.name = names.at(static_cast<std::size_t>(below(static_cast<std::uint32_t>(names.size()))));
    const int count = functions().at(result.name);
    for (int i = 0; i < count; ++i) result.arguments.push_back(random_expression(random, depth - 1));
    const bool negative_number = result.name == "neg" && result.arguments[0].kind == Expression::Kind::kNumber;
    if (negative_number) return result.arguments[0];
  }
  return result;
}

TEST(Grammar, AnExpressionWrittenIsTheExpressionReadBack) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const Expression expression = random_expression(random, 4);
    const std::string text = to_string(expression);
    EXPECT_EQ(parse_expression(text, kWhere), expression) << text;
    EXPECT_EQ(read_back(text), text);
  }
}

TEST(Grammar, AnyTextIsReadOrRefused) {
  std::mt19937 random(2);
  const std::string letters = "AmpX[](),='+-*/ .0159einf_#\n\xc3";
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = "X'[p] = max(m) exp(A[m,p] - 1.5e2 * b)";
    for (int changes = 0; changes <= i % 4; ++changes) {
      const std::size_t at = random() % text.size();
      text.replace(at, random() % 2, 1, letters[random() % letters.size()]);
    }
    try {
      parse_einsum(text, kWhere);
      ++read;
    } catch (const common::InputError& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << text;
    }
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace attnsim::workloads
