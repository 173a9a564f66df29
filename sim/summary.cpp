// Formats with fmt, whose widths count characters, not bytes.
#include "sim/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "common/units.h"

namespace attnsim::sim {

namespace {

std::string bold(const std::string& text, bool colour) { return colour ? "\033[1m" + text + "\033[0m" : text; }

std::string percent(double fraction) { return fmt::format("{:.1f} %", 100 * fraction); }

std::string format_clock(std::int64_t hertz) {
  const auto value = static_cast<double>(hertz);
  if (value >= 1e9) return fmt::format("{:.4g} GHz", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.4g} MHz", value / 1e6);
  return fmt::format("{} Hz", hertz);
}

// "a layer, ", "32 layers and head, ": nothing for attention alone.
std::string describe_scope(const Result& result) {
  if (result.scope == Scope::kLayer) return "1 layer · ";
  if (result.scope == Scope::kModel) return fmt::format("{} layers and head · ", result.workload.layers);
  return {};
}

// Each part's share of the time, in the order in which they run; of many parts, the longest.
std::string describe_parts(const Result& result) {
  constexpr std::size_t kMost = 10;
  std::vector<std::int64_t> longest;
  for (const auto& part : result.parts) longest.push_back(part.cycles);
  std::sort(longest.rbegin(), longest.rend());
  const std::int64_t least = longest.size() > kMost ? longest[kMost - 1] : 0;
  const auto share = [&](std::int64_t cycles) {
    return percent(static_cast<double>(cycles) / std::max(1.0, static_cast<double>(result.cycles)));
  };
  std::string text;
  std::int64_t rest = result.cycles;
  std::size_t shown = 0;
  for (const auto& part : result.parts) {
    if (part.cycles < least || shown == kMost) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.name, share(part.cycles));
    rest -= part.cycles;
    ++shown;
  }
  if (shown < result.parts.size()) text += fmt::format(", {} more {}", result.parts.size() - shown, share(rest));
  return text;
}

std::string format_lengths(const workloads::Workload& workload) {
  const std::string most = workload.lengths.size() > 1 ? "up to " : "";
  if (workload.phase == workloads::Phase::kDecode) {
    return "decode at " + most + common::format_length(workload.kv_len) + " tokens";
  }
  if (workload.seq_len == workload.kv_len) return most + common::format_length(workload.seq_len) + " tokens";
  return most + common::format_length(workload.seq_len) + " queries, " + most + common::format_length(workload.kv_len) +
         " keys";
}

std::string describe_bound(const Result& result) {
  const double seconds = static_cast<double>(result.bound.lower_bound_cycles) /
                         std::max(1.0, static_cast<double>(result.architecture.clock_hz));
  return fmt::format("bound {} (+{:.1f} %), limited by {}", common::format_seconds(seconds), 100 * result.gap(),
                     result.bound.limiter);
}

// The instructions around the circuit, by name; a circuit of many steps is cut.
std::string describe_circuit(const CriticalCircuit& circuit) {
  constexpr std::size_t kShown = 4;
  if (circuit.steps.empty()) return {};
  std::vector<std::string> names;
  std::set<std::string> units;
  for (const auto& step : circuit.steps) {
    if (step.unit.empty()) continue;  // a channel's latency
    units.insert(step.unit);
    if (names.empty() || names.back() != step.name) names.push_back(step.name);
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i == 0 ? "" : " -> ") + names[i];
  if (names.size() > kShown) text += " -> ...";
  std::string where;
  for (const auto& unit : units) where += (where.empty() ? "" : ", ") + unit;
  const double per_epoch = circuit.epochs > 0
                               ? static_cast<double>(circuit.cycles) / static_cast<double>(circuit.epochs)
                               : static_cast<double>(circuit.cycles);
  return fmt::format("critical circuit: {} on {}, {:.6g} cycles a tile", text, where, per_epoch);
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// Label, figure, remark, second remark in columns.
std::string row(const std::string& label, const std::string& figure, const std::string& remark,
                const std::string& second = {}) {
  return trimmed(fmt::format("  {:<10} {:>12}    {:<36} {}", label, figure, remark, second));
}

// The components that count, largest first: "array_2d 95.1 %, buffer 3.2 %".
std::string describe_energy(const Energy& energy) {
  std::vector<std::pair<double, std::string>> parts = {{energy.array_2d, "2D array"},   {energy.array_1d, "1D array"},
                                                       {energy.registers, "registers"}, {energy.buffer, "buffer"},
                                                       {energy.dram, "DRAM"},           {energy.links, "links"},
                                                       {energy.leakage, "static"}};
  std::sort(parts.rbegin(), parts.rend());
  std::string text;
  for (const auto& [pj, name] : parts) {
    if (pj < 0.005 * energy.total()) break;
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", name, 100 * pj / energy.total());
  }
  return text;
}

// The block that computes most for the mask: points that it leaves, and what the tiles that it cuts compute besides.
std::string describe_mask(const mapping::MaskPoints& mask) {
  const auto most = std::max_element(mask.blocks.begin(), mask.blocks.end(), [](const auto& a, const auto& b) {
    return a.computed_points < b.computed_points;
  });
  const auto points = static_cast<double>(mask.points);
  if (most == mask.blocks.end() || mask.points == 0) return fmt::format("{:.4g} points", points);
  const auto computed = static_cast<double>(most->computed_points);
  return fmt::format("{:.4g} of {:.4g} points; tiles compute {:.4g}, {} more, in tiles that the mask cuts", points,
                     static_cast<double>(mask.all_points), computed, percent(computed / points - 1));
}

}  // namespace

std::string format_wall(double seconds) {
  if (seconds < 1) return fmt::format("{:.3g} ms", 1e3 * seconds);
  return fmt::format("{:.3g} s", seconds);
}

std::string summarize(const Result& result, bool colour, const std::string& written) {
  const auto& workload = result.workload;
  const std::string what = fmt::format("{} · {}{} · {} · batch {}", workload.name, describe_scope(result),
                                       result.attention, format_lengths(workload), workload.batch);
  std::string text = bold("attnsim", colour) + "  " +
                     fmt::format("{:<58}  {} · mapping {} · {} engine\n", what, result.architecture.name,
                                 result.mapping, result.engine);
  text += row("latency", common::format_seconds(result.seconds()),
              common::format_cycles(result.cycles) + " cycles at " + format_clock(result.architecture.clock_hz),
              describe_bound(result));
  if (result.parts.size() > 1) text += trimmed(fmt::format("  {:<10} {}", "parts", describe_parts(result)));
  text += row("2D array", percent(result.pe_utilization("array_2d")) + " busy",
              percent(result.pe_utilization("array_2d", true)) + " tensor products");
  text += row("1D array", percent(result.pe_utilization("array_1d")) + " busy", describe_circuit(result.circuit));
  const auto read = static_cast<double>(result.total.dram_read_bytes);
  const auto written_bytes = static_cast<double>(result.total.dram_write_bytes);
  text += row("DRAM", percent(result.busy_fraction("dram")) + " busy",
              fmt::format("{} (read {}, written {})", common::format_bytes(read + written_bytes),
                          common::format_bytes(read), common::format_bytes(written_bytes)));
  if (result.mask) {
    const double all = static_cast<double>(std::max<std::int64_t>(1, result.mask->all_points));
    text += row("mask", percent(static_cast<double>(result.mask->points) / all), describe_mask(*result.mask));
  }
  if (result.energy) text += row("energy", format_energy(result.energy->total()), describe_energy(*result.energy));
  if (result.functional) {
    const FunctionalCheck& check = *result.functional;
    text += row("data", check.passed ? "correct" : "WRONG",
                fmt::format("largest error against the {} {:.2g} of its largest value, {:.2g} allowed", check.reference,
                            check.max_rel_error, check.tolerance));
    for (const SelectionCheck& choice : check.selections) {
      if (choice.passed) continue;
      text += row("choice", "WRONG",
                  fmt::format("{} leaves out a score {:.2g} of the largest above one that it takes, {:.2g} allowed",
                              choice.name, choice.max_rel_error, choice.tolerance));
    }
  }
  text += trimmed(fmt::format(
      "  {:<66}{}",
      fmt::format("simulated {} cycles in {}", common::format_cycles(result.cycles), format_wall(result.wall_seconds)),
      written.empty() ? "" : "wrote " + written));
  return text;
}

std::string summarize_side_by_side(const std::vector<Result>& results, bool colour) {
  if (results.empty()) return {};
  using Row = std::array<std::string, 9>;
  std::vector<Row> rows = {
      {"workload", "arch", "mapping", "latency", "vs first", "2D array", "1D array", "DRAM", "bound"}};
  for (const auto& result : results) {
    const auto bytes =
        static_cast<double>(result.total.dram_read_bytes) + static_cast<double>(result.total.dram_write_bytes);
    const double speed = result.seconds() > 0 ? results.front().seconds() / result.seconds() : 1;
    rows.push_back({fmt::format("{} {}", result.workload.name, common::format_length(result.workload.kv_len)),
                    result.architecture.name, result.mapping, common::format_seconds(result.seconds()),
                    fmt::format("{:.2f}x", speed), percent(result.pe_utilization("array_2d")),
                    percent(result.pe_utilization("array_1d")), common::format_bytes(bytes),
                    fmt::format("+{:.1f} %, {}", 100 * result.gap(), result.bound.limiter)});
  }
  std::array<std::size_t, 9> widths{};
  for (const auto& cells : rows) {
    for (std::size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], cells[c].size());
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const bool is_figure = c >= 3 && c <= 7;
      line +=
          is_figure ? fmt::format("{:>{}}  ", rows[r][c], widths[c]) : fmt::format("{:<{}}  ", rows[r][c], widths[c]);
    }
    line = trimmed(line);
    if (r == 0) line = bold(line.substr(0, line.size() - 1), colour) + "\n";
    text += line;
  }
  return text;
}

}  // namespace attnsim::sim
