// Cascades read from YAML: the shipped variants, what each key gives, and what a wrong file is told.
#include "workloads/cascade.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "common/registry.h"
#include "tests/workloads/cascade_text.h"

namespace attnsim::workloads {
namespace {

using Section = Einsum::Section;
using Names = std::vector<std::string>;

Names names(const Cascade& cascade, Section section) {
  Names found;
  for (const Einsum& einsum : cascade.einsums) {
    if (einsum.section == section) found.push_back(einsum.name);
  }
  return found;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(Cascade, TheOnePassVariantIsRead) {
  const Cascade cascade = read_cascade("fusemax_1pass");
  EXPECT_EQ(cascade.id, "fusemax_1pass");
  EXPECT_EQ(cascade.class_name, "dense-softmax");
  EXPECT_EQ(cascade.title, "One-pass softmax attention with a running maximum and sum (FlashAttention-2's algorithm).");
  EXPECT_EQ(cascade.source, "Nayak et al., FuseMax, MICRO 2024, Einsums 39-56");
  EXPECT_EQ(cascade.provenance, "confirmed");
  const std::vector<std::pair<std::string, std::string>> ranks = {
      {"p", "queries"}, {"m", "keys"}, {"e", "head_dim"}, {"f", "value_dim"}};
  EXPECT_EQ(cascade.ranks, ranks);
  EXPECT_EQ(cascade.split, (std::map<std::string, Names>{{"m", {"m1", "m0"}}}));
  EXPECT_EQ(cascade.iterate, "m1");
  EXPECT_EQ(to_string(cascade.output), "AV[p,f]");
  EXPECT_EQ(names(cascade, Section::kStart), (Names{"RM", "RD", "RNV"}));
  EXPECT_EQ(names(cascade, Section::kEach),
            (Names{"BQK", "LM", "RM", "SLN", "SLD", "SLNV", "PRM", "SPD", "RD", "SPNV", "RNV"}));
  EXPECT_EQ(names(cascade, Section::kFinish), Names{"AV"});
}

TEST(Cascade, TheFirstMaximumIsMinusInfinity) {
  const Expression first = read_cascade("fusemax_1pass").einsums.at(0).map;
  EXPECT_EQ(first.kind, Expression::Kind::kNumber);
  EXPECT_EQ(first.number, -std::numeric_limits<double>::infinity());
}

TEST(Cascade, ASumThatIsNotWrittenLeavesTheIteratedRankAlone) {
  const Cascade cascade = read_cascade("fusemax_1pass");
  const Einsum& scores = *cascade.producer("BQK");
  EXPECT_EQ(scores.reduction->op, "sum");
  EXPECT_EQ(scores.reduction->ranks, Names{"e"});
  EXPECT_EQ(scores.iteration_ranks(), (Names{"m0", "p", "e"}));
  const std::string text = changed(small_cascade(), "scale * Q[p,e] * K[m1,m0,e]", "max(e) Q[p,e] * K[m1,m0,e]");
  EXPECT_EQ(parse_cascade(text, "x.yaml").producer("S")->reduction->op, "max");
}

TEST(Cascade, AnEinsumOverNothingButTheIteratedRankHasNoReduction) {
  const Cascade cascade =
      read_cascade((common::data_root() / "tests/workloads/cascades/dot_1pass_iterative.yaml").string());
  EXPECT_FALSE(cascade.producer("RY")->reduction.has_value());
}

TEST(Cascade, TheProducerIsTheLastWriter) {
  const Cascade cascade = read_cascade("fusemax_1pass");
  EXPECT_TRUE(cascade.producer("RM")->output.next);
  EXPECT_EQ(cascade.producer("AV")->section, Section::kFinish);
  EXPECT_EQ(cascade.producer("Q"), nullptr);
  EXPECT_TRUE(cascade.is_input("Q"));
  EXPECT_FALSE(cascade.is_input("AV"));
}

TEST(Cascade, ASplitRankHasPartsAndAPartItsRank) {
  const Cascade cascade = read_cascade("fusemax_2pass");
  EXPECT_EQ(cascade.base_rank("m0"), "m");
  EXPECT_EQ(cascade.base_rank("p"), "p");
  EXPECT_EQ(cascade.parts("m"), (Names{"m1", "m0"}));
  EXPECT_EQ(cascade.parts(Names{"p", "m", "e"}), (Names{"p", "m1", "m0", "e"}));
  EXPECT_TRUE(cascade.is_rank("m1"));
  EXPECT_FALSE(cascade.is_rank("m2"));
}

TEST(Cascade, WithoutIterateAllEinsumsAreInOneSection) {
  for (const char* variant : {"fusemax_2pass", "fusemax_3pass"}) {
    const Cascade cascade = read_cascade(variant);
    EXPECT_FALSE(cascade.iterate.has_value());
    EXPECT_EQ(names(cascade, Section::kEach).size(), cascade.einsums.size());
  }
}

TEST(Cascade, EveryShippedVariantIsNamedAfterItsFileAndHasATitle) {
  const Names shipped = common::preset_names(variants());
  EXPECT_GE(shipped.size(), 3U);
  for (const std::string& name : shipped) {
    const Cascade cascade = read_cascade(name);
    EXPECT_EQ(cascade.id, name);
    EXPECT_NE(cascade.title, "") << name;
  }
}

TEST(Cascade, AVariantMayBuildOnAnother) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "attnsim_warmer.yaml";
  std::ofstream(file) << "# One-pass attention with a scale of its own.\n"
                         "base: fusemax_1pass\nid: warmer\nparameters: {scale: 0.5}\n";
  const Cascade cascade = read_cascade(file.string());
  std::filesystem::remove(file);
  EXPECT_EQ(cascade.id, "warmer");
  EXPECT_EQ(cascade.title, "One-pass attention with a scale of its own.");
  EXPECT_EQ(cascade.parameters.at("scale"), 0.5);
  EXPECT_EQ(cascade.einsums.size(), read_cascade("fusemax_1pass").einsums.size());
}

TEST(Cascade, ParametersAreReadAndOverridden) {
  const std::string text = changed(changed(small_cascade(), "iterate: m1", "iterate: m1\nparameters: {bias: 0.5}"),
                                   "log(R[p])", "bias - R[p]");
  EXPECT_EQ(parse_cascade(text, "x.yaml").parameters.at("bias"), 0.5);
  std::string expanded;
  const Cascade cascade = parse_cascade(text, "x.yaml", {{"parameters.bias", "-inf", "--set"}}, &expanded);
  EXPECT_EQ(cascade.parameters.at("bias"), -std::numeric_limits<double>::infinity());
  EXPECT_NE(expanded.find("bias: -inf"), std::string::npos) << expanded;
}

TEST(Cascade, AnExtentIsAQuantityOfTheWorkloadOrANumber) {
  EXPECT_EQ(parse_cascade(small_cascade(), "x.yaml").ranks.at(2), (std::pair<std::string, std::string>{"e", "8"}));
  EXPECT_EQ(parse_cascade(changed(small_cascade(), "e: 8", "e: 1K"), "x.yaml").ranks.at(2).second, "1024");
  EXPECT_EQ(error_of_change("e: 8", "e: keyz"),
            "x.yaml:6: ranks.e: unknown name 'keyz'; did you mean 'keys'?; known: batch, ffn, head_dim, heads, hidden, "
            "in_features, keys, kv_heads, out_features, queries, tokens, value_dim");
  EXPECT_EQ(error_of_change("e: 8", "e: 0"),
            "x.yaml:6: ranks.e: must be a whole number from 1 to 1099511627776 (got 0)");
  EXPECT_EQ(error_of_change("e: 8", "2e: 4"),
            "x.yaml:6: ranks.2e: a rank's name is made of letters, digits and '_' and does not begin with a digit (got "
            "'2e')");
}

TEST(Cascade, ASplitNamesNewRanks) {
  EXPECT_EQ(error_of_change("{m: [", "{n: ["), "x.yaml:7: split.n: unknown rank 'n'; known: e, m, p");
  EXPECT_EQ(error_of_change("[m1, m0]", "[m1]"), "x.yaml:7: split.m: must name two parts or more (got 1)");
  EXPECT_EQ(error_of_change("[m1, m0]", "[m1, p]"), "x.yaml:7: split.m: 'p' names two ranks; choose another name");
  EXPECT_EQ(error_of_change("[m1, m0]", "[m1, m1]"), "x.yaml:7: split.m: 'm1' names two ranks; choose another name");
  EXPECT_EQ(error_of_change("{m: [m1, m0]}", "m"),
            "x.yaml:7: split: must be a map from ranks to their parts, such as {m: [m1, m0]}");
}

TEST(Cascade, OnlyAnOutermostRankIsIterated) {
  EXPECT_EQ(error_of_change("iterate: m1", "iterate: m0"),
            "x.yaml:10: iterate: unknown name 'm0'; did you mean 'm1'?; known: e, m1, p");
}

TEST(Cascade, SectionsFollowFromIterate) {
  EXPECT_EQ(
      error_of_change("iterate: m1\n", ""),
      "x.yaml:10: start: 'start' needs 'iterate', the rank that is gone through step by step; without it, list all "
      "Einsums under 'einsums'");
  EXPECT_EQ(error_of_change("start:", "einsums:\n  - A[p] = 1\nstart:"),
            "x.yaml:11: einsums: 'iterate' is given, so list the Einsums under 'start', 'each' and 'finish'");
  EXPECT_EQ(error_of_change("start:\n  - R[p] = 0", "start: []"),
            "x.yaml:11: start: must hold one Einsum or more (got none)");
}

TEST(Cascade, AnEinsumIsOneLineOfText) {
  const std::string message =
      "x.yaml:14: each[0]: must be one line of text; put quotes around it where it holds ': ' or begins with a special "
      "character";
  EXPECT_EQ(error_of_change("each:", "each:\n  - V: 1"), message);
  EXPECT_EQ(error_of_change("each:", "each:\n  - [A, B]"), message);
}

TEST(Cascade, AGrammarErrorHasItsLineAndPlace) {
  EXPECT_EQ(error_of_change("log(R[p])", "log(R[p]"),
            "x.yaml:18: finish[0]: expected an operator, ',' or ')' at column 16 (got \"Z[p] = log(R[p]\")");
  EXPECT_EQ(error_of_change("output: Z[p]", "output: Z"), "x.yaml:9: output: expected '[' at column 2 (got \"Z\")");
}

TEST(Cascade, AnInputIsNamedOnce) {
  EXPECT_EQ(error_of_change("inputs: [", "inputs: [\"K[m]\", "),
            "x.yaml:8: inputs[2]: 'K' is an input twice; drop one");
}

TEST(Cascade, AnInputMayHaveADefault) {
  const std::string text = changed(changed(small_cascade(), "\"K[m,e]\"]", "\"K[m,e]\", \"R0[p] = 0\"]"),
                                   "R[p] = 0\neach", "R[p] = R0[p]\neach");
  EXPECT_EQ(parse_cascade(text, "x.yaml").defaults, (std::map<std::string, double>{{"R0", 0}}));
  EXPECT_EQ(parse_input("A[] = -inf", {}).value, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_input("A[p] = 2.5", {}).value, 2.5);
  EXPECT_EQ(parse_input("A[p]", {}).value, std::nullopt);
  EXPECT_EQ(error_of_change("\"K[m,e]\"", "\"K[m,e] = x\""),
            "x.yaml:8: inputs[1]: expected a number at column 10 (got \"K[m,e] = x\")");
  EXPECT_EQ(error_of_change("\"K[m,e]\"", "\"K[m,e] 0\""),
            "x.yaml:8: inputs[1]: expected '=' or the end at column 8 (got \"K[m,e] 0\")");
  EXPECT_EQ(error_of_change("\"K[m,e]\"", "\"K[m,e] = 0 + 1\""),
            "x.yaml:8: inputs[1]: expected the end at column 12 (got \"K[m,e] = 0 + 1\")");
}

TEST(Cascade, KeysAreRequiredAndKnown) {
  EXPECT_EQ(error_of_change("id: small\n", ""), "x.yaml:2: missing key 'id'");
  EXPECT_EQ(error_of_change("provenance: confirmed", "provenance: sure"),
            "x.yaml:5: provenance: unknown name 'sure'; known: abstract-only, confirmed, from-memory");
  EXPECT_EQ(error_of_change("id: small\n", "id: small\nwher: 2\n"),
            "x.yaml:3: unknown key 'wher'; did you mean 'where'?; known: class, each, einsums, finish, id, inputs, "
            "iterate, metadata, notes, operators, output, parameters, provenance, ranks, source, split, start, "
            "storage, where");
  EXPECT_EQ(error_of_change("iterate: m1", "iterate: m1\nparameters: {p: 3}"),
            "x.yaml:6: ranks.p: 'p' names a parameter, too; choose another name");
  EXPECT_EQ(error_of_change("iterate: m1", "iterate: m1\nparameters: {keys: 3}"),
            "x.yaml:11: parameters.keys: 'keys' is a quantity of the workload; choose another name");
}

TEST(Cascade, AVariantWithoutOneOfItsLinesIsRefused) {
  const std::string original = text_of(variants() / "fusemax_1pass.yaml");
  for (std::size_t begin = original.find("  - "); begin != std::string::npos;
       begin = original.find("  - ", begin + 1)) {
    const std::size_t end = original.find('\n', begin) + 1;
    EXPECT_NE(error_of(original.substr(0, begin) + original.substr(end)), "") << original.substr(begin, end - begin);
  }
}

}  // namespace
}  // namespace attnsim::workloads
