// The Verilog against its C++ model: what the tests labelled rtl and rtl/synthesis last wrote, as one table.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/registry.h"
#include "validation/validations.h"

namespace attnsim::validation {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kLeastCoverage = 0.95;  // of lines

// The file's JSON; none where it is missing or broken off.
std::optional<json> read(const fs::path& file) {
  std::ifstream stream(file);
  json value = json::parse(stream, nullptr, false);
  return stream && !value.is_discarded() ? std::optional(value) : std::nullopt;
}

// The published areas at 45 nm of FuseMax's units, in um2: arch/tables/accelergy-45nm.yaml.
const std::map<std::string, double>& published_um2() {
  static const std::map<std::string, double> areas = {{"macc_bf16", 1545}, {"max_fp32", 49.3}, {"divide_fp32", 23741}};
  return areas;
}

constexpr double kAreaAt45Nm = 1.0 / 16;  // of that at 180 nm: rtl/README.md

// What a module's line shows; a dash where nothing was measured.
struct Line {
  std::optional<std::int64_t> vectors, mismatches;
  std::optional<double> lines, toggles, um2, path_ns;
};

template <typename Value>
std::string shown(const std::optional<Value>& value, int digits = 0) {
  return value ? fmt::format("{:.{}f}", static_cast<double>(*value), digits) : "-";
}

void add_tests(const fs::path& folder, std::map<std::string, Line>& lines) {
  if (!fs::is_directory(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto result = entry.path().extension() == ".json" ? read(entry.path()) : std::nullopt;
    if (!result || !result->contains("mismatches")) continue;
    Line& line = lines[result->at("module")];
    line.vectors = result->at("vectors").get<std::int64_t>();
    line.mismatches = result->at("mismatches").get<std::int64_t>();
  }
}

bool add_coverage(const fs::path& file, std::map<std::string, Line>& lines) {
  const auto coverage = read(file);
  if (!coverage) return false;
  for (const auto& [module, percent] : coverage->items()) {
    // Not everything has lines to count; of the core's modules, toggles are not counted.
    if (percent.contains("line")) lines[module].lines = percent["line"].get<double>() / 100;
    if (percent.contains("toggle")) lines[module].toggles = percent["toggle"].get<double>() / 100;
  }
  return true;
}

bool add_synthesis(const fs::path& file, std::map<std::string, Line>& lines) {
  const auto measured = read(file);
  if (!measured) return false;
  for (const auto& block : measured->at("blocks")) {
    Line& line = lines[block.at("name")];
    line.um2 = block.at("area_um2").get<double>();
    line.path_ns = block.at("critical_path_ns").get<double>();
  }
  return true;
}

}  // namespace

Table validate_rtl() {
  Table table{"rtl", {}, {}};
  const fs::path results = common::data_root() / "build" / "dev" / "rtl";
  std::map<std::string, Line> lines;
  add_tests(results, lines);
  if (lines.empty()) {
    table.rows.push_back(failed_row("rtl: mismatches"));
    table.notes.push_back(
        "the tests of rtl/ have not been run here; ./run-tests runs them, or, once it has built, "
        "ctest --test-dir build/dev -L rtl");
    return table;
  }
  if (!add_coverage(results / "coverage.json", lines)) {
    table.rows.push_back(failed_row("rtl: lines covered"));
    table.notes.push_back("coverage has not been counted: ctest --test-dir build/dev -L rtl");
  }
  if (!add_synthesis(common::data_root() / "rtl" / "synthesis" / "measured.json", lines)) {
    table.notes.push_back("nothing has been synthesised: rtl/synthesis/synthesise.py");
  }
  table.notes.push_back(fmt::format("{:<16} {:>10} {:>10} {:>8} {:>9} {:>14} {:>13}", "module", "vectors", "mismatches",
                                    "lines %", "toggles %", "um2 at 0.18 um", "critical ns"));
  for (const auto& [module, line] : lines) {
    if (line.mismatches) {
      table.rows.push_back(absolute_row(fmt::format("{}: mismatches in {} vectors", module, *line.vectors),
                                        static_cast<double>(*line.mismatches), 0, 0.0));
    }
    if (line.lines) {
      table.rows.push_back(absolute_row(module + ": lines covered", *line.lines, 1, 1 - kLeastCoverage));
    }
    if (const auto published = published_um2().find(module); line.um2 && published != published_um2().end()) {
      table.rows.push_back(
          relative_row(module + ": area at 45 nm", "um2", *line.um2 * kAreaAt45Nm, published->second, std::nullopt));
    }
    const auto percent = [](std::optional<double> share) { return share ? std::optional(100 * *share) : std::nullopt; };
    table.notes.push_back(fmt::format("{:<16} {:>10} {:>10} {:>8} {:>9} {:>14} {:>13}", module, shown(line.vectors),
                                      shown(line.mismatches), shown(percent(line.lines), 1),
                                      shown(percent(line.toggles), 1), shown(line.um2), shown(line.path_ns, 2)));
  }
  table.notes.push_back(
      "vectors, mismatches and coverage: the last run of the tests in build/dev; area and path: "
      "rtl/synthesis/measured.json");
  return table;
}

}  // namespace attnsim::validation
