// simulate serve: a trace of requests on a system, with continuous batching.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "common/error.h"
#include "sim/command/options.h"
#include "sim/command/output.h"
#include "sim/command/verbs.h"
#include "sim/system/prepare.h"
#include "sim/system/report.h"
#include "workloads/requests.h"

namespace attnsim::sim {

namespace {

constexpr int kStepsBetweenLooks = 256;

volatile std::sig_atomic_t stop_requested = 0;

struct ServeOptions {
  std::string system;
  std::string workload;
  std::string requests;
  std::string limit;
  std::string checkpoint;
  std::vector<std::string> settings;
  bool saturated = false;
  bool json = false;
};

// What a saved state belongs to: another system, model or trace must not go on from it.
std::string identity(const ServeOptions& options, const system::PreparedSystem& prepared, std::size_t requests) {
  nlohmann::json identity = {options.system,
                             options.workload,
                             options.requests,
                             options.saturated,
                             requests,
                             options.settings,
                             prepared.durations.kv_capacity_tokens()};
  return identity.dump();
}

void save(const std::string& file, const std::string& identity, const system::Serving& serving) {
  nlohmann::json document = {{"of", identity}, {"state", serving.state()}};
  write_file(file, document.dump() + "\n");
}

void load(const std::string& file, const std::string& identity, system::Serving& serving) {
  std::ifstream stream(file);
  if (!stream) return;
  const auto document = nlohmann::json::parse(stream, nullptr, false);
  if (!document.is_object() || document.value("of", "") != identity) {
    throw common::InputError({file, 0, ""}, "is not the checkpoint of this run; remove it or name another file");
  }
  serving.resume(document.at("state"));
}

// Runs to the end, or to Ctrl-C; progress and checkpoints about once a second.
bool run_to_end(system::Serving& serving, const ServeOptions& options, const std::string& identity,
                const Streams& streams) {
  stop_requested = 0;
  const auto before = std::signal(SIGINT, [](int) { stop_requested = 1; });
  auto last = std::chrono::steady_clock::now();
  int steps = 0;
  while (!serving.done() && stop_requested == 0) {
    serving.advance();
    if (++steps % kStepsBetweenLooks != 0) continue;
    const auto now = std::chrono::steady_clock::now();
    if (now - last < std::chrono::seconds(1)) continue;
    last = now;
    if (!options.checkpoint.empty()) save(options.checkpoint, identity, serving);
    if (streams.progress) {
      const auto done = static_cast<std::size_t>(serving.figures().requests);
      streams.err << fmt::format("\r{} of {} requests", done, serving.total_requests()) << std::flush;
    }
  }
  if (streams.progress) streams.err << "\r\033[K" << std::flush;
  std::signal(SIGINT, before);
  return serving.done();
}

int serve(const ServeOptions& options, const Streams& streams) {
  system::SystemInputs inputs;
  inputs.system = options.system;
  inputs.workload = options.workload;
  inputs.options.kv_len = 1;
  for (const auto& setting : options.settings) system::add_override(inputs, setting);
  const auto prepared = system::prepare_system(inputs);
  auto requests = workloads::read_requests(options.requests);
  if (!options.limit.empty()) {
    const auto limit = static_cast<std::size_t>(positive_integer("--limit", options.limit));
    requests.resize(std::min(limit, requests.size()));
  }
  std::int64_t longest = 0;
  for (const auto& request : requests) longest = std::max(longest, request.prompt + request.output);
  const system::KvPages pages(prepared.system, prepared.workload, prepared.durations, longest);
  const std::string of = identity(options, prepared, requests.size());
  system::Serving serving(std::move(requests), pages, prepared.system.largest_batch, options.saturated,
                          system::step_time_of(prepared));
  if (!options.checkpoint.empty()) load(options.checkpoint, of, serving);
  if (!run_to_end(serving, options, of, streams)) {
    if (options.checkpoint.empty()) throw common::SimulationError("interrupted; --checkpoint FILE keeps what is done");
    save(options.checkpoint, of, serving);
    throw common::SimulationError("interrupted; the same command goes on from " + options.checkpoint);
  }
  if (!options.checkpoint.empty()) std::filesystem::remove(options.checkpoint);
  streams.out << (options.json ? system::to_json(prepared, pages, serving).dump(2) + "\n"
                               : system::summarize(prepared, pages, serving, streams.colour));
  return static_cast<int>(common::ExitCode::kDone);
}

}  // namespace

Verb add_serve(CLI::App& verb) {
  auto options = std::make_shared<ServeOptions>();
  verb.add_option("--system", options->system, "System: a preset or a YAML file")->required()->type_name("NAME");
  verb.add_option("--workload", options->workload, "Model: a name, a YAML file or a config.json")
      ->required()
      ->type_name("NAME");
  verb.add_option("--requests", options->requests, "Trace: Azure's CSV, or JSON lines with input and output lengths")
      ->required()
      ->type_name("FILE");
  verb.add_option("--limit", options->limit, "The first so many requests")->type_name("N");
  verb.add_flag("--saturated", options->saturated, "All requests are there from the start, whatever their times");
  verb.add_option("--checkpoint", options->checkpoint,
                  "Keep what is done in this file, about every second and at Ctrl-C, and go on from it")
      ->type_name("FILE");
  verb.add_option("--set", options->settings, "Change one key of an input: system.KEY=VALUE, workload.KEY=VALUE")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  verb.add_flag("--json", options->json, "Print the result as JSON");
  return [options](const Streams& streams) { return serve(*options, streams); };
}

}  // namespace attnsim::sim
