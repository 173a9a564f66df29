// Reads request traces: CSV by its header, else JSON lines.
#include "workloads/requests.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/error.h"

namespace attnsim::workloads {

namespace {

constexpr const char* kHeader = "TIMESTAMP,ContextTokens,GeneratedTokens";
constexpr std::int64_t kLongest = std::int64_t{1} << 40;

template <typename Number>
std::optional<Number> whole(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "2023-11-16 18:17:03.9799600" as nanoseconds since 1970.
std::optional<std::int64_t> nanoseconds(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, consumed = 0;
  double second = 0;
  // NOLINTNEXTLINE(cert-err34-c): what it read is checked
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d:%lf%n", &year, &month, &day, &hour, &minute, &second, &consumed) !=
          6 ||
      static_cast<std::size_t>(consumed) != text.size()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || !(second >= 0 && second < 61)) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t minutes = (static_cast<std::int64_t>(days) * 24 + hour) * 60 + minute;
  return minutes * 60'000'000'000 + std::llround(second * 1e9);
}

std::optional<Request> csv_request(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  if (cells.size() != 3) return std::nullopt;
  const auto arrival = nanoseconds(cells[0]);
  const auto prompt = whole<std::int64_t>(cells[1]);
  const auto output = whole<std::int64_t>(cells[2]);
  if (!arrival || !prompt || !output) return std::nullopt;
  return Request{*arrival, *prompt, *output};
}

std::optional<Request> json_request(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto number = [&](const char* key) -> std::optional<double> {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
  };
  const auto arrival = number("timestamp");
  const auto prompt = number("input_length");
  const auto output = number("output_length");
  const auto is_count = [](const std::optional<double>& value) {
    return value && *value == static_cast<double>(static_cast<std::int64_t>(*value));
  };
  constexpr double kLatest = 1e12;  // milliseconds, 30 years
  if (!arrival || !(*arrival >= 0 && *arrival < kLatest) || !is_count(prompt) || !is_count(output)) return std::nullopt;
  return Request{std::llround(*arrival * 1e6), static_cast<std::int64_t>(*prompt), static_cast<std::int64_t>(*output)};
}

}  // namespace

std::vector<Request> read_requests(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file)) {
    throw common::InputError({file.string(), 0, ""}, "cannot be read; give a trace of requests");
  }
  std::vector<Request> requests;
  bool csv = false;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (number == 1 && line == kHeader) {
      csv = true;
      continue;
    }
    if (line.empty()) continue;
    const auto request = csv ? csv_request(line) : json_request(line);
    if (!request) {
      throw common::InputError(
          {file.string(), number, ""},
          csv ? fmt::format("must be a time, tokens of the prompt and generated ones, as in "
                            "2023-11-16 18:17:03.9799600,4808,10 (got {})",
                            line)
              : fmt::format("must be JSON with the numbers timestamp, input_length and output_length, or the file's "
                            "first line {} (got {})",
                            kHeader, line.substr(0, 80)));
    }
    if (request->prompt < 1 || request->output < 1 || request->prompt > kLongest || request->output > kLongest) {
      throw common::InputError({file.string(), number, ""},
                               fmt::format("prompt and output must have 1 to {} tokens (got {} and {})", kLongest,
                                           request->prompt, request->output));
    }
    requests.push_back(*request);
  }
  if (requests.empty()) throw common::InputError({file.string(), 0, ""}, "has no requests; give one a line");
  std::stable_sort(requests.begin(), requests.end(),
                   [](const Request& a, const Request& b) { return a.arrival_ns < b.arrival_ns; });
  const std::int64_t start = requests.front().arrival_ns;
  for (auto& request : requests) request.arrival_ns -= start;
  return requests;
}

}  // namespace attnsim::workloads
