// Cells that the paper lists are held against the listed figures' closed form, which meets them to six digits; cells
// that it does not list against the same formulas.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "common/error.h"
#include "common/registry.h"
#include "common/units.h"
#include "sim/run.h"
#include "validation/fusemax/closed_form.h"
#include "validation/fusemax/csv.h"
#include "validation/validations.h"

namespace attnsim::validation {

namespace {

// Published figures have six digits.
constexpr double kClosedFormTolerance = 1e-5;

// What a simulated figure may be off by, and which hardware the published mapping ran on. No value: not judged.
struct Judgement {
  std::string arch;
  std::optional<double> latency;
  double dram_bytes = 0;
  std::optional<double> utilization;
};

const std::map<std::string, Judgement>& judgements() {
  // The published search chose cell by cell how often FLAT and unfused read an operand again: hence 3 % on bytes.
  static const std::map<std::string, Judgement> list = {
      {"unfused", {"flat-cloud", 0.05, 0.03, std::nullopt}},
      {"flat", {"flat-cloud", 0.02, 0.03, std::nullopt}},
      {"fusemax-cascade", {"flat-cloud", 0.02, 0, std::nullopt}},
      {"fusemax-arch", {"fusemax-cloud", std::nullopt, 0, std::nullopt}},
      {"fusemax", {"fusemax-cloud", 0.005, 0, 0.01}},
  };
  return list;
}

sim::Result simulate(const std::string& mapping, const Model& model, std::int64_t length,
                     const std::vector<std::string>& settings = {}) {
  sim::Inputs inputs;
  inputs.arch = judgements().at(mapping).arch;
  inputs.mapping = mapping;
  inputs.workload = model.name;
  inputs.options.seq_len = length;
  for (const auto& setting : settings) sim::add_override(inputs, setting);
  return sim::run(sim::prepare(inputs), sim::Engine::kFast);
}

// Runs one case; where it cannot be run, the table gets a failed row and a note instead of the case's rows.
template <typename Judge>
void judge_case(Table& table, const std::string& name, const Judge& judge) {
  try {
    judge();
  } catch (const common::Error& error) {
    table.rows.push_back(failed_row(name));
    table.notes.push_back(name + ": " + error.what());
  }
}

Shape shape_of(const Model& model, std::int64_t length) { return {model.batch, model.heads, model.head_dim, length}; }

double dram_bytes(const sim::Result& result) {
  return static_cast<double>(result.total.dram_read_bytes) + static_cast<double>(result.total.dram_write_bytes);
}

std::string cell_name(const std::string& mapping, const Model& model, std::int64_t length) {
  return fmt::format("{} {} {}", mapping, model.name, common::format_length(length));
}

// The published +Architecture model stalls 256 cycles a tile for the column maximum. The simulator charges every
// latency that its links have; both readings of the broadcast back into the columns are shown.
void report_architecture_step(Table& table, const Model& model, std::int64_t length) {
  const auto reference = closed_form("fusemax-arch", shape_of(model, length));
  for (const std::string broadcast : {"bus", "systolic"}) {
    const auto result = simulate("fusemax-arch", model, length, {"arch.links.column_broadcast=" + broadcast});
    const auto name = cell_name("fusemax-arch", model, length) + " (" + broadcast + ")";
    table.rows.push_back(relative_row(name + ": latency", "s", result.seconds(), reference.seconds, std::nullopt));
    if (broadcast == "bus") {
      table.rows.push_back(relative_row(name + ": DRAM bytes", "bytes", dram_bytes(result), reference.dram_bytes, 0.0));
    }
  }
}

// Where a tile's cycles go: the critical circuit, instruction by instruction and latency by latency.
void explain_architecture_step(Table& table, const Model& model) {
  const std::int64_t length = 4096;
  const double tiles = static_cast<double>(model.batch * model.heads) * 16 * 16;
  const double published = closed_form("fusemax-arch", shape_of(model, length)).seconds * 940e6 / tiles;
  table.notes.push_back(fmt::format(
      "fusemax-arch, head_dim {}: published {:.0f} cycles a tile, of which 256 are one stall for the column "
      "maximum (our reading of the rest: BQK {}, LM 1, RM 1, SLN 7, SLD 1, SLNV {}, RNV {})",
      model.head_dim, published, model.head_dim, model.head_dim, model.head_dim));
  for (const std::string broadcast : {"bus", "systolic"}) {
    const auto result = simulate("fusemax-arch", model, length, {"arch.links.column_broadcast=" + broadcast});
    std::string phases;
    for (const auto& step : result.circuit.steps) {
      phases += fmt::format("{}{} {}", phases.empty() ? "" : ", ", step.name, step.cycles);
    }
    table.notes.push_back(fmt::format("  ours with column_broadcast {}: {:.1f} cycles a tile ({})", broadcast,
                                      static_cast<double>(result.cycles) / tiles, phases));
  }
}

void add_look_ahead_curve(Table& table) {
  // Figures of an independent prototype of the pipelined model, BERT at 1K tokens.
  const std::map<int, double> prototype = {{2, 2.90e-3}, {3, 2.33e-3}, {4, 2.014e-3}, {6, 2.014e-3}};
  const auto& bert = models().front();
  const std::int64_t length = 1024;
  for (const int tiles : {1, 2, 3, 4, 6}) {
    const auto result = simulate("fusemax", bert, length, {fmt::format("mapping.look_ahead={}", tiles)});
    const auto name = fmt::format("fusemax bert-base 1K, look-ahead {}: latency", tiles);
    const auto entry = prototype.find(tiles);
    if (entry == prototype.end()) {
      table.notes.push_back(fmt::format("{} {:.7g} s (no reference)", name, result.seconds()));
    } else {
      table.rows.push_back(relative_row(name, "s", result.seconds(), entry->second, std::nullopt));
    }
  }
}

// The closed forms against the cells that the paper lists: for each mapping and figure, the cell that deviates most.
void judge_closed_forms(Table& table) {
  std::map<std::string, Row> worst;
  const auto keep_worst = [&worst](const std::string& name, const std::string& unit, double ours, double reference) {
    const auto row = relative_row(name, unit, ours, reference, kClosedFormTolerance);
    const auto [entry, is_new] = worst.try_emplace(name, row);
    if (!is_new && std::abs(row.deviation) > std::abs(entry->second.deviation)) entry->second = row;
  };
  for (const auto& cell : read_csv(common::data_root() / "validation" / "fusemax" / "published.csv")) {
    for (const auto& model : models()) {
      if (model.name != cell.at("model")) continue;
      const auto& mapping = cell.at("mapping");
      const auto length = static_cast<std::int64_t>(number(cell.at("seq_len")));
      const auto ours = closed_form(mapping, shape_of(model, length));
      const auto name = "closed form of " + mapping + ", worst of its listed cells: ";
      keep_worst(name + "latency", "s", ours.seconds, number(cell.at("latency_s")));
      keep_worst(name + "DRAM bytes", "bytes", ours.dram_bytes, number(cell.at("dram_bytes")));
      keep_worst(name + "2D utilization", "", ours.utilization_2d, number(cell.at("utilization_2d")));
      keep_worst(name + "1D utilization", "", ours.utilization_1d, number(cell.at("utilization_1d")));
    }
  }
  for (const auto& [name, row] : worst) table.rows.push_back(row);
}

// One cell of the evaluation; its simulated seconds, if it ran.
void judge_cell(Table& table, const std::string& mapping, const Model& model, std::int64_t length,
                std::vector<double>& seconds) {
  const auto& judgement = judgements().at(mapping);
  const auto reference = closed_form(mapping, shape_of(model, length));
  const auto result = simulate(mapping, model, length);
  seconds.push_back(result.seconds());
  const auto name = cell_name(mapping, model, length);
  table.rows.push_back(relative_row(name + ": latency", "s", result.seconds(), reference.seconds, judgement.latency));
  table.rows.push_back(
      relative_row(name + ": DRAM bytes", "bytes", dram_bytes(result), reference.dram_bytes, judgement.dram_bytes));
  if (!judgement.utilization) return;
  table.rows.push_back(absolute_row(name + ": 2D utilization", result.pe_utilization("array_2d"),
                                    reference.utilization_2d, judgement.utilization));
  table.rows.push_back(absolute_row(name + ": 1D utilization", result.pe_utilization("array_1d"),
                                    reference.utilization_1d, judgement.utilization));
}

// The paper's headlines: arithmetic means over the 24 cells.
void judge_headlines(Table& table, std::map<std::string, std::vector<double>>& seconds) {
  const auto& ours = seconds["fusemax"];
  for (const auto& [baseline, headline] : std::map<std::string, double>{{"flat", 6.72}, {"unfused", 10.05}}) {
    const auto& theirs = seconds[baseline];
    const std::string name = "mean speed of fusemax over " + baseline;
    if (ours.size() != models().size() * lengths().size() || theirs.size() != ours.size()) {
      table.rows.push_back(failed_row(name));
      table.notes.push_back(name + ": not all cells could be run");
      continue;
    }
    double sum = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) sum += theirs[i] / ours[i];
    table.rows.push_back(relative_row(name, "x", sum / static_cast<double>(ours.size()), headline, 0.02));
  }
}

}  // namespace

Table validate_fusemax() {
  Table table{"fusemax", {}, {}};
  judge_closed_forms(table);
  std::map<std::string, std::vector<double>> seconds;
  for (const auto& mapping : mappings()) {
    for (const auto& model : models()) {
      for (const auto length : lengths()) {
        judge_case(table, cell_name(mapping, model, length), [&] {
          if (mapping == "fusemax-arch") {
            report_architecture_step(table, model, length);
          } else {
            judge_cell(table, mapping, model, length, seconds[mapping]);
          }
        });
      }
    }
  }
  judge_headlines(table, seconds);
  judge_case(table, "look-ahead curve", [&table] { add_look_ahead_curve(table); });
  for (const auto* model : {&models().front(), &models().back()}) {
    judge_case(table, "fusemax-arch explained", [&table, model] { explain_architecture_step(table, *model); });
  }
  return table;
}

}  // namespace attnsim::validation
