// What a function costs where it has no unit, and that so many operations are enough for its error.
#include "arch/composition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "arch/arithmetic/pe.h"

namespace attnsim::arch {
namespace {

const Functions kMaccs = {{"macc", 1}};
const Functions kFuseMax = {{"macc", 1}, {"add", 1}, {"max", 1}, {"exp", 7}, {"divide", 1}};

std::int64_t results(const Composition& composition, const std::string& function) {
  return composition.results[pe_function(function)];
}

TEST(Composition, AFunctionWithAUnitIsOneResultOfIt) {
  const Composition exp = composition_of("exp", kFuseMax);
  EXPECT_EQ(exp.cycles, 7);
  EXPECT_EQ(results(exp, "exp"), 1);
  EXPECT_EQ(results(exp, "macc"), 0);
  EXPECT_EQ(composition_of("tanh", {{"tanh", 3}}).cycles, 3);
}

TEST(Composition, PartsAreComposedInTurn) {
  // 1 / (1 + exp(-x)): exp 7, add 1, divide 1; with MACCs alone exp 1 + 6, add 1, divide 1 + 9.
  EXPECT_EQ(composition_of("sigmoid", kFuseMax).cycles, 9);
  const Composition maccs = composition_of("sigmoid", kMaccs);
  EXPECT_TRUE(maccs.possible());
  EXPECT_EQ(maccs.cycles, 18);
  EXPECT_EQ(results(maccs, "macc"), 18);
  EXPECT_EQ(composition_of("sqrt", kFuseMax).cycles, 1 + 8 + 1);
  EXPECT_EQ(composition_of("softplus", kFuseMax).cycles, 2 + 7 + 2 + 8);
}

TEST(Composition, SlowerPartsMakeASlowerFunction) {
  EXPECT_EQ(composition_of("exp", {{"macc", 2}, {"add", 3}}).cycles, 3 + 6 * 2);
}

TEST(Composition, NothingComparesWithoutAMaxUnit) {
  EXPECT_EQ(composition_of("max", kMaccs).missing, std::vector<std::string>{"max"});
  EXPECT_EQ(composition_of("tanh", kMaccs).missing, std::vector<std::string>{"max"});
  EXPECT_EQ(composition_of("exp", {{"max", 1}}).missing, std::vector<std::string>{"macc"});
  EXPECT_EQ(composition_of("tanh", {{"divide", 1}}).missing, (std::vector<std::string>{"macc", "max"}));
}

TEST(Composition, MaccAndMaxMakeEverything) {
  for (const std::string& function : composable_functions()) {
    const Composition made = composition_of(function, {{"macc", 1}, {"max", 1}});
    EXPECT_TRUE(made.possible()) << function;
    EXPECT_EQ(made.cycles, results(made, "macc") + results(made, "max")) << function;
    EXPECT_GE(made.cycles, 1) << function;
  }
}

// The arithmetic of a PE, with a count of what it did.
class CountedPe {
 public:
  explicit CountedPe(Multiplier multiplier) : multiplier_(multiplier) {}
  float macc(float a, float b, float sum) {
    ++count_.results[pe_function("macc")];
    return arch::macc(a, b, sum, multiplier_);
  }
  float add(float a, float b) {
    ++count_.results[pe_function("add")];
    return arch::add(a, b);
  }
  float larger(float a, float b) {
    ++count_.results[pe_function("max")];
    return maximum(a, b);
  }
  float exp(float x) {
    ++count_.results[pe_function("exp")];
    return arch::exp(x);
  }
  // In two parts where factors are bf16.
  static float high(float x) { return to_bf16(x); }
  static float low(float x) { return x - to_bf16(x); }
  const PeResults& results() const { return count_.results; }

 private:
  Multiplier multiplier_;
  Composition count_;
};

float quotient(CountedPe& pe, float a, float b) {
  int exponent = 0;
  const float m = std::frexp(b, &exponent);            // 0.5 to 1: wires
  float y = CountedPe::high(pe.add(2.9142F, -2 * m));  // within 9 %, doubling and rounding are wires
  y = CountedPe::high(pe.macc(y, pe.macc(-m, y, 1), y));
  y = CountedPe::high(pe.macc(y, pe.macc(-m, y, 1), y));
  const float rest = pe.macc(-CountedPe::low(m), y, pe.macc(-CountedPe::high(m), y, 1));
  const float rough = pe.macc(CountedPe::low(a), y, pe.macc(CountedPe::high(a), y, 0));
  return std::ldexp(pe.macc(rough, rest, rough), -exponent);
}

float logarithm(CountedPe& pe, float x) {
  int n = 0;
  float m = std::frexp(x, &n);
  const bool small = pe.add(m, -0x1.6a09e6p-1F) < 0;  // to [sqrt(1/2), sqrt(2))
  if (small) {
    m *= 2;
    --n;
  }
  const float t = pe.add(m, -1);
  const float p = pe.macc(pe.macc(pe.macc(-0.2227292F, t, 0.3534358F), t, -0.5023927F), t, 0.9997378F);
  const auto whole = static_cast<float>(n);
  const float of_n = pe.macc(whole, 0x1.62p-1F, pe.macc(whole, 0x1.c8p-10F, 0));
  return pe.macc(t, p, of_n);
}

float sine(CountedPe& pe, float x) {
  constexpr float kTurn = 0x1.46p-2F;        // 1 / pi to 8 bits ...
  constexpr float kTurnRest = -0x1.9fp-15F;  // ... and the next ones
  float t = pe.macc(CountedPe::high(x), kTurn, 0);
  t = pe.macc(CountedPe::high(x), kTurnRest, t);
  t = pe.macc(CountedPe::low(x), kTurn, t);
  constexpr float kLarge = 0x1.8p23F;
  const float n = pe.add(pe.add(t, kLarge), -kLarge);
  const float f = pe.add(t, -n);
  const float square = pe.macc(f, f, 0);
  const float p = pe.macc(pe.macc(2.326335F, square, -5.145725F), square, 3.141250F);
  const float result = pe.macc(p, f, 0);
  return std::fmod(n, 2.0F) == 0 ? result : -result;
}

float error_function(CountedPe& pe, float x) {
  const float size = pe.larger(x, -x);
  const float p = pe.macc(pe.macc(0.0630943F, size, 0.6610271F), size, 1.1244168F);
  return std::copysign(pe.add(1, -pe.exp(-pe.macc(p, size, 0))), x);
}

struct Recipe {
  std::string name;
  std::function<float(CountedPe&, float)> ours;
  std::function<double(double)> exact;
  float first;
  float last;
  double error;  // the larger of relative and absolute, at most
};

TEST(Composition, SoManyOperationsAreEnoughForTheError) {
  const std::vector<Recipe> recipes = {
      {"divide", [](CountedPe& pe, float x) { return quotient(pe, 0.7F, x); }, [](double x) { return 0.7F / x; }, 0.01F,
       100, std::exp2(-14)},
      {"log", logarithm, [](double x) { return std::log(x); }, 1e-6F, 1e6F, std::exp2(-7.5)},
      {"sin", sine, [](double x) { return std::sin(x); }, -20, 20, std::exp2(-7.5)},
      {"erf", error_function, [](double x) { return std::erf(x); }, -4, 4, std::exp2(-8)},
  };
  std::mt19937 generator(1);
  for (const Recipe& recipe : recipes) {
    std::uniform_real_distribution<float> range(recipe.first, recipe.last);
    for (const Multiplier multiplier : {Multiplier::kBf16, Multiplier::kFp32}) {
      double most = 0;
      for (int i = 0; i < 20000; ++i) {
        CountedPe pe(multiplier);
        const float x = to_bf16(range(generator));
        const double wanted = recipe.exact(x);
        const double got = recipe.ours(pe, x);
        most = std::max(most, std::fabs(got - wanted) / std::max(1.0, std::fabs(wanted)));
        if (i > 0) continue;
        const Composition charged = composition_of(recipe.name, {{"macc", 1}, {"add", 1}, {"max", 1}, {"exp", 7}});
        EXPECT_EQ(pe.results(), charged.results) << recipe.name;
      }
      EXPECT_LT(most, recipe.error) << recipe.name << (multiplier == Multiplier::kBf16 ? " bf16" : " fp32");
    }
  }
}

}  // namespace
}  // namespace attnsim::arch
