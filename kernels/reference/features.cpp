// Linear kernels: features of queries and keys, bounded memories, landmarks.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The sum over e of sigmoid(a) sigmoid(b), each plus epsilon.
double flow(const Array& a, std::int64_t i, const Array& b, std::int64_t j, double epsilon) {
  double sum = 0;
  for (std::int64_t e = 0; e < a.shape[1]; ++e) sum += (sigmoid(a(i, e)) + epsilon) * (sigmoid(b(j, e)) + epsilon);
  return sum;
}

// What flows from each row of a to all of b, whose rows count `weight`; epsilon is added to the sum over b once.
std::vector<double> flows(const Array& a, const Array& b, const std::vector<double>& weight, double epsilon) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < a.shape[0]; ++i) {
    double sum = 0;
    for (std::int64_t e = 0; e < a.shape[1]; ++e) {
      double all = epsilon;
      for (std::int64_t j = 0; j < b.shape[0]; ++j) all += sigmoid(b(j, e)) * weight[static_cast<std::size_t>(j)];
      sum += (sigmoid(a(i, e)) + epsilon) * all;
    }
    result.push_back(sum);
  }
  return result;
}

std::vector<double> inverse(std::vector<double> values) {
  for (double& value : values) value = 1 / value;
  return values;
}

}  // namespace

Array flattened(const Array& grid) {
  Array result({grid.shape[0] * grid.shape[1], grid.shape[2]});
  result.data = grid.data;
  return result;
}

// Weights q.k / exp(n of the query); the state before the first token likewise.
Array norm_linear_dsf(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array& q = inputs.at("Q");
  Array result = weigh(
      q.shape[0], inputs.at("V"), [&](auto p, auto m) { return m <= p ? dot(q, p, inputs.at("K"), m) : 0; }, false);
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    for (std::int64_t f = 0; f < result.shape[1]; ++f) {
      for (std::int64_t e = 0; e < q.shape[1]; ++e) result(p, f) += q(p, e) * inputs.at("S0")(e, f);
      result(p, f) /= std::exp(inputs.at("N")(p));
    }
  }
  return result;
}

// Weight of a pair: a_p sigmoid(q).sigmoid(k) c_m / I_p.
Array flow_attention(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const double epsilon = parameters.at("epsilon");
  const auto queries = static_cast<std::size_t>(q.shape[0]);
  const auto keys = static_cast<std::size_t>(k.shape[0]);
  const std::vector<double> incoming = flows(q, k, std::vector<double>(keys, 1), epsilon);
  const std::vector<double> outgoing = flows(k, q, std::vector<double>(queries, 1), epsilon);
  const std::vector<double> conserved_in = flows(q, k, inverse(outgoing), epsilon);
  std::vector<double> competition = flows(k, q, inverse(incoming), epsilon);
  double total = 0;
  for (double& value : competition) total += value = std::exp(std::clamp(value, -1.0, 1.0));
  const double ratio = static_cast<double>(queries) / static_cast<double>(keys);
  return weigh(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) {
        const auto query = static_cast<std::size_t>(p);
        const double share = competition[static_cast<std::size_t>(m)] / total * static_cast<double>(keys);
        return sigmoid(conserved_in[query] * ratio) * flow(q, p, k, m, 0) * share / incoming[query];
      },
      false);
}

// Weights relu(q).relu(k) cos(pi/2 * distance / keys).
Array cab_cosformer(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t off = k.shape[0] - q.shape[0];
  const auto weight = [&](std::int64_t p, std::int64_t m) {
    double sum = 0;
    for (std::int64_t e = 0; e < q.shape[1]; ++e) sum += std::max(q(p, e), 0.0) * std::max(k(m, e), 0.0);
    return sum * std::cos(std::numbers::pi / 2 * static_cast<double>(p + off - m) / static_cast<double>(k.shape[0]));
  };
  Array result = weigh(q.shape[0], inputs.at("V"), weight, false);
  const Array weights = weigh(q.shape[0], Array({k.shape[0], 1}, 1), weight, false);
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    for (std::int64_t f = 0; f < result.shape[1]; ++f) {
      result(p, f) /= std::max(weights(p, 0), parameters.at("epsilon"));
    }
  }
  return result;
}

Array cab_performer(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const Array& w = inputs.at("W");
  // Products of a row with the directions, d^-1/4 of it.
  const auto products = [&](const Array& x) {
    Array result({x.shape[0], w.shape[0]});
    for (std::int64_t i = 0; i < x.shape[0]; ++i) {
      for (std::int64_t r = 0; r < w.shape[0]; ++r) result(i, r) = dot(x, i, w, r) * std::sqrt(parameters.at("scale"));
    }
    return result;
  };
  const auto feature = [&](const Array& x, const Array& product, std::int64_t i, std::int64_t r, double largest) {
    const double norm = parameters.at("scale") * dot(x, i, x, i) / 2;
    return (std::exp(product(i, r) - norm - largest) + parameters.at("epsilon"));
  };
  const Array xq = products(q);
  const Array xk = products(k);
  const double largest = *std::max_element(xk.data.begin(), xk.data.end());
  const auto weight = [&](std::int64_t p, std::int64_t m) {
    double own = xq(p, 0);
    for (std::int64_t r = 1; r < w.shape[0]; ++r) own = std::max(own, xq(p, r));
    double sum = 0;
    for (std::int64_t r = 0; r < w.shape[0]; ++r) sum += feature(q, xq, p, r, own) * feature(k, xk, m, r, largest);
    return sum / static_cast<double>(w.shape[0]);
  };
  Array result = weigh(q.shape[0], inputs.at("V"), weight, false);
  const Array weights = weigh(q.shape[0], Array({k.shape[0], 1}, 1), weight, false);
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    for (std::int64_t f = 0; f < result.shape[1]; ++f) result(p, f) /= std::max(weights(p, 0), parameters.at("least"));
  }
  return result;
}

// A slot attends like a query: to keys by WK, to values by WV.
Array cab_abc(const Arrays& inputs, const Parameters& parameters) {
  const auto all = [](auto, auto) { return true; };
  const Array keys = attend(inputs.at("WK"), inputs.at("K"), inputs.at("K"), 1, all);
  const Array values = attend(inputs.at("WV"), inputs.at("V"), inputs.at("V"), 1, all);
  return attend(inputs.at("Q"), keys, values, parameters.at("scale"), all);
}

// Agents are queries of the keys, then keys of the queries; a convolution of the values besides.
Array agent_attention(const Arrays& inputs, const Parameters& parameters) {
  const Array& v = inputs.at("V");
  const std::int64_t height = v.shape[0];
  const std::int64_t width = v.shape[1];
  const std::int64_t pool = whole(parameters, "pool");
  const Array q = flattened(inputs.at("Q"));
  const Array k = flattened(inputs.at("K"));
  Array agents({pool * pool, q.shape[1]});
  const auto begin = [&](std::int64_t a, std::int64_t extent) { return a * extent / pool; };
  const auto end = [&](std::int64_t a, std::int64_t extent) { return ((a + 1) * extent + pool - 1) / pool; };
  for (std::int64_t a = 0; a < pool; ++a) {
    for (std::int64_t b = 0; b < pool; ++b) {
      const auto size = static_cast<double>((end(a, height) - begin(a, height)) * (end(b, width) - begin(b, width)));
      for (std::int64_t y = begin(a, height); y < end(a, height); ++y) {
        for (std::int64_t x = begin(b, width); x < end(b, width); ++x) {
          for (std::int64_t e = 0; e < q.shape[1]; ++e) agents(a * pool + b, e) += q(y * width + x, e) / size;
        }
      }
    }
  }
  const auto all = [](auto, auto) { return true; };
  const auto places = static_cast<std::size_t>(height * width);
  const auto biased = [&](const Array& left, const Array& right, const Array& bias, std::size_t row) {
    return [&, row](std::int64_t i, std::int64_t j) {
      return parameters.at("scale") * dot(left, i, right, j) +
             bias.data[static_cast<std::size_t>(i) * row + static_cast<std::size_t>(j)];
    };
  };
  const Array read = attend(pool * pool, flattened(v), biased(agents, k, inputs.at("B1"), places), all);
  Array result =
      attend(height * width, read, biased(q, agents, inputs.at("B2"), static_cast<std::size_t>(pool * pool)), all);
  result.shape = v.shape;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t k_y = std::max<std::int64_t>(y - 1, 0); k_y <= std::min(y + 1, height - 1); ++k_y) {
        for (std::int64_t k_x = std::max<std::int64_t>(x - 1, 0); k_x <= std::min(x + 1, width - 1); ++k_x) {
          for (std::int64_t f = 0; f < v.shape[2]; ++f) {
            result(y, x, f) += inputs.at("W")(k_y - y + 1, k_x - x + 1, f) * v(k_y, k_x, f);
          }
        }
      }
    }
  }
  return result;
}

}  // namespace attnsim::kernels
