// Functions, operators and parameters: what calls may name, and what expansion makes of them.
#include <gtest/gtest.h>

#include "tests/workloads/cascade_text.h"

namespace attnsim::workloads {
namespace {

// The small cascade with `operators` declared in line 11 and `result` in place of log(R[p]), now in line 19.
std::string with_operators(const std::string& operators, const std::string& result) {
  const std::string text = changed(small_cascade(), "iterate: m1\n", "iterate: m1\noperators: {" + operators + "}\n");
  return changed(text, "log(R[p])", result);
}

std::string error_with(const std::string& operators, const std::string& result) {
  return error_of(with_operators(operators, result));
}

constexpr auto kGelu = "gelu: {arguments: [x], value: x * sigmoid(1.702 * x)}";

TEST(Operators, AMapOperatorStaysACallUntilItIsExpanded) {
  const Cascade cascade = parse_cascade(with_operators(kGelu, "gelu(R[p] + 1)"), "x.yaml");
  const Expression& map = cascade.producer("Z")->map;
  EXPECT_EQ(to_string(map), "gelu(R[p] + 1)");
  EXPECT_EQ(to_string(expand(cascade, map)), "(R[p] + 1) * sigmoid(1.702 * (R[p] + 1))");
}

TEST(Operators, OperatorsMayCallOthersAndUseParameters) {
  const std::string operators =
      "outer: {arguments: [x, y], value: inner(y) - x}, inner: {arguments: [x], value: x * scale}";
  const Cascade cascade = parse_cascade(with_operators(operators, "outer(2, R[p])"), "x.yaml");
  EXPECT_EQ(to_string(expand(cascade, cascade.producer("Z")->map)), "R[p] * scale - 2");
}

TEST(Operators, AReductionOperatorHasTwoValuesAndAnIdentity) {
  const std::string text =
      changed(with_operators("absmax: {reduce: [a, b], value: 'max(a, abs(b))', identity: 0}", "log(R[p])"),
              "max(m0) S", "absmax(m0) S");
  const Cascade cascade = parse_cascade(text, "x.yaml");
  const Operator& absmax = cascade.operators.at("absmax");
  EXPECT_TRUE(absmax.is_reduction);
  EXPECT_EQ(absmax.identity, 0);
  EXPECT_EQ(absmax.arguments, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(to_string(absmax.value), "max(a, abs(b))");
  EXPECT_EQ(cascade.producer("L")->reduction->op, "absmax");
}

TEST(Operators, ACallNamesAKnownFunctionWithItsArguments) {
  EXPECT_EQ(
      error_with(kGelu, "gelo(R[p])"),
      "x.yaml:19: finish[0]: unknown function 'gelo'; did you mean 'gelu'?; known: abs, add, cos, div, equal, "
      "erf, exp, exp2, floor, gelu, greater, log, log2, max, min, mul, neg, pow, round, rsqrt, sigmoid, sign, sin, "
      "softplus, sqrt, sub, tanh");
  EXPECT_EQ(error_with(kGelu, "gelu(R[p], 2)"), "x.yaml:19: finish[0]: 'gelu' takes 1 argument (got 2)");
  EXPECT_EQ(error_of_change("log(R[p])", "max(R[p])"), "x.yaml:18: finish[0]: 'max' takes 2 arguments (got 1)");
}

TEST(Operators, AReductionIsNotAFunction) {
  EXPECT_EQ(error_of_change("log(R[p])", "1 + sum(R[p])"),
            "x.yaml:18: finish[0]: 'sum' is a reduction; write sum(rank) and then a term, as the whole right side");
  EXPECT_EQ(error_with("f: {reduce: [a, b], value: a + b, identity: 0}", "f(1)"),
            "x.yaml:19: finish[0]: 'f' is a reduction; write f(rank) and then a term, as the whole right side");
}

TEST(Operators, AReductionIsKnown) {
  EXPECT_EQ(error_of_change("max(m0)", "maxx(m0)"),
            "x.yaml:15: each[1]: unknown reduction 'maxx'; did you mean 'max'?; known: max, min, sum, topk");
}

TEST(Operators, ANameOfAValueIsAParameter) {
  EXPECT_EQ(error_of_change("log(R[p])", "log(R[p]) + window"),
            "x.yaml:18: finish[0]: unknown parameter 'window'; known: batch, ffn, head_dim, heads, hidden, "
            "in_features, keys, kv_heads, offset, out_features, queries, scale, tokens, value_dim");
  EXPECT_EQ(error_of_change("log(R[p])", "log(R[p]) + Q"),
            "x.yaml:18: finish[0]: 'Q' is a tensor; write its ranks, such as Q[p]");
}

TEST(Operators, ARanksNameIsItsCoordinateWhereTheEinsumRunsThroughIt) {
  EXPECT_EQ(error_of_change("scale * Q[p,e]", "(m + p + offset) * Q[p,e]"), "");
  EXPECT_EQ(
      error_of_change("log(R[p])", "log(R[p]) + m"),
      "x.yaml:18: finish[0]: 'm' stands for a coordinate here, but this Einsum does not run through all of it; it "
      "has p");
  EXPECT_EQ(error_with("f: {arguments: [x], value: x * p}", "f(R[p])"),
            "x.yaml:11: operators.f: value reads the coordinate 'p'; an operator sees its arguments only, so pass it");
}

TEST(Operators, AValueUsesItsArgumentsAndNoTensor) {
  EXPECT_EQ(error_with("f: {arguments: [x, y], value: x * 2}", "f(R[p], 2)"),
            "x.yaml:11: operators.f: value does not use the argument 'y'; use it or drop it");
  EXPECT_EQ(error_with("f: {arguments: [x], value: x * y}", "f(R[p])"),
            "x.yaml:11: operators.f: unknown parameter 'y'; known: batch, ffn, head_dim, heads, hidden, in_features, "
            "keys, kv_heads, offset, out_features, queries, scale, tokens, value_dim, x");
  EXPECT_EQ(error_with("f: {arguments: [x], value: 'x * R[p]'}", "f(R[p])"),
            "x.yaml:11: operators.f: value reads the tensor R[p]; an operator sees its arguments only, so pass it");
}

TEST(Operators, RecursionIsRefused) {
  EXPECT_EQ(error_with("f: {arguments: [x], value: f(x)}", "f(R[p])"),
            "x.yaml:11: operators.f: operators may not call themselves (got f -> f)");
  EXPECT_EQ(error_with("f: {arguments: [x], value: g(x)}, g: {arguments: [x], value: 1 + h(x)}, "
                       "h: {arguments: [x], value: f(x)}",
                       "f(R[p])"),
            "x.yaml:11: operators.f: operators may not call themselves (got f -> g -> h -> f)");
}

TEST(Operators, ExpansionIsBounded) {
  const std::string doubling =
      "a: {arguments: [x], value: x + x}, b: {arguments: [x], value: a(a(a(a(x))))}, "
      "c: {arguments: [x], value: b(b(b(b(x))))}";
  EXPECT_EQ(
      error_with(doubling, "c(c(R[p]))"),
      "x.yaml:19: finish[0]: more than 2000 terms when its operators are expanded; split it into several Einsums");
}

TEST(Operators, ADeclaredOperatorOrParameterIsUsed) {
  EXPECT_EQ(error_with(kGelu, "R[p]"), "x.yaml:11: operators.gelu: declared, but nothing uses it; use it or drop it");
  EXPECT_EQ(error_of_change("iterate: m1", "iterate: m1\nparameters: {window: 3}"),
            "x.yaml:11: parameters.window: declared, but nothing uses it; use it or drop it");
}

TEST(Operators, ADefinitionIsComplete) {
  EXPECT_EQ(error_with("exp: {arguments: [x], value: x}", "exp(R[p])"),
            "x.yaml:11: operators.exp: 'exp' is a function already; choose another name");
  EXPECT_EQ(error_with("f: {arguments: [x, x], value: x}", "f(R[p], 1)"),
            "x.yaml:11: operators.f.arguments: 'x' is an argument twice; choose another name");
  EXPECT_EQ(error_with("f: {arguments: [], value: 1}", "f(R[p])"),
            "x.yaml:11: operators.f.arguments: must name one argument or more (got none)");
  EXPECT_EQ(error_with("f: {value: 1}", "f(R[p])"),
            "x.yaml:11: operators.f: must have either 'arguments' (for a map) or 'reduce' (for a reduction)");
  EXPECT_EQ(error_with("f: {reduce: [a], value: a, identity: 0}", "f(R[p])"),
            "x.yaml:11: operators.f.reduce: must name the two values that are combined, such as [a, b] (got 1)");
  EXPECT_EQ(error_with("f: {reduce: [a, b], value: a + b}", "f(R[p])"),
            "x.yaml:11: operators.f: missing key 'identity'");
  EXPECT_EQ(error_with("f: {arguments: [x], value: x +}", "f(R[p])"),
            "x.yaml:11: operators.f.value: expected a term at column 4 (got \"x +\")");
}

}  // namespace
}  // namespace attnsim::workloads
