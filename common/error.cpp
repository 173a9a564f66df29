// Texts of errors: the location in front, one line whatever the input holds, and the closest known name.
#include "common/error.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace attnsim::common {
namespace {

// Input text can hold line breaks and control characters; a message is one line.
std::string one_line(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string located(const Location& where, const std::string& what) {
  std::string out = where.file;
  if (!out.empty() && where.line > 0) out += fmt::format(":{}", where.line);
  for (const std::string& part : {where.path, what}) {
    if (!out.empty() && !part.empty()) out += ": ";
    out += part;
  }
  return one_line(out);
}

// Levenshtein distance: insertions, deletions and replacements of one character.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

InputError::InputError(const Location& where, const std::string& what)
    : Error(ExitCode::kBadInput, located(where, what)) {}

std::string unknown_name(const std::string& kind, const std::string& name, std::vector<std::string> known) {
  constexpr std::size_t kLongestShown = 80;
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (name.size() > kLongestShown) {
    return fmt::format("unknown {} '{}...'; known: {}", kind, name.substr(0, kLongestShown), fmt::join(known, ", "));
  }
  std::string out = fmt::format("unknown {} '{}'", kind, name);
  // A third of the letters may differ, but not all: "rowz" is close to "rows", "x" is not close to "y".
  std::size_t best = std::min(std::max<std::size_t>(name.size() / 3, 1) + 1, name.size());
  const std::string* closest = nullptr;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= best) continue;
    best = distance;
    closest = &candidate;
  }
  if (closest != nullptr) out += fmt::format("; did you mean '{}'?", *closest);
  if (!known.empty()) out += fmt::format("; known: {}", fmt::join(known, ", "));
  return out;
}

}  // namespace attnsim::common
