// Attention within windows, blocks and groups that positions alone decide.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

// A block's number, rounded down: queries may stand before the first key.
std::int64_t block_of(std::int64_t at, std::int64_t size) { return (at >= 0 ? at : at - size + 1) / size; }

std::int64_t offset(const Arrays& inputs) { return inputs.at("V").shape[0] - inputs.at("Q").shape[0]; }

// `visible` has the query's position among the keys.
Array attend_at(const Arrays& inputs, const Parameters& parameters, const Visible& visible) {
  const std::int64_t off = offset(inputs);
  return attend(inputs.at("Q"), inputs.at("K"), inputs.at("V"), parameters.at("scale"),
                [&](auto p, auto m) { return visible(p + off, m); });
}

}  // namespace

// Block b sees the keys from its middle less half a window up to its middle plus half a window.
Array window_batched_local(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t off = offset(inputs);
  const std::int64_t block = whole(parameters, "block");
  const std::int64_t window = whole(parameters, "window");
  Array result = attend(
      inputs.at("Q").shape[0], inputs.at("V"),
      [&](auto p, auto m) {
        return parameters.at("scale") * dot(inputs.at("Q"), p, inputs.at("K"), m) + inputs.at("B")(p, m);
      },
      [&](auto p, auto m) {
        const std::int64_t first = block * block_of(p + off, block) + block / 2 - window / 2;
        return m >= first && m < first + window;
      });
  for (std::size_t i = 0; i < result.data.size(); ++i) result.data[i] /= 1 + std::exp(-inputs.at("G").data[i]);
  return result;
}

Array anchor_attention(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t document = whole(parameters, "document");
  return attend_at(inputs, parameters, [=](auto at, auto m) {
    return m <= at && (m == 0 || block_of(at, document) == block_of(m, document));
  });
}

Array masformer(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t block = whole(parameters, "block");
  return attend_at(inputs, parameters,
                   [=](auto at, auto m) { return m <= at && m >= (block_of(at, block) - 1) * block; });
}

Array longformer(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t globals = whole(parameters, "globals");
  return attend_at(inputs, parameters, [&](auto at, auto m) {
    return std::min(at, m) < globals || 2 * std::abs(at - m) <= whole(parameters, "window");
  });
}

Array power_attention(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t block = whole(parameters, "block");
  return attend_at(inputs, parameters, [&](auto at, auto m) {
    const std::int64_t blocks = block_of(at, block) - block_of(m, block);
    const bool power = blocks > 0 && (blocks & (blocks - 1)) == 0;
    return m <= at && (m < whole(parameters, "sinks") || at - m < whole(parameters, "window") || power);
  });
}

// Each query meets the vector of its distance to a key, down and along the row.
Array halonet(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const std::int64_t width = q.shape[1];
  const std::int64_t block = whole(parameters, "block");
  const std::int64_t halo = whole(parameters, "halo");
  const auto near = [&](std::int64_t at, std::int64_t key) {
    const std::int64_t first = block_of(at, block) * block;
    return key >= first - halo && key < first + block + halo;
  };
  const Array queries = flattened(q);
  const Array keys = flattened(inputs.at("K"));
  Array result = attend(
      queries.shape[0], flattened(inputs.at("V")),
      [&](auto p, auto m) {
        const std::int64_t down = m / width - p / width + block + halo - 1;
        const std::int64_t along = m % width - p % width + block + halo - 1;
        return parameters.at("scale") * (dot(queries, p, keys, m) + dot(queries, p, inputs.at("RY"), down) +
                                         dot(queries, p, inputs.at("RX"), along));
      },
      [&](auto p, auto m) { return near(p / width, m / width) && near(p % width, m % width); });
  result.shape = inputs.at("V").shape;
  return result;
}

}  // namespace attnsim::kernels
