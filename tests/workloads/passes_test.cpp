// Passes of known cascades, of chains of any length, and of random cascades held against a walk over their elements.
#include "workloads/passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <stdexcept>

#include "common/registry.h"

namespace attnsim::workloads {
namespace {

using Of = std::map<std::string, int>;
using Reasons = std::map<std::string, std::string>;

Cascade teaching(const std::string& name) {
  return read_cascade((common::data_root() / "tests/workloads/cascades" / (name + ".yaml")).string());
}

TEST(Passes, ThreePassAttentionTraversesItsKeysThreeTimes) {
  const Passes passes = analyse_passes(read_cascade("fusemax_3pass"), "m");
  EXPECT_EQ(passes.count, 3);
  EXPECT_EQ(passes.of, (Of{{"QK", 0}, {"GM", 0}, {"SN", 1}, {"SD", 1}, {"A", 2}, {"AV", 2}}));
  EXPECT_EQ(passes.reason, (Reasons{{"SN", "needs GM[p], which is complete only after pass 1 over m (QK -> GM)"},
                                    {"A", "needs SD[p], which is complete only after pass 2 over m (SN -> SD)"}}));
}

TEST(Passes, TwoPassAttentionCorrectsItsTilesInTheSecondPass) {
  const Passes passes = analyse_passes(read_cascade("fusemax_2pass"), "m");
  EXPECT_EQ(passes.count, 2);
  EXPECT_EQ(passes.of, (Of{{"BQK", 0},
                           {"LM", 0},
                           {"GM", 0},
                           {"SLN", 0},
                           {"SLD", 0},
                           {"PLM", 1},
                           {"SD", 1},
                           {"SN", 1},
                           {"A", 1},
                           {"AV", 1}}));
  EXPECT_EQ(passes.reason,
            (Reasons{{"PLM", "needs GM[p], which is complete only after pass 1 over m (BQK -> LM -> GM)"}}));
}

TEST(Passes, OnePassAttentionCarriesItsStateThroughOneTraversal) {
  const Cascade cascade = read_cascade("fusemax_1pass");
  const Passes passes = analyse_passes(cascade, "m");
  EXPECT_EQ(passes.count, 1);
  EXPECT_EQ(passes.of.size(), 12U);
  for (const auto& [name, pass] : passes.of) EXPECT_EQ(pass, 0) << name;
  EXPECT_TRUE(passes.reason.empty());
}

TEST(Passes, ReadingACarriedMaximumAfterTheLoopOpensAPass) {
  Cascade cascade = read_cascade("fusemax_1pass");
  for (const char* text : {"T[m1,m0,p] = RM[p] * Q[p,e] * K[m1,m0,e]", "U[p] = max(m1,m0) T[m1,m0,p]"}) {
    cascade.einsums.push_back(parse_einsum(text, {}));
    cascade.einsums.back().section = Einsum::Section::kFinish;
  }
  const Passes passes = analyse_passes(cascade, "m");
  EXPECT_EQ(passes.count, 2);
  EXPECT_EQ(passes.of.at("RNV"), 0);
  EXPECT_EQ(passes.of.at("AV"), 0);
  EXPECT_EQ(passes.of.at("T"), 1);
  EXPECT_EQ(passes.of.at("U"), 1);
  EXPECT_EQ(passes.reason,
            (Reasons{{"T", "needs RM[p], which is complete only after pass 1 over m (BQK -> LM -> RM)"}}));
}

TEST(Passes, DeferringTheDivisionMergesTheLastTwoPasses) {
  const Passes passes = analyse_passes(teaching("fusemax_3pass_deferred"), "m");
  EXPECT_EQ(passes.count, 2);
  EXPECT_EQ(passes.of.at("SNV"), 1);
  EXPECT_EQ(passes.of.at("AV"), 1);
  EXPECT_EQ(analyse_passes(teaching("fusemax_2pass_deferred"), "m").count, 2);
}

TEST(Passes, ScalingByAFinishedSumTakesASecondPassUnlessItIsDeferredOrCorrected) {
  const Passes passes = analyse_passes(teaching("dot_2pass"), "k");
  EXPECT_EQ(passes.count, 2);
  EXPECT_EQ(passes.reason, (Reasons{{"Z", "needs Y[], which is complete only after pass 1 over k (Y)"}}));
  EXPECT_EQ(analyse_passes(teaching("dot_1pass_deferred"), "k").count, 1);
  EXPECT_EQ(analyse_passes(teaching("dot_1pass_iterative"), "k").count, 1);
}

TEST(Passes, JoiningASummaryATileTakesNoPassOfItsOwn) {
  const Passes passes = analyse_passes(teaching("split_keys_1pass"), "m");
  EXPECT_EQ(passes.count, 1);
  for (const auto& [name, pass] : passes.of) EXPECT_EQ(pass, 0) << name;
}

TEST(Passes, APartOfASplitCountsItsOwnLoops) {
  EXPECT_EQ(analyse_passes(read_cascade("fusemax_2pass"), "m1").count, 3);
  EXPECT_EQ(analyse_passes(teaching("split_keys_1pass"), "m1").count, 2);
  EXPECT_EQ(analyse_passes(read_cascade("fusemax_1pass"), "m1").count, 1);
  EXPECT_EQ(analyse_passes(read_cascade("fusemax_1pass"), "m0").count, 2);
}

TEST(Passes, OtherRanksAreTraversedOnce) {
  for (const char* variant : {"fusemax_1pass", "fusemax_2pass", "fusemax_3pass"}) {
    for (const char* rank : {"p", "e", "f"}) EXPECT_EQ(analyse_passes(read_cascade(variant), rank).count, 1) << rank;
  }
}

TEST(Passes, AnUnknownRankIsACallersDefect) {
  EXPECT_THROW(analyse_passes(read_cascade("fusemax_3pass"), "m1"), std::invalid_argument);
}

Cascade made_of(const std::vector<std::string>& lines) {
  Cascade cascade;
  cascade.ranks = {{"m", "keys"}};
  cascade.split = {{"m", {"m1", "m0"}}};
  cascade.inputs = {parse_tensor_ref("I[m1,m0]", {})};
  for (const std::string& line : lines) cascade.einsums.push_back(parse_einsum(line, {}));
  return cascade;
}

TEST(Passes, ADependenceOnEveryElementBeforeGivesOnePassMore) {
  std::vector<std::string> lines = {"X0[m1,m0] = I[m1,m0]"};
  for (int n = 0; n < 12; ++n) {
    const Passes passes = analyse_passes(made_of(lines), "m");
    EXPECT_EQ(passes.count, n + 1);
    EXPECT_EQ(passes.reason.size(), static_cast<std::size_t>(n));
    const std::string now = std::to_string(n);
    lines.push_back("S" + now + "[] = sum(m1,m0) X" + now + "[m1,m0]");
    lines.push_back("X" + std::to_string(n + 1) + "[m1,m0] = X" + now + "[m1,m0] / S" + now + "[]");
  }
}

// The oracle: a rank of 2 tiles of 2 elements is walked tile by tile, again and again. An Einsum over elements runs in
// the first walk in which all its elements can be computed; everything else is computed as soon as it can be.
class Walk {
 public:
  explicit Walk(const Cascade& cascade) : cascade_(cascade) {
    for (const auto& place : places({"m1", "m0"})) known_.insert(point("I", {"m1", "m0"}, place));
  }

  // Walks until all is computed; the walk of each Einsum over elements.
  Of run() {
    Of walk_of;
    for (int walk = 0; known_count() < cascade_.einsums.size(); ++walk) {
      if (walk > 100) throw std::logic_error("the walks do not end");
      std::set<std::string> barred;
      for (bool again = true; again;) {
        const std::set<std::string> before = known_;
        walk_once(barred);
        again = false;
        for (const Einsum& einsum : cascade_.einsums) {
          const bool partial = over_elements(einsum) && !complete(einsum) && !barred.contains(einsum.name);
          if (partial) again = barred.insert(einsum.name).second;
        }
        if (again) known_ = before;
      }
      for (const Einsum& einsum : cascade_.einsums) {
        if (over_elements(einsum) && complete(einsum)) walk_of.emplace(einsum.name, walk);
      }
    }
    return walk_of;
  }

 private:
  using Place = std::map<std::string, int>;

  static bool over_elements(const Einsum& einsum) { return einsum.iteration_ranks().size() == 2; }

  static std::vector<Place> places(const std::vector<std::string>& ranks) {
    std::vector<Place> found = {{}};
    for (const std::string& rank : ranks) {
      std::vector<Place> longer;
      for (const Place& place : found) {
        for (int i = 0; i < 2; ++i) {
          longer.push_back(place);
          longer.back()[rank] = i;
        }
      }
      found = longer;
    }
    return found;
  }

  static std::string point(const std::string& tensor, const std::vector<std::string>& ranks, const Place& place) {
    std::string name = tensor;
    for (const std::string& rank : ranks) name += "." + rank + std::to_string(place.at(rank));
    return name;
  }

  bool complete(const Einsum& einsum) const {
    const auto all = places(einsum.output.ranks);
    return std::all_of(all.begin(), all.end(), [&](const Place& place) {
      return known_.contains(point(einsum.name, einsum.output.ranks, place));
    });
  }

  std::size_t known_count() const {
    return static_cast<std::size_t>(std::count_if(cascade_.einsums.begin(), cascade_.einsums.end(),
                                                  [&](const Einsum& einsum) { return complete(einsum); }));
  }

  bool inputs_known(const Einsum& einsum, const Place& place) const {
    const auto inputs = einsum.inputs();
    return std::all_of(inputs.begin(), inputs.end(), [&](const TensorRef& input) {
      return known_.contains(point(input.tensor, input.ranks, place));
    });
  }

  void walk_once(const std::set<std::string>& barred) {
    std::set<std::string> visited;  // points of the iteration spaces, which a reduction needs all of
    for (int tile = 0; tile < 2; ++tile) {
      for (bool changed = true; changed;) {
        changed = false;
        for (const Einsum& einsum : cascade_.einsums) {
          if (barred.contains(einsum.name)) continue;
          const auto ranks = einsum.iteration_ranks();
          for (const Place& place : places(ranks)) {
            const bool elsewhere = over_elements(einsum) && place.at("m1") != tile;
            if (elsewhere || !inputs_known(einsum, place)) continue;
            visited.insert(point(einsum.name + "@", ranks, place));
          }
          for (const Place& output : places(einsum.output.ranks)) {
            const std::string name = point(einsum.name, einsum.output.ranks, output);
            if (known_.contains(name) || !all_visited(einsum, output, visited)) continue;
            known_.insert(name);
            changed = true;
          }
        }
      }
    }
  }

  static bool all_visited(const Einsum& einsum, const Place& output, const std::set<std::string>& visited) {
    const auto ranks = einsum.iteration_ranks();
    for (const Place& place : places(ranks)) {
      const bool feeds = std::all_of(output.begin(), output.end(), [&](const auto& coordinate) {
        return place.at(coordinate.first) == coordinate.second;
      });
      if (feeds && !visited.contains(point(einsum.name + "@", ranks, place))) return false;
    }
    return true;
  }

  const Cascade& cascade_;
  std::set<std::string> known_;
};

// Lines that read one or two tensors made before; a rank of theirs that the left lacks is summed.
std::vector<std::string> random_lines(std::mt19937& random) {
  const std::vector<std::string> shapes = {"[m1,m0]", "[m1,m0]", "[m1]", "[]"};
  std::vector<std::string> made = {"I[m1,m0]"};
  std::vector<std::string> lines;
  for (int i = 0; i < 12; ++i) {
    const std::string first = made[random() % made.size()];
    const std::string second = made[random() % made.size()];
    const std::string output = "T" + std::to_string(i) + shapes[random() % shapes.size()];
    const auto rank_count = [](const std::string& reference) {
      return std::count(reference.begin(), reference.end(), 'm');
    };
    if (rank_count(output) > std::max(rank_count(first), rank_count(second))) continue;
    lines.push_back(output + " = " + first + " * " + second);
    made.push_back(output);
  }
  return lines;
}

TEST(Passes, ElementsOfRandomCascadesAreWalkedAsOftenAsTheAnalysisSays) {
  std::mt19937 random(4);
  int deepest = 0;
  for (int i = 0; i < 400; ++i) {
    const std::vector<std::string> lines = random_lines(random);
    const Cascade cascade = made_of(lines);
    const Of walks = Walk(cascade).run();
    const Passes passes = analyse_passes(cascade, "m");
    int count = 0;
    for (const auto& [name, walk] : walks) {
      EXPECT_EQ(passes.of.at(name), walk) << name << " in " << ::testing::PrintToString(lines);
      count = std::max(count, walk + 1);
    }
    EXPECT_EQ(passes.count, count) << ::testing::PrintToString(lines);
    deepest = std::max(deepest, count);
  }
  EXPECT_GE(deepest, 4);
}

Cascade scanned(const std::string& lines) {
  return parse_cascade(
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {m: keys, n: keys}\n"
      "inputs: [\"A[m]\"]\noutput: Z[m]\neinsums:\n" +
          lines,
      "x.yaml");
}

TEST(Passes, AScanIsKnownWhileTheTraversalGoesOn) {
  const Cascade cascade = scanned("  - B[m] = scan sum(m) A[m]\n  - Y[m,n] = B[m] * A[n]\n  - Z[m] = sum(n) Y[m,n]\n");
  EXPECT_EQ(analyse_passes(cascade, "m").count, 1);
}

TEST(Passes, WhatReadsAnotherElementThanItsOwnWaitsForAll) {
  const auto reading = [](const std::string& index) {
    return analyse_passes(scanned("  - B[m] = scan sum(m) A[m]\n  - I[m] = floor(A[m])\n  - Y[m,n] = A[m] + A[n]\n"
                                  "  - Z[m] = sum(n) Y[m,n] * I[m] / B[" +
                                  index + "]\n"),
                          "m");
  };
  EXPECT_EQ(reading("m").count, 1);
  EXPECT_EQ(reading("m - 1").count, 1);
  EXPECT_EQ(reading("n").count, 2);
  EXPECT_EQ(reading("I[m]").count, 2);
  const Passes last = reading("keys - 1");
  EXPECT_EQ(last.count, 2);
  EXPECT_EQ(last.reason, (Reasons{{"Z", "needs B[keys - 1], which is complete only after pass 1 over m (B)"}}));
}

TEST(Passes, OfTheShippedVariantsOverTheirKeys) {
  const std::map<std::string, std::pair<std::string, int>> known = {
      {"based_taylor", {"t", 1}},
      {"delta_rule", {"t", 1}},
      {"flex_score_mods", {"m", 1}},
      {"gla", {"t", 1}},
      {"gla_chunked", {"c", 1}},
      {"gqa_causal", {"m", 1}},
      {"hip", {"m", 2}},
      {"lightning2", {"t", 1}},
      {"linear_attn", {"m", 1}},
      {"linear_attn_causal", {"t", 1}},
      {"mla", {"m", 1}},
      {"moh", {"m", 2}},
      {"natten_fna", {"m", 1}},
      {"predformer_factorised", {"m", 2}},
      {"qserve_kv4", {"m", 1}},
      {"routing_transformer", {"m", 1}},
      {"seer_attention", {"m", 2}},
      {"sigmoid_attn", {"m", 1}},
      {"sliding_window_sink", {"m", 1}},
      {"snapkv", {"m", 5}},
      {"tidaldecode", {"m", 1}},
      {"tokenselect", {"m", 5}},
  };
  for (const auto& [id, expected] : known) {
    EXPECT_EQ(analyse_passes(read_cascade(id), expected.first).count, expected.second) << id;
  }
}

}  // namespace
}  // namespace attnsim::workloads
