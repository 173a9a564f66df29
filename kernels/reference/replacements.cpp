// What stands in softmax's place: other functions of a score, other sums to divide by, or none.
#include <algorithm>
#include <cmath>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

constexpr double kPi = 3.14159265358979323846;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double silu(double x) { return x * sigmoid(x); }

// Weights f(s q . k) of the keys up to the query's own position.
Array causal_map(const Arrays& inputs, const Parameters& parameters, const std::function<double(double)>& f) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  Array weights({q.shape[0], k.shape[0]});
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    for (std::int64_t m = 0; m <= p + k.shape[0] - q.shape[0]; ++m) {
      weights(p, m) = f(parameters.at("scale") * dot(q, p, k, m));
    }
  }
  return weights;
}

// Each row divided by its sum, unless that is 0.
void normalise(Array& weights) {
  for (std::int64_t p = 0; p < weights.shape[0]; ++p) {
    double total = 0;
    for (std::int64_t m = 0; m < weights.shape[1]; ++m) total += weights(p, m);
    for (std::int64_t m = 0; m < weights.shape[1] && total != 0; ++m) weights(p, m) /= total;
  }
}

Array weigh(const Array& weights, const Array& v) {
  return weigh(
      weights.shape[0], v, [&](auto p, auto m) { return weights(p, m); }, false);
}

// softplus(ln d ln n s q . k) over its sum, n the keys that a query sees.
Array softplus_weights(const Arrays& inputs, const Parameters& parameters) {
  Arrays scaled = inputs;
  Array& q = scaled.at("Q");
  const std::int64_t keys = inputs.at("K").shape[0];
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    const std::int64_t seen = std::max<std::int64_t>(1, p + 1 + keys - q.shape[0]);
    const double factor = std::log(static_cast<double>(q.shape[1])) * std::log(static_cast<double>(seen));
    for (std::int64_t e = 0; e < q.shape[1]; ++e) q(p, e) *= factor;
  }
  Array weights =
      causal_map(scaled, parameters, [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); });
  normalise(weights);
  return weights;
}

}  // namespace

Array relu_attn(const Arrays& inputs, const Parameters& parameters) {
  return weigh(causal_map(inputs, parameters, [](double x) { return x > 0 ? x : 0; }), inputs.at("V"));
}

Array lssa(const Arrays& inputs, const Parameters& parameters) {
  return weigh(softplus_weights(inputs, parameters), inputs.at("V"));
}

Array lssar(const Arrays& inputs, const Parameters& parameters) {
  Array weights = softplus_weights(inputs, parameters);
  const std::int64_t off = weights.shape[1] - weights.shape[0];
  for (std::int64_t p = 0; p < weights.shape[0]; ++p) {
    for (std::int64_t m = 0; m < weights.shape[1]; ++m) {
      const double excess = static_cast<double>(p + off + 1) * weights(p, m) - parameters.at("threshold");
      weights(p, m) = m <= p + off && excess > 0 ? std::pow(excess, parameters.at("power")) : 0;
    }
  }
  normalise(weights);
  return weigh(weights, inputs.at("V"));
}

// The density of each channel under every Gaussian, multiplied, over the sum of these.
Array gaam(const Arrays& inputs, const Parameters& parameters) {
  const Array& x = inputs.at("X");
  const std::int64_t width = x.shape[1];
  const double epsilon = parameters.at("epsilon");
  Array result(x.shape);
  for (std::int64_t t = 0; t < x.shape[0]; ++t) {
    double mean = 0;
    double squares = 0;
    for (std::int64_t e = 0; e < width; ++e) mean += x(t, e) / static_cast<double>(width);
    for (std::int64_t e = 0; e < width; ++e) squares += (x(t, e) - mean) * (x(t, e) - mean);
    const double variance = squares / static_cast<double>(std::max<std::int64_t>(1, width - 1)) + epsilon;
    double total = 0;
    for (std::int64_t e = 0; e < width; ++e) {
      double density = 1;
      for (std::int64_t g = 0; g < inputs.at("D").shape[0]; ++g) {
        const double c = std::exp(inputs.at("W")(g));
        const double y = (x(t, e) - mean - inputs.at("D")(g)) / std::sqrt(variance);
        density *= std::exp(-y * y / (2 * c * c)) / std::sqrt(2 * kPi * c * c);
      }
      total += density;
      result(t, e) = density * x(t, e);
    }
    for (std::int64_t e = 0; e < width; ++e) result(t, e) /= std::max(total, epsilon);
  }
  return result;
}

// The model's width as one rank.
Array adem_silu_cross(const Arrays& inputs, const Parameters& /*parameters*/) {
  const auto whole = [&](const char* name) {
    Array rows = inputs.at(name);
    const std::int64_t width = inputs.at("E1").shape[0] * inputs.at("E1").shape[1];
    rows.shape = {static_cast<std::int64_t>(rows.data.size()) / width, width};
    return rows;
  };
  const Array x = whole("X");
  const Array v = whole("V");
  const Array e1 = whole("E1");
  const Array e2 = whole("E2");
  Array values = v;
  for (std::int64_t m = 0; m < values.shape[0]; ++m) {
    for (std::int64_t d = 0; d < values.shape[1]; ++d) values(m, d) += e2(0, d);
  }
  return weigh(
      x.shape[0], values,
      [&](auto p, auto m) {
        double sum = 0;
        for (std::int64_t d = 0; d < x.shape[1]; ++d) {
          sum += silu(x(p, d)) * silu(v(m, d) + e1(0, d));
        }
        return sum;
      },
      false);
}

// Softmax attention of keys to queries, transposed.
Array reversed_attention(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t queries = inputs.at("Q").shape[0];
  Array identity({queries, queries});
  for (std::int64_t p = 0; p < queries; ++p) identity(p, p) = 1;
  const Array sent =
      attend(inputs.at("K"), inputs.at("Q"), identity, parameters.at("scale"), [](auto, auto) { return true; });
  return weigh(
      queries, inputs.at("V"), [&](auto p, auto m) { return sent(m, p) * sigmoid(inputs.at("C")(m)); }, false);
}

Array deconstruct_variants(const Arrays& inputs, const Parameters& parameters) {
  const double first = parameters.at("first");
  const double second = parameters.at("second");
  Array weights = causal_map(inputs, parameters, [=](double x) { return 1 + first * x + second * x * x; });
  normalise(weights);
  return weigh(weights, inputs.at("V"));
}

}  // namespace attnsim::kernels
