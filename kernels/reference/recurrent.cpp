// Linear attention and its gated, decayed and corrected relatives as sums over pairs of tokens.
#include <algorithm>
#include <cmath>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

// elu(x) + 1
double feature(double x) { return x > 0 ? x + 1 : std::exp(x); }

// sums[p,f] plus what the state before the first token gives query p.
Array after(Array sums, const Score& state) {
  for (std::int64_t p = 0; p < sums.shape[0]; ++p) {
    for (std::int64_t f = 0; f < sums.shape[1]; ++f) sums(p, f) += state(p, f);
  }
  return sums;
}

Array divided(Array sums, const Array& weights, double epsilon = 0) {
  for (std::int64_t p = 0; p < sums.shape[0]; ++p) {
    for (std::int64_t f = 0; f < sums.shape[1]; ++f) sums(p, f) /= weights(p, 0) + epsilon;
  }
  return sums;
}

// The tokens of a chunk side by side, and zeros behind the last token.
Array in_chunks(const Array& flat, const Parameters& parameters) {
  const auto chunk = static_cast<std::int64_t>(parameters.at("chunk"));
  Array result({(flat.shape[0] + chunk - 1) / chunk, std::min(chunk, flat.shape[0]), flat.shape[1]});
  std::copy(flat.data.begin(), flat.data.end(), result.data.begin());
  return result;
}

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
  const auto weight = [&](auto p, auto m) { return m <= p ? feature_product(q, p, inputs.at("K"), m) : 0; };
  const auto recalled = [&](std::int64_t p, const auto& state) {
    double sum = 0;
    for (std::int64_t e = 0; e < q.shape[1]; ++e) sum += feature(q(p, e)) * state(e);
    return sum;
  };
  const Array sums = after(weigh(q.shape[0], inputs.at("V"), weight, false),
                           [&](auto p, auto f) { return recalled(p, [&](auto e) { return inputs.at("KV0")(e, f); }); });
  const Array weights = after(weigh(q.shape[0], Array({q.shape[0], 1}, 1), weight, false),
                              [&](auto p, auto) { return recalled(p, [&](auto e) { return inputs.at("KZ0")(e); }); });
  return divided(sums, weights);
}

Array linear_attention_chunked(const Arrays& inputs, const Parameters& parameters) {
  return in_chunks(linear_attention_causal(inputs, parameters), parameters);
}

// Weights 1 + x + x^2/2 with x = s q.k.
Array based_taylor(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const double scale = parameters.at("scale");
  const auto weight = [&](auto p, auto m) {
    const double x = scale * dot(q, p, inputs.at("K"), m);
    return m <= p ? 1 + x + x * x / 2 : 0;
  };
  // The three states of one column of values: of the order 0, 1 and 2 in the query.
  const auto recalled = [&](std::int64_t p, double zeroth, const auto& first, const auto& second) {
    double sum = zeroth;
    for (std::int64_t c = 0; c < q.shape[1]; ++c) {
      sum += scale * q(p, c) * first(c);
      for (std::int64_t d = 0; d < q.shape[1]; ++d) sum += scale * scale / 2 * q(p, c) * q(p, d) * second(c, d);
    }
    return sum;
  };
  const Array sums = after(weigh(q.shape[0], inputs.at("V"), weight, false), [&](auto p, auto f) {
    return recalled(
        p, inputs.at("S00")(f), [&](auto c) { return inputs.at("S10")(c, f); },
        [&](auto c, auto d) { return inputs.at("S20")(c, d, f); });
  });
  const Array weights = after(weigh(q.shape[0], Array({q.shape[0], 1}, 1), weight, false), [&](auto p, auto) {
    return recalled(p, inputs.at("Z00")(), inputs.at("Z10"), inputs.at("Z20"));
  });
  return divided(sums, weights, parameters.at("epsilon"));
}

// Weights s * sum over e of q k exp(gates since the key), a gate being logsigmoid(G) / normaliser; the state before the
// first token has passed all gates.
Array gla(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const Array& g = inputs.at("G");
  // The product of e's gates at the tokens first to last.
  const auto passed = [&](std::int64_t e, std::int64_t first, std::int64_t last) {
    double gates = 0;
    for (std::int64_t t = first; t <= last; ++t) {
      gates += std::log(1 / (1 + std::exp(-g(t, e)))) / parameters.at("normaliser");
    }
    return std::exp(gates);
  };
  const auto sum_of = [&](std::int64_t p, const auto& term) {
    double sum = 0;
    for (std::int64_t e = 0; e < q.shape[1]; ++e) sum += parameters.at("scale") * q(p, e) * term(e);
    return sum;
  };
  const Array sums = weigh(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) { return m <= p ? sum_of(p, [&](auto e) { return k(m, e) * passed(e, m + 1, p); }) : 0; },
      false);
  return after(
      sums, [&](auto p, auto f) { return sum_of(p, [&](auto e) { return inputs.at("S0")(e, f) * passed(e, 0, p); }); });
}

Array gla_chunked(const Arrays& inputs, const Parameters& parameters) {
  return in_chunks(gla(inputs, parameters), parameters);
}

// Weights exp(-slope * distance) q.k; the state stands one token before the first.
Array lightning2(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const auto decay = [&](std::int64_t distance) {
    return std::exp(-parameters.at("slope") * static_cast<double>(distance));
  };
  const Array sums = weigh(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) { return m <= p ? decay(p - m) * dot(q, p, inputs.at("K"), m) : 0; }, false);
  return after(sums, [&](auto p, auto f) {
    double sum = 0;
    for (std::int64_t e = 0; e < q.shape[1]; ++e) sum += q(p, e) * inputs.at("KV0")(e, f);
    return decay(p + 1) * sum;
  });
}

Array lightning2_chunked(const Arrays& inputs, const Parameters& parameters) {
  return in_chunks(lightning2(inputs, parameters), parameters);
}

// The state is never formed: token t writes u_t = b_t (v_t - k_t S0 - sum over s < t of (k_s.k_t) u_s), a triangular
// system, and reads s * (q_t S0 + sum over s <= t of (q_t.k_s) u_s).
Array delta_rule(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& v = inputs.at("V");
  const double scale = parameters.at("scale");
  Array k = inputs.at("K");
  for (std::int64_t t = 0; t < k.shape[0]; ++t) {
    const double length = std::sqrt(dot(k, t, k, t));
    for (std::int64_t e = 0; e < k.shape[1]; ++e) k(t, e) /= length;
  }
  const auto from_start = [&](const Array& x, std::int64_t t, std::int64_t f) {
    double sum = 0;
    for (std::int64_t e = 0; e < x.shape[1]; ++e) sum += x(t, e) * inputs.at("S0")(e, f);
    return sum;
  };
  Array u(v.shape);
  for (std::int64_t t = 0; t < v.shape[0]; ++t) {
    const double rate = 1 / (1 + std::exp(-inputs.at("B")(t)));
    for (std::int64_t f = 0; f < v.shape[1]; ++f) {
      double recalled = from_start(k, t, f);
      for (std::int64_t s = 0; s < t; ++s) recalled += dot(k, s, k, t) * u(s, f);
      u(t, f) = rate * (v(t, f) - recalled);
    }
  }
  const Array sums = weigh(
      q.shape[0], u, [&](auto p, auto m) { return m <= p ? scale * dot(q, p, k, m) : 0; }, false);
  return after(sums, [&](auto p, auto f) { return scale * from_start(q, p, f); });
}

}  // namespace attnsim::kernels
