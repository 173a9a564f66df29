// Splitting at commas.
#include "validation/fusemax/csv.h"

#include <fstream>
#include <sstream>

#include "common/error.h"
#include "common/units.h"

namespace attnsim::validation {

namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

}  // namespace

std::vector<CsvRow> read_csv(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw common::InputError({file.string(), 0, ""}, "no such file");
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto cells = split(line);
    if (header.empty()) {
      header = cells;
      continue;
    }
    if (cells.size() != header.size()) {
      throw common::InputError({file.string(), number, ""}, "must have " + std::to_string(header.size()) +
                                                                " cells (got " + std::to_string(cells.size()) + ")");
    }
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) row[header[i]] = cells[i];
  }
  return rows;
}

double number(const std::string& text) {
  if (const auto whole = common::parse_integer(text)) return static_cast<double>(*whole);
  return std::stod(text);
}

}  // namespace attnsim::validation
