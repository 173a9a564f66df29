// Attention and convolution on grids.
#include <algorithm>
#include <set>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

// X[:, i, :].
Array middle_slice(const Array& stack, std::int64_t i) {
  Array result({stack.shape[0], stack.shape[2]});
  for (std::int64_t a = 0; a < stack.shape[0]; ++a) {
    for (std::int64_t b = 0; b < stack.shape[2]; ++b) result(a, b) = stack(a, i, b);
  }
  return result;
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
  return attend(q, k, inputs.at("V"), parameters.at("scale"), [&](auto p, auto m) {
    const std::int64_t at = p + off;
    if (at < 0 || at >= height * width || m >= height * width) return false;
    return window(at % width, width, "x").contains(m % width) && window(at / width, height, "y").contains(m / width);
  });
}

// Frame by frame over places, then place by place over frames.
Array predformer_factorised(const Arrays& inputs, const Parameters& parameters) {
  Array spatial = inputs.at("V");
  const auto everything = [](auto, auto) { return true; };
  for (std::int64_t y = 0; y < spatial.shape[0]; ++y) {
    const Array frame = attend(slice(inputs.at("QS"), y), slice(inputs.at("KS"), y), slice(inputs.at("V"), y),
                               parameters.at("scale"), everything);
    std::copy(frame.data.begin(), frame.data.end(),
              spatial.data.begin() + y * static_cast<std::int64_t>(frame.data.size()));
  }
  Array result(spatial.shape);
  for (std::int64_t n = 0; n < spatial.shape[1]; ++n) {
    const Array place = attend(middle_slice(inputs.at("QT"), n), middle_slice(inputs.at("KT"), n),
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
