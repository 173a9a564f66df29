// Attention as a weighted mean of values, from a score and a mask for each pair of query and key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "kernels/reference/oracle.h"

namespace attnsim::kernels {

using Score = std::function<double(std::int64_t p, std::int64_t m)>;
using Visible = std::function<bool(std::int64_t p, std::int64_t m)>;

inline std::int64_t whole(const Parameters& parameters, const char* name) {
  return static_cast<std::int64_t>(parameters.at(name));
}

// One matrix of a stack: X[i, :, :].
inline Array slice(const Array& stack, std::int64_t i) {
  Array result({stack.shape[1], stack.shape[2]});
  const auto size = static_cast<std::ptrdiff_t>(result.data.size());
  std::copy_n(stack.data.begin() + i * size, size, result.data.begin());
  return result;
}

// A grid of vectors as a matrix with a row for each place.
Array flattened(const Array& grid);

inline double dot(const Array& a, std::int64_t row, const Array& b, std::int64_t column) {
  double sum = 0;
  for (std::int64_t e = 0; e < a.shape[1]; ++e) sum += a(row, e) * b(column, e);
  return sum;
}

// AV[p,f] = sum over visible m of softmax(score)[p,m] * V[m,f]; 0 for a query that sees no key.
Array attend(std::int64_t queries, const Array& v, const Score& score, const Visible& visible);

// The same with the scaled product of a query and a key as score.
inline Array attend(const Array& q, const Array& k, const Array& v, double scale, const Visible& visible) {
  return attend(
      q.shape[0], v, [&](auto p, auto m) { return scale * dot(q, p, k, m); }, visible);
}

// AV[p,f] = sum over m of weight(p, m) * V[m,f], divided by the sum of weights if `divide`.
Array weigh(std::int64_t queries, const Array& v, const Score& weight, bool divide);

}  // namespace attnsim::kernels
