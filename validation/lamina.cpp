// Offloaded decoding against Lamina: parts of a step, throughput at equal cost, least network bandwidth (the published
// bars), and its cost model as closed forms at random settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/registry.h"
#include "sim/system/serving.h"
#include "sim/system/step.h"
#include "validation/fusemax/csv.h"
#include "validation/lamina/closed_form.h"
#include "validation/validations.h"

namespace attnsim::validation {

namespace {

using common::Override;
using sim::system::StepBatch;

constexpr double kMeanTolerance = 0.10;
constexpr double kThroughputTolerance = 0.15;
constexpr double kFormTolerance = 0.10;
constexpr double kSlack = 0.2;  // of the published bandwidth curve

std::filesystem::path folder() { return common::data_root() / "validation" / "lamina"; }

Override change(const std::string& key, const std::string& value) { return {key, value, "validate lamina"}; }

workloads::Workload model(const std::string& name) {
  workloads::WorkloadOptions options;
  options.phase = "decode";
  options.kv_len = 1;
  return workloads::read_workload(name, options);
}

struct Case {
  std::string model;
  std::int64_t model_devices = 1;
  std::int64_t attention_devices = 1;
  std::int64_t batch = 1;  // of each in flight
  std::int64_t context = 1;
  std::int64_t in_flight = 1;
};

arch::System system_of(const Case& one) {
  return arch::read_system("lamina-33b",
                           {change("model.count", std::to_string(one.model_devices)),
                            change("attention.count", std::to_string(one.attention_devices)),
                            change("batches_in_flight", std::to_string(one.in_flight)),
                            change("replicas", std::to_string(std::max<std::int64_t>(1, one.in_flight - 1))),
                            change("overlap", "false"), change("software.logits_per_second", "0")});
}

sim::system::Step simulate(const Case& one) {
  const arch::System system = system_of(one);
  const auto workload = model(one.model);
  const sim::system::Durations durations(system, workload);
  const std::int64_t sequences = one.batch * one.in_flight;
  return sim::system::run_step(system, workload, durations, {sequences, sequences * one.context}, sim::Engine::kFast);
}

// The published sizes of the weights, which the closed form takes; the simulator counts its own.
double published_parameters(const std::string& name) {
  static const std::map<std::string, double> weights = {
      {"llama-33b", 64.7e9}, {"llama-65b", 130.1e9}, {"llama3-70b", 137.5e9}};
  return weights.at(name) / 2;
}

lamina::Setting setting_of(const Case& one) {
  const arch::System system = system_of(one);
  const auto workload = model(one.model);
  const auto rates = [](const arch::Device& device) {
    return lamina::Device{device.flops_per_second, device.memory_bytes_per_second, device.link_bytes_per_second};
  };
  const arch::Software& software = system.software;
  constexpr double kKernels = 9;  // of a layer, beside attention
  lamina::Setting setting;
  setting.model = {published_parameters(one.model), static_cast<double>(workload.hidden),
                   static_cast<double>(workload.layers),
                   static_cast<double>(workload.heads) / static_cast<double>(workload.kv_heads)};
  setting.model_device = rates(system.model.device);
  setting.attention_device = rates(system.attention->device);
  setting.a = static_cast<double>(one.model_devices);
  setting.b = static_cast<double>(one.attention_devices);
  setting.batch = static_cast<double>(one.batch);
  setting.context = static_cast<double>(one.context);
  setting.constants = {software.memory_share,
                       software.attention_share,
                       software.compute_share,
                       software.unhidden_share,
                       kKernels * software.launch_seconds,
                       software.attention_launch_seconds,
                       software.all_reduce_hop_seconds,
                       software.link_share,
                       2 * system.network.message_seconds,
                       system.network.bytes_per_second};
  return setting;
}

class LaminaValidation {
 public:
  Table run() {
    judge_bars();
    judge_bandwidth();
    judge_random_settings();
    judge_serving();
    return table_;
  }

 private:
  // Every bar reported with the closed form beside it, and judged together: the mean absolute deviation of each part.
  void judge_bars() {
    std::map<std::string, std::vector<double>> deviations;
    for (const auto& row : read_csv(folder() / "bars.csv")) {
      const Case one{row.at("model"), count(row, "model_devices"), count(row, "attention_devices"), count(row, "batch"),
                     count(row, "context")};
      const auto step = simulate(one);
      const auto form = lamina::step(setting_of(one));
      const auto report = [&](const std::string& part, double ours, double form_seconds) {
        const double published = number(row.at(part + "_ms")) / 1e3;
        const std::string name = fmt::format("{} ({}, {}) batch {}: {}", one.model, one.model_devices,
                                             one.attention_devices, one.batch, part);
        table_.rows.push_back(relative_row(name, "s", ours, published, std::nullopt));
        table_.rows.push_back(relative_row(name + ", closed form", "s", form_seconds, published, std::nullopt));
        deviations[part].push_back(ours / published - 1);
      };
      report("step", step.single_seconds, form.sum());
      report("model", step.model_seconds, form.model);
      report("attention", step.attention_seconds, form.attention);
      report("network", step.network_seconds, form.network);
    }
    for (const auto& [part, list] : deviations) judge_mean("bars: mean absolute deviation, " + part, list);
  }

  void judge_bandwidth() {
    std::vector<double> deviations;
    for (const auto& row : read_csv(folder() / "bandwidth.csv")) {
      const Case one{"llama3-70b", 2, 2, count(row, "batch"), 4096};
      const auto step = simulate(one);
      const double bytes = static_cast<double>(step.bytes_sent + step.bytes_received);
      const double ours = bytes / (kSlack * (step.model_seconds + step.attention_seconds)) / 2;
      const double published = number(row.at("gigabytes_per_second")) * 1e9;
      const std::string name = fmt::format("least bandwidth of a model device, batch {}", one.batch);
      table_.rows.push_back(relative_row(name, "B/s", ours, published, kMeanTolerance));
      table_.rows.push_back(relative_row(name + ", closed form", "B/s",
                                         lamina::least_bandwidth(setting_of(one), kSlack), published, std::nullopt));
    }
  }

  void judge_random_settings() {
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same settings every time
    const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    const std::vector<std::string> models = {"llama-33b", "llama-65b", "llama3-70b"};
    Row worst;
    for (int i = 0; i < 50; ++i) {
      const Case one{models[static_cast<std::size_t>(draw(0, 2))],
                     draw(1, 4),
                     draw(1, 4),
                     draw(1, 200),
                     draw(64, 16384),
                     draw(1, 4)};
      const auto step = simulate(one);
      const auto setting = setting_of(one);
      const double form = one.in_flight == 1 ? lamina::step(setting).sum()
                                             : lamina::pipelined_step(setting, static_cast<double>(one.in_flight));
      const Row row = relative_row(
          fmt::format("closed form, worst of 50 random settings: {} ({}, {}) batch {} x {}, {} tokens: step", one.model,
                      one.model_devices, one.attention_devices, one.in_flight, one.batch, one.context),
          "s", step.seconds, form, kFormTolerance);
      if (worst.name.empty() || std::abs(row.deviation) > std::abs(worst.deviation)) worst = row;
    }
    table_.rows.push_back(worst);
  }

  void judge_serving() {
    const char* set = std::getenv("ATTNSIM_TRACES");  // NOLINT(concurrency-mt-unsafe): one thread
    const std::filesystem::path traces = set != nullptr ? set : common::data_root() / ".." / "shared" / "traces";
    std::map<std::string, double> throughput;
    for (const auto& row : read_csv(folder() / "serving.csv")) {
      const auto file = traces / ("AzureLLMInferenceTrace_" + row.at("trace") + ".csv");
      if (!std::filesystem::exists(file)) {
        table_.notes.push_back("no throughput: the Azure LLM inference traces are not in " + traces.string() +
                               "; name their folder in ATTNSIM_TRACES");
        return;
      }
      const auto figures = serve(row.at("system"), row.at("model"), file);
      const double tokens = static_cast<double>(figures.loaded_tokens);
      const double steps = static_cast<double>(figures.loaded_steps);
      const double seconds = static_cast<double>(figures.loaded_ns) / 1e9;
      const std::string name = fmt::format("{} {} {}: ", row.at("trace"), row.at("model"), row.at("system"));
      table_.rows.push_back(relative_row(name + "throughput", "tokens/s", tokens / seconds,
                                         number(row.at("tokens_per_second")), kThroughputTolerance));
      table_.rows.push_back(
          relative_row(name + "step", "s", seconds / steps, number(row.at("step_ms")) / 1e3, std::nullopt));
      table_.rows.push_back(relative_row(name + "batch", "", tokens / steps, number(row.at("batch")), std::nullopt));
      throughput[row.at("trace") + " " + row.at("model") + (row.at("system")[0] == 'l' ? " lamina" : " vllm")] =
          tokens / seconds;
    }
    table_.notes.emplace_back(
        "throughput is that of the time in which requests wait; all are there from the start, prompts are processed "
        "elsewhere");
  }

  static sim::system::ServingFigures serve(const std::string& name, const std::string& model_name,
                                           const std::filesystem::path& trace) {
    const arch::System system = arch::read_system(name);
    const auto workload = model(model_name);
    const sim::system::Durations durations(system, workload);
    const sim::system::KvPages pages(system, workload, durations, 1);
    sim::system::Serving serving(
        workloads::read_requests(trace), pages, system.largest_batch, true, [&](const StepBatch& batch) {
          return std::llround(sim::system::run_step(system, workload, durations, batch, sim::Engine::kFast).seconds *
                              1e9);
        });
    while (!serving.done()) serving.advance();
    return serving.figures();
  }

  void judge_mean(const std::string& name, const std::vector<double>& deviations) {
    double sum = 0;
    for (const double deviation : deviations) sum += std::abs(deviation);
    table_.rows.push_back(absolute_row(name, sum / static_cast<double>(deviations.size()), 0, kMeanTolerance));
  }

  static std::int64_t count(const CsvRow& row, const std::string& column) {
    return static_cast<std::int64_t>(number(row.at(column)));
  }

  Table table_{"lamina", {}, {}};
};

}  // namespace

Table validate_lamina() { return LaminaValidation().run(); }

}  // namespace attnsim::validation
