// Cascades in the arithmetic of the PEs.
#pragma once

#include "arch/arithmetic/pe.h"
#include "workloads/arithmetic.h"

namespace attnsim::sim::functional {

// Operands and results are floats, held in doubles. Functions that arch/arithmetic/pe.h has are those; the others
// (abs and min apart, which are exact) stand for a table that holds the correctly rounded result.
class PeArithmetic : public workloads::Arithmetic {
 public:
  // kBf16 for the 2D array, kFp32 for the lanes of the 1D array. `stores` rounds results to bf16.
  explicit PeArithmetic(arch::Multiplier multiplier, bool stores = false) : multiplier_(multiplier), stores_(stores) {}
  double call(workloads::Function function, double a, double b) const override;
  double macc(double a, double b, double sum) const override;
  double result(double value) const override;

 private:
  arch::Multiplier multiplier_;
  bool stores_;
};

// What a store writes and a load brings: bf16.
double stored(double value);

}  // namespace attnsim::sim::functional
