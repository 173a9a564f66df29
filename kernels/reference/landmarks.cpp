// Attention through landmarks, means of parts of the tokens.
#include <algorithm>
#include <cmath>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

bool everything(std::int64_t, std::int64_t) { return true; }

// The means of the rows that each of `count` equal parts touches.
Array part_means(const Array& rows, std::int64_t count) {
  Array result({count, rows.shape[1]});
  for (std::int64_t c = 0; c < count; ++c) {
    const std::int64_t begin = c * rows.shape[0] / count;
    const std::int64_t end = ((c + 1) * rows.shape[0] + count - 1) / count;
    for (std::int64_t e = 0; e < rows.shape[1]; ++e) {
      for (std::int64_t m = begin; m < end; ++m) result(c, e) += rows(m, e);
      result(c, e) /= static_cast<double>(end - begin);
    }
  }
  return result;
}

Array product(const Array& a, const Array& b) { return matrix_product({{"X", a}, {"W", b}}, {}); }

// identity * diagonal - a
Array from_identity(double diagonal, Array a) {
  for (double& value : a.data) value = -value;
  for (std::int64_t i = 0; i < a.shape[0]; ++i) a(i, i) += diagonal;
  return a;
}

}  // namespace

// Logits as published: s u.q + (u.q' - |q'|^2 / 2) + log sum exp of keys - (u.u' - |u'|^2 / 2), x' being x sqrt(s).
Array cab_lara(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t landmarks = whole(parameters, "landmarks");
  const double scale = parameters.at("scale");
  Array u = part_means(q, landmarks);
  const Array keys = part_means(k, landmarks);
  for (std::size_t i = 0; i < u.data.size(); ++i) u.data[i] += keys.data[i];
  // The log of a row's feature in direction c.
  const auto feature = [&](std::int64_t c, const Array& x, std::int64_t row) {
    return std::sqrt(scale) * dot(u, c, x, row) - scale * dot(x, row, x, row) / 2;
  };
  const Array gathered = attend(
      landmarks, inputs.at("V"), [&](auto c, auto m) { return feature(c, k, m); }, everything);
  std::vector<double> logs;
  for (std::int64_t c = 0; c < landmarks; ++c) {
    double sum = 0;
    for (std::int64_t m = 0; m < k.shape[0]; ++m) sum += std::exp(feature(c, k, m) - feature(c, k, 0));
    logs.push_back(std::log(sum) + feature(c, k, 0));
  }
  return attend(
      q.shape[0], gathered,
      [&](auto p, auto c) {
        return scale * dot(u, c, q, p) + feature(c, q, p) + logs[static_cast<std::size_t>(c)] - feature(c, u, c);
      },
      everything);
}

Array cab_nystrom(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t landmarks = whole(parameters, "landmarks");
  const double scale = parameters.at("scale") * parameters.at("scale");
  const Array queries = part_means(q, landmarks);
  const Array keys = part_means(k, landmarks);
  Array identity({landmarks, landmarks});
  for (std::int64_t i = 0; i < landmarks; ++i) identity(i, i) = 1;
  const Array a = attend(queries, keys, identity, scale, everything);
  double largest = 0;
  Array z(a.shape);
  for (std::int64_t j = 0; j < landmarks; ++j) {
    double column = 0;
    for (std::int64_t i = 0; i < landmarks; ++i) column += z(j, i) = a(i, j);
    largest = std::max(largest, column);
  }
  for (double& value : z.data) value /= largest;
  for (std::int64_t step = 0; step < whole(parameters, "steps"); ++step) {
    const Array az = product(a, z);
    const Array inner = product(az, from_identity(15, product(az, from_identity(7, az))));
    z = product(z, from_identity(13, inner));
    for (double& value : z.data) value /= 4;
  }
  const Array read = attend(queries, k, inputs.at("V"), scale, everything);
  return attend(q, keys, product(z, read), scale, everything);
}

}  // namespace attnsim::kernels
