// Attention in which every query weighs every key that its mask shows.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

std::int64_t floor_div(double a, double b) { return static_cast<std::int64_t>(std::floor(a / b)); }

// Attention over Q, K and V with the scaled product as score.
Array dot_product_attention(const Arrays& inputs, const Parameters& parameters, const Visible& visible) {
  return attend(inputs.at("Q"), inputs.at("K"), inputs.at("V"), parameters.at("scale"), visible);
}

std::int64_t offset(const Array& q, const Array& k) { return k.shape[0] - q.shape[0]; }

}  // namespace

Array attend(std::int64_t queries, const Array& v, const Score& score, const Visible& visible) {
  Array result({queries, v.shape[1]});
  for (std::int64_t p = 0; p < queries; ++p) {
    double largest = -std::numeric_limits<double>::infinity();
    for (std::int64_t m = 0; m < v.shape[0]; ++m) {
      if (visible(p, m)) largest = std::max(largest, score(p, m));
    }
    double total = 0;
    for (std::int64_t m = 0; m < v.shape[0]; ++m) {
      if (!visible(p, m)) continue;
      const double weight = std::exp(score(p, m) - largest);
      total += weight;
      for (std::int64_t f = 0; f < v.shape[1]; ++f) result(p, f) += weight * v(m, f);
    }
    for (std::int64_t f = 0; f < v.shape[1] && total > 0; ++f) result(p, f) /= total;
  }
  return result;
}

Array weigh(std::int64_t queries, const Array& v, const Score& weight, bool divide) {
  Array result({queries, v.shape[1]});
  for (std::int64_t p = 0; p < queries; ++p) {
    double total = 0;
    for (std::int64_t m = 0; m < v.shape[0]; ++m) {
      const double w = weight(p, m);
      total += w;
      for (std::int64_t f = 0; f < v.shape[1]; ++f) result(p, f) += w * v(m, f);
    }
    for (std::int64_t f = 0; f < v.shape[1] && divide; ++f) result(p, f) /= total;
  }
  return result;
}

// Z = X W
Array matrix_product(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array& x = inputs.at("X");
  const Array& w = inputs.at("W");
  Array result({x.shape[0], w.shape[1]});
  for (std::int64_t t = 0; t < x.shape[0]; ++t) {
    for (std::int64_t n = 0; n < w.shape[1]; ++n) {
      for (std::int64_t k = 0; k < x.shape[1]; ++k) result(t, n) += x(t, k) * w(k, n);
    }
  }
  return result;
}

Array softmax_attention(const Arrays& inputs, const Parameters& parameters) {
  return dot_product_attention(inputs, parameters, [](auto, auto) { return true; });
}

// The last query stands at the last key.
Array causal_attention(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t off = offset(inputs.at("Q"), inputs.at("K"));
  return dot_product_attention(inputs, parameters, [off](auto p, auto m) { return m <= p + off; });
}

Array sliding_window_sink(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t off = offset(inputs.at("Q"), inputs.at("K"));
  const double window = parameters.at("window");
  const double sinks = parameters.at("sinks");
  return dot_product_attention(inputs, parameters, [=](auto p, auto m) {
    const double distance = static_cast<double>(p + off - m);
    return distance >= 0 && (distance < window || static_cast<double>(m) < sinks);
  });
}

// Score: cap * tanh((s q.k - slope * distance) / cap).
Array flex_score_mods(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t off = offset(q, k);
  const double cap = parameters.at("cap");
  const double document = parameters.at("document");
  const auto distance = [off](auto p, auto m) { return static_cast<double>(p + off - m); };
  return attend(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) {
        const double score = parameters.at("scale") * dot(q, p, k, m) - parameters.at("slope") * distance(p, m);
        return cap * std::tanh(score / cap);
      },
      [&](auto p, auto m) {
        const bool shown = distance(p, m) >= 0 || static_cast<double>(m) < parameters.at("prefix");
        const bool near = distance(p, m) < parameters.at("window");
        return shown && near &&
               floor_div(static_cast<double>(p + off), document) == floor_div(static_cast<double>(m), document);
      });
}

// Weights sigmoid(s q.k - ln(keys)), which nothing normalises.
Array sigmoid_attention(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t off = offset(q, k);
  const double bias = -std::log(static_cast<double>(k.shape[0]));
  return weigh(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) {
        return m <= p + off ? 1 / (1 + std::exp(-(parameters.at("scale") * dot(q, p, k, m) + bias))) : 0;
      },
      false);
}

// Not absorbed: keys and values of each head are made from the latent cache first.
Array mla(const Arrays& inputs, const Parameters& parameters) {
  const Array& c = inputs.at("C");
  const Array& wk = inputs.at("WK");
  const Array& wv = inputs.at("WV");
  const Array& qn = inputs.at("QN");
  const Array& qr = inputs.at("QR");
  const std::int64_t queries = qn.shape[1];
  const std::int64_t keys = c.shape[0];
  Array result({qn.shape[0], queries, wv.shape[2]});
  for (std::int64_t h = 0; h < qn.shape[0]; ++h) {
    Array k({keys, wk.shape[1]});
    Array v({keys, wv.shape[2]});
    for (std::int64_t m = 0; m < keys; ++m) {
      for (std::int64_t r = 0; r < c.shape[1]; ++r) {
        for (std::int64_t e = 0; e < wk.shape[1]; ++e) k(m, e) += c(m, r) * wk(h, e, r);
        for (std::int64_t f = 0; f < wv.shape[2]; ++f) v(m, f) += c(m, r) * wv(h, r, f);
      }
    }
    const auto score = [&](std::int64_t p, std::int64_t m) {
      double sum = 0;
      for (std::int64_t e = 0; e < k.shape[1]; ++e) sum += qn(h, p, e) * k(m, e);
      for (std::int64_t x = 0; x < qr.shape[2]; ++x) sum += qr(h, p, x) * inputs.at("KR")(m, x);
      return parameters.at("scale") * sum;
    };
    const Array own = attend(queries, v, score, [&](auto p, auto m) { return m <= p + keys - queries; });
    for (std::int64_t p = 0; p < queries; ++p) {
      for (std::int64_t f = 0; f < v.shape[1]; ++f) result(h, p, f) = own(p, f);
    }
  }
  return result;
}

// Keys and values are dequantised first: (code - zero) * scale.
Array qserve_kv4(const Arrays& inputs, const Parameters& parameters) {
  const auto dequantised = [](const Array& codes, const Array& scale, const Array& zero) {
    Array result(codes.shape);
    for (std::int64_t m = 0; m < codes.shape[0]; ++m) {
      for (std::int64_t e = 0; e < codes.shape[1]; ++e) result(m, e) = (codes(m, e) - zero(m)) * scale(m);
    }
    return result;
  };
  return causal_attention({{"Q", inputs.at("Q")},
                           {"K", dequantised(inputs.at("KC"), inputs.at("KS"), inputs.at("KZ"))},
                           {"V", dequantised(inputs.at("VC"), inputs.at("VS"), inputs.at("VZ"))}},
                          parameters);
}

}  // namespace attnsim::kernels
