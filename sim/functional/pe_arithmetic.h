// Cascades in the arithmetic of the PEs.
#pragma once

#include "arch/arithmetic/pe.h"
#include "sim/functional/stored.h"
#include "workloads/arithmetic.h"

namespace attnsim::sim::functional {

// Operands and results are floats, held in doubles. Functions that arch/arithmetic/pe.h has are those; the others
// (abs and min apart, which are exact) stand for a table that holds the correctly rounded result.
class PeArithmetic : public workloads::Arithmetic {
 public:
  // kBf16 for the 2D array, kFp32 for the lanes of the 1D array. Results are rounded as `stored`.
  explicit PeArithmetic(arch::Multiplier multiplier, Stored stored = {}) : multiplier_(multiplier), stored_(stored) {}
  double call(workloads::Function function, double a, double b) const override;
  double macc(double a, double b, double sum) const override;
  double result(double value) const override;

 private:
  arch::Multiplier multiplier_;
  Stored stored_;
};

}  // namespace attnsim::sim::functional
