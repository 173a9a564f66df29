// Every cascade of attention against its formula written out, for tiles that divide the keys and tiles that do not.
#include "workloads/interpreter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "common/registry.h"
#include "tests/workloads/cascade_text.h"

namespace attnsim::workloads {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Workload shape(std::int64_t queries, std::int64_t keys, std::int64_t head_dim, std::int64_t value_dim) {
  Workload workload;
  workload.heads = workload.kv_heads = 1;
  workload.head_dim = head_dim;
  workload.value_dim = value_dim;
  workload.seq_len = queries;
  workload.kv_len = keys;
  return workload;
}

Tensor random_tensor(const TensorRef& reference, const std::vector<std::int64_t>& extents, unsigned seed) {
  std::vector<Range> ranges;
  for (const std::int64_t extent : extents) ranges.push_back({0, extent});
  Tensor tensor(reference.ranks, ranges, 0);
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  for (double& value : tensor.values()) value = normal(generator);
  return tensor;
}

Tensors random_inputs(const Cascade& cascade, const Instance& instance) {
  Tensors inputs;
  unsigned seed = 1;
  for (const TensorRef& input : cascade.inputs) {
    std::vector<std::int64_t> extents;
    for (const std::string& rank : input.ranks) extents.push_back(instance.extent(rank));
    inputs[input.tensor] = random_tensor(input, extents, seed++);
  }
  return inputs;
}

using Visible = std::function<bool(std::int64_t m, std::int64_t p)>;

// softmax(Q K^T / sqrt(E)) V over the visible keys; 0 where there are none.
std::vector<double> attention(const Tensors& inputs, const Visible& visible) {
  const Tensor& q = inputs.at("Q");
  const Tensor& k = inputs.at("K");
  const Tensor& v = inputs.at("V");
  std::vector<double> result;
  for (std::int64_t p = 0; p < q.ranges()[0].end; ++p) {
    std::vector<double> sums(static_cast<std::size_t>(v.ranges()[1].end), 0);
    double norm = 0;
    for (std::int64_t m = 0; m < k.ranges()[0].end; ++m) {
      if (!visible(m, p)) continue;
      double score = 0;
      for (std::int64_t e = 0; e < q.ranges()[1].end; ++e) score += q.at({p, e}) * k.at({m, e});
      const double weight = std::exp(score / std::sqrt(static_cast<double>(q.ranges()[1].end)));
      norm += weight;
      for (std::size_t f = 0; f < sums.size(); ++f) sums[f] += weight * v.at({m, static_cast<std::int64_t>(f)});
    }
    for (const double sum : sums) result.push_back(norm == 0 ? 0 : sum / norm);
  }
  return result;
}

std::map<std::string, Cascade> attention_cascades() {
  std::map<std::string, Cascade> result;
  for (const char* name : {"fusemax_1pass", "fusemax_2pass", "fusemax_3pass"}) result[name] = read_cascade(name);
  for (const char* name : {"fusemax_2pass_deferred", "fusemax_3pass_deferred", "split_keys_1pass"}) {
    result[name] = read_cascade((common::data_root() / "tests/workloads/cascades" / name).string() + ".yaml");
  }
  return result;
}

std::map<std::string, std::int64_t> tiles(const Cascade& cascade, std::int64_t size) {
  if (cascade.split.empty()) return {};
  return {{"m0", size}};
}

// Masks every Einsum that goes through keys and queries.
VisitsOf masked(const Visible& visible) {
  return [visible](const Einsum&, const std::vector<std::string>& ranks) -> Visits {
    const auto m = std::find(ranks.begin(), ranks.end(), "m") - ranks.begin();
    const auto p = std::find(ranks.begin(), ranks.end(), "p") - ranks.begin();
    if (static_cast<std::size_t>(std::max(m, p)) == ranks.size()) return {};
    return [visible, m, p](std::span<const std::int64_t> at) {
      return visible(at[static_cast<std::size_t>(m)], at[static_cast<std::size_t>(p)]);
    };
  };
}

void expect_close(const Tensor& got, const std::vector<double>& wanted, const std::string& name) {
  ASSERT_EQ(got.values().size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got.values()[i], wanted[i], 1e-12) << name << " at " << i;
}

TEST(Interpreter, EveryCascadeOfAttentionGivesItsFormulaForAnyTile) {
  for (const auto& [name, cascade] : attention_cascades()) {
    for (const std::int64_t tile : {1, 4, 5, 13, 64}) {
      const Instance instance(cascade, shape(7, 13, 5, 6), tiles(cascade, tile));
      const Tensors inputs = random_inputs(cascade, instance);
      const Tensors made = interpret(instance, inputs, ExactArithmetic());
      expect_close(instance.merge(made.at("AV"), cascade.output), attention(inputs, [](auto, auto) { return true; }),
                   name);
    }
  }
}

TEST(Interpreter, OffMaskPointsAreNotVisited) {
  const Visible causal_window = [](std::int64_t m, std::int64_t p) { return m <= p + 6 && m > p + 1; };
  for (const auto& [name, cascade] : attention_cascades()) {
    const Instance instance(cascade, shape(7, 13, 5, 6), tiles(cascade, 4));
    const Tensors inputs = random_inputs(cascade, instance);
    const Tensors made = interpret(instance, inputs, ExactArithmetic(), masked(causal_window));
    expect_close(made.at("AV"), attention(inputs, causal_window), name);
  }
}

TEST(Interpreter, AQueryWithoutAnyVisibleKeyGivesZero) {
  const Visible late = [](std::int64_t m, std::int64_t p) { return p > 2 && m < p; };
  for (const auto& [name, cascade] : attention_cascades()) {
    const Instance instance(cascade, shape(7, 13, 5, 6), tiles(cascade, 4));
    const Tensors inputs = random_inputs(cascade, instance);
    const Tensors made = interpret(instance, inputs, ExactArithmetic(), masked(late));
    expect_close(made.at("AV"), attention(inputs, late), name);
    EXPECT_EQ(made.at("AV").at({0, 0}), 0) << name;
  }
}

TEST(Interpreter, TheScaledDotProductIsTheSameInEveryReassociation) {
  double sum_a = 0;
  double sum_ab = 0;
  for (const char* name : {"dot_2pass", "dot_1pass_deferred", "dot_1pass_iterative"}) {
    const Cascade cascade = read_cascade((common::data_root() / "tests/workloads/cascades" / name).string() + ".yaml");
    const Instance instance(cascade, shape(1, 9, 1, 1), {});
    const Tensors inputs = random_inputs(cascade, instance);
    sum_a = sum_ab = 0;
    for (std::int64_t k = 0; k < 9; ++k) {
      sum_a += inputs.at("A").at({k});
      sum_ab += inputs.at("A").at({k}) * inputs.at("B").at({k});
    }
    const Tensors made = interpret(instance, inputs, ExactArithmetic());
    EXPECT_NEAR(made.at("Z").at({}), sum_a * sum_ab, 1e-12) << name;
  }
}

TEST(Interpreter, ACarriedValueOfTheLastStepIsLeft) {
  const Cascade cascade = parse_cascade(small_cascade(), "x.yaml");
  const Instance instance(cascade, shape(2, 5, 8, 8), {{"m0", 2}});
  const Tensors inputs = random_inputs(cascade, instance);
  const Tensors made = interpret(instance, inputs, ExactArithmetic());
  for (std::int64_t p = 0; p < 2; ++p) {
    double sum = 0;
    for (std::int64_t begin = 0; begin < 5; begin += 2) {
      double most = -kInfinity;
      for (std::int64_t m = begin; m < std::min<std::int64_t>(begin + 2, 5); ++m) {
        double score = 0;
        for (std::int64_t e = 0; e < 8; ++e) score += inputs.at("Q").at({p, e}) * inputs.at("K").at({m, e});
        most = std::max(most, score / std::sqrt(8.0));
      }
      sum += std::exp(most);
    }
    EXPECT_NEAR(made.at("R").at({p}), sum, 1e-12 * sum);
    EXPECT_NEAR(made.at("Z").at({p}), std::log(sum), 1e-12);
  }
  EXPECT_FALSE(made.contains("R'"));
}

TEST(Interpreter, OwnOperatorsMapAndReduce) {
  const std::string text = R"yaml(# The largest magnitude of a shifted rank.
id: own
class: teaching
source: none
provenance: confirmed
ranks: {p: queries, m: keys}
inputs: ["A[m,p]"]
output: Z[p]
parameters: {shift: 0.5}
operators:
  absmax: {reduce: [a, b], value: "max(a, abs(b))", identity: 0}
  moved: {arguments: [x], value: x + shift}
einsums:
  - Z[p] = absmax(m) moved(A[m,p])
)yaml";
  const Cascade cascade = parse_cascade(text, "own.yaml");
  const Instance instance(cascade, shape(2, 4, 1, 1), {});
  const Tensors inputs = random_inputs(cascade, instance);
  const Tensors made = interpret(instance, inputs, ExactArithmetic());
  for (std::int64_t p = 0; p < 2; ++p) {
    double most = 0;
    for (std::int64_t m = 0; m < 4; ++m) most = std::max(most, std::fabs(inputs.at("A").at({m, p}) + 0.5));
    EXPECT_EQ(made.at("Z").at({p}), most);
  }
}

// A prompt, then one token after the other, each on the state that the one before left: as if all came at once.
TEST(Interpreter, RecurrentRowsDecodeOnTheStateThatTheyCarry) {
  int rows = 0;
  for (const std::string& name : common::preset_names(variants())) {
    const Cascade cascade = read_cascade(name);
    if (cascade.defaults.empty()) continue;
    ++rows;
    const auto run = [&](std::int64_t first, std::int64_t tokens, const Tensors& all, const Tensors& states) {
      const Workload workload = shape(tokens, first + tokens, 4, 3);
      const Instance instance(cascade, workload, {});
      Tensors inputs;
      for (const TensorRef& input : cascade.inputs) {
        inputs[input.tensor] = states.contains(input.tensor) ? states.at(input.tensor) : all.at(input.tensor);
        if (input.ranks.empty() || input.ranks[0] != "t") continue;
        const Tensor& whole = all.at(input.tensor);
        Tensor part = instance.whole(input, 0);
        std::copy_n(whole.values().begin() + first * whole.stride(0), part.values().size(), part.values().begin());
        inputs[input.tensor] = part;
      }
      return interpret(instance, inputs, ExactArithmetic());
    };
    const Workload workload = shape(6, 6, 4, 3);
    const Tensors all = random_inputs(cascade, Instance(cascade, workload, {}));
    // Three values a token; behind those of the tokens there may be zeros.
    const auto output = [](const Tensors& tensors, int tokens) {
      const std::vector<double>& values = tensors.at("AV").values();
      return std::vector<double>(values.begin(), values.begin() + 3 * tokens);
    };
    const std::vector<double> expected = output(run(0, 6, all, {}), 6);
    std::vector<double> made;
    Tensors states;
    for (const auto& [first, tokens] : std::vector<std::pair<int, int>>{{0, 3}, {3, 1}, {4, 1}, {5, 1}}) {
      const Tensors step = run(first, tokens, all, states);
      const std::vector<double> now = output(step, tokens);
      made.insert(made.end(), now.begin(), now.end());
      for (const Einsum& einsum : cascade.einsums) {
        if (!cascade.is_first_value(einsum)) continue;
        const std::string given = einsum.inputs().at(0).tensor;
        EXPECT_TRUE(cascade.defaults.contains(given)) << name << ": " << einsum.text;
        states[given] = step.at(einsum.name);
      }
    }
    ASSERT_EQ(made.size(), expected.size());
    for (std::size_t i = 0; i < made.size(); ++i)
      EXPECT_NEAR(made[i], expected[i], 1e-9 * (1 + std::fabs(made[i]))) << name;
  }
  EXPECT_EQ(rows, 13);
}

TEST(Interpreter, GivenTensorsAreTakenAsTheyAreAndWhatReadsThemFollows) {
  const Cascade cascade = read_cascade("fusemax_1pass");
  const Instance instance(cascade, shape(3, 10, 4, 5), {{"m0", 4}});
  Tensors inputs = random_inputs(cascade, instance);
  const Tensors own = interpret(instance, inputs, ExactArithmetic());
  // Results of the same inputs change nothing; K and Q are then read by nobody.
  Tensors same = inputs;
  same["RNV"] = own.at("RNV");
  same["RD"] = own.at("RD");
  EXPECT_EQ(interpret(instance, same, ExactArithmetic()).at("AV").values(), own.at("AV").values());
  Tensors twice = same;
  for (double& value : twice["RNV"].values()) value *= 2;
  const Tensors made = interpret(instance, twice, ExactArithmetic());
  for (std::size_t i = 0; i < made.at("AV").values().size(); ++i)
    EXPECT_EQ(made.at("AV").values()[i], 2 * own.at("AV").values()[i]);
  EXPECT_EQ(made.at("RNV").values(), twice.at("RNV").values());
}

TEST(Interpreter, AGivenTensorOfOtherExtentsIsRefused) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  const Instance instance(cascade, shape(2, 3, 4, 5), {});
  Tensors inputs = random_inputs(cascade, instance);
  inputs["GM"] = Tensor({"p"}, {{0, 3}}, 0);
  EXPECT_THROW(interpret(instance, inputs, ExactArithmetic()), std::invalid_argument);
}

TEST(Interpreter, InputsThatAreMissingOrOfOtherExtentsAreRefused) {
  const Cascade cascade = read_cascade("fusemax_3pass");
  const Instance instance(cascade, shape(2, 3, 4, 5), {});
  Tensors inputs = random_inputs(cascade, instance);
  inputs["K"] = random_tensor(cascade.inputs[1], {4, 4}, 1);
  EXPECT_THROW(interpret(instance, inputs, ExactArithmetic()), std::invalid_argument);
  inputs.erase("K");
  EXPECT_THROW(interpret(instance, inputs, ExactArithmetic()), std::invalid_argument);
}

}  // namespace
}  // namespace attnsim::workloads
