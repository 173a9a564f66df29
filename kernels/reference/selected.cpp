// Attention to chosen keys, blocks or heads, and attention and convolution on grids.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

std::int64_t whole(const Parameters& parameters, const char* name) {
  return static_cast<std::int64_t>(parameters.at(name));
}

// The candidates with the `count` largest scores.
std::set<std::int64_t> largest(std::vector<std::int64_t> candidates, const std::vector<double>& scores,
                               std::int64_t count) {
  std::stable_sort(candidates.begin(), candidates.end(), [&](std::int64_t a, std::int64_t b) {
    return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
  });
  const auto kept = std::min(count, static_cast<std::int64_t>(candidates.size()));
  return {candidates.begin(), candidates.begin() + kept};
}

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(std::max<std::int64_t>(0, end - begin)));
  std::iota(result.begin(), result.end(), begin);
  return result;
}

// One matrix of a stack: X[i, :, :].
Array slice(const Array& stack, std::int64_t i) {
  Array result({stack.shape[1], stack.shape[2]});
  const auto size = static_cast<std::ptrdiff_t>(result.data.size());
  std::copy_n(stack.data.begin() + i * size, size, result.data.begin());
  return result;
}

// X[:, i, :].
Array middle_slice(const Array& stack, std::int64_t i) {
  Array result({stack.shape[0], stack.shape[2]});
  for (std::int64_t a = 0; a < stack.shape[0]; ++a) {
    for (std::int64_t b = 0; b < stack.shape[2]; ++b) result(a, b) = stack(a, i, b);
  }
  return result;
}

std::vector<double> softmax(std::vector<double> values) {
  const double high = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  double total = 0;
  for (double& value : values) total += value = std::exp(value - high);
  for (double& value : values) value /= total;
  return values;
}

Array scaled(const Array& q, const Array& k, const Array& v, double scale, const Visible& visible) {
  return attend(
      q.shape[0], v, [&](auto p, auto m) { return scale * dot(q, p, k, m); }, visible);
}

}  // namespace

// NATTEN's rule by listing windows: on each axis, of the tokens that stand a multiple of the dilation away, `kernel`
// neighbours in a row with the query in their middle, or as near to it as the line's ends allow; on a causal axis,
// those that end with the query. A grid's window is the product of its axes'.
Array natten_fna(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t height = whole(parameters, "height");
  const std::int64_t width = k.shape[0] / height;
  const std::int64_t off = k.shape[0] - q.shape[0];
  const auto window = [&](std::int64_t at, std::int64_t length, const std::string& axis) {
    const std::int64_t kernel = whole(parameters, ("kernel_" + axis).c_str());
    const std::int64_t dilation = whole(parameters, ("dilation_" + axis).c_str());
    std::vector<std::int64_t> line;
    for (std::int64_t m = at % dilation; m < length; m += dilation) line.push_back(m);
    const auto own = std::find(line.begin(), line.end(), at);
    if (parameters.at("causal_" + axis) == 1) {
      return std::set<std::int64_t>(own - std::min(own - line.begin(), kernel - 1), own + 1);
    }
    std::int64_t begin = own - line.begin() - kernel / 2;
    while (begin + kernel > static_cast<std::int64_t>(line.size())) --begin;
    while (begin < 0) ++begin;
    return std::set<std::int64_t>(line.begin() + begin, line.begin() + begin + kernel);
  };
  return scaled(q, k, inputs.at("V"), parameters.at("scale"), [&](auto p, auto m) {
    const std::int64_t at = p + off;
    if (at < 0 || at >= height * width || m >= height * width) return false;
    return window(at % width, width, "x").contains(m % width) && window(at / width, height, "y").contains(m / width);
  });
}

Array tidaldecode(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q1");
  const Array& k = inputs.at("K1");
  std::vector<std::set<std::int64_t>> kept;
  for (std::int64_t p = 0; p < q.shape[0]; ++p) {
    std::vector<double> scores;
    for (std::int64_t m = 0; m < k.shape[0]; ++m) scores.push_back(dot(q, p, k, m));
    kept.push_back(largest(range(0, k.shape[0]), scores, whole(parameters, "budget")));
  }
  return scaled(inputs.at("Q2"), inputs.at("K2"), inputs.at("V2"), parameters.at("scale"),
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
  const auto members = [&](const Array& x, std::int64_t c) {
    std::vector<double> scores;
    for (std::int64_t t = 0; t < x.shape[0]; ++t)
      scores.push_back(dot(x, t, centroids, c) / std::sqrt(dot(x, t, x, t)));
    return largest(range(0, x.shape[0]), scores, (x.shape[0] + clusters - 1) / clusters);
  };
  Array result({q.shape[0], inputs.at("V").shape[1]});
  std::vector<double> count(static_cast<std::size_t>(q.shape[0]), 0);
  for (std::int64_t c = 0; c < clusters; ++c) {
    const std::set<std::int64_t> keys = members(k, c);
    const Array within = scaled(q, k, inputs.at("V"), parameters.at("scale"),
                                [&](auto p, auto m) { return m <= p + off && keys.contains(m); });
    for (const std::int64_t p : members(q, c)) {
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

// Block by block: a list of chunks, halved and sorted round after round.
Array hip(const Arrays& inputs, const Parameters& parameters) {
  constexpr int kRounds = 4;
  struct Chunk {
    std::int64_t begin;
    double score;
  };
  const Array& q = inputs.at("Q");
  const Array& k = inputs.at("K");
  const std::int64_t block = whole(parameters, "block");
  const auto chosen = static_cast<std::size_t>(whole(parameters, "chosen"));
  const std::int64_t off = k.shape[0] - q.shape[0];
  std::vector<std::set<std::int64_t>> kept;
  for (std::int64_t first = 0; first < q.shape[0]; first += block) {
    const std::int64_t last = std::min(first + block, q.shape[0]);
    const std::int64_t past = std::max<std::int64_t>(0, last + off);
    std::int64_t length = 1;
    while (length * whole(parameters, "chosen") << kRounds < past) ++length;
    length <<= kRounds;
    std::vector<Chunk> chunks;
    for (std::size_t j = 0; j < chosen; ++j) chunks.push_back({static_cast<std::int64_t>(j) * length, 0});
    for (int round = 0; round < kRounds; ++round) {
      length /= 2;
      std::vector<Chunk> halves;
      for (const Chunk& chunk : chunks) {
        for (const std::int64_t begin : {chunk.begin, chunk.begin + length}) {
          if (begin >= past) continue;
          Chunk half{begin, -std::numeric_limits<double>::infinity()};
          const std::int64_t middle = std::min(begin + length / 2, past - 1);
          for (std::int64_t p = first; p < last; ++p) half.score = std::max(half.score, dot(q, p, k, middle));
          halves.push_back(half);
        }
      }
      std::stable_sort(halves.begin(), halves.end(), [](const Chunk& a, const Chunk& b) { return a.score > b.score; });
      halves.resize(std::min(chosen, halves.size()));
      chunks = std::move(halves);
    }
    std::set<std::int64_t>& keys = kept.emplace_back();
    for (const Chunk& chunk : chunks) {
      for (std::int64_t m = chunk.begin; m < chunk.begin + length; ++m) keys.insert(m);
    }
  }
  return scaled(q, k, inputs.at("V"), parameters.at("scale"), [&](auto p, auto m) {
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
  const std::set<std::int64_t> kept = largest(range(0, prefix), pooled, whole(parameters, "chosen"));
  const std::int64_t off = keys - q.shape[0];
  return scaled(q, k, inputs.at("V"), parameters.at("scale"),
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
  std::vector<std::vector<double>> gate;
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::vector<double> scores;
    for (std::int64_t c = 0; c <= b; ++c) scores.push_back(parameters.at("scale") * dot(qp, b, kp, c));
    gate.push_back(softmax(scores));
  }
  return scaled(q, inputs.at("K"), inputs.at("V"), parameters.at("scale"), [&](auto p, auto m) {
    if (m > p) return false;
    const bool chosen =
        gate[static_cast<std::size_t>(p / block)][static_cast<std::size_t>(m / block)] > parameters.at("threshold");
    return chosen || p / block == m / block;
  });
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
  const std::set<std::int64_t> kept = largest(range(first, recent), votes, whole(parameters, "chosen"));
  Array result({heads, queries, inputs.at("V").shape[2]});
  for (std::int64_t h = 0; h < heads; ++h) {
    const Array one = scaled(
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
    outputs.push_back(scaled(slice(q, h), slice(inputs.at("K"), h), slice(inputs.at("V"), h), parameters.at("scale"),
                             [off](auto p, auto m) { return m <= p + off; }));
  }
  Array result({queries, wo.shape[2]});
  for (std::int64_t p = 0; p < queries; ++p) {
    std::vector<double> scores;
    for (std::int64_t h = 0; h < heads; ++h) scores.push_back(router(p, h));
    std::set<std::int64_t> working = largest(range(shared, heads), scores, whole(parameters, "routed"));
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

// Frame by frame over places, then place by place over frames.
Array predformer_factorised(const Arrays& inputs, const Parameters& parameters) {
  Array spatial = inputs.at("V");
  const auto everything = [](auto, auto) { return true; };
  for (std::int64_t y = 0; y < spatial.shape[0]; ++y) {
    const Array frame = scaled(slice(inputs.at("QS"), y), slice(inputs.at("KS"), y), slice(inputs.at("V"), y),
                               parameters.at("scale"), everything);
    std::copy(frame.data.begin(), frame.data.end(),
              spatial.data.begin() + y * static_cast<std::int64_t>(frame.data.size()));
  }
  Array result(spatial.shape);
  for (std::int64_t n = 0; n < spatial.shape[1]; ++n) {
    const Array place = scaled(middle_slice(inputs.at("QT"), n), middle_slice(inputs.at("KT"), n),
                               middle_slice(spatial, n), parameters.at("scale"), everything);
    for (std::int64_t y = 0; y < spatial.shape[0]; ++y) {
      for (std::int64_t f = 0; f < spatial.shape[2]; ++f) result(y, n, f) = place(y, f);
    }
  }
  return result;
}

// Each place scatters its value to those that see it; then channels mix.
Array van_lka(const Arrays& inputs, const Parameters& /*parameters*/) {
  const Array& x = inputs.at("X");
  const std::int64_t width = x.shape[0];
  const std::int64_t channels = x.shape[2];
  const auto inside = [&](std::int64_t at) { return at >= 0 && at < width; };
  const auto scattered = [&](const Array& image, const Array& taps, std::int64_t dilation) {
    Array sum(image.shape);
    const std::int64_t half = taps.shape[1] / 2;
    for (std::int64_t a = 0; a < width; ++a) {
      for (std::int64_t b = 0; b < width; ++b) {
        for (std::int64_t i = -half; i <= half; ++i) {
          for (std::int64_t j = -half; j <= half; ++j) {
            const std::int64_t to_a = a - dilation * i;
            const std::int64_t to_b = b - dilation * j;
            if (!inside(to_a) || !inside(to_b)) continue;
            for (std::int64_t c = 0; c < channels; ++c) {
              sum(to_a, to_b, c) += taps(c, i + half, j + half) * image(a, b, c);
            }
          }
        }
      }
    }
    return sum;
  };
  const Array local = scattered(scattered(x, inputs.at("W1"), 1), inputs.at("W2"), 3);
  Array result(x.shape);
  for (std::int64_t a = 0; a < width; ++a) {
    for (std::int64_t b = 0; b < width; ++b) {
      for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t d = 0; d < channels; ++d) result(a, b, c) += inputs.at("W3")(c, d) * local(a, b, d);
        result(a, b, c) *= x(a, b, c);
      }
    }
  }
  return result;
}

}  // namespace attnsim::kernels
