// Which devices, how many, for a model, a trace and a budget: every combination served, and what lies on the front of
// throughput against cost.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/system/prepare.h"
#include "workloads/requests.h"

namespace attnsim::sim::system {

struct SearchSpace {
  std::string workload;
  std::vector<std::string> model_devices;
  std::vector<std::string> attention_devices;  // devices, or architectures
  double dollars_per_hour = 0;                 // budget
  std::int64_t most_devices = 16;              // of each group
  std::vector<common::Override> system_overrides;
  std::vector<common::Override> workload_overrides;
};

// One combination, and what it serves while requests wait.
struct Found {
  std::string model_device;
  std::int64_t model_count = 1;
  std::string attention_device;  // empty: the model's devices attend
  std::int64_t attention_count = 0;
  std::int64_t batches_in_flight = 1;
  bool is_architecture = false;
  SystemInputs inputs;

  double dollars_per_hour = 0;
  double tokens_per_second = 0;
  double tokens_per_dollar = 0;
  double tokens_per_joule = 0;
  double batch = 0;
  double token_gap_seconds = 0;  // median
  bool on_front = false;         // none gives more tokens a second for less
  // Of an architecture: dollars an hour at which a device of it gives as many tokens a dollar as the best system of
  // devices alone; negative where it is worth nothing.
  std::optional<double> worth_dollars_per_hour;
};

// Model devices by powers of two; those that attend by divisors of the KV heads, alone or with two batches that take
// turns. Without attention devices the system is vllm-2xh100 with other devices, with them lamina-33b-pipelined, with
// an architecture h100-fusemax. What cannot hold the weights or one request, or costs more, is left out.
std::vector<Found> combinations(const SearchSpace& space);

// Serves the trace (all requests there from the start) on each; `progress` is told how many are done. The most tokens a
// dollar come first. Stops early where `progress` returns false.
std::vector<Found> search(const SearchSpace& space, const std::vector<workloads::Request>& requests,
                          const std::function<bool(std::size_t done, std::size_t all)>& progress);

// Marks those on the front and says what architectures are worth.
void compare(std::vector<Found>& found);

}  // namespace attnsim::sim::system
