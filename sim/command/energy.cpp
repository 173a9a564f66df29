// simulate energy: energy and area of a stored result, with the energy table that it had or another one.
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "sim/command/verbs.h"
#include "sim/result.h"
#include "sim/stored_result.h"

namespace attnsim::sim {

namespace {

using Parts = std::vector<std::pair<std::string, double>>;

std::string list_parts(const std::string& title, const Parts& parts, double total,
                       std::string (*format)(double quantity)) {
  std::string text = fmt::format("{:<10} {:>14}\n", title, format(total));
  for (const auto& [name, part] : parts) {
    text += fmt::format("  {:<10} {:>12}  {:>5.1f} %\n", name, format(part), total > 0 ? 100 * part / total : 0);
  }
  return text;
}

std::string format_area(double um2) { return fmt::format("{:.4g} mm2", um2 / 1e6); }

std::string to_text(const Energy& energy, const Area& area) {
  return list_parts("energy",
                    {{"2D array", energy.array_2d},
                     {"1D array", energy.array_1d},
                     {"registers", energy.registers},
                     {"buffer", energy.buffer},
                     {"DRAM", energy.dram},
                     {"links", energy.links},
                     {"static", energy.leakage}},
                    energy.total(), format_energy) +
         list_parts("area", {{"2D array", area.array_2d}, {"1D array", area.array_1d}, {"buffer", area.buffer}},
                    area.total(), format_area);
}

}  // namespace

Verb add_energy(CLI::App& verb) {
  struct Options {
    std::string file;
    std::string table;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  verb.add_option("result", options->file, "result.json of a run")->required()->type_name("FILE");
  verb.add_option("--table", options->table, "Energy table: a shipped one or a YAML file; default: the run's")
      ->type_name("NAME");
  verb.add_flag("--json", options->json, "Print energy_pj and area_um2 as JSON");
  return [options](const Streams& streams) {
    const auto stored = read_stored_result(options->file);
    const auto table =
        arch::read_energy_table(options->table.empty() ? stored.architecture.energy_table : options->table);
    const Energy energy = energy_of(stored.inputs, stored.architecture, table);
    const Area area = area_of(stored.architecture, table);
    if (options->json) {
      const Json json = {{"energy_table", table.name}, {"energy_pj", to_json(energy)}, {"area_um2", to_json(area)}};
      streams.out << json.dump(2) << '\n';
    } else {
      streams.out << options->file << " with " << table.name << '\n' << to_text(energy, area);
    }
    return 0;
  };
}

}  // namespace attnsim::sim
