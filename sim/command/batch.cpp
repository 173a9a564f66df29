// simulate batch: one JSON object a line in, one a line out, in the same order, each flushed at once.
#include <istream>
#include <memory>
#include <ostream>
#include <set>

#include "common/error.h"
#include "sim/command/options.h"
#include "sim/command/verbs.h"
#include "sim/functional/mask_data.h"

namespace attnsim::sim {

namespace {

common::InputError wrong(const std::string& key, const std::string& what) {
  return common::InputError({"stdin", 0, key}, what);
}

// Texts as they are; numbers, lists and so on as JSON, which is YAML too.
std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string text_at(const Json& request, const std::string& key) {
  if (!request.contains(key)) return {};
  const auto& value = request.at(key);
  if (!value.is_string() && !value.is_number())
    throw wrong(key, "must be a text or a number (got " + value.dump() + ")");
  return text_of(value);
}

bool flag_at(const Json& request, const std::string& key) {
  if (!request.contains(key)) return false;
  if (!request.at(key).is_boolean()) throw wrong(key, "must be true or false (got " + request.at(key).dump() + ")");
  return request.at(key).get<bool>();
}

void check_keys(const Json& request) {
  static const std::vector<std::string> known = {
      "id",    "arch",  "workload", "attention",  "mapping",        "engine",  "seq_len", "kv_len",    "batch",
      "phase", "scope", "lengths",  "max_cycles", "linear_mapping", "density", "set",     "bound_only"};
  const std::set<std::string> names(known.begin(), known.end());
  for (const auto& [key, value] : request.items()) {
    if (!names.contains(key)) throw wrong("", common::unknown_name("key", key, known));
  }
}

Json answer(const Json& request) {
  check_keys(request);
  InputOptions options;
  EngineChoice engine;
  const auto take = [&request](const std::string& key, std::string& target) {
    if (request.contains(key)) target = text_at(request, key);
  };
  take("arch", options.archs.front());
  take("mapping", options.mappings.front());
  take("attention", options.attention);
  take("scope", options.scope);
  take("linear_mapping", options.linear_mapping);
  take("seq_len", options.seq_len);
  take("kv_len", options.kv_len);
  take("batch", options.batch);
  take("phase", options.phase);
  take("lengths", options.lengths);
  take("density", options.density);
  take("engine", engine.engine);
  take("max_cycles", engine.max_cycles);
  options.workloads.front() = text_at(request, "workload");
  if (options.workloads.front().empty()) throw wrong("workload", "missing; give a model's name or a file");
  if (request.contains("set")) {
    if (!request.at("set").is_object())
      throw wrong("set", "must be an object such as {\"arch.buffer.bytes\": \"8MiB\"}");
    for (const auto& [key, value] : request.at("set").items()) options.settings.push_back(key + "=" + text_of(value));
  }
  const bool bound_only = flag_at(request, "bound_only");
  const Engine chosen = engine.chosen();
  const EngineOptions engine_options = engine.options(false);
  const Prepared prepared = functional::prepare_on_data(options.inputs());
  return to_json(bound_only ? run_bound(prepared) : run(prepared, chosen, engine_options));
}

Json failure(common::ExitCode code, const std::string& message) {
  return {{"error", {{"code", static_cast<int>(code)}, {"message", message}}}};
}

// Never throws for a bad line: the lines after it count as well.
Json answer_line(const std::string& line, std::int64_t number) {
  Json reply = {{"id", nullptr}};
  Json body;
  try {
    const Json request = Json::parse(line);
    if (!request.is_object()) throw wrong("", "must be a JSON object");
    if (request.contains("id")) reply["id"] = request.at("id");
    body = answer(request);
  } catch (const Json::parse_error& error) {
    body = failure(common::ExitCode::kBadInput,
                   "stdin:" + std::to_string(number) + ": not JSON (column " + std::to_string(error.byte) + ")");
  } catch (const common::Error& error) {
    body = failure(error.code(), error.what());
  } catch (const std::exception& error) {
    body = failure(common::ExitCode::kDefect, std::string("defect: ") + error.what());
  }
  reply.update(body);
  return reply;
}

}  // namespace

Verb add_batch(CLI::App& /*verb*/) {
  return [](const Streams& streams) {
    std::string line;
    std::int64_t number = 0;
    while (std::getline(streams.in, line)) {
      ++number;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      streams.out << answer_line(line, number).dump() << std::endl;
    }
    return 0;
  };
}

}  // namespace attnsim::sim
