// Indices, lookups and selections: what they compute at hand-made values, and what a wrong one is told.
#include <gtest/gtest.h>

#include "tests/workloads/cascade_text.h"
#include "workloads/interpreter.h"

namespace attnsim::workloads {
namespace {

std::string text_of(const std::string& inputs, const std::string& output, const std::string& einsums,
                    const std::string& more = "") {
  return "# A test.\nid: indexed\nclass: teaching\nsource: none\nprovenance: confirmed\n"
         "ranks: {p: 3, m: 5, n: 5, t: 3, c: 2, h: 4, g: 2}\n" +
         more + "inputs: [" + inputs + "]\noutput: " + output + "\neinsums:\n" + einsums;
}

// Of the ranks, those that the Einsums do not use are dropped.
std::string trimmed(std::string text, const std::string& used) {
  for (const char rank : std::string("pmntchg")) {
    if (used.find(rank) != std::string::npos) continue;
    const std::size_t at = text.find(std::string(1, rank) + ": ");
    const std::size_t end = text.find_first_of(",}", at);
    text.erase(at, text[end] == ',' ? end + 2 - at : end - at);
  }
  return text;
}

std::vector<double> result(const std::string& text, const std::map<std::string, std::vector<double>>& values) {
  const Cascade cascade = parse_cascade(text, "x.yaml");
  const Instance instance(cascade, Workload(), {});
  Tensors inputs;
  for (const TensorRef& input : cascade.inputs) {
    inputs[input.tensor] = instance.whole(input, 0);
    inputs[input.tensor].values() = values.at(input.tensor);
  }
  return interpret(instance, inputs, ExactArithmetic()).at(cascade.output.tensor).values();
}

using Values = std::vector<double>;

TEST(Indices, AWindowLeavesOutWhatLiesOutside) {
  const std::string text =
      trimmed(text_of("\"X[m]\", \"W[t]\"", "Z[m]", "  - Z[m] = sum(t) W[t] * X[m + t - 1]\n"), "mt");
  EXPECT_EQ(result(text, {{"X", {1, 2, 3, 4, 5}}, {"W", {100, 10, 1}}}), (Values{12, 123, 234, 345, 450}));
}

TEST(Indices, HeadsOfAGroupShareKeys) {
  const std::string text = trimmed(text_of("\"K[g]\"", "Z[h]", "  - Z[h] = K[h * 2 div 4]\n"), "hg");
  EXPECT_EQ(result(text, {{"K", {7, 9}}}), (Values{7, 7, 9, 9}));
}

TEST(Indices, ARankOfTheSameExtentRunsAlongAnother) {
  const std::string text = trimmed(text_of("\"X[m]\"", "Z[m]", "  - Z[m] = sum(n) X[n] where n <= m\n"), "mn");
  EXPECT_EQ(result(text, {{"X", {1, 2, 3, 4, 5}}}), (Values{1, 3, 6, 10, 15}));
  EXPECT_EQ(error_of(trimmed(text_of("\"X[m]\"", "Z[t]", "  - Z[t] = X[t]\n"), "mt")),
            "x.yaml:10: einsums[0]: X[t] has the wrong ranks; X has [m]");
}

TEST(Indices, ASelectionGivesCoordinatesByValueAndThenMinusOne) {
  const std::string text = trimmed(text_of("\"X[m]\"", "I[t]", "  - I[t] = topk(m) X[m] where m != 4\n"), "mt");
  EXPECT_EQ(result(text, {{"X", {2, 5, 5, 1, 9}}}), (Values{1, 2, 0}));
  const std::string few = trimmed(text_of("\"X[m]\"", "I[t]", "  - I[t] = topk(m) X[m] where m < 2\n"), "mt");
  EXPECT_EQ(result(few, {{"X", {2, 5, 5, 1, 9}}}), (Values{1, 0, -1}));
}

TEST(Indices, GatherAndScatterAreEachOthersInverse) {
  const std::string einsums = "  - I[n] = topk(m) X[m]\n  - G[n] = X[I[n]]\n  - Z[m] = sum(n) G[n] where m == I[n]\n";
  const std::string text = trimmed(text_of("\"X[m]\"", "Z[m]", einsums), "mn");
  EXPECT_EQ(result(text, {{"X", {2, 5, 3, 1, 9}}}), (Values{2, 5, 3, 1, 9}));
  const std::string sorted =
      trimmed(text_of("\"X[m]\"", "G[n]", "  - I[n] = topk(m) X[m]\n  - G[n] = X[I[n]]\n"), "mn");
  EXPECT_EQ(result(sorted, {{"X", {2, 5, 3, 1, 9}}}), (Values{9, 5, 3, 2, 1}));
}

TEST(Indices, AnExtentMayBeComputed) {
  const std::string text = changed(
      trimmed(text_of("\"X[m]\"", "Z[c]", "  - Z[c] = sum(t) X[c * size + t]\n", "parameters: {size: 3}\n"), "mtc"),
      "c: 2", "c: (5 + size - 1) div size");
  EXPECT_EQ(result(text, {{"X", {1, 2, 3, 4, 5}}}), (Values{6, 9}));
  EXPECT_EQ(
      error_of(changed(text, "div size", "div sizes")),
      "x.yaml:6: ranks.c: unknown quantity or parameter 'sizes'; did you mean 'size'?; known: batch, ffn, head_dim, "
      "heads, hidden, in_features, keys, kv_heads, out_features, queries, size, tokens, value_dim");
}

TEST(Indices, AWrongOneIsTold) {
  const auto error = [](const std::string& einsums) {
    return error_of(trimmed(text_of("\"X[m,c]\"", "Z[p]", einsums), "pmc"));
  };
  EXPECT_EQ(error("  - Z[p] = sum(c) X[p + c]\n"),
            "x.yaml:10: einsums[0]: X[p + c] has the wrong number of indices; X has [m,c]");
  EXPECT_EQ(
      error("  - Z[p + 1] = sum(m,c) X[m,c]\n"),
      "x.yaml:10: einsums[0]: Z[p + 1] has an index on the left; write a rank, and what it equals at the end, such "
      "as where c == I[m]");
  EXPECT_EQ(error("  - Z[p] = sum(c) X[J[p],c]\n"),
            "x.yaml:10: einsums[0]: 'J' must be made by an Einsum or declared under 'metadata', such as [\"J[m]\"]");
  EXPECT_EQ(error("  - Z[p] = sum(c) X[(p < 2),c]\n"),
            "x.yaml:10: einsums[0]: 'p < 2' is a condition, but 'X' takes numbers");
  EXPECT_EQ(error("  - I[p] = topk(m,c) X[m,c]\n  - Z[p] = I[p]\n"),
            "x.yaml:10: einsums[0]: topk(m,c) must select along one whole rank");
  EXPECT_EQ(error("  - Z[p] = sum(c) X[I[p],c]\n  - Y[m] = sum(c) X[m,c]\n  - I[p] = topk(m) Y[m]\n"),
            "x.yaml:10: einsums[0]: I[p] is read before it is made; move 'I[p] = topk(m) Y[m]' up, or this line down");
  EXPECT_EQ(error("  - Y[m] = sum(c) X[m,c]\n  - I[m,p] = topk(m) Y[m]\n  - Z[p] = max(m) I[m,p]\n"),
            "x.yaml:11: einsums[1]: topk(m) reduces 'm', which stays on the left; drop one of them");
}

}  // namespace
}  // namespace attnsim::workloads
