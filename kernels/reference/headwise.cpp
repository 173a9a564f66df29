// Attention whose heads are of several kinds.
#include <algorithm>
#include <vector>

#include "kernels/reference/attend.h"
#include "kernels/reference/variants.h"

namespace attnsim::kernels {

namespace {

// Puts a head's result into its place of a stack.
void place(Array& stack, std::int64_t at, const Array& one) {
  std::copy(one.data.begin(), one.data.end(), stack.data.begin() + at * static_cast<std::int64_t>(one.data.size()));
}

using HeadVisible = std::function<bool(std::int64_t h, std::int64_t at, std::int64_t m)>;

// `visible` has the query's position among the keys.
Array attend_heads(const Arrays& inputs, const Parameters& parameters, const HeadVisible& visible) {
  const Array& q = inputs.at("Q");
  const Array& v = inputs.at("V");
  const std::int64_t off = v.shape[1] - q.shape[1];
  Array result({q.shape[0], q.shape[1], v.shape[2]});
  for (std::int64_t h = 0; h < q.shape[0]; ++h) {
    place(result, h,
          attend(slice(q, h), slice(inputs.at("K"), h), slice(v, h), parameters.at("scale"),
                 [&](auto p, auto m) { return visible(h, p + off, m); }));
  }
  return result;
}

// The group of a token, and its place in it, where the tokens begin at `shift` and the first follow the last.
struct Rolled {
  std::int64_t group;
  std::int64_t place;
};

// All tokens in rolled order, then cut into groups.
std::vector<Rolled> rolled(std::int64_t keys, std::int64_t size, std::int64_t shift) {
  std::vector<Rolled> result(static_cast<std::size_t>(keys));
  for (std::int64_t i = 0; i < keys; ++i) {
    result[static_cast<std::size_t>((i + shift) % keys)] = {i / size, i % size};
  }
  return result;
}

Array shifted_groups(const Arrays& inputs, const Parameters& parameters, std::int64_t sinks) {
  const std::int64_t heads = inputs.at("Q").shape[0];
  const std::int64_t keys = inputs.at("V").shape[1];
  const std::int64_t groups = whole(parameters, "groups");
  const std::int64_t size = (keys + groups - 1) / groups;
  return attend_heads(inputs, parameters, [&](auto h, auto at, auto m) {
    const std::vector<Rolled> order = rolled(keys, size, 2 * h >= heads ? size / 2 : 0);
    const Rolled query = order[static_cast<std::size_t>((at % keys + keys) % keys)];
    const Rolled key = order[static_cast<std::size_t>(m)];
    const bool sink = sinks > 0 && std::min(at, m) < sinks;
    return sink || (query.group == key.group && key.place <= query.place);
  });
}

}  // namespace

Array duo_attention(const Arrays& inputs, const Parameters& parameters) {
  const auto retrieval = parameters.at("retrieval") / 100 * static_cast<double>(inputs.at("Q").shape[0]);
  return attend_heads(inputs, parameters, [&](auto h, auto at, auto m) {
    const bool streams = at - m < whole(parameters, "window") || m < whole(parameters, "sinks");
    return m <= at && (static_cast<double>(h) < retrieval || streams);
  });
}

// Head h has alpha + 2 density (h + 1) / heads of the keys, in whole blocks.
Array moa_spans(const Arrays& inputs, const Parameters& parameters) {
  const std::int64_t heads = inputs.at("Q").shape[0];
  const std::int64_t keys = inputs.at("V").shape[1];
  const std::int64_t block = whole(parameters, "block");
  return attend_heads(inputs, parameters, [&](auto h, auto at, auto m) {
    const std::int64_t wanted =
        whole(parameters, "alpha") + 2 * whole(parameters, "density") * keys * (h + 1) / (100 * heads);
    std::int64_t span = 0;
    while (span < wanted) span += block;
    return m <= at && (at - m < span || m < whole(parameters, "sinks"));
  });
}

Array s2attn_longlora(const Arrays& inputs, const Parameters& parameters) {
  return shifted_groups(inputs, parameters, 0);
}

Array sf_attn_sinklora(const Arrays& inputs, const Parameters& parameters) {
  return shifted_groups(inputs, parameters, whole(parameters, "sinks"));
}

// A low head attends to windows' means, a high one to the places of the query's window.
Array hilo(const Arrays& inputs, const Parameters& parameters) {
  const Array& q = inputs.at("Q");
  const Array& v = inputs.at("V");
  const std::int64_t height = q.shape[1];
  const std::int64_t width = q.shape[2];
  const std::int64_t window = whole(parameters, "window");
  const std::int64_t columns = (width + window - 1) / window;
  const std::int64_t windows = (height + window - 1) / window * columns;
  const auto window_of = [&](std::int64_t at) { return at / width / window * columns + at % width / window; };
  // One head as a matrix of places.
  const auto head = [&](const Array& stack, std::int64_t h) {
    Array result({height * width, stack.shape[3]});
    for (std::int64_t at = 0; at < height * width; ++at) {
      for (std::int64_t e = 0; e < stack.shape[3]; ++e) result(at, e) = stack(h, at / width, at % width, e);
    }
    return result;
  };
  const auto means = [&](const Array& places) {
    Array result({windows, places.shape[1]});
    for (std::int64_t at = 0; at < places.shape[0]; ++at) {
      for (std::int64_t e = 0; e < places.shape[1]; ++e) {
        result(window_of(at), e) += places(at, e) / static_cast<double>(window * window);
      }
    }
    return result;
  };
  Array result(v.shape);
  for (std::int64_t h = 0; h < q.shape[0]; ++h) {
    const bool low = static_cast<double>(100 * h) < parameters.at("low") * static_cast<double>(q.shape[0]);
    const Array keys = head(inputs.at("K"), h);
    const Array values = head(v, h);
    const double scale = parameters.at("scale");
    place(result, h,
          low ? attend(head(q, h), means(keys), means(values), scale, [](auto, auto) { return true; })
              : attend(head(q, h), keys, values, scale, [&](auto p, auto m) { return window_of(p) == window_of(m); }));
  }
  return result;
}

}  // namespace attnsim::kernels
