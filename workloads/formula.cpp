// Expressions as steps on a stack, and reductions.
#include "workloads/formula.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace attnsim::workloads {

namespace {

using Kind = Expression::Kind;

}  // namespace

Formula::Formula(const Instance& instance, const Expression& expression, const std::vector<std::string>& arguments) {
  const Expression expanded = expand(instance.cascade(), expression);
  is_product_ = expanded.kind == Kind::kCall && expanded.name == "mul";
  append(instance, expanded, arguments);
}

void Formula::append(const Instance& instance, const Expression& expression,
                     const std::vector<std::string>& arguments) {
  Step step;
  switch (expression.kind) {
    case Kind::kNumber:
      step.constant = expression.number;
      break;
    case Kind::kParameter: {
      const auto argument = std::find(arguments.begin(), arguments.end(), expression.name);
      if (argument == arguments.end() && instance.cascade().is_rank(expression.name)) {
        const auto known = std::find(coordinates_.begin(), coordinates_.end(), expression.name);
        step.kind = Step::Kind::kCoordinate;
        step.index = static_cast<std::size_t>(known - coordinates_.begin());
        if (known == coordinates_.end()) coordinates_.push_back(expression.name);
      } else if (argument == arguments.end()) {
        step.constant = instance.parameter(expression.name);
      } else {
        step.kind = Step::Kind::kValue;
        step.index = static_cast<std::size_t>(argument - arguments.begin());
      }
      break;
    }
    case Kind::kTensor: {
      const auto known = std::find(reads_.begin(), reads_.end(), expression.tensor);
      step.kind = Step::Kind::kValue;
      step.index = static_cast<std::size_t>(known - reads_.begin());
      if (known == reads_.end()) reads_.push_back(expression.tensor);
      break;
    }
    case Kind::kCall:
      for (const Expression& argument : expression.arguments) append(instance, argument, arguments);
      step.kind = expression.arguments.size() == 1 ? Step::Kind::kUnary : Step::Kind::kBinary;
      step.function = function_named(expression.name);
      break;
  }
  steps_.push_back(step);
}

void Formula::run(const Arithmetic& arithmetic, const std::vector<double>& values, Stack& stack,
                  std::size_t steps) const {
  stack.clear();
  for (std::size_t i = 0; i < steps; ++i) {
    const Step& step = steps_[i];
    switch (step.kind) {
      case Step::Kind::kValue:
        stack.push_back(values[step.index]);
        break;
      case Step::Kind::kCoordinate:
        stack.push_back(values[reads_.size() + step.index]);
        break;
      case Step::Kind::kConstant:
        stack.push_back(step.constant);
        break;
      case Step::Kind::kUnary:
        stack.back() = arithmetic.call(step.function, stack.back(), 0);
        break;
      case Step::Kind::kBinary: {
        const double right = stack.back();
        stack.pop_back();
        stack.back() = arithmetic.call(step.function, stack.back(), right);
        break;
      }
    }
  }
}

double Formula::evaluate(const Arithmetic& arithmetic, const std::vector<double>& values, Stack& stack) const {
  run(arithmetic, values, stack, steps_.size());
  return stack.back();
}

double Formula::add_product(const Arithmetic& arithmetic, const std::vector<double>& values, Stack& stack,
                            double sum) const {
  if (!is_product_) throw std::logic_error("the formula is no product");
  run(arithmetic, values, stack, steps_.size() - 1);
  return arithmetic.macc(stack[0], stack[1], sum);
}

Combination::Combination(const Instance& instance, const Reduction& reduction) {
  const Cascade& cascade = instance.cascade();
  if (const auto own = cascade.operators.find(reduction.op); own != cascade.operators.end()) {
    identity_ = own->second.identity;
    own_.emplace(instance, own->second.value, own->second.arguments);
  } else if (reduction.op == "sum") {
    is_sum_ = true;
  } else {
    function_ = function_named(reduction.op);
    identity_ = function_ == Function::kMax ? -std::numeric_limits<double>::infinity()
                                            : std::numeric_limits<double>::infinity();
  }
}

double Combination::combine(const Arithmetic& arithmetic, double a, double b, Formula::Stack& stack) const {
  return own_ ? own_->evaluate(arithmetic, {a, b}, stack) : arithmetic.call(function_, a, b);
}

}  // namespace attnsim::workloads
