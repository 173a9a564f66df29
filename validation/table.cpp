// Judging and printing rows.
#include "validation/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnsim::validation {

namespace {

std::string mark(const Row& row) {
  if (!row.tolerance) return "reported";
  return row.passed ? "ok" : "FAILED";
}

Row judged(Row row) {
  row.passed = !row.tolerance || std::abs(row.deviation) <= *row.tolerance;
  return row;
}

}  // namespace

Row relative_row(const std::string& name, const std::string& unit, double ours, double reference,
                 std::optional<double> tolerance) {
  return judged({name, unit, ours, reference, ours / reference - 1, tolerance, true});
}

Row absolute_row(const std::string& name, double ours, double reference, std::optional<double> tolerance) {
  return judged({name, "", ours, reference, ours - reference, tolerance, true});
}

Row failed_row(const std::string& name) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  return {name, "", none, none, none, 0.0, false};
}

bool Table::passed() const {
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.passed; });
}

void Table::append(const Table& other) {
  rows.insert(rows.end(), other.rows.begin(), other.rows.end());
  notes.insert(notes.end(), other.notes.begin(), other.notes.end());
}

nlohmann::ordered_json to_json(const Table& table) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json tolerance = nullptr;
    if (row.tolerance) tolerance = *row.tolerance;
    rows.push_back({{"case", row.name},
                    {"unit", row.unit},
                    {"ours", row.ours},
                    {"reference", row.reference},
                    {"deviation", row.deviation},
                    {"tolerance", tolerance},
                    {"passed", row.passed}});
  }
  return {{"name", table.name}, {"passed", table.passed()}, {"rows", rows}, {"notes", table.notes}};
}

std::string to_text(const Table& table) {
  std::size_t width = 4;
  for (const auto& row : table.rows) width = std::max(width, row.name.size());
  std::string text = fmt::format("{:<{}}  {:>14}  {:>14}  {:>10}  {:>9}\n", "case", width, "ours", "reference",
                                 "deviation", "tolerance");
  std::size_t failed = 0;
  std::size_t judged_rows = 0;
  for (const auto& row : table.rows) {
    const auto tolerance = row.tolerance ? fmt::format("{:.3g} %", 100 * *row.tolerance) : "-";
    text += fmt::format("{:<{}}  {:>14.7g}  {:>14.7g}  {:>+8.3f} %  {:>9}  {}\n", row.name, width, row.ours,
                        row.reference, 100 * row.deviation, tolerance, mark(row));
    judged_rows += row.tolerance ? 1 : 0;
    failed += row.passed ? 0 : 1;
  }
  for (const auto& note : table.notes) text += note + "\n";
  text += fmt::format("{}: {} rows, {} judged, {} failed\n", table.name, table.rows.size(), judged_rows, failed);
  return text;
}

}  // namespace attnsim::validation
