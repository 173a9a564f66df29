// Attention to chosen keys, blocks or heads. What is chosen is given among the inputs, or the largest scores choose.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

using Coordinates = std::vector<std::int64_t>;

// A row of a selection: as given under its name, -1 where it holds nothing; else the candidates with the `count`
// largest scores, best first.
Coordinates chosen(const Arrays& inputs, const std::string& name, std::int64_t row, Coordinates candidates,
                   const std::vector<double>& scores, std::int64_t count) {
  if (const auto given = inputs.find(name); given != inputs.end()) {
    const auto begin = given->second.data.begin() + row * given->second.shape.back();
    return {begin, begin + given->second.shape.back()};
  }
  std::stable_sort(candidates.begin(), candidates.end(), [&](std::int64_t a, std::int64_t b) {
    return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
  });
  candidates.resize(static_cast<std::size_t>(std::min(count, static_cast<std::int64_t>(candidates.size()))));
  return candidates;
}

std::set<std::int64_t> set_of(const Coordinates& coordinates) {
  std::set<std::int64_t> result(coordinates.begin(), coordinates.end());
  result.erase(-1);
  return result;
}

Coordinates range(std::int64_t begin, std::int64_t end) {
  Coordinates result(static_cast<std::size_t>(std::max<std::int64_t>(0, end - begin)));
  std::iota(result.begin(), result.end(), begin);
  return result;
}

std::vector<double> softmax(std::vector<double> values) {
  const double high = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  double total = 0;
  for (double& value : values) total += value = std::exp(value - high);
  for (double& value : values) value /= total;
  return values;
}

}  // namespace

Array tidaldecode(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q1");
  const Array& k = inputs.at("K1");
  std::vector<std::set<std::int64_t>> kept;
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    std::vector<double> scores;
    for (std::int64_t m = 0; m < k.shape[0]; ++m) scores.push_back(dot(q, p, k, m));
    kept.push_back(set_of(chosen(inputs, "I", p, range(0, k.shape[0]), scores, whole(parameters, "budget"))));
  }
  return attend(inputs.at("Q2"), inputs.at("K2"), inputs.at("V2"), parameters.at("scale"),
                [&](auto p, auto m) { return kept[static_cast<std::size_t>(p)].contains(m); });
}

Array tidal_sparse(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  std::vector<std::set<std::int64_t>> kept;
  for (std::int64_t p = 0; p < q.shape[0]; ++p) kept.push_back(set_of(chosen(inputs, "I", p, {}, {}, 0)));
  return attend(q, inputs.at("K"), inputs.at("V"), parameters.at("scale"),
                [&](auto p, auto m) { return kept[static_cast<std::size_t>(p)].contains(m); });
}

// Cluster by cluster: attention of the centroid's queries to its keys, added up, then divided by how often a query was
// in one.
Array routing_transformer(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const Array& centroids = inputs.at("C");
  const std::int64_t clusters = centroids.shape[0];
  const std::int64_t off = k.shape[0] - q.shape[0];
  const auto members = [&](const char* name, const Array& x, std::int64_t c) {
    std::vector<double> scores;
    for (std::int64_t t = 0; t < x.shape[0]; ++t)
      scores.push_back(dot(x, t, centroids, c) / std::sqrt(dot(x, t, x, t)));
    return set_of(chosen(inputs, name, c, range(0, x.shape[0]), scores, (x.shape[0] + clusters - 1) / clusters));
  };
  Array result({q.shape[0], inputs.at("V").shape[1]});
  std::vector<double> count(static_cast<std::size_t>(q.shape[0]), 0);
  for (std::int64_t c = 0; c < clusters; ++c) {
    const std::set<std::int64_t> keys = members("IK", k, c);
    const Array within = attend(q, k, inputs.at("V"), parameters.at("scale"),
                                [&](auto p, auto m) { return m <= p + off && keys.contains(m); });
    for (const std::int64_t p : members("IQ", q, c)) {
      ++count[static_cast<std::size_t>(p)];
      for (std::int64_t f = 0; f < result.shape[1]; ++f) result(p, f) += within(p, f);
    }
  }
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    const double clusters_of = count[static_cast<std::size_t>(p)] + parameters.at("epsilon");
    for (std::int64_t f = 0; f < result.shape[1]; ++f) result(p, f) /= clusters_of;
  }
  return result;
}

// Block by block: a list of chunks, halved and chosen from round after round.
Array hip(const Arrays& inputs, const Parameters& parameters) {
  constexpr int kRounds = 4;
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t block = whole(parameters, "block");
  const std::int64_t count = whole(parameters, "chosen");
  const std::int64_t off = k.shape[0] - q.shape[0];
  std::vector<std::set<std::int64_t>> kept;
  for (std::int64_t first = 0; first < q.shape[0]; first += block) {
    const std::int64_t last = std::min(first + block, q.shape[0]);
    const std::int64_t past = std::max<std::int64_t>(0, last + off);
    std::int64_t length = 1;
    while (length * count << kRounds < past) ++length;
    length <<= kRounds;
    Coordinates chunks;  // where they begin; at `past`: none
    for (std::int64_t j = 0; j < count; ++j) chunks.push_back(j * length);
    for (int round = 1; round <= kRounds; ++round) {
      length /= 2;
      Coordinates halves;
      for (const std::int64_t begin : chunks) halves.insert(halves.end(), {begin, begin + length});
      std::vector<double> scores(halves.size(), -std::numeric_limits<double>::infinity());
      Coordinates candidates;
      for (std::size_t c = 0; c < halves.size(); ++c) {
        if (halves[c] >= past) continue;
        candidates.push_back(static_cast<std::int64_t>(c));
        const std::int64_t middle = std::min(halves[c] + length / 2, past - 1);
        for (std::int64_t p = first; p < last; ++p) scores[c] = std::max(scores[c], dot(q, p, k, middle));
      }
      chunks.clear();
      for (const std::int64_t c :
           chosen(inputs, "I" + std::to_string(round), first / block, candidates, scores, count)) {
        chunks.push_back(c < 0 ? past : halves.at(static_cast<std::size_t>(c)));
      }
    }
    std::set<std::int64_t>& keys = kept.emplace_back();
    for (const std::int64_t begin : chunks) {
      for (std::int64_t m = begin; m < begin + length; ++m) keys.insert(m);
    }
  }
  return attend(q, k, inputs.at("V"), parameters.at("scale"), [&](auto p, auto m) {
    const std::int64_t distance = p + off - m;
    return distance >= 0 && (kept[static_cast<std::size_t>(p / block)].contains(m) ||
                             distance < whole(parameters, "window") || m < whole(parameters, "sinks"));
  });
}

Array snapkv(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const Array& observers = inputs.at("QW");
  const std::int64_t keys = k.shape[0];
  const std::int64_t pool = whole(parameters, "pool");
  const std::int64_t prefix = keys - whole(parameters, "window");
  std::vector<double> votes(static_cast<std::size_t>(std::max<std::int64_t>(0, prefix)), 0);
  for (std::int64_t w = 0; w < observers.shape[0]; ++w) {
    std::vector<double> scores;
    for (std::int64_t m = 0; m < keys && m <= prefix + w; ++m) {
      scores.push_back(parameters.at("scale") * dot(observers, w, k, m));
    }
    const std::vector<double> weights = softmax(scores);
    for (std::int64_t m = 0; m < prefix; ++m)
      votes[static_cast<std::size_t>(m)] += weights[static_cast<std::size_t>(m)];
  }
  std::vector<double> pooled(votes.size(), 0);
  for (std::int64_t m = 0; m < prefix; ++m) {
    for (std::int64_t n = std::max<std::int64_t>(0, m - pool / 2); n < std::min(prefix, m - pool / 2 + pool); ++n) {
      pooled[static_cast<std::size_t>(m)] += votes[static_cast<std::size_t>(n)] / static_cast<double>(pool);
    }
  }
  const std::set<std::int64_t> kept =
      set_of(chosen(inputs, "I", 0, range(0, prefix), pooled, whole(parameters, "chosen")));
  const std::int64_t off = keys - q.shape[0];
  return attend(q, k, inputs.at("V"), parameters.at("scale"),
                [&](auto p, auto m) { return m <= p + off && (m >= prefix || kept.contains(m)); });
}

Array seer_attention(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& qg = inputs.at("QG");
  const Array& kg = inputs.at("KG");
  const std::int64_t block = whole(parameters, "block");
  const std::int64_t blocks = (q.shape[0] + block - 1) / block;
  enum class Pool { kMean, kLargest, kSmallest };
  const auto pooled = [&](const Array& x, std::int64_t of, std::int64_t e, Pool pool) {
    const auto first = of * block;
    const auto last = std::min(x.shape[0], first + block);
    double value = pool == Pool::kMean ? 0 : x(first, e);
    for (std::int64_t t = first; t < last; ++t) {
      if (pool == Pool::kMean) value += x(t, e) / static_cast<double>(last - first);
      if (pool == Pool::kLargest) value = std::max(value, x(t, e));
      if (pool == Pool::kSmallest) value = std::min(value, x(t, e));
    }
    return value;
  };
  Array qp({blocks, q.shape[1]});
  Array kp({blocks, q.shape[1]});
  for (std::int64_t b = 0; b < blocks; ++b) {
    for (std::int64_t x = 0; x < q.shape[1]; ++x) {
      for (std::int64_t e = 0; e < q.shape[1]; ++e) {
        qp(b, x) += pooled(qg, b, e, Pool::kMean) * inputs.at("WQ")(e, x);
        kp(b, x) += pooled(kg, b, e, Pool::kMean) * inputs.at("WA")(e, x);
        kp(b, x) += pooled(kg, b, e, Pool::kLargest) * inputs.at("WX")(e, x);
        kp(b, x) += pooled(kg, b, e, Pool::kSmallest) * inputs.at("WN")(e, x);
      }
    }
  }
  Array gate({blocks, blocks});
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::vector<double> scores;
    for (std::int64_t c = 0; c <= b; ++c) scores.push_back(parameters.at("scale") * dot(qp, b, kp, c));
    const std::vector<double> weights = softmax(scores);
    for (std::int64_t c = 0; c <= b; ++c) {
      gate(b, c) = weights[static_cast<std::size_t>(c)] > parameters.at("threshold") ? 1 : 0;
    }
  }
  if (const auto given = inputs.find("B"); given != inputs.end()) gate = given->second;
  return attend(q, inputs.at("K"), inputs.at("V"), parameters.at("scale"),
                [&](auto p, auto m) { return m <= p && (gate(p / block, m / block) == 1 || p / block == m / block); });
}

Array tokenselect(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const std::int64_t heads = q.shape[0];
  const std::int64_t queries = q.shape[1];
  const std::int64_t keys = inputs.at("K").shape[1];
  const std::int64_t group = heads / inputs.at("K").shape[0];
  std::vector<double> votes(static_cast<std::size_t>(keys), 0);
  for (std::int64_t h = 0; h < heads; ++h) {
    const Array own = slice(q, h);
    const Array k = slice(inputs.at("K"), h / group);
    std::vector<double> scores(static_cast<std::size_t>(keys), 0);
    for (std::int64_t m = 0; m < keys; ++m) {
      for (std::int64_t p = 0; p < queries; ++p) {
        scores[static_cast<std::size_t>(m)] += dot(own, p, k, m) / static_cast<double>(queries);
      }
    }
    const std::vector<double> weights = softmax(scores);
    for (std::size_t m = 0; m < votes.size(); ++m) votes[m] += weights[m];
  }
  const std::int64_t first = whole(parameters, "first");
  const std::int64_t recent = keys - whole(parameters, "last");
  const std::set<std::int64_t> kept =
      set_of(chosen(inputs, "I", 0, range(first, recent), votes, whole(parameters, "chosen")));
  Array result({heads, queries, inputs.at("V").shape[2]});
  for (std::int64_t h = 0; h < heads; ++h) {
    const Array one = attend(
        slice(q, h), slice(inputs.at("K"), h / group), slice(inputs.at("V"), h / group), parameters.at("scale"),
        [&](auto p, auto m) { return m <= p + keys - queries && (m < first || m >= recent || kept.contains(m)); });
    std::copy(one.data.begin(), one.data.end(), result.data.begin() + h * static_cast<std::int64_t>(one.data.size()));
  }
  return result;
}

// Token by token: which heads work, then the sum of what they give.
Array moh(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& router = inputs.at("R");
  const Array& wo = inputs.at("WO");
  const std::int64_t heads = q.shape[0];
  const std::int64_t queries = q.shape[1];
  const std::int64_t off = inputs.at("K").shape[1] - queries;
  const std::int64_t shared = whole(parameters, "shared");
  std::vector<Array> outputs;
  for (std::int64_t h = 0; h < heads; ++h) {
    outputs.push_back(attend(slice(q, h), slice(inputs.at("K"), h), slice(inputs.at("V"), h), parameters.at("scale"),
                             [off](auto p, auto m) { return m <= p + off; }));
  }
  Array result({queries, wo.shape[2]});
  for (std::int64_t p = 0; p < queries; ++p) {
    std::vector<double> scores;
    for (std::int64_t h = 0; h < heads; ++h) scores.push_back(router(p, h));
    std::set<std::int64_t> working =
        set_of(chosen(inputs, "I", p, range(shared, heads), scores, whole(parameters, "routed")));
    for (std::int64_t h = 0; h < std::min(shared, heads); ++h) working.insert(h);
    for (const std::int64_t h : working) {
      for (std::int64_t f = 0; f < wo.shape[1]; ++f) {
        for (std::int64_t d = 0; d < wo.shape[2]; ++d) {
          result(p, d) += outputs[static_cast<std::size_t>(h)](p, f) * wo(h, f, d);
        }
      }
    }
  }
  return result;
}

}  // namespace attnsim::kernels
