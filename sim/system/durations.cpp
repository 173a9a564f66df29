// Rooflines of the stages of a decode step.
#include "sim/system/durations.h"

#include <algorithm>
#include <utility>

namespace attnsim::sim::system {

namespace {

// Kernels of a layer beside attention: norm, product, rotary embedding; product, residual with norm, FFN up,
// activation, FFN down, residual.
constexpr double kProjectionLaunches = 3;
constexpr double kKeyValueLaunches = 1;  // more than those, where K and V are a product of their own
constexpr double kFeedForwardLaunches = 6;
constexpr double kHeadLaunches = 1;

double real(std::int64_t value) { return static_cast<double>(value); }

}  // namespace

Durations::Durations(const arch::System& system, const workloads::Workload& workload, AcceleratorSeconds accelerator)
    : system_(system), workload_(workload), accelerator_(std::move(accelerator)) {}

double Durations::query_width() const { return real(workload_.heads * workload_.head_dim); }

double Durations::key_value_width() const {
  return real(workload_.kv_heads * (workload_.head_dim + workload_.value_dim));
}

double Durations::kernel(double flops, double bytes, const arch::DeviceGroup& group, double memory_share) const {
  const double count = real(group.count);
  const double memory = bytes / (count * group.device.memory_bytes_per_second * memory_share);
  const double arithmetic = flops / (count * group.device.flops_per_second * system_.software.compute_share);
  return std::max(memory, arithmetic) + system_.software.unhidden_share * std::min(memory, arithmetic);
}

double Durations::product(std::int64_t sequences, double in, double out) const {
  const double rows = real(sequences);
  return kernel(2 * rows * in * out, kBytes * (in * out + rows * (in + out)), system_.model,
                system_.software.memory_share);
}

// Around a ring of n devices: 2(n - 1) steps, each of an n-th of the activations.
double Durations::all_reduce(std::int64_t sequences) const {
  const double n = real(system_.model.count);
  const double share = kBytes * real(sequences) * real(workload_.hidden) / n;
  return 2 * (n - 1) *
         (system_.software.all_reduce_hop_seconds +
          share / (system_.software.link_share * system_.model.device.link_bytes_per_second));
}

double Durations::query_projection(std::int64_t sequences) const {
  return kProjectionLaunches * system_.software.launch_seconds +
         product(sequences, real(workload_.hidden), query_width());
}

double Durations::key_value_projection(std::int64_t sequences) const {
  return kKeyValueLaunches * system_.software.launch_seconds +
         product(sequences, real(workload_.hidden), key_value_width());
}

double Durations::projections(std::int64_t sequences) const {
  return kProjectionLaunches * system_.software.launch_seconds +
         product(sequences, real(workload_.hidden), query_width() + key_value_width());
}

double Durations::attention(const StepBatch& batch) const {
  const double launch = system_.software.attention_launch_seconds;
  if (accelerator_) return launch + accelerator_(batch);
  // Q K and the weighted sum: two FLOPs a MACC, of every query head.
  const double flops = 2 * real(batch.kv_tokens * workload_.heads) * real(workload_.head_dim + workload_.value_dim);
  const double bytes = kBytes * real(batch.kv_tokens) * key_value_width();
  return launch + kernel(flops, bytes, system_.attending(), system_.software.attention_share);
}

double Durations::merge() const { return system_.software.attention_launch_seconds; }

double Durations::feed_forward(std::int64_t sequences) const {
  const double hidden = real(workload_.hidden);
  const double ffn = real(workload_.ffn);
  const double output = product(sequences, real(workload_.heads * workload_.value_dim), hidden);
  const double up = product(sequences, hidden, workload_.gated_ffn ? 2 * ffn : ffn);
  return kFeedForwardLaunches * system_.software.launch_seconds + output + up + product(sequences, ffn, hidden) +
         2 * all_reduce(sequences);
}

double Durations::head(std::int64_t sequences) const {
  return kHeadLaunches * system_.software.launch_seconds +
         product(sequences, real(workload_.hidden), real(workload_.vocabulary));
}

double Durations::sampling(std::int64_t sequences) const {
  const double rate = system_.software.logits_per_second;
  return rate > 0 ? real(sequences * workload_.vocabulary) / rate : 0;
}

std::int64_t Durations::query_bytes(std::int64_t sequences) const {
  return static_cast<std::int64_t>(kBytes * real(sequences) * query_width());
}

std::int64_t Durations::key_value_bytes(std::int64_t sequences) const {
  return static_cast<std::int64_t>(kBytes * real(sequences) * key_value_width());
}

std::int64_t Durations::output_bytes(std::int64_t sequences) const {
  return static_cast<std::int64_t>(kBytes * real(sequences * workload_.heads * workload_.value_dim));
}

double Durations::message_seconds(std::int64_t bytes) const { return real(bytes) / system_.network.bytes_per_second; }

double Durations::kv_bytes_per_token() const { return kBytes * real(workload_.layers) * key_value_width(); }

double Durations::weight_bytes() const {
  const double hidden = real(workload_.hidden);
  const double attention =
      hidden * (query_width() + key_value_width()) + hidden * real(workload_.heads * workload_.value_dim);
  const double feed_forward = (workload_.gated_ffn ? 3.0 : 2.0) * hidden * real(workload_.ffn);
  return kBytes * (real(workload_.layers) * (attention + feed_forward) + hidden * real(workload_.vocabulary));
}

std::int64_t Durations::kv_capacity_tokens() const {
  const auto usable = [&](const arch::DeviceGroup& group) {
    return system_.kv_cache.usable * real(group.count) * real(group.device.memory_bytes);
  };
  const double for_weights = usable(system_.model) - weight_bytes();
  if (for_weights < 0) return 0;
  const double left = system_.attention ? usable(*system_.attention) : for_weights;
  return static_cast<std::int64_t>(left / kv_bytes_per_token());
}

}  // namespace attnsim::sim::system
