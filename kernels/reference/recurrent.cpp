// Linear attention and its gated, decayed and corrected relatives as sums over pairs of tokens.
#include <cmath>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

// elu(x) + 1
double feature(double x) { return x > 0 ? x + 1 : std::exp(x); }

double feature_product(const Array& q, std::int64_t p, const Array& k, std::int64_t m) {
  double sum = 0;
  for (std::int64_t e = 0; e < q.shape[1]; ++e) sum += feature(q(p, e)) * feature(k(m, e));
  return sum;
}

}  // namespace

Array linear_attention(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array& q = inputs.at("Q");
  return weigh(
      q.shape[0], inputs.at("V"), [&](auto p, auto m) { return feature_product(q, p, inputs.at("K"), m); }, true);
}

Array linear_attention_causal(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array& q = inputs.at("Q");
  return weigh(
      q.shape[0], inputs.at("V"), [&](auto p, auto m) { return m <= p ? feature_product(q, p, inputs.at("K"), m) : 0; },
      true);
}

// Weights 1 + x + x^2/2 with x = s q.k.
Array based_taylor(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  return weigh(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) {
        const double x = parameters.at("scale") * dot(q, p, inputs.at("K"), m);
        return m <= p ? 1 + x + x * x / 2 : 0;
      },
      true, parameters.at("epsilon"));
}

// Weights s * sum over e of q k exp(gates since the key), a gate being logsigmoid(G) / normaliser.
Array gla(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const Array& g = inputs.at("G");
  return weigh(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) {
        double sum = 0;
        for (std::int64_t e = 0; e < q.shape[1] && m <= p; ++e) {
          double gates = 0;
          for (std::int64_t t = m + 1; t <= p; ++t) {
            gates += std::log(1 / (1 + std::exp(-g(t, e)))) / parameters.at("normaliser");
          }
          sum += parameters.at("scale") * q(p, e) * k(m, e) * std::exp(gates);
        }
        return sum;
      },
      false);
}

// Weights exp(-slope * distance) q.k.
Array lightning2(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  return weigh(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) {
        const double decay = std::exp(-parameters.at("slope") * static_cast<double>(p - m));
        return m <= p ? decay * dot(q, p, inputs.at("K"), m) : 0;
      },
      false);
}

// The state is never formed: token t writes u_t = b_t (v_t - sum over s < t of (k_s.k_t) u_s), a triangular system, and
// reads s * sum over s <= t of (q_t.k_s) u_s.
Array delta_rule(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& v = inputs.at("V");
  Array k = inputs.at("K");
  for (std::int64_t t = 0; t < k.shape[0]; ++t) {
    const double length = std::sqrt(dot(k, t, k, t));
    for (std::int64_t e = 0; e < k.shape[1]; ++e) k(t, e) /= length;
  }
  Array u(v.shape);
  for (std::int64_t t = 0; t < v.shape[0]; ++t) {
    const double rate = 1 / (1 + std::exp(-inputs.at("B")(t)));
    for (std::int64_t f = 0; f < v.shape[1]; ++f) {
      double recalled = 0;
      for (std::int64_t s = 0; s < t; ++s) recalled += dot(k, s, k, t) * u(s, f);
      u(t, f) = rate * (v(t, f) - recalled);
    }
  }
  return weigh(
      q.shape[0], u, [&](auto p, auto m) { return m <= p ? parameters.at("scale") * dot(q, p, k, m) : 0; }, false);
}

}  // namespace attnsim::kernels
