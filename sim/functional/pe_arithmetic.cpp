// Each function of a cascade by the PE function that computes it.
#include "sim/functional/pe_arithmetic.h"

#include <cmath>

namespace attnsim::sim::functional {

using workloads::Function;

double PeArithmetic::call(Function function, double a, double b) const {
  const auto x = static_cast<float>(a);
  const auto y = static_cast<float>(b);
  switch (function) {
    case Function::kAdd:
      return arch::add(x, y);
    case Function::kSub:
      return arch::subtract(x, y);
    case Function::kMul:
      return arch::multiply(x, y, multiplier_);
    case Function::kDiv:
      return arch::divide(x, y);
    case Function::kMax:
      return arch::maximum(x, y);
    case Function::kMin:
      return -arch::maximum(-x, -y);
    case Function::kNeg:
      return -x;
    case Function::kExp:
      return arch::exp(x);
    case Function::kSigmoid:
      return arch::sigmoid(x);
    case Function::kTanh:
      return arch::tanh(x);
    case Function::kRsqrt:
      return arch::rsqrt(x);
    default:
      return arch::add(static_cast<float>(workloads::ExactArithmetic().call(function, x, y)), 0);
  }
}

double PeArithmetic::macc(double a, double b, double sum) const {
  return arch::macc(static_cast<float>(a), static_cast<float>(b), static_cast<float>(sum), multiplier_);
}

double PeArithmetic::result(double value) const { return stored_(value); }

}  // namespace attnsim::sim::functional
