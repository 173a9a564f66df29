// The right-hand side of an Einsum made ready for evaluation at many points: steps on a stack.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/arithmetic.h"
#include "workloads/instance.h"

namespace attnsim::workloads {

class Formula {
 public:
  // Map operators are expanded, parameters replaced by their values. `arguments` are the names that a reduction's
  // operator combines; in an Einsum there are none.
  Formula(const Instance& instance, const Expression& expression, const std::vector<std::string>& arguments = {});

  // The references that it reads, each once, in order of appearance.
  const std::vector<TensorRef>& reads() const { return reads_; }
  // The declared ranks whose coordinates it reads as values.
  const std::vector<std::string>& coordinates() const { return coordinates_; }
  // Whether it is a product, so that a sum of it takes a MACC.
  bool is_product() const { return is_product_; }

  // Reused between evaluations.
  using Stack = std::vector<double>;
  // `values` are those of reads() and then of coordinates(), or of the arguments.
  double evaluate(const Arithmetic& arithmetic, const std::vector<double>& values, Stack& stack) const;
  // sum + the product. Throws std::logic_error unless is_product().
  double add_product(const Arithmetic& arithmetic, const std::vector<double>& values, Stack& stack, double sum) const;

 private:
  struct Step {
    enum class Kind { kValue, kCoordinate, kConstant, kUnary, kBinary } kind = Kind::kConstant;
    std::size_t index = 0;  // kValue, kCoordinate
    double constant = 0;    // kConstant
    Function function = Function::kAdd;
  };

  void append(const Instance& instance, const Expression& expression, const std::vector<std::string>& arguments);
  void run(const Arithmetic& arithmetic, const std::vector<double>& values, Stack& stack, std::size_t steps) const;

  std::vector<Step> steps_;
  std::vector<TensorRef> reads_;
  std::vector<std::string> coordinates_;
  bool is_product_ = false;
};

// How an Einsum combines the values that its map gives at the points that it reduces.
class Combination {
 public:
  Combination(const Instance& instance, const Reduction& reduction);
  double identity() const { return identity_; }
  bool is_sum() const { return is_sum_; }
  double combine(const Arithmetic& arithmetic, double a, double b, Formula::Stack& stack) const;

 private:
  double identity_ = 0;
  bool is_sum_ = false;
  Function function_ = Function::kAdd;
  std::optional<Formula> own_;
};

}  // namespace attnsim::workloads
