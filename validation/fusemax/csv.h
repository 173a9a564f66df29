// Small CSV tables with a header line; lines that begin with '#' are comments. No quoting.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace attnsim::validation {

using CsvRow = std::map<std::string, std::string>;

// Throws common::InputError for a missing file or a line with another number of cells than the header.
std::vector<CsvRow> read_csv(const std::filesystem::path& file);

// The text of a number ("4.02653e+08", "64K"). Throws std::invalid_argument.
double number(const std::string& text);

}  // namespace attnsim::validation
