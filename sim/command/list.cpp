// simulate list: names and titles of the shipped architectures, workloads, variants, series and mappings; of variants
// alone also what follows from each.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <ostream>

#include "arch/architecture.h"
#include "arch/device.h"
#include "arch/system.h"
#include "common/error.h"
#include "common/registry.h"
#include "mapping/derive.h"
#include "mapping/mapping.h"
#include "sim/analysis.h"
#include "sim/command/verbs.h"
#include "sim/result.h"
#include "workloads/cascade.h"
#include "workloads/checked.h"
#include "workloads/series.h"
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
          {"systems", "system", arch::systems()},
          {"devices", "device", arch::devices()},
          {"workloads", "workload", workloads::models()},
          {"variants", "attention", workloads::variants()},
          {"series", "series", workloads::series_folder()},
          {"mappings", "mapping", mapping::presets()}};
}

std::string title_of(const Kind& kind, const std::string& name) {
  return common::title_of(common::text_of(common::find_preset(kind.singular, kind.folder, name)));
}

// From the record of the tests (tests/sim/rows): whether this very file ran as its oracle says.
std::string status_of(const std::string& name, const std::map<std::string, workloads::CheckedVariant>& checked) {
  const auto found = checked.find(name);
  if (found == checked.end()) return "not checked";
  return found->second.text == workloads::fingerprint(name) ? "checked" : "changed since it was checked";
}

// What a variant is, found in its cascade. Mappings are those that name it as the cascade that they are made for, and
// the derived one.
Json variant_row(const std::string& name, const std::map<std::string, workloads::CheckedVariant>& checked) {
  const auto cascade = workloads::read_cascade(name);
  const Analysis analysis = analyse(cascade, std::nullopt, {});
  Json functions = Json::array();
  for (const auto& [function, results] : analysis.operations) functions.push_back(function);
  Json mappings = Json::array();
  for (const auto& mapping : common::preset_names(mapping::presets())) {
    if (mapping::default_attention(mapping) == name) mappings.push_back(mapping);
  }
  mappings.push_back(mapping::kAutoMapping);
  const auto record = checked.find(name);
  return {{"name", name},
          {"title", cascade.title},
          {"id", cascade.id},
          {"class", cascade.class_name},
          {"rank", analysis.rank},
          {"passes", analysis.passes_over(analysis.rank).count},
          {"functions", functions},
          {"schedule", is_dynamic(cascade) ? "dynamic" : "static"},
          {"provenance", cascade.provenance},
          {"status", status_of(name, checked)},
          {"checked", record == checked.end() ? std::vector<std::string>() : record->second.runs},
          {"mappings", mappings}};
}

std::string joined(const Json& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word.get<std::string>();
  return text;
}

void print_table(const std::vector<std::vector<std::string>>& rows, const Streams& streams) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format(" {:<{}} ", row[i], widths[i]);
    streams.out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

Json list_variants(const Streams& streams, bool json) {
  Json entries = Json::array();
  std::vector<std::vector<std::string>> rows = {
      {"variant", "class", "passes", "PE functions", "schedule", "provenance", "status"}};
  const auto checked = workloads::checked_variants();
  for (const auto& name : common::preset_names(workloads::variants())) {
    const Json row = variant_row(name, checked);
    const std::string mappings = joined(row.at("mappings"));
    rows.push_back({name, row.at("class"),
                    fmt::format("{} over {}", row.at("passes").get<int>(), row.at("rank").get<std::string>()),
                    joined(row.at("functions")), row.at("schedule"), row.at("provenance"),
                    row.at("status").get<std::string>() + ": " + mappings});
    entries.push_back(row);
  }
  for (const auto& [name, one] : workloads::not_modelled()) {
    const std::string status = one.reason + "; not modelled";
    rows.push_back({name, one.class_name, "-", "-", "-", "-", status});
    entries.push_back({{"name", name}, {"title", one.source}, {"class", one.class_name}, {"status", status}});
  }
  if (!json) print_table(rows, streams);
  return entries;
}

}  // namespace

Verb add_list(CLI::App& verb) {
  struct Options {
    std::string kind;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  verb.add_option("kind", options->kind,
                  "architectures, systems, devices, workloads, variants, series or mappings; default: all")
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
    if (options->kind == "variants") {
      json[options->kind] = list_variants(streams, options->json);
      if (options->json) streams.out << json.dump(2) << '\n';
      return 0;
    }
    for (const auto& kind : all) {
      if (!options->kind.empty() && options->kind != kind.name) continue;
      Json entries = Json::array();
      if (!options->json) streams.out << kind.name << '\n';
      for (const auto& name : common::preset_names(kind.folder)) {
        const auto title = title_of(kind, name);
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
