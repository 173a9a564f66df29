// Walks an expression from its leaves; values on their way take the lane's two scratch registers.
#include "rtl/bridge/lane_program.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "arch/arithmetic/pe.h"
#include "sim/functional/pe_arithmetic.h"
#include "workloads/formula.h"

namespace attnsim::rtl {
namespace {

using workloads::Expression;
using Kind = Expression::Kind;

constexpr std::size_t kMostSteps = 8;

struct Operand {
  LaneSource source = LaneSource::kConstantA;
  bool minus = false;
};

class Compiler {
 public:
  explicit Compiler(const workloads::Instance& instance) : instance_(instance) {}

  std::optional<LaneProgram> run(const workloads::Einsum& einsum, const Expression& map) {
    if (einsum.scan) return std::nullopt;
    const bool made = einsum.reduction ? reduce(einsum.reduction->op, map) : result(map);
    if (!made || program_.steps.size() > kMostSteps) return std::nullopt;
    return std::move(program_);
  }

 private:
  // A value that no operation makes passes through the adder, or with a constant factor through the multiplier.
  bool result(const Expression& map) {
    if (is_call(map, "mul", 2) && constant_of(instance_, map.arguments[0])) {
      const auto a = value(map.arguments[0]);
      const auto b = value(map.arguments[1]);
      return a && b && is_word(*b) && add(LaneOp::kMultiply, *a, *b);
    }
    const auto whole = value(map);
    if (!whole) return false;
    if (!is_word(*whole) && !whole->minus) return !program_.steps.empty();
    const auto nothing = constant(-0.0);  // x + -0 = x
    return nothing && add(LaneOp::kAdd, *whole, *nothing);
  }

  bool reduce(const std::string& op, const Expression& map) {
    const Operand sum{LaneSource::kSum, false};
    program_.start = op == "max" ? SumSource::kLowest : SumSource::kZero;
    if (op == "sum" && is_call(map, "mul", 2)) {
      const auto a = value(map.arguments[0]);
      const auto b = value(map.arguments[1]);
      return a && b && add(LaneOp::kMacc, *a, *b);
    }
    if (op != "sum" && op != "max") return false;
    const auto term = value(map);
    return term && add(op == "sum" ? LaneOp::kAdd : LaneOp::kMax, sum, *term);
  }

  static bool is_word(const Operand& operand) {
    return operand.source == LaneSource::kBankA || operand.source == LaneSource::kBankB;
  }

  std::optional<Operand> value(const Expression& expression) {
    if (expression.kind == Kind::kTensor) return word(expression.tensor);
    if (const auto known = constant_of(instance_, expression)) return constant(*known);
    if (is_call(expression, "neg", 1)) {
      auto operand = value(expression.arguments[0]);
      if (operand) operand->minus = !operand->minus;
      return operand;
    }
    if (is_call(expression, "exp", 1)) {
      const Expression& inner = expression.arguments[0];
      if (is_call(inner, "sub", 2)) return call(LaneOp::kExp, value(inner.arguments[0]), value(inner.arguments[1]));
      const auto power = value(inner);
      return call(LaneOp::kExp, power, constant(0));
    }
    if (is_call(expression, "sigmoid", 1)) {
      auto power = value(expression.arguments[0]);
      if (!power) return std::nullopt;
      power->minus = !power->minus;
      const auto term = call(LaneOp::kExp, power, constant(0));
      const auto below = call(LaneOp::kAdd, constant(1), term);
      return call(LaneOp::kDivide, constant(1), below);
    }
    if (is_call(expression, "abs", 1)) {
      const auto size = value(expression.arguments[0]);
      if (!size) return std::nullopt;
      return call(LaneOp::kMax, size, Operand{size->source, !size->minus});
    }
    return two_sided(expression);
  }

  std::optional<Operand> two_sided(const Expression& expression) {
    static const std::map<std::string, LaneOp> kOps{{"max", LaneOp::kMax},      {"min", LaneOp::kMax},
                                                    {"add", LaneOp::kAdd},      {"sub", LaneOp::kAdd},
                                                    {"mul", LaneOp::kMultiply}, {"div", LaneOp::kDivide}};
    const auto op = kOps.find(expression.name);
    if (expression.kind != Kind::kCall || op == kOps.end() || expression.arguments.size() != 2) return std::nullopt;
    // A constant factor is free in the model: it would need a multiplier on the way in.
    if (op->second == LaneOp::kMultiply &&
        (constant_of(instance_, expression.arguments[0]) || constant_of(instance_, expression.arguments[1])))
      return std::nullopt;
    auto a = value(expression.arguments[0]);
    auto b = value(expression.arguments[1]);
    if (!a || !b) return std::nullopt;
    const bool is_min = expression.name == "min";  // -max(-a, -b)
    if (is_min) a->minus = !a->minus;
    if (is_min || expression.name == "sub") b->minus = !b->minus;
    auto made = call(op->second, a, b);
    if (made && is_min) program_.steps.back().minus_result = true;
    return made;
  }

  std::optional<Operand> call(LaneOp op, const std::optional<Operand>& a, const std::optional<Operand>& b) {
    if (!a || !b || !add(op, *a, *b)) return std::nullopt;
    const std::uint8_t scratch = program_.steps.back().scratch;
    is_held_[scratch] = true;
    return Operand{scratch == 0 ? LaneSource::kScratch0 : LaneSource::kScratch1, false};
  }

  bool add(LaneOp op, const Operand& a, const Operand& b) {
    for (const Operand& operand : {a, b}) {
      if (operand.source == LaneSource::kScratch0) is_held_[0] = false;
      if (operand.source == LaneSource::kScratch1) is_held_[1] = false;
    }
    if (is_held_[0] && is_held_[1]) return false;
    LaneStep step;
    step.op = op;
    step.a = a.source;
    step.b = b.source;
    step.minus_a = a.minus;
    step.minus_b = b.minus;
    step.scratch = is_held_[0] ? 1 : 0;
    program_.steps.push_back(step);
    return true;
  }

  std::optional<Operand> word(const workloads::TensorRef& tensor) {
    auto& operands = program_.operands;
    auto known = std::find(operands.begin(), operands.end(), tensor);
    if (known == operands.end()) {
      if (operands.size() == 2) return std::nullopt;
      known = operands.insert(operands.end(), tensor);
    }
    return Operand{known == operands.begin() ? LaneSource::kBankA : LaneSource::kBankB, false};
  }

  std::optional<Operand> constant(double number) {
    // Before the first element of no reduction the sum is 0.
    if (fp32_bits(number) == 0 && !program_.start) return Operand{LaneSource::kSum, false};
    auto& constants = program_.constants;
    auto known = std::find_if(constants.begin(), constants.end(),
                              [&](double other) { return fp32_bits(other) == fp32_bits(number); });
    if (known == constants.end()) {
      if (constants.size() == 2) return std::nullopt;
      known = constants.insert(constants.end(), number);
    }
    return Operand{known == constants.begin() ? LaneSource::kConstantA : LaneSource::kConstantB, false};
  }

  const workloads::Instance& instance_;
  LaneProgram program_;
  std::array<bool, 2> is_held_{};
};

}  // namespace

bool is_call(const Expression& expression, const std::string& name, std::size_t arguments) {
  return expression.kind == Kind::kCall && expression.name == name && expression.arguments.size() == arguments;
}

std::optional<LaneProgram> lane_program(const workloads::Instance& instance, const workloads::Einsum& einsum,
                                        const Expression& map) {
  return Compiler(instance).run(einsum, map);
}

std::optional<double> constant_of(const workloads::Instance& instance, const Expression& expression) {
  const workloads::Formula formula(instance, expression);
  if (!formula.reads().empty() || !formula.coordinates().empty()) return std::nullopt;
  workloads::Formula::Stack stack;
  return formula.evaluate(sim::functional::PeArithmetic(arch::Multiplier::kFp32), {}, stack);
}

}  // namespace attnsim::rtl
