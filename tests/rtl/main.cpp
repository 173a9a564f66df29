// Runs the tests; where coverage is counted, writes it at the end.
#include <gtest/gtest.h>
#include <verilated.h>

#ifdef ATTNSIM_RTL_COVERAGE
#include <verilated_cov.h>
#endif

// Called by Verilated code for $time.
double sc_time_stamp() { return 0; }

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int failed = RUN_ALL_TESTS();
#ifdef ATTNSIM_RTL_COVERAGE
  Verilated::threadContextp()->coveragep()->write(ATTNSIM_RTL_COVERAGE);
#endif
  return failed;
}
