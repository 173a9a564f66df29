// What every validation gives: rows of ours against a reference, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace attnsim::validation {

struct Row {
  std::string name;  // "fusemax bert-base 1K: latency"
  std::string unit;  // "s", "bytes", "cycles", "x", or empty
  double ours = 0;
  double reference = 0;
  double deviation = 0;             // relative, or absolute where the figure is a fraction already
  std::optional<double> tolerance;  // none: reported, not judged
  bool passed = true;
};

// Rows whose deviation is ours / reference - 1, or ours - reference.
Row relative_row(const std::string& name, const std::string& unit, double ours, double reference,
                 std::optional<double> tolerance);
Row absolute_row(const std::string& name, double ours, double reference, std::optional<double> tolerance);

// A case that could not be run.
Row failed_row(const std::string& name);

struct Table {
  std::string name;
  std::vector<Row> rows;
  std::vector<std::string> notes;  // printed below the rows

  bool passed() const;
  void append(const Table& other);
};

// {name, passed, rows: [{case, unit, ours, reference, deviation, tolerance, passed}], notes}
nlohmann::ordered_json to_json(const Table& table);
std::string to_text(const Table& table);

}  // namespace attnsim::validation
