// How long each stage of a decode step takes on the devices of a system, and what it moves.
//
// A layer: norm, projections of Q, K and V; attention over the earlier tokens; output projection, FFN. Of a group of
// devices each holds its share of every matrix (tensor parallelism: two all-reduces a layer) and of the KV heads.
// A kernel is a roofline: with m and c its memory and arithmetic time at what the software reaches of the peaks,
// max(m, c) + unhidden_share * min(m, c), and its launch.
// Simplified: all devices of a group work in step; activations are read and written once a product; norms, rotary
// embedding and activations cost their launches only.
#pragma once

#include <cstdint>
#include <functional>

#include "arch/system.h"
#include "workloads/workload.h"

namespace attnsim::sim::system {

// Sequences that decode together: their number, and the sum of their contexts in tokens.
struct StepBatch {
  std::int64_t sequences = 0;
  std::int64_t kv_tokens = 0;
  bool operator==(const StepBatch&) const = default;
};

// Seconds of one layer's attention on one device of an accelerator system; what accelerator.h makes.
using AcceleratorSeconds = std::function<double(const StepBatch& batch)>;

class Durations {
 public:
  // bytes: of a weight, an activation, a key or value.
  static constexpr double kBytes = 2;

  Durations(const arch::System& system, const workloads::Workload& workload, AcceleratorSeconds accelerator = {});

  // Seconds, of one layer.
  double query_projection(std::int64_t sequences) const;      // with the norm before it
  double key_value_projection(std::int64_t sequences) const;  // on its own, where attention overlaps it
  double projections(std::int64_t sequences) const;           // Q, K and V as one product
  double attention(const StepBatch& batch) const;
  double merge() const;                               // the newest token's part
  double feed_forward(std::int64_t sequences) const;  // with the output projection before it
  // Seconds, once a step.
  double head(std::int64_t sequences) const;
  double sampling(std::int64_t sequences) const;

  // Bytes between the model's devices and those that attend, one layer.
  std::int64_t query_bytes(std::int64_t sequences) const;
  std::int64_t key_value_bytes(std::int64_t sequences) const;
  std::int64_t output_bytes(std::int64_t sequences) const;
  double message_seconds(std::int64_t bytes) const;  // how long they hold the network

  // Bytes of keys and values of one token in all layers, and of all weights.
  double kv_bytes_per_token() const;
  double weight_bytes() const;
  // Tokens whose keys and values fit beside the weights; 0 where the weights do not fit.
  std::int64_t kv_capacity_tokens() const;

 private:
  double kernel(double flops, double bytes, const arch::DeviceGroup& group, double memory_share) const;
  double product(std::int64_t sequences, double in, double out) const;
  double all_reduce(std::int64_t sequences) const;
  double query_width() const;
  double key_value_width() const;  // of K and V together

  arch::System system_;
  workloads::Workload workload_;
  AcceleratorSeconds accelerator_;
};

}  // namespace attnsim::sim::system
