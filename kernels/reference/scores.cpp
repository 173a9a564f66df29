// Softmax attention whose scores or weights are made in other ways than by the scaled product alone.
#include <algorithm>
#include <cmath>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

bool all(std::int64_t /*p*/, std::int64_t /*m*/) { return true; }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Visible causal(std::int64_t queries, std::int64_t keys) {
  return [off = keys - queries](auto p, auto m) { return m <= p + off; };
}

// c . tanh(q + k)
Score additive_score(const Arrays& inputs) {
  return [&inputs](auto p, auto m) {
    const Array& c = inputs.at("C");
    double sum = 0;
    for (std::int64_t e = 0; e < c.shape[0]; ++e) {
      sum += c(e) * std::tanh(inputs.at("Q")(p, e) + inputs.at("K")(m, e));
    }
    return sum;
  };
}

// Y[n] = sum over t of W[t] * X[n + t - before], channel by channel; what lies outside X is 0.
Array depthwise(const Array& x, const Array& w, std::int64_t length, std::int64_t before) {
  Array y({length, x.shape[1]});
  for (std::int64_t n = 0; n < length; ++n) {
    for (std::int64_t t = 0; t < w.shape[0]; ++t) {
      const std::int64_t from = n + t - before;
      if (from < 0 || from >= x.shape[0]) continue;
      for (std::int64_t e = 0; e < x.shape[1]; ++e) y(n, e) += w(t, e) * x(from, e);
    }
  }
  return y;
}

// The softmax of each row of scores.
Array distribution(std::int64_t queries, std::int64_t keys, const Score& score) {
  Array identity({keys, keys});
  for (std::int64_t m = 0; m < keys; ++m) identity(m, m) = 1;
  return attend(queries, identity, score, all);
}

}  // namespace

Array additive_bahdanau(const Arrays& inputs, const Parameters& /*parameters*/) {
  return attend(inputs.at("Q").shape[0], inputs.at("V"), additive_score(inputs), all);
}

Array pointer_net(const Arrays& inputs, const Parameters& /*parameters*/) {
  return distribution(inputs.at("Q").shape[0], inputs.at("K").shape[0], additive_score(inputs));
}

// R[keys - 1 - d] belongs to distance d.
Array music_relative_skew(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t queries = q.shape[0];
  const std::int64_t keys = k.shape[0];
  return attend(
      queries, inputs.at("V"),
      [&](auto p, auto m) {
        const std::int64_t distance = p + keys - queries - m;
        return parameters.at("scale") * (dot(q, p, k, m) + dot(q, p, inputs.at("R"), keys - 1 - distance));
      },
      causal(queries, keys));
}

// Score: s ((q + b) . k + (q + c) . r(distance)), after convolutions.
Array rcmha(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t kernel = whole(parameters, "kernel");
  const std::int64_t keys = inputs.at("K").shape[0];
  const std::int64_t queries = inputs.at("X").shape[0] - kernel + 1;
  const Array q = depthwise(inputs.at("X"), inputs.at("WQ"), queries, 0);
  const Array k = depthwise(inputs.at("K"), inputs.at("WK"), keys, kernel - 1);
  const Array v = depthwise(inputs.at("V"), inputs.at("WV"), keys, kernel - 1);
  return attend(
      queries, v,
      [&](auto p, auto m) {
        const std::int64_t distance = p + keys - queries - m;
        double sum = 0;
        for (std::int64_t e = 0; e < q.shape[1]; ++e) {
          sum += (q(p, e) + inputs.at("B")(e)) * k(m, e);
          sum += (q(p, e) + inputs.at("C")(e)) * inputs.at("R")(distance, e);
        }
        return parameters.at("scale") * sum;
      },
      causal(queries, keys));
}

// Temperatures: tanh of the token's part, and 1 + sigmoid(weight) ln(position from 1).
Array ssa_temperature(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t off = k.shape[0] - q.shape[0];
  const auto temperature = [](double token, double weight, std::int64_t position) {
    return std::tanh(token) + 1 + sigmoid(weight) * std::log(static_cast<double>(position + 1));
  };
  Array v = inputs.at("V");
  for (std::int64_t m = 0; m < v.shape[0]; ++m) {
    const double own = temperature(inputs.at("TV")(m), parameters.at("beta"), m);
    for (std::int64_t f = 0; f < v.shape[1]; ++f) v(m, f) *= own;
  }
  return attend(
      q.shape[0], v,
      [&](auto p, auto m) {
        return parameters.at("scale") * dot(q, p, k, m) *
               temperature(inputs.at("TQ")(p), parameters.at("alpha"), p + off);
      },
      causal(q.shape[0], k.shape[0]));
}

Array mqsa_lquery(const Arrays& inputs, const Parameters& parameters) {
  const Array& x = inputs.at("X");
  const Array& wq = inputs.at("WQ");
  const std::int64_t queries = inputs.at("Q").shape[0];
  const std::int64_t keys = x.shape[0];
  const auto width = static_cast<double>(x.shape[1]);
  Array ql({queries, wq.shape[1]});
  for (std::int64_t p = 0; p < queries; ++p) {
    const std::int64_t last = p + keys - queries;
    const std::int64_t first = std::max<std::int64_t>(0, last - whole(parameters, "length") + 1);
    if (last < 0) continue;  // it sees no key
    std::vector<double> mean(static_cast<std::size_t>(x.shape[1]));
    double sum = 0;
    double squares = 0;
    for (std::int64_t d = 0; d < x.shape[1]; ++d) {
      double& own = mean[static_cast<std::size_t>(d)];
      for (std::int64_t n = first; n <= last; ++n) own += x(n, d) / static_cast<double>(last - first + 1);
      sum += own;
    }
    for (double& own : mean) {
      own -= sum / width;
      squares += own * own;
    }
    for (std::int64_t d = 0; d < x.shape[1]; ++d) {
      const double norm = mean[static_cast<std::size_t>(d)] / std::sqrt(squares / width + parameters.at("epsilon"));
      for (std::int64_t e = 0; e < wq.shape[1]; ++e) ql(p, e) += norm * wq(d, e);
    }
  }
  const double scale = parameters.at("scale");
  const double alpha = parameters.at("alpha");
  Array mixed = attend(inputs.at("Q"), inputs.at("K1"), inputs.at("V1"), scale, causal(queries, keys));
  const Array second = attend(ql, inputs.at("K2"), inputs.at("V2"), scale, causal(queries, keys));
  for (std::size_t i = 0; i < mixed.data.size(); ++i) {
    mixed.data[i] = alpha * mixed.data[i] + (1 - alpha) * second.data[i];
  }
  return mixed;
}

// The whole softmax first, then the mask.
Array illama_softmask(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const Array a =
      distribution(q.shape[0], k.shape[0], [&](auto p, auto m) { return parameters.at("scale") * dot(q, p, k, m); });
  const Visible visible = causal(q.shape[0], k.shape[0]);
  return weigh(
      q.shape[0], inputs.at("V"), [&](auto p, auto m) { return visible(p, m) ? a(p, m) : 0; }, false);
}

Array diff_attention(const Arrays& inputs, const Parameters& parameters) {
  const double scale = parameters.at("scale");
  Array result = attend(inputs.at("Q1"), inputs.at("K1"), inputs.at("V"), scale, all);
  const Array second = attend(inputs.at("Q2"), inputs.at("K2"), inputs.at("V"), scale, all);
  const std::int64_t width = result.shape[1];
  for (std::int64_t p = 0; p < result.shape[0]; ++p) {
    double squares = 0;
    for (std::int64_t f = 0; f < width; ++f) {
      result(p, f) -= parameters.at("lambda") * second(p, f);
      squares += result(p, f) * result(p, f);
    }
    const double norm = std::sqrt(squares / static_cast<double>(width) + parameters.at("epsilon"));
    for (std::int64_t f = 0; f < width; ++f) result(p, f) *= (1 - parameters.at("initial")) / norm;
  }
  return result;
}

Array evoformer_pair_bias(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  Array result = attend(
      q.shape[0], inputs.at("V"),
      [&](auto p, auto m) { return parameters.at("scale") * dot(q, p, k, m) + inputs.at("B")(p, m); }, all);
  for (std::size_t i = 0; i < result.data.size(); ++i) result.data[i] *= sigmoid(inputs.at("G").data[i]);
  return result;
}

}  // namespace attnsim::kernels
