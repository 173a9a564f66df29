// The analysis as text: passes, what lives, operations, reassociations, and the phases side by side.
#include <fmt/format.h>

#include <algorithm>

#include "common/units.h"
#include "sim/analysis.h"

namespace attnsim::sim {

namespace {

using workloads::Passes;
using workloads::Reassociation;
using workloads::Symbols;

std::string bold(const std::string& text, bool colour) { return colour ? "\033[1m" + text + "\033[0m" : text; }

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

class Text {
 public:
  Text(const Analysis& analysis, bool colour) : analysis_(analysis), symbols_(analysis.cascade), colour_(colour) {}

  std::string write() {
    head();
    passes();
    live();
    operations();
    reassociations();
    phases();
    return std::move(text_);
  }

 private:
  const workloads::Cascade& cascade() const { return analysis_.cascade; }

  void add(const std::string& line) { text_ += trimmed(line); }
  void section(const std::string& title) { text_ += "\n" + bold(title, colour_) + "\n"; }

  void head() {
    std::string right = analysis_.architecture ? analysis_.architecture->name : "";
    if (!analysis_.phases.empty()) {
      const std::string workload = analysis_.phases.front().workload.name;
      right = workload + (right.empty() ? "" : " · " + right);
    }
    add(bold("attnsim", colour_) + fmt::format("  {:<58}  {}", cascade().id + " · " + cascade().class_name, right));
    if (!cascade().title.empty()) add("  " + cascade().title);
    std::vector<std::string> names;
    for (const auto& [rank, quantity] : cascade().ranks) {
      const bool expression = quantity.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos;
      const std::string of = cascade().split.contains(rank) ? " in tiles of " + tile_of(rank) : "";
      names.push_back(symbols_.of(rank) + (expression ? " = " : " ") + quantity + of);
    }
    add("  " + joined(names, ", "));
  }

  std::string tile_of(const std::string& rank) const {
    std::vector<std::string> inner;
    const auto parts = cascade().parts(rank);
    for (std::size_t i = 1; i < parts.size(); ++i) inner.push_back(symbols_.of(parts[i]));
    return joined(inner, "*");
  }

  // A tensor by its name as it stands on the left: "QK" -> "QK[m,p]".
  std::string with_ranks(const std::string& tensor) const {
    const auto* maker = cascade().producer(tensor);
    if (maker == nullptr) return tensor;
    auto output = maker->output;
    output.next = false;
    return to_string(output);
  }

  std::vector<std::string> in_pass(const Passes& passes, int pass) const {
    std::vector<std::string> names;
    for (const auto& einsum : cascade().einsums) {
      const bool known = std::find(names.begin(), names.end(), einsum.name) != names.end();
      if (passes.of.at(einsum.name) == pass && !known) names.push_back(einsum.name);
    }
    return names;
  }

  void passes() {
    const std::string& rank = analysis_.rank;
    const Passes& passes = analysis_.passes_over(rank);
    section(fmt::format("passes over {}: {}", rank, passes.count));
    for (int pass = 0; pass < passes.count; ++pass) {
      add(fmt::format("  pass {:<3} {}", pass + 1, joined(in_pass(passes, pass), ", ")));
      for (const auto& opening : passes.openings) {
        if (opening.pass != pass) continue;
        std::vector<std::string> chain;
        for (const std::string& tensor : opening.chain) chain.push_back(with_ranks(tensor));
        add(fmt::format("           {} waits for {}, complete only after all of {}: {}", opening.einsum, opening.needs,
                        rank, joined(chain, " -> ")));
      }
    }
    std::vector<std::string> others;
    for (const auto& [other, its] : analysis_.passes) {
      if (other != rank) others.push_back(fmt::format("{} {}", other, its.count));
    }
    if (!others.empty()) add("  other ranks: " + joined(others, ", "));
    if (passes.count > 1) {
      add(fmt::format("  fusion over {} joins the Einsums of one pass; all passes share a loop over {}", rank,
                      shared_loops().empty() ? "no rank" : shared_loops()));
    } else {
      add(fmt::format("  fusion over {} joins all Einsums", rank));
    }
  }

  // Ranks over which everything is one pass and which every computed tensor has.
  std::string shared_loops() const { return joined(analysis_.footprint.per, ", "); }

  void live() {
    const auto& footprint = analysis_.footprint;
    const std::string per = footprint.per.empty() ? "" : " for each " + joined(footprint.per, ",");
    const std::string growth = footprint.grows_with.empty() ? "independent of " + symbols_.of(analysis_.rank)
                                                            : "grows with " + joined(footprint.grows_with, " and ");
    section(fmt::format("live words{}: {}", per, growth));
    for (const auto& moment : footprint.live) {
      std::vector<std::string> tensors;
      for (const auto& one : moment.tensors) {
        tensors.push_back(fmt::format("{} {}", to_string(one.tensor), one.words.text(symbols_.order())));
      }
      add(fmt::format("  {} pass {:<3} {:<16} {}", moment.after ? "after " : "during", moment.pass + 1,
                      moment.words().text(symbols_.order()), joined(tensors, ", ")));
    }
    if (footprint.live.empty()) add("  none");
    if (!footprint.grows_with.empty()) {
      add("  what grows stays on chip, is spilled and read again, or is made again from the inputs");
    }
  }

  static std::string count_text(const workloads::OperationCount& count, const Symbols& symbols) {
    std::vector<std::string> parts;
    for (const auto& [function, results] : count) parts.push_back(function + " " + results.text(symbols.order()));
    return joined(parts, ", ");
  }

  void operations() {
    section(cascade().runs_each_head() ? "operations of one head" : "operations of one sequence");
    std::size_t width = 5;
    for (const auto& einsum : cascade().einsums) width = std::max(width, einsum.name.size());
    for (const auto& einsum : cascade().einsums) {
      const auto count = operations_of(cascade(), einsum);
      if (!count.empty()) add(fmt::format("  {:<{}}  {}", einsum.name, width, count_text(count, symbols_)));
    }
    add(fmt::format("  {:<{}}  {}", "total", width, count_text(analysis_.operations, symbols_)));
    add(fmt::format("  {:<{}}  at least {} words: inputs and output once", "DRAM", width,
                    analysis_.dram_words.text(symbols_.order())));
  }

  void reassociations() {
    if (analysis_.reassociations.empty()) return;
    section("what could be reassociated, each step on top of the one before");
    const workloads::Cascade* before = &cascade();
    int number = 0;
    for (const Reassociation& one : analysis_.reassociations) {
      reassociation(one, *before, ++number);
      before = &one.after;
    }
  }

  void reassociation(const Reassociation& one, const workloads::Cascade& before, int number) {
    const int from = workloads::analyse_passes(before, one.rank).count;
    const int to = workloads::analyse_passes(one.after, one.rank).count;
    const std::string passes = from == to ? fmt::format("{} passes as before", to)
                                          : fmt::format("{} -> {} pass{}", from, to, to == 1 ? "" : "es");
    add(fmt::format("  {}. {}: {}", number, what(one), passes));
    const auto old_count = workloads::operations_of(before);
    const auto new_count = workloads::operations_of(one.after);
    for (const char* function : {"divide", "exp", "exp2"}) {
      const auto old_results = old_count.find(function);
      const auto new_results = new_count.find(function);
      if (old_results == old_count.end() || new_results == new_count.end()) continue;
      const std::string a = old_results->second.text(Symbols(before).order());
      const std::string b = new_results->second.text(Symbols(one.after).order());
      if (a != b) add(fmt::format("     {}: {} -> {}", function, a, b));
    }
    if (one.kind == Reassociation::Kind::kIteration) {
      lines_of_loop(one.after);
      return;
    }
    for (const auto& einsum : before.einsums) {
      if (!has_line(one.after, einsum.text)) add("     - " + einsum.text);
    }
    for (const auto& einsum : one.after.einsums) {
      if (!has_line(before, einsum.text)) add("     + " + einsum.text);
    }
  }

  static std::string what(const Reassociation& one) {
    const std::string factors = joined(one.factors, ", ");
    switch (one.kind) {
      case Reassociation::Kind::kDeferredFactor:
        return fmt::format("deferred factor: {} is the same for all of {}, so it leaves the sum", factors, one.rank);
      case Reassociation::Kind::kTileSummary:
        return fmt::format("tile summary: {} is the same for all of a tile, so it leaves the sum over the tile",
                           factors);
      case Reassociation::Kind::kIteration:
        break;
    }
    return fmt::format(
        "iteration: tile by tile with running {}; when one changes, sums made with it are multiplied by {}", factors,
        joined(one.corrections, ", "));
  }

  static bool has_line(const workloads::Cascade& cascade, const std::string& text) {
    return std::any_of(cascade.einsums.begin(), cascade.einsums.end(),
                       [&](const workloads::Einsum& einsum) { return einsum.text == text; });
  }

  void lines_of_loop(const workloads::Cascade& loop) {
    using Section = workloads::Einsum::Section;
    for (const auto& [name, section] : {std::pair{"start", Section::kStart}, std::pair{"each", Section::kEach},
                                        std::pair{"finish", Section::kFinish}}) {
      std::string label = name;
      for (const auto& einsum : loop.einsums) {
        if (einsum.section != section) continue;
        add(fmt::format("     {:<7} {}", label, einsum.text));
        label.clear();
      }
    }
  }

  void row(const std::string& label, const std::vector<std::string>& cells, const std::string& remark = {}) {
    std::string line = fmt::format("  {:<18}", label);
    for (const std::string& cell : cells) line += fmt::format(" {:>16}", cell);
    add(line + (remark.empty() ? "" : "    " + remark));
  }

  template <typename Function>
  void row_of(const std::string& label, Function cell, const std::string& remark = {}) {
    std::vector<std::string> cells;
    for (const auto& figures : analysis_.phases) cells.push_back(cell(figures));
    row(label, cells, remark);
  }

  void phases() {
    if (analysis_.phases.empty()) {
      if (analysis_.architecture) add(fmt::format("\n  {}", balance_text()));
      return;
    }
    text_ += "\n";
    row_of("one layer", [](const PhaseFigures& figures) {
      return figures.workload.phase == workloads::Phase::kDecode ? "decode" : "prefill";
    });
    row_of("queries x keys", [](const PhaseFigures& figures) {
      return common::format_length(figures.workload.seq_len) + " x " + common::format_length(figures.workload.kv_len);
    });
    const auto& first = analysis_.phases.front();
    if (first.masked.all > 1) {
      row_of(
          "points left", [](const PhaseFigures& figures) { return share(figures.masked); },
          first.masked.depends_on_data ? "depends on data: figures below are at most" : "by the predicate");
    }
    row_of(
        "batch x heads",
        [](const PhaseFigures& figures) {
          return fmt::format("{} x {}", figures.workload.batch, figures.workload.heads);
        },
        first.workload.kv_heads == first.workload.heads ? "" : fmt::format("{} K/V heads", first.workload.kv_heads));
    for (const auto& operation : first.operations) {
      const std::string& function = operation.first;
      row_of(function,
             [&](const PhaseFigures& figures) { return common::format_cycles(figures.operations.at(function)); });
    }
    row_of("DRAM at least",
           [](const PhaseFigures& figures) { return common::format_bytes(static_cast<double>(figures.dram_bytes())); });
    if (!analysis_.footprint.grows_with.empty()) {
      row_of(
          "if spilled",
          [](const PhaseFigures& figures) {
            return common::format_bytes(static_cast<double>(figures.dram_bytes() + figures.spilled_bytes));
          },
          "what grows goes to DRAM between passes");
    }
    const std::string per = analysis_.footprint.per.empty() ? "head" : joined(analysis_.footprint.per, ",");
    row_of(
        "live a " + per,
        [](const PhaseFigures& figures) { return common::format_bytes(static_cast<double>(figures.live_bytes)); },
        buffer_text());
    row_of(
        "MACC a byte", [](const PhaseFigures& figures) { return fmt::format("{:.4g}", figures.macc_per_byte()); },
        analysis_.architecture ? balance_text() : "");
    if (!analysis_.architecture) return;
    for (const char* resource : {"dram", "arrays", "array_2d", "array_1d"}) limit_row(resource);
    row_of("limited by", [](const PhaseFigures& figures) { return figures.limits.front().resource; });
    if (!first.missing_functions.empty()) {
      add(fmt::format("  {} has no unit for {}: not in these cycles", analysis_.architecture->name,
                      joined(first.missing_functions, ", ")));
    }
  }

  static std::string share(const Points& points) {
    if (points.depends_on_data) return "all";
    return fmt::format("{:.4g} %", 100 * static_cast<double>(points.visited) / static_cast<double>(points.all));
  }

  void limit_row(const std::string& resource) {
    const auto cycles = [&](const PhaseFigures& figures) {
      return std::find_if(figures.limits.begin(), figures.limits.end(),
                          [&](const Limit& limit) { return limit.resource == resource; })
          ->cycles;
    };
    const bool any = std::any_of(analysis_.phases.begin(), analysis_.phases.end(),
                                 [&](const PhaseFigures& figures) { return cycles(figures) > 0; });
    if (!any) return;
    const std::string remark = resource == "arrays" ? "all work over all PEs and lanes"
                               : resource == "dram" ? ""
                                                    : "what only this array can do";
    row_of(
        resource + " cycles", [&](const PhaseFigures& figures) { return common::format_cycles(cycles(figures)); },
        remark);
  }

  std::string balance_text() const {
    return fmt::format("{} balances at {:.4g} MACC a byte", analysis_.architecture->name,
                       machine_balance(*analysis_.architecture));
  }

  // How many points of Footprint::per the buffer holds at once.
  std::string buffer_text() const {
    const auto live = analysis_.phases.front().live_bytes;
    if (!analysis_.architecture || analysis_.footprint.per.empty() || live == 0) return {};
    return fmt::format("{} of buffer hold {} in prefill",
                       common::format_bytes(static_cast<double>(analysis_.architecture->buffer.bytes)),
                       common::format_length(analysis_.architecture->buffer.bytes / live));
  }

  const Analysis& analysis_;
  Symbols symbols_;
  bool colour_;
  std::string text_;
};

}  // namespace

std::string to_text(const Analysis& analysis, bool colour) { return Text(analysis, colour).write(); }

}  // namespace attnsim::sim
