// Costs of a result: every shipped row on every shipped architecture, and what the message says where one is
// impossible.
#include "mapping/pe_cost.h"

#include <gtest/gtest.h>

#include "common/registry.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;

workloads::Cascade one_line(const std::string& line) {
  return workloads::parse_cascade(
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {p: queries, m: keys}\n"
      "inputs: [\"A[p,m]\", \"B[p,m]\"]\noutput: Z[p,m]\neinsums:\n  - Y[p,m] = A[p,m] * B[p,m]\n  - \"" +
          line + "\"\n",
      "x.yaml");
}

TEST(PeCost, EveryEinsumOfEveryRowRunsOnEveryLaneAndCostsSomething) {
  for (const std::string& row : common::preset_names(workloads::variants())) {
    const workloads::Cascade cascade = workloads::read_cascade(row);
    for (const std::string& name : common::preset_names(arch::presets())) {
      const arch::Architecture architecture = arch::read_architecture(name);
      for (const Einsum& einsum : cascade.einsums) {
        if (einsum.reduction && einsum.reduction->op == "topk") continue;  // no work of a PE
        const arch::Composition cost = pe_cost(cascade, einsum, architecture.array_1d.functions);
        EXPECT_TRUE(cost.possible()) << row << " " << einsum.text << " on " << name;
        const bool constant = einsum.section == Einsum::Section::kStart && einsum.inputs().empty();
        EXPECT_TRUE(cost.cycles > 0 || constant) << row << " " << einsum.text << " on " << name;
      }
    }
  }
}

TEST(PeCost, EveryFunctionOfACascadeCostsSomethingOnEveryLane) {
  for (const auto& [function, arguments] : workloads::functions()) {
    if (function == "neg") continue;  // a sign flip rides on the next operation
    const workloads::Cascade cascade =
        one_line("Z[p,m] = " + function + (arguments == 1 ? "(Y[p,m] + B[p,m])" : "(Y[p,m], B[p,m])"));
    for (const std::string& name : common::preset_names(arch::presets())) {
      const auto cost = pe_cost(cascade, cascade.einsums.back(), arch::read_architecture(name).array_1d.functions);
      EXPECT_TRUE(cost.possible()) << function << " on " << name;
      EXPECT_GE(cost.cycles, arguments == 1 && function != "exp" ? 2 : 1) << function << " on " << name;
    }
  }
}

TEST(PeCost, ATensorIsPutThroughAUnitEvenIfItsMapIsFree) {
  const arch::Functions maccs = {{"macc", 2}};
  for (const char* map : {"3 * Y[p,m]", "-Y[p,m]", "Y[p,m]"}) {
    const workloads::Cascade cascade = one_line(std::string("Z[p,m] = ") + map);
    EXPECT_EQ(pe_cost(cascade, cascade.einsums.back(), maccs).cycles, 2) << map;
  }
}

TEST(PeCost, ASumOfScaledValuesTakesAnAddEach) {
  const workloads::Cascade cascade = workloads::parse_cascade(
      "# Example.\nid: x\nclass: x\nsource: x\nprovenance: confirmed\nranks: {p: queries, m: keys}\n"
      "inputs: [\"A[p,m]\"]\noutput: Z[p]\neinsums:\n  - Z[p] = sum(m) 2 * exp(A[p,m])\n",
      "x.yaml");
  EXPECT_EQ(pe_cost(cascade, cascade.einsums.back(), {{"macc", 1}, {"add", 1}, {"exp", 5}}).cycles, 6);
}

TEST(PeCost, SubtractionMayBeChargedApart) {
  const workloads::Cascade cascade = one_line("Z[p,m] = exp(Y[p,m] - B[p,m])");
  const arch::Functions functions = {{"macc", 1}, {"add", 3}, {"exp", 1}};
  EXPECT_EQ(pe_cost(cascade, cascade.einsums.back(), functions).cycles, 1);
  EXPECT_EQ(pe_cost(cascade, cascade.einsums.back(), functions, workloads::Subtraction::kApart).cycles, 4);
}

TEST(PeCost, WhatIsMissingIsNamedWithWhatWouldDo) {
  const workloads::Cascade cascade = one_line("Z[p,m] = tanh(Y[p,m]) * max(B[p,m], 0)");
  EXPECT_EQ(missing_text(cascade, cascade.einsums.back(), {{"add", 1}}, "array_2d", "mine"),
            "PE function macc of Z is missing on array_2d of mine; array_2d.functions needs macc, or Z another array; "
            "PE function max of Z is missing on array_2d of mine; array_2d.functions needs max, or Z another array; PE "
            "function tanh of Z is missing on array_2d of mine and cannot be made there without macc and max; "
            "array_2d.functions needs tanh, or macc and max, or Z another array");
}

}  // namespace
}  // namespace attnsim::mapping
