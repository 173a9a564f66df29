// A product as the list of its factors, and back: what reassociation moves about.
#pragma once

#include <string>
#include <vector>

#include "workloads/cascade.h"

namespace attnsim::workloads {

struct Factor {
  Expression value;
  bool divides = false;
};

// "a * b / c" as {a, b, 1/c}; anything else is one factor of itself.
std::vector<Factor> factors_of(const Expression& expression);
// Factors that divide come last; a product of divisors alone begins with 1.
Expression product_of(const std::vector<Factor>& factors);

// Ranks on which an expression's value depends, each once: those of its tensors and, as parts, the coordinates that it
// reads as values. The tensors themselves, in order of appearance.
std::vector<std::string> ranks_of(const Cascade& cascade, const Expression& expression);
std::vector<TensorRef> tensors_of(const Expression& expression);

Expression tensor(TensorRef reference);
Expression call(const std::string& name, std::vector<Expression> arguments);

}  // namespace attnsim::workloads
