// Functions by name, and what they are in double precision.
#include "workloads/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace attnsim::workloads {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// NaN where either is, unlike std::fmax.
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }

}  // namespace

Function function_named(const std::string& name) {
  static const std::map<std::string, Function> known = {
      {"abs", Function::kAbs},         {"add", Function::kAdd},           {"cos", Function::kCos},
      {"div", Function::kDiv},         {"equal", Function::kEqual},       {"erf", Function::kErf},
      {"exp", Function::kExp},         {"exp2", Function::kExp2},         {"floor", Function::kFloor},
      {"log", Function::kLog},         {"greater", Function::kGreater},   {"round", Function::kRound},
      {"sign", Function::kSign},       {"softplus", Function::kSoftplus}, {"log2", Function::kLog2},
      {"max", Function::kMax},         {"min", Function::kMin},           {"mul", Function::kMul},
      {"neg", Function::kNeg},         {"pow", Function::kPow},           {"rsqrt", Function::kRsqrt},
      {"sigmoid", Function::kSigmoid}, {"sin", Function::kSin},           {"sqrt", Function::kSqrt},
      {"sub", Function::kSub},         {"tanh", Function::kTanh}};
  return known.at(name);
}

double ExactArithmetic::call(Function function, double a, double b) const {
  switch (function) {
    case Function::kAbs:
      return std::fabs(a);
    case Function::kAdd:
      return a == -kInfinity && !std::isnan(b) ? a : a + b;
    case Function::kCos:
      return std::cos(a);
    case Function::kDiv:
      return a == 0 && b == 0 ? 0 : a / b;
    case Function::kEqual:
      return a == b ? 1 : 0;
    case Function::kErf:
      return std::erf(a);
    case Function::kExp:
      return std::exp(a);
    case Function::kExp2:
      return std::exp2(a);
    case Function::kFloor:
      return std::floor(a);
    case Function::kGreater:
      return a > b ? 1 : 0;
    case Function::kLog:
      return std::log(a);
    case Function::kLog2:
      return std::log2(a);
    case Function::kMax:
      return larger(a, b);
    case Function::kMin:
      return -larger(-a, -b);
    case Function::kMul:
      return a * b;
    case Function::kNeg:
      return -a;
    case Function::kPow:
      return std::pow(a, b);
    case Function::kRound:
      return std::nearbyint(a);
    case Function::kRsqrt:
      return 1 / std::sqrt(a);
    case Function::kSigmoid:
      return 1 / (1 + std::exp(-a));
    case Function::kSign:
      return a > 0 ? 1 : a < 0 ? -1 : 0;
    case Function::kSin:
      return std::sin(a);
    case Function::kSoftplus:
      return std::max(a, 0.0) + std::log1p(std::exp(-std::fabs(a)));
    case Function::kSqrt:
      return std::sqrt(a);
    case Function::kSub:
      return a == -kInfinity && !std::isnan(b) ? a : a - b;
    case Function::kTanh:
      return std::tanh(a);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace attnsim::workloads
