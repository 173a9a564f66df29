// simulate list: names and titles of the shipped architectures, workloads, variants and mappings.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "arch/architecture.h"
#include "common/error.h"
#include "common/registry.h"
#include "mapping/mapping.h"
#include "sim/command/verbs.h"
#include "sim/result.h"
#include "workloads/cascade.h"
#include "workloads/workload.h"

namespace attnsim::sim {

namespace {

struct Kind {
  std::string name;  // plural, as the user writes it
  std::string singular;
  std::filesystem::path folder;
};

std::vector<Kind> kinds() {
  return {{"architectures", "architecture", arch::presets()},
          {"workloads", "workload", workloads::models()},
          {"variants", "attention", workloads::variants()},
          {"mappings", "mapping", mapping::presets()}};
}

// A preset's first line is a comment that says what it is.
std::string title_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  const auto begin = line.find_first_not_of("# ");
  return begin == std::string::npos || line.front() != '#' ? "" : line.substr(begin);
}

}  // namespace

Verb add_list(CLI::App& verb) {
  struct Options {
    std::string kind;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  verb.add_option("kind", options->kind, "architectures, workloads, variants or mappings; default: all")
      ->type_name("KIND");
  verb.add_flag("--json", options->json, "Print the lists as JSON");
  return [options](const Streams& streams) {
    const auto all = kinds();
    std::vector<std::string> known;
    for (const auto& kind : all) known.push_back(kind.name);
    if (!options->kind.empty() && std::find(known.begin(), known.end(), options->kind) == known.end()) {
      throw common::UsageError(common::unknown_name("kind", options->kind, known));
    }
    Json json = Json::object();
    for (const auto& kind : all) {
      if (!options->kind.empty() && options->kind != kind.name) continue;
      Json entries = Json::array();
      if (!options->json) streams.out << kind.name << '\n';
      for (const auto& name : common::preset_names(kind.folder)) {
        const auto title = title_of(common::find_preset(kind.singular, kind.folder, name));
        entries.push_back({{"name", name}, {"title", title}});
        if (!options->json) streams.out << fmt::format("  {:<20} {}\n", name, title);
      }
      json[kind.name] = entries;
    }
    if (options->json) streams.out << json.dump(2) << '\n';
    return 0;
  };
}

}  // namespace attnsim::sim
