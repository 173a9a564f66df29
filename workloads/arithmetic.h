// The number system that a cascade is evaluated in: what its functions give, and how products are summed.
#pragma once

#include <string>

namespace attnsim::workloads {

enum class Function {
  kAbs,
  kAdd,
  kCos,
  kDiv,
  kEqual,
  kErf,
  kExp,
  kExp2,
  kFloor,
  kGreater,
  kLog,
  kLog2,
  kMax,
  kMin,
  kMul,
  kNeg,
  kPow,
  kRound,
  kRsqrt,
  kSigmoid,
  kSign,
  kSin,
  kSoftplus,
  kSqrt,
  kSub,
  kTanh
};

// By its name in a cascade: one of functions(). Throws std::out_of_range.
Function function_named(const std::string& name);

// Two rules hold in every arithmetic and make a query without any visible key harmless: a sum or difference with -inf
// on its left is -inf (a maximum over no key stays where it is: -inf - -inf is -inf, and its exp 0), and 0 / 0 is 0.
class Arithmetic {
 public:
  virtual ~Arithmetic() = default;
  // `b` is not used where the function has one argument.
  virtual double call(Function function, double a, double b) const = 0;
  // sum + a * b
  virtual double macc(double a, double b, double sum) const = 0;
};

// Double precision.
class ExactArithmetic : public Arithmetic {
 public:
  double call(Function function, double a, double b) const override;
  double macc(double a, double b, double sum) const override { return sum + a * b; }
};

}  // namespace attnsim::workloads
