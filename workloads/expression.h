// The right-hand side of an Einsum: a tree of tensor references, numbers, parameters and operator calls.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/index_expression.h"

namespace attnsim::workloads {

// "K[m1,m0,e]", "RM'[p]". `next` is the prime: the tensor's value at the next step of the iterated rank.
struct TensorRef {
  std::string tensor;
  bool next = false;
  std::vector<std::string> ranks;
  // "K[p + t - half, e]", "K[I[p,j], e]", or "K[n,e]" where n runs along m: one index for each rank that the tensor is
  // declared with, and `ranks` are those that the indices name. Empty where the reference has the tensor's own ranks.
  std::vector<IndexExpression> indices = {};
  bool operator==(const TensorRef&) const = default;
};

// A lookup "I[p,j]" in an index or a predicate as the reference that it is.
TensorRef reference_of(const IndexExpression& lookup);
// The lookups in an index expression, outermost first.
std::vector<TensorRef> lookups(const IndexExpression& expression);

struct Expression {
  enum class Kind { kTensor, kNumber, kParameter, kCall };
  Kind kind = Kind::kNumber;
  TensorRef tensor;   // kTensor
  double number = 0;  // kNumber; inf allowed; "-3" is one number, not a call of neg
  // kParameter: a parameter, "scale", a quantity such as "keys" or "offset", or a declared rank for its coordinate.
  // kCall: "add", "sub", "mul", "div", "neg", or a function.
  std::string name;
  std::vector<Expression> arguments;  // kCall
  bool operator==(const Expression&) const = default;
};

// As it would be written: "exp(BQK[m0,p] - RM'[p])".
std::string to_string(const Expression& expression);
std::string to_string(const TensorRef& reference);

// The functions that a map may call, each with its number of arguments; "+" is add, a unary "-" is neg, and so on.
const std::map<std::string, int>& functions();

}  // namespace attnsim::workloads
