// Figures of steps and traces, and how they are written.
#include "sim/system/report.h"

#include <fmt/format.h>

#include "common/units.h"

namespace attnsim::sim::system {

namespace {

constexpr double kSecondsPerHour = 3600;
constexpr double kMillion = 1e6;

std::string bold(const std::string& text, bool colour) { return colour ? "\033[1m" + text + "\033[0m" : text; }

std::string percent(double part) { return fmt::format("{:.1f} %", 100 * part); }

double ratio(std::int64_t a, std::int64_t b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }

double seconds_of(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

Json group_json(const arch::DeviceGroup& group) { return {{"device", group.device.name}, {"count", group.count}}; }

std::string group_text(const arch::DeviceGroup& group) {
  return fmt::format("{} x {}", group.count, group.device.name);
}

Json system_json(const arch::System& system) {
  Json json = {{"name", system.name}, {"model", group_json(system.model)}};
  json["attention"] = system.attention ? group_json(*system.attention) : Json(nullptr);
  json["replicas"] = system.replicas;
  json["batches_in_flight"] = system.batches_in_flight;
  json["overlap"] = system.overlap;
  json["dollars_per_hour"] = system.dollars_per_hour();
  json["watts"] = system.watts();
  return json;
}

// "1 x h100 for the model, 2 x h20 for attention".
std::string system_text(const arch::System& system) {
  std::string text = group_text(system.model);
  if (system.replicas > 1) text = fmt::format("{} replicas of {}", system.replicas, text);
  return system.attention ? fmt::format("{} for the model, {} for attention", text, group_text(*system.attention))
                          : text;
}

double dollars_per_million_tokens(const arch::System& system, double tokens_per_second) {
  return tokens_per_second == 0 ? 0 : system.dollars_per_hour() / kSecondsPerHour / tokens_per_second * kMillion;
}

double joules_per_token(const arch::System& system, double tokens_per_second) {
  return tokens_per_second == 0 ? 0 : system.watts() / tokens_per_second;
}

std::string row(const std::string& label, const std::string& figure, const std::string& remark) {
  std::string line = fmt::format("  {:<12} {:>14}    {}", label, figure, remark);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

double tokens_per_second(const PreparedSystem& prepared, const Step& step) {
  return static_cast<double>(prepared.workload.batch) / step.seconds;
}

// A served trace in the figures that people ask for.
struct Rates {
  double tokens_per_second = 0;
  double batch = 0;  // mean over steps
  double step_seconds = 0;
};

Rates rates_of(std::int64_t tokens, std::int64_t steps, std::int64_t nanoseconds) {
  return {nanoseconds == 0 ? 0 : static_cast<double>(tokens) / seconds_of(nanoseconds), ratio(tokens, steps),
          steps == 0 ? 0 : seconds_of(nanoseconds) / static_cast<double>(steps)};
}

}  // namespace

Json to_json(const PreparedSystem& prepared, const Step& step, const std::string& engine) {
  const auto& workload = prepared.workload;
  const double rate = tokens_per_second(prepared, step);
  return {{"schema_version", 1},
          {"system", system_json(prepared.system)},
          {"workload",
           {{"name", workload.name}, {"phase", "decode"}, {"batch", workload.batch}, {"kv_len", workload.kv_len}}},
          {"engine", engine},
          {"seconds", step.seconds},
          {"tokens_per_second", rate},
          {"batch_seconds", step.single_seconds},
          {"parts",
           {{"model", step.model_seconds},
            {"attention", step.attention_seconds},
            {"network", step.network_seconds},
            {"sampling", step.sampling_seconds}}},
          {"busy", step.busy_share},
          {"network_bytes", {{"sent", step.bytes_sent}, {"received", step.bytes_received}}},
          {"weight_bytes", prepared.durations.weight_bytes()},
          {"kv_bytes", prepared.durations.kv_bytes_per_token() * static_cast<double>(workload.batch * workload.kv_len)},
          {"kv_capacity_tokens", prepared.durations.kv_capacity_tokens()},
          {"dollars_per_million_tokens", dollars_per_million_tokens(prepared.system, rate)},
          {"joules_per_token", joules_per_token(prepared.system, rate)}};
}

std::string summarize(const PreparedSystem& prepared, const Step& step, const std::string& engine, bool colour) {
  const auto& workload = prepared.workload;
  const auto& system = prepared.system;
  const double rate = tokens_per_second(prepared, step);
  const double alone = step.model_seconds + step.attention_seconds + step.network_seconds + step.sampling_seconds;
  std::string text =
      fmt::format("{}  {} · decode at {} tokens · batch {}    {} · {} engine\n", bold("attnsim", colour), workload.name,
                  common::format_length(workload.kv_len), workload.batch, system.name, engine);
  text += row("system", "", system_text(system));
  text += row("step", common::format_seconds(step.seconds), fmt::format("{:.1f} tokens/s", rate));
  const auto part = [&](const std::string& name, double seconds) {
    text += row(name, common::format_seconds(seconds), fmt::format("{} of a batch's parts", percent(seconds / alone)));
  };
  part("model", step.model_seconds);
  part("attention", step.attention_seconds);
  if (system.attention) part("network", step.network_seconds);
  part("sampling", step.sampling_seconds);
  if (system.attention) {
    text += row("batch", common::format_seconds(step.single_seconds),
                fmt::format("from token to token, alone; {} in flight", system.batches_in_flight));
    text += row("sent", common::format_bytes(static_cast<double>(step.bytes_sent)),
                fmt::format("received {} a step", common::format_bytes(static_cast<double>(step.bytes_received))));
  }
  std::string busy;
  for (const auto& [unit, share] : step.busy_share) {
    busy += fmt::format("{}{} {}", busy.empty() ? "" : ", ", unit, percent(share));
  }
  text += row("busy", "", busy);
  text += row("KV cache",
              common::format_bytes(prepared.durations.kv_bytes_per_token() *
                                   static_cast<double>(workload.batch * workload.kv_len)),
              fmt::format("{} of what fits",
                          percent(ratio(workload.batch * workload.kv_len, prepared.durations.kv_capacity_tokens()))));
  text += row("cost", fmt::format("${:.2f}", dollars_per_million_tokens(system, rate)),
              fmt::format("a million tokens, {:.2f} J a token", joules_per_token(system, rate)));
  return text;
}

Json to_json(const PreparedSystem& prepared, const KvPages& pages, const Serving& serving) {
  const ServingFigures& figures = serving.figures();
  const Rates all = rates_of(figures.tokens, figures.steps, figures.nanoseconds);
  const Rates loaded = rates_of(figures.loaded_tokens, figures.loaded_steps, figures.loaded_ns);
  const auto rates = [&](const Rates& rate, std::int64_t steps) -> Json {
    return {{"steps", steps},
            {"tokens_per_second", rate.tokens_per_second},
            {"batch", rate.batch},
            {"step_seconds", rate.step_seconds}};
  };
  Json json = {{"schema_version", 1},
               {"system", system_json(prepared.system)},
               {"workload", {{"name", prepared.workload.name}}},
               {"requests", figures.requests},
               {"tokens", figures.tokens},
               {"seconds", seconds_of(figures.nanoseconds)},
               {"all", rates(all, figures.steps)},
               {"loaded", rates(loaded, figures.loaded_steps)}};
  // From token to token of a request, parts of all tokens.
  for (const auto& [name, part] : {std::pair("p50", 0.5), std::pair("p90", 0.9), std::pair("p99", 0.99)}) {
    json["token_gap_seconds"][name] = seconds_of(serving.token_gap(part));
  }
  json["preemptions"] = figures.preemptions;
  json["peak_batch"] = figures.peak_batch;
  json["kv_pages"] = {
      {"capacity", pages.capacity()}, {"tokens_each", pages.page_tokens()}, {"peak", figures.peak_pages}};
  json["dollars_per_million_tokens"] = dollars_per_million_tokens(prepared.system, all.tokens_per_second);
  json["joules_per_token"] = joules_per_token(prepared.system, all.tokens_per_second);
  return json;
}

std::string summarize(const PreparedSystem& prepared, const KvPages& pages, const Serving& serving, bool colour) {
  const ServingFigures& figures = serving.figures();
  const Rates all = rates_of(figures.tokens, figures.steps, figures.nanoseconds);
  const Rates loaded = rates_of(figures.loaded_tokens, figures.loaded_steps, figures.loaded_ns);
  std::string text = fmt::format("{}  {} · {} requests · {} tokens    {}\n", bold("attnsim", colour),
                                 prepared.workload.name, figures.requests, figures.tokens, prepared.system.name);
  text += row("system", "", system_text(prepared.system));
  text +=
      row("time", common::format_seconds(seconds_of(figures.nanoseconds)),
          fmt::format("{:.1f} tokens/s, {} steps of {} on average, batch {:.1f}", all.tokens_per_second, figures.steps,
                      common::format_seconds(seconds_of(figures.stepping_ns) / static_cast<double>(figures.steps)),
                      all.batch));
  text += row("loaded", percent(ratio(figures.loaded_ns, figures.nanoseconds)),
              fmt::format("of the time requests wait: {:.1f} tokens/s, step {}, batch {:.1f}", loaded.tokens_per_second,
                          common::format_seconds(loaded.step_seconds), loaded.batch));
  text += row("token gap", common::format_seconds(seconds_of(serving.token_gap(0.5))),
              fmt::format("median; 99 % within {}", common::format_seconds(seconds_of(serving.token_gap(0.99)))));
  text += row("KV cache", percent(ratio(figures.peak_pages, pages.capacity())),
              fmt::format("of {} pages of {} tokens at the peak; {} preemptions", pages.capacity(), pages.page_tokens(),
                          figures.preemptions));
  text +=
      row("cost", fmt::format("${:.2f}", dollars_per_million_tokens(prepared.system, all.tokens_per_second)),
          fmt::format("a million tokens, {:.2f} J a token", joules_per_token(prepared.system, all.tokens_per_second)));
  return text;
}

}  // namespace attnsim::sim::system
