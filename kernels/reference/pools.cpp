// Attention without queries: learned scores pool the tokens of a sequence.
#include <cmath>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

// (X W)[m, x]
double project(const Array& x, std::int64_t m, const Array& w, std::int64_t column) {
  double sum = 0;
  for (std::int64_t d = 0; d < x.shape[1]; ++d) sum += x(m, d) * w(d, column);
  return sum;
}

bool all(std::int64_t /*p*/, std::int64_t /*m*/) { return true; }

}  // namespace

// Scores tanh(c' Wp[h] Wq[h]' x), a product of rank one in each head.
Array lama_lowrank(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array& states = inputs.at("H");
  const Array& wp = inputs.at("WP");
  const Array& wq = inputs.at("WQ");
  const auto score = [&](std::int64_t h, std::int64_t m) {
    double sum = 0;
    for (std::int64_t c = 0; c < wp.shape[0]; ++c) {
      for (std::int64_t d = 0; d < wq.shape[0]; ++d) sum += inputs.at("C")(c) * wp(c, h) * wq(d, h) * states(m, d);
    }
    return std::tanh(sum);
  };
  return attend(wp.shape[1], states, score, all);
}

// Scores w[k] . (tanh(Wv' x) * sigmoid(Wu' x)); the mean over the branches k.
Array acmil_gated_mil(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array& x = inputs.at("X");
  const Array& w = inputs.at("W");
  Array gated({x.shape[0], w.shape[1]});
  for (std::int64_t m = 0; m < x.shape[0]; ++m) {
    for (std::int64_t i = 0; i < w.shape[1]; ++i) {
      gated(m, i) = std::tanh(project(x, m, inputs.at("WV"), i)) / (1 + std::exp(-project(x, m, inputs.at("WU"), i)));
    }
  }
  const Array branches = attend(w, gated, x, 1, all);
  Array result({x.shape[1]});
  for (std::int64_t k = 0; k < w.shape[0]; ++k) {
    for (std::int64_t d = 0; d < x.shape[1]; ++d) result(d) += branches(k, d) / static_cast<double>(w.shape[0]);
  }
  return result;
}

}  // namespace attnsim::kernels
