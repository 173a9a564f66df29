// Whole layers against the published FuseMax evaluation: the linear part's latency, and the mean speed and energy of
// FuseMax's layers over FLAT's and unfused ones.
#include <fmt/format.h>

#include <algorithm>
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

constexpr double kLinearTolerance = 0.01;

const std::map<std::string, std::string>& archs() {
  static const std::map<std::string, std::string> list = {
      {"fusemax", "fusemax-cloud"}, {"flat", "flat-cloud"}, {"unfused", "flat-cloud"}};
  return list;
}

sim::Result simulate(const std::string& mapping, const Model& model, std::int64_t length) {
  sim::Inputs inputs;
  inputs.arch = archs().at(mapping);
  inputs.mapping = mapping;
  inputs.workload = model.name;
  inputs.scope = sim::Scope::kLayer;
  inputs.options.seq_len = length;
  sim::add_override(inputs, "arch.energy_table=accelergy-45nm-fusemax");
  return sim::run(sim::prepare(inputs), sim::Engine::kFast);
}

// Cycles of all parts but attention, as seconds.
double linear_seconds(const sim::Result& result) {
  std::int64_t cycles = 0;
  for (const auto& part : result.parts) {
    if (part.name != "attention") cycles += part.cycles;
  }
  return static_cast<double>(cycles) / static_cast<double>(result.architecture.clock_hz);
}

class LayerValidation {
 public:
  Table run() {
    judge_linear_form();
    for (const auto& model : models()) {
      for (const auto length : lengths()) judge_cell(model, length);
    }
    judge_headlines();
    table_.notes.emplace_back(
        "the published linear part is the larger of all products' compute and all products' DRAM time; ours runs one "
        "product after another, Q, K and V as one; what remains is each product's first loads and last store");
    table_.notes.emplace_back(
        "t5-small-encoder: the output projection alone moves 1024 words a token for 512 x 512 MACCs and is DRAM-bound "
        "(1.12 of its compute); it runs token tile by token tile with the FFN's first product, which is not");
    return table_;
  }

 private:
  // The cells that the paper lists, against the form that stands for the others.
  void judge_linear_form() {
    Row worst;
    for (const auto& cell : read_csv(common::data_root() / "validation" / "fusemax" / "linear.csv")) {
      for (const auto& model : models()) {
        if (model.name != cell.at("model")) continue;
        const auto length = static_cast<std::int64_t>(number(cell.at("seq_len")));
        const Row row = relative_row("closed form of the linear part, worst of its listed cells: latency", "s",
                                     linear_form(model, length), number(cell.at("latency_s")), 1e-5);
        if (worst.name.empty() || std::abs(row.deviation) > std::abs(worst.deviation)) worst = row;
      }
    }
    table_.rows.push_back(worst);
  }

  void judge_cell(const Model& model, std::int64_t length) {
    const std::string name = fmt::format("linear part {} {}: latency", model.name, common::format_length(length));
    try {
      std::map<std::string, sim::Result> results;
      for (const auto& [mapping, arch] : archs()) results[mapping] = simulate(mapping, model, length);
      const auto& fusemax = results.at("fusemax");
      table_.rows.push_back(
          relative_row(name, "s", linear_seconds(fusemax), linear_form(model, length), kLinearTolerance));
      for (const std::string baseline : {"flat", "unfused"}) {
        const auto& other = results.at(baseline);
        speed_[baseline] += other.seconds() / fusemax.seconds();
        energy_[baseline] += fusemax.energy->total() / other.energy->total();
      }
      ++cells_;
    } catch (const common::Error& error) {
      table_.rows.push_back(failed_row(name));
      table_.notes.push_back(name + ": " + error.what());
    }
  }

  void judge_headlines() {
    struct Headline {
      std::string baseline;
      double speed;
      double energy;
    };
    for (const auto& [baseline, speed, energy] : {Headline{"flat", 5.30, 0.833}, Headline{"unfused", 7.60, 0.821}}) {
      const double cells = std::max(1, cells_);
      table_.rows.push_back(
          relative_row("mean layer speed of fusemax over " + baseline, "x", speed_[baseline] / cells, speed, 0.02));
      table_.rows.push_back(
          absolute_row("mean layer energy of fusemax over " + baseline, energy_[baseline] / cells, energy, 0.01));
    }
  }

  Table table_{"fusemax-layer", {}, {}};
  std::map<std::string, double> speed_;
  std::map<std::string, double> energy_;
  int cells_ = 0;
};

}  // namespace

Table validate_fusemax_layer() { return LayerValidation().run(); }

}  // namespace attnsim::validation
