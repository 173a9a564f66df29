// Softmax attention whose weights are moved between keys afterwards.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

// The weights of causal attention, rows of queries; 0 for what is not seen.
Array causal_weights(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t queries = inputs.at("Q").shape[0];
  const std::int64_t keys = inputs.at("K").shape[0];
  Array identity({keys, keys});
  for (std::int64_t m = 0; m < keys; ++m) identity(m, m) = 1;
  return attend(inputs.at("Q"), inputs.at("K"), identity, parameters.at("scale"),
                [off = keys - queries](auto p, auto m) { return m <= p + off; });
}

Array weigh(const Array& weights, const Array& v) {
  return weigh(
      weights.shape[0], v, [&](auto p, auto m) { return weights(p, m); }, false);
}

// What was given under that name, or the bit that was found.
bool bit(const Arrays& inputs, const char* name, std::int64_t at, bool found) {
  const auto given = inputs.find(name);
  return given == inputs.end() ? found : given->second(at) == 1;
}

double sum_of(const Array& weights, std::int64_t p, const std::function<bool(std::int64_t)>& of) {
  double sum = 0;
  for (std::int64_t m = 0; m < weights.shape[1]; ++m) sum += of(m) ? weights(p, m) : 0;
  return sum;
}

bool in_image(const Parameters& parameters, std::int64_t m) {
  return m >= whole(parameters, "first") && m < whole(parameters, "first") + whole(parameters, "image");
}

}  // namespace

Array var_redistribute(const Arrays& inputs, const Parameters& parameters) {
  Array a = causal_weights(inputs, parameters);
  const auto sink = [&](std::int64_t m) { return bit(inputs, "SINK", m, inputs.at("X")(m) > parameters.at("tau")); };
  const auto rest = [&](std::int64_t m) { return in_image(parameters, m) && !sink(m); };
  for (std::int64_t p = 0; p < a.shape[0]; ++p) {
    const double image = sum_of(a, p, [&](auto m) { return in_image(parameters, m); });
    const double others = sum_of(a, p, rest);
    const bool looks = bit(inputs, "G1", p, image > parameters.at("sum"));
    const bool leaves = bit(inputs, "G2", p, image - others < parameters.at("portion") * image);
    if (!looks || !leaves) continue;
    const double budget = (1 - parameters.at("kept")) * sum_of(a, p, sink);
    for (std::int64_t m = 0; m < a.shape[1]; ++m) {
      if (sink(m)) a(p, m) *= parameters.at("kept");
      if (rest(m)) a(p, m) += budget * a(p, m) / others;
    }
  }
  return weigh(a, inputs.at("V"));
}

Array act_calibration(const Arrays& inputs, const Parameters& parameters) {
  Array a = causal_weights(inputs, parameters);
  const std::int64_t queries = a.shape[0];
  const std::int64_t keys = a.shape[1];
  std::vector<bool> sinks(static_cast<std::size_t>(keys));
  for (std::int64_t m = 1; m < keys; ++m) {
    double mean = 0;
    std::int64_t seen = 0;
    for (std::int64_t p = 0; p < queries; ++p) {
      if (m > p + keys - queries) continue;
      mean += a(p, m);
      ++seen;
    }
    mean /= static_cast<double>(seen);
    sinks[static_cast<std::size_t>(m)] =
        bit(inputs, "SINK", m, mean > parameters.at("alpha") / static_cast<double>(keys));
  }
  const auto sink = [&](std::int64_t m) { return sinks[static_cast<std::size_t>(m)]; };
  for (std::int64_t p = 0; p < queries; ++p) {
    const double budget = (1 - parameters.at("beta")) * sum_of(a, p, sink);
    const double others = sum_of(a, p, [&](auto m) { return !sink(m); });
    if (others == 0) continue;  // it sees no key
    for (std::int64_t m = 0; m < keys; ++m) a(p, m) *= sink(m) ? parameters.at("beta") : 1 + budget / others;
  }
  return weigh(a, inputs.at("V"));
}

Array imbalanced_fix(const Arrays& inputs, const Parameters& parameters) {
  const Array a = causal_weights(inputs, parameters);
  const std::int64_t keys = a.shape[1];
  std::vector<std::int64_t> image;
  std::vector<double> columns(static_cast<std::size_t>(keys));
  for (std::int64_t m = 0; m < keys; ++m) {
    if (in_image(parameters, m)) image.push_back(m);
    for (std::int64_t p = 0; p < a.shape[0]; ++p) columns[static_cast<std::size_t>(m)] += a(p, m);
  }
  std::stable_sort(image.begin(), image.end(), [&](std::int64_t one, std::int64_t other) {
    return columns[static_cast<std::size_t>(one)] > columns[static_cast<std::size_t>(other)];
  });
  image.resize(std::min(image.size(), static_cast<std::size_t>(whole(parameters, "chosen"))));
  if (const auto given = inputs.find("I"); given != inputs.end()) {
    image.assign(given->second.data.begin(), given->second.data.end());
  }
  const auto favoured = [&](std::int64_t m) { return std::find(image.begin(), image.end(), m) != image.end(); };
  // A query that sees no key has no weights to divide by.
  Array w = a;
  for (std::int64_t p = 0; p < w.shape[0]; ++p) {
    for (std::int64_t m = 0; m < keys; ++m) w(p, m) *= favoured(m) ? 1 + parameters.at("gamma") : 1;
    const double total = sum_of(w, p, [](auto) { return true; });
    for (std::int64_t m = 0; m < keys && total > 0; ++m) w(p, m) /= total;
  }
  return weigh(w, inputs.at("V"));
}

}  // namespace attnsim::kernels
