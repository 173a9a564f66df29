// A core with a register too many under each column: reductions reach the lanes a cycle after the Program says so.
#include <gtest/gtest.h>

#include <Vcore_faulty.h>
#include <Vcore_faulty___024root.h>
#include "rtl/bridge/verilated_machine.h"
#include "tests/rtl/engine/cases.h"

namespace attnsim::rtl {
namespace {

TEST(Fault, OneCycleMoreInTheReductionIsFound) {
  VerilatedMachine<Vcore_faulty> machine(
      4,
      [](Vcore_faulty& core) -> VlUnpacked<SData, kDramWords>& { return core.rootp->core__DOT__u_dram__DOT__words_q; },
      "");
  const Outcome outcome = run_case(machine, {"fusemax", "fusemax_1pass", attention_of(10, 14, 6, 5)});
  EXPECT_NE(outcome.words, "");
}

}  // namespace
}  // namespace attnsim::rtl
