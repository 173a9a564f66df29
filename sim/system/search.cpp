// Enumerates systems, serves a trace on each, and holds them against each other.
#include "sim/system/search.h"

#include <algorithm>
#include <limits>

#include "arch/architecture.h"
#include "common/error.h"
#include "common/registry.h"
#include "sim/system/serving.h"

namespace attnsim::sim::system {

namespace {

constexpr double kSecondsPerHour = 3600;

common::Override change(const std::string& key, const std::string& value) {
  return {key, value, "search: " + key + "=" + value};
}

bool is_architecture(const std::string& name) {
  const auto known = common::preset_names(arch::devices());
  if (std::find(known.begin(), known.end(), name) != known.end()) return false;
  const auto architectures = common::preset_names(arch::presets());
  if (std::find(architectures.begin(), architectures.end(), name) != architectures.end()) return true;
  if (name.find('/') != std::string::npos || name.ends_with(".yaml")) {
    return !common::Yaml::load(common::find_preset("device", arch::devices(), name)).has("flops_per_second");
  }
  auto all = known;
  all.insert(all.end(), architectures.begin(), architectures.end());
  throw common::UsageError(common::unknown_name("device", name, all));
}

class Enumeration {
 public:
  explicit Enumeration(const SearchSpace& space) : space_(space) {}

  std::vector<Found> run() {
    workloads::WorkloadOptions options;
    options.phase = "decode";
    options.kv_len = 1;
    const auto workload = workloads::read_workload(space_.workload, options, space_.workload_overrides);
    for (const auto& model : space_.model_devices) {
      for (std::int64_t count = 1; count <= space_.most_devices; count *= 2) {
        if (workload.kv_heads % count == 0) add(model, count, "", 0, 1);
        for (const auto& attention : space_.attention_devices) {
          for (std::int64_t b = 1; b <= space_.most_devices; ++b) {
            if (workload.kv_heads % b != 0) continue;
            for (const std::int64_t batches : {1, 2}) add(model, count, attention, b, batches);
          }
        }
      }
    }
    return std::move(found_);
  }

 private:
  void add(const std::string& model, std::int64_t count, const std::string& attention, std::int64_t attention_count,
           std::int64_t batches) {
    Found one;
    one.model_device = model;
    one.model_count = count;
    one.attention_device = attention;
    one.attention_count = attention_count;
    one.batches_in_flight = batches;
    one.is_architecture = !one.attention_device.empty() && is_architecture(one.attention_device);
    one.inputs.workload = space_.workload;
    one.inputs.workload_overrides = space_.workload_overrides;
    one.inputs.options.kv_len = 1;
    one.inputs.system = one.attention_device.empty() ? "vllm-2xh100"
                        : one.is_architecture        ? "h100-fusemax"
                                                     : "lamina-33b-pipelined";
    auto& overrides = one.inputs.system_overrides;
    overrides.push_back(change("model.device", one.model_device));
    overrides.push_back(change("model.count", std::to_string(one.model_count)));
    if (!one.attention_device.empty()) {
      overrides.push_back(change(one.is_architecture ? "attention.arch" : "attention.device", one.attention_device));
      overrides.push_back(change("attention.count", std::to_string(one.attention_count)));
      overrides.push_back(change("batches_in_flight", std::to_string(one.batches_in_flight)));
    }
    overrides.insert(overrides.end(), space_.system_overrides.begin(), space_.system_overrides.end());
    const arch::System system = arch::read_system(one.inputs.system, overrides);
    one.dollars_per_hour = system.dollars_per_hour();
    if (one.dollars_per_hour <= space_.dollars_per_hour) found_.push_back(std::move(one));
  }

  const SearchSpace& space_;
  std::vector<Found> found_;
};

// Tokens, steps and time while requests wait, or of all where none ever does. False where the system cannot serve.
bool serve(Found& one, const std::vector<workloads::Request>& requests, std::int64_t longest) {
  try {
    const auto prepared = prepare_system(one.inputs);
    const KvPages pages(prepared.system, prepared.workload, prepared.durations, longest);
    Serving serving(requests, pages, prepared.system.largest_batch, true, step_time_of(prepared));
    while (!serving.done()) serving.advance();
    const ServingFigures& figures = serving.figures();
    const bool loaded = figures.loaded_steps > 0;
    const auto tokens = static_cast<double>(loaded ? figures.loaded_tokens : figures.tokens);
    const double seconds = static_cast<double>(loaded ? figures.loaded_ns : figures.nanoseconds) / 1e9;
    one.tokens_per_second = tokens / seconds;
    one.batch = tokens / static_cast<double>(loaded ? figures.loaded_steps : figures.steps);
    one.token_gap_seconds = static_cast<double>(serving.token_gap(0.5)) / 1e9;
    one.tokens_per_dollar = one.tokens_per_second * kSecondsPerHour / one.dollars_per_hour;
    one.tokens_per_joule = one.tokens_per_second / prepared.system.watts();
    return true;
  } catch (const common::InputError&) {  // weights that do not fit
    return false;
  } catch (const common::SimulationError&) {  // a request that does not fit
    return false;
  }
}

}  // namespace

std::vector<Found> combinations(const SearchSpace& space) { return Enumeration(space).run(); }

void compare(std::vector<Found>& found) {
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.dollars_per_hour != b.dollars_per_hour ? a.dollars_per_hour < b.dollars_per_hour
                                                    : a.tokens_per_second > b.tokens_per_second;
  });
  double most = 0;
  double best = 0;  // tokens a dollar of systems of devices alone
  for (Found& one : found) {
    one.on_front = one.tokens_per_second > most;
    most = std::max(most, one.tokens_per_second);
    if (!one.is_architecture) best = std::max(best, one.tokens_per_dollar);
  }
  for (Found& one : found) {
    if (!one.is_architecture || best == 0) continue;
    const arch::System system = arch::read_system(one.inputs.system, one.inputs.system_overrides);
    const auto count = static_cast<double>(one.attention_count);
    const double others = one.dollars_per_hour - count * system.attention->device.dollars_per_hour;
    one.worth_dollars_per_hour = (one.tokens_per_second * kSecondsPerHour / best - others) / count;
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.tokens_per_dollar > b.tokens_per_dollar; });
}

std::vector<Found> search(const SearchSpace& space, const std::vector<workloads::Request>& requests,
                          const std::function<bool(std::size_t done, std::size_t all)>& progress) {
  std::int64_t longest = 0;
  for (const auto& request : requests) longest = std::max(longest, request.prompt + request.output);
  std::vector<Found> all = combinations(space);
  std::vector<Found> found;
  for (std::size_t i = 0; i < all.size() && progress(i, all.size()); ++i) {
    if (serve(all[i], requests, longest)) found.push_back(all[i]);
  }
  compare(found);
  return found;
}

}  // namespace attnsim::sim::system
