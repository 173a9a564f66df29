// Operators that may be scanned, and a counterexample for those that may not.
#include "workloads/associativity.h"

#include <gtest/gtest.h>

#include "tests/workloads/cascade_text.h"

namespace attnsim::workloads {
namespace {

std::string scanned(const std::string& value, const std::string& more = "") {
  return "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {t: queries}\ninputs: [\"A[t]\"]\n"
         "output: Z[t]\noperators:\n  own: {reduce: [a, b], value: \"" +
         value + "\", identity: 0}\n" + more + "einsums:\n  - Z[t] = scan own(t) A[t]\n";
}

TEST(Associativity, SumsMaximaAndWhatIsMadeOfThemScan) {
  for (const char* value : {"a + b", "a * b", "max(a, b)", "min(a, b)", "a + b + a * b", "log(exp(a) + exp(b))",
                            "max(a, max(b, 2))", "2 * a * b"}) {
    EXPECT_EQ(error_of(scanned(value)), "") << value;
  }
}

TEST(Associativity, ACounterexampleSaysWhatDiffers) {
  EXPECT_EQ(
      error_of(scanned("a - b")),
      "x.yaml:12: einsums[0]: 'own' is not associative, so nothing can scan with it: own(own(1, 1), 1) is -1, but "
      "own(1, own(1, 1)) is 1");
  EXPECT_EQ(error_of(scanned("decay * a + b", "parameters: {decay: 0.5}\n")),
            "x.yaml:13: einsums[0]: 'own' is not associative, so nothing can scan with it: own(own(1, 1), 1) is 1.75, "
            "but own(1, own(1, 1)) is 2");
  EXPECT_EQ(
      error_of(scanned("max(a, abs(b))")),
      "x.yaml:12: einsums[0]: 'own' is not associative, so nothing can scan with it: own(own(1, -2), 1) is 2, but "
      "own(1, own(-2, 1)) is 1");
  EXPECT_EQ(
      error_of(scanned("(a + b) / 2")),
      "x.yaml:12: einsums[0]: 'own' is not associative, so nothing can scan with it: own(own(1, 1), 2) is 1.5, but "
      "own(1, own(1, 2)) is 1.25");
}

TEST(Associativity, AParameterDecides) {
  EXPECT_EQ(error_of(scanned("decay * a + b", "parameters: {decay: 1}\n")), "");
}

TEST(Associativity, AnOperatorThatCallsItselfIsNotTried) {
  EXPECT_EQ(error_of(scanned("loop(a) + b", "  loop: {arguments: [x], value: loop(x)}\n")),
            "x.yaml:11: operators.loop: operators may not call themselves (got own -> loop -> loop)");
}

}  // namespace
}  // namespace attnsim::workloads
