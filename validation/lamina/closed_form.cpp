// Rooflines of the two groups of devices, and the bytes between them.
#include "validation/lamina/closed_form.h"

#include <algorithm>

namespace attnsim::validation::lamina {

namespace {

constexpr double kBytes = 2;  // fp16

double roofline(double flops, double bytes, const Device& device, double count, double reached,
                const Constants& constants) {
  const double compute = flops / (count * device.flops * constants.compute);
  const double memory = bytes / (count * device.bytes * reached);
  return std::max(compute, memory) + constants.unhidden * std::min(compute, memory);
}

double network_bytes(const Setting& setting) {
  return (2 + 2 / setting.model.group) * kBytes * setting.model.hidden * setting.batch * setting.model.layers;
}

}  // namespace

Parts step(const Setting& s) {
  const Model& m = s.model;
  const Constants& c = s.constants;
  Parts parts;
  // 2 N B FLOP; the weights once, and 2 e B d of activations a layer.
  parts.model = roofline(2 * m.parameters * s.batch, kBytes * (m.parameters + 2 * m.layers * s.batch * m.hidden),
                         s.model_device, s.a, c.memory, c) +
                m.layers * c.layer_seconds;
  // Two all-reduces a layer around a ring.
  const double hops = 2 * (s.a - 1);
  parts.model +=
      2 * m.layers * hops * (c.hop_seconds + kBytes * s.batch * m.hidden / (s.a * c.link * s.model_device.link));
  // 2 e (d / G) L l bytes a request, G FLOP a byte.
  const double kv_bytes = 2 * kBytes * m.hidden / m.group * m.layers * s.context * s.batch;
  parts.attention =
      roofline(m.group * kv_bytes, kv_bytes, s.attention_device, s.b, c.attention, c) + m.layers * c.attention_seconds;
  parts.network = m.layers * c.round_trip_seconds + network_bytes(s) / c.network;
  return parts;
}

double pipelined_step(const Setting& setting, double n) {
  const Parts parts = step(setting);
  // A replica serves n / (n - 1) batches; attention and each way of the network serve all n; a batch waits for itself.
  return std::max({parts.model * n / (n - 1), parts.attention * n, parts.sum()});
}

double least_bandwidth(const Setting& setting, double slack) {
  const Parts parts = step(setting);
  return network_bytes(setting) / (slack * (parts.model + parts.attention)) / setting.a;
}

}  // namespace attnsim::validation::lamina
