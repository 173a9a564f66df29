// simulate search: which devices for a model, a trace and a budget.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "common/error.h"
#include "common/units.h"
#include "sim/command/options.h"
#include "sim/command/output.h"
#include "sim/command/report.h"
#include "sim/command/verbs.h"
#include "sim/system/search.h"

namespace attnsim::sim {

namespace {

constexpr std::size_t kShown = 20;  // rows on a terminal; --json and --out have all

volatile std::sig_atomic_t stop_requested = 0;

struct SearchOptions {
  std::string workload;
  std::string requests;
  std::string limit;
  std::string budget;
  std::vector<std::string> model_devices = {"h100"};
  std::vector<std::string> attention_devices = {"h20"};
  std::vector<std::string> settings;
  std::string out;
  bool json = false;
};

double positive_number(const std::string& option, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || !std::isfinite(value)) {
    throw common::UsageError(option + ": must be a number above 0, such as 45 (got " + text + ")");
  }
  return value;
}

std::string name_of(const system::Found& one) {
  if (one.attention_device.empty()) return fmt::format("{} x {}", one.model_count, one.model_device);
  return fmt::format("{} x {} + {} x {}, {} in flight", one.model_count, one.model_device, one.attention_count,
                     one.attention_device, one.batches_in_flight);
}

Json to_json(const SearchOptions& options, const std::vector<system::Found>& found) {
  Json rows = Json::array();
  for (const auto& one : found) {
    Json attention = nullptr;
    if (!one.attention_device.empty()) attention = {{"device", one.attention_device}, {"count", one.attention_count}};
    Json worth = nullptr;
    if (one.worth_dollars_per_hour) worth = *one.worth_dollars_per_hour;
    rows.push_back({{"name", name_of(one)},
                    {"model", {{"device", one.model_device}, {"count", one.model_count}}},
                    {"attention", attention},
                    {"batches_in_flight", one.batches_in_flight},
                    {"dollars_per_hour", one.dollars_per_hour},
                    {"tokens_per_second", one.tokens_per_second},
                    {"tokens_per_dollar", one.tokens_per_dollar},
                    {"tokens_per_joule", one.tokens_per_joule},
                    {"batch", one.batch},
                    {"token_gap_seconds", one.token_gap_seconds},
                    {"on_front", one.on_front},
                    {"worth_dollars_per_hour", worth}});
  }
  return {{"schema_version", 1},
          {"workload", options.workload},
          {"requests", options.requests},
          {"budget_dollars_per_hour", positive_number("--budget", options.budget)},
          {"systems", rows}};
}

std::string to_text(const std::vector<system::Found>& found, bool colour) {
  std::string text = fmt::format("  {:<44} {:>8} {:>10} {:>10} {:>9} {:>7} {:>10} {:>9}\n", "system", "$/h", "tokens/s",
                                 "tokens/$", "tokens/J", "batch", "token gap", "worth $/h");
  std::size_t shown = 0;
  for (const auto& one : found) {
    if (++shown > kShown && !one.on_front) continue;
    const std::string worth = one.worth_dollars_per_hour ? fmt::format("{:.2f}", *one.worth_dollars_per_hour) : "";
    const std::string row =
        fmt::format("{} {:<44} {:>8.2f} {:>10.1f} {:>10.0f} {:>9.3f} {:>7.1f} {:>10} {:>9}", one.on_front ? "*" : " ",
                    name_of(one), one.dollars_per_hour, one.tokens_per_second, one.tokens_per_dollar,
                    one.tokens_per_joule, one.batch, common::format_seconds(one.token_gap_seconds), worth);
    text +=
        (colour && one.on_front ? "\033[1m" + row + "\033[0m" : row.substr(0, row.find_last_not_of(' ') + 1)) + "\n";
  }
  text += fmt::format("{} systems; * none gives more tokens a second for less\n", found.size());
  return text;
}

int run_search(const SearchOptions& options, const Streams& streams) {
  system::SearchSpace space;
  space.workload = options.workload;
  space.model_devices = options.model_devices;
  space.attention_devices = options.attention_devices;
  space.dollars_per_hour = positive_number("--budget", options.budget);
  system::SystemInputs settings;
  for (const auto& setting : options.settings) system::add_override(settings, setting);
  space.system_overrides = settings.system_overrides;
  space.workload_overrides = settings.workload_overrides;
  auto requests = workloads::read_requests(options.requests);
  if (!options.limit.empty()) {
    const auto limit = static_cast<std::size_t>(positive_integer("--limit", options.limit));
    requests.resize(std::min(limit, requests.size()));
  }
  if (!options.out.empty()) make_folder(options.out);
  stop_requested = 0;
  const auto before = std::signal(SIGINT, [](int) { stop_requested = 1; });
  const auto found = system::search(space, requests, [&](std::size_t done, std::size_t all) {
    if (streams.progress) streams.err << fmt::format("\r{} of {} systems", done, all) << std::flush;
    return stop_requested == 0;
  });
  std::signal(SIGINT, before);
  if (streams.progress) streams.err << "\r\033[K" << std::flush;
  if (stop_requested != 0) throw common::SimulationError("interrupted");
  if (found.empty()) {
    throw common::InputError({"--budget " + options.budget, 0, ""},
                             "no system of these devices holds the model and its longest request; give more");
  }
  const Json json = to_json(options, found);
  std::string written;
  if (!options.out.empty()) written = write_search(options.out, json, streams).string();
  streams.out << (options.json ? json.dump(2) + "\n" : to_text(found, streams.colour));
  if (!options.json && !written.empty()) streams.out << "wrote " << written << '\n';
  return static_cast<int>(common::ExitCode::kDone);
}

}  // namespace

Verb add_search(CLI::App& verb) {
  auto options = std::make_shared<SearchOptions>();
  verb.add_option("--workload", options->workload, "Model: a name, a YAML file or a config.json")
      ->required()
      ->type_name("NAME");
  verb.add_option("--requests", options->requests, "Trace: Azure's CSV, or JSON lines with input and output lengths")
      ->required()
      ->type_name("FILE");
  verb.add_option("--limit", options->limit, "The first so many requests")->type_name("N");
  verb.add_option("--budget", options->budget, "Dollars an hour at most")->required()->type_name("DOLLARS");
  const auto devices = [&](const std::string& flag, std::vector<std::string>& target, const std::string& help) {
    verb.add_option(flag, target, help)->allow_extra_args(false)->delimiter(',')->type_name("NAMES");
  };
  devices("--model-devices", options->model_devices, "Devices that run the model; a list with commas; default: h100");
  devices("--attention-devices", options->attention_devices,
          "Devices or architectures that attend; a list with commas; default: h20");
  verb.add_option("--set", options->settings, "Change one key of every system or of the model: system.KEY=VALUE")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  verb.add_option("--out", options->out, "Folder for result.json and the figure of throughput against cost")
      ->type_name("DIR");
  verb.add_flag("--json", options->json, "Print the result as JSON");
  return [options](const Streams& streams) { return run_search(*options, streams); };
}

}  // namespace attnsim::sim
