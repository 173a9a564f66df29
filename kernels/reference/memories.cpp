// Further states that are carried from token to token.
#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Array normalised(Array rows) {
  for (std::int64_t t = 0; t < rows.shape[0]; ++t) {
    const double length = std::sqrt(dot(rows, t, rows, t));
    for (std::int64_t e = 0; e < rows.shape[1]; ++e) rows(t, e) /= length;
  }
  return rows;
}

}  // namespace

// Every prefix by itself; what came before weighs U0 exp(M0) and sums W0 exp(M0).
Array aaren_scan(const Arrays& inputs, const Parameters& parameters) {
  const Array& k = inputs.at("K");
  const Array& v = inputs.at("V");
  Array result(v.shape);
  std::vector<double> score(static_cast<std::size_t>(k.shape[0]));
  for (std::int64_t t = 0; t < k.shape[0]; ++t) {
    double& own = score[static_cast<std::size_t>(t)];
    for (std::int64_t e = 0; e < k.shape[1]; ++e) own += parameters.at("scale") * inputs.at("Q")(e) * k(t, e);
    const double largest = std::max(
        inputs.at("M0")(), *std::max_element(score.begin(), score.begin() + static_cast<std::ptrdiff_t>(t + 1)));
    const double before = std::exp(inputs.at("M0")() - largest);
    double total = inputs.at("U0")() * before;
    for (std::int64_t f = 0; f < v.shape[1]; ++f) result(t, f) = inputs.at("W0")(f) * before;
    for (std::int64_t s = 0; s <= t; ++s) {
      const double weight = std::exp(score[static_cast<std::size_t>(s)] - largest);
      total += weight;
      for (std::int64_t f = 0; f < v.shape[1]; ++f) result(t, f) += weight * v(s, f);
    }
    for (std::int64_t f = 0; f < v.shape[1]; ++f) result(t, f) /= total;
  }
  return result;
}

// lightning2 on inputs that went through x sigmoid(x).
Array lightning1(const Arrays& inputs, const Parameters& parameters) {
  Arrays gated = inputs;
  for (const char* name : {"Q", "K", "V"}) {
    for (double& value : gated.at(name).data) value *= sigmoid(value);
  }
  const double share = 1 - parameters.at("layer") / (parameters.at("layers") - 1) + 1e-5;
  return lightning2(gated, {{"slope", parameters.at("slope") * share}});
}

// The memory is a sum over what was written: token s writes 2 step (v - M k), and how much of that is in the memory
// after token t depends on the gates in between alone, as for the first momentum (write 0) and the first memory.
Array titans_lmm(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array q = normalised(inputs.at("Q"));
  const Array k = normalised(inputs.at("K"));
  const Array& v = inputs.at("V");
  const std::int64_t tokens = v.shape[0];
  Array share({tokens + 1, tokens});  // of write s, 0 being the first momentum, after token t
  Array kept({tokens}, 1);            // of the first memory
  const auto gate = [&](const char* name, std::int64_t t) { return sigmoid(inputs.at(name)(t)); };
  for (std::int64_t s = 0; s <= tokens; ++s) {
    double momentum = 1;
    double memory = 0;
    for (std::int64_t t = std::max<std::int64_t>(s - 1, 0); t < tokens; ++t) {
      if (t >= s) momentum *= gate("B", t);
      memory = (1 - gate("A", t)) * memory + momentum;
      share(s, t) = memory;
    }
  }
  for (std::int64_t t = 0; t < tokens; ++t) kept(t) = (1 - gate("A", t)) * (t > 0 ? kept(t - 1) : 1);
  Array writes(v.shape);
  // What the memory after token `last` gives for row t of x.
  const auto read = [&](const Array& x, std::int64_t t, std::int64_t last, std::int64_t f) {
    double sum = 0;
    for (std::int64_t e = 0; e < x.shape[1]; ++e) {
      const double before = last < 0 ? inputs.at("M0")(e, f)
                                     : kept(last) * inputs.at("M0")(e, f) + share(0, last) * inputs.at("S0")(e, f);
      sum += x(t, e) * before;
    }
    for (std::int64_t s = 0; s <= last; ++s) sum += share(s + 1, last) * dot(x, t, k, s) * writes(s, f);
    return sum;
  };
  Array result(v.shape);
  for (std::int64_t t = 0; t < tokens; ++t) {
    for (std::int64_t f = 0; f < v.shape[1]; ++f) {
      writes(t, f) = 2 * gate("G", t) * (v(t, f) - read(k, t, t - 1, f));
    }
    for (std::int64_t f = 0; f < v.shape[1]; ++f) result(t, f) = read(q, t, t, f);
  }
  return result;
}

// As a convolution: y_t = D u_t + sum over s <= t of 2 Re(C B A^(t - s)) u_s, and what the first state has become.
Array cab_local_s4d(const Arrays& inputs, const Parameters& /*parameters*/) {
  using Complex = std::complex<double>;
  const Array& u = inputs.at("U");
  const Array& la = inputs.at("LA");
  Array result(u.shape);
  for (std::int64_t d = 0; d < u.shape[1]; ++d) {
    const double step = std::exp(inputs.at("LD")(d));
    for (std::int64_t t = 0; t < u.shape[0]; ++t) result(t, d) = inputs.at("D")(d) * u(t, d);
    for (std::int64_t n = 0; n < la.shape[1]; ++n) {
      const Complex a(-std::exp(la(d, n)), inputs.at("AI")(d, n));
      const Complex b = (std::exp(step * a) - 1.0) / a;
      const Complex c(inputs.at("CR")(d, n), inputs.at("CI")(d, n));
      const Complex first(inputs.at("HR0")(d, n), inputs.at("HI0")(d, n));
      for (std::int64_t t = 0; t < u.shape[0]; ++t) {
        Complex state = std::exp(step * a * static_cast<double>(t + 1)) * first;
        for (std::int64_t s = 0; s <= t; ++s) state += std::exp(step * a * static_cast<double>(t - s)) * b * u(s, d);
        result(t, d) += 2 * (c * state).real();
      }
    }
  }
  return result;
}

}  // namespace attnsim::kernels
