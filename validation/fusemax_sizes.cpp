// FuseMax with arrays of 16 to 512 PEs a side at 256K tokens: latency and area of the arrays against the published
// ones; sizes and models that the paper does not list against the published model's cycles a tile.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/error.h"
#include "common/registry.h"
#include "sim/run.h"
#include "validation/fusemax/closed_form.h"
#include "validation/fusemax/csv.h"
#include "validation/validations.h"

namespace attnsim::validation {

namespace {

constexpr std::int64_t kLength = 256 << 10;

sim::Result simulate(const Model& model, std::int64_t side) {
  sim::Inputs inputs;
  inputs.workload = model.name;
  inputs.options.seq_len = kLength;
  for (const std::string key : {"array_2d.rows", "array_2d.columns", "array_1d.lanes"}) {
    sim::add_override(inputs, fmt::format("arch.{}={}", key, side));
  }
  sim::add_override(inputs, "mapping.tile.p1=2");  // the published runs keep blocks of two query tiles at every size
  sim::add_override(inputs, "arch.energy_table=accelergy-45nm-fusemax");
  return sim::run(sim::prepare(inputs), sim::Engine::kFast);
}

// One tile takes 2 E + 10 cycles on the lanes, and its share of AV's divisions. Every block of two query tiles reads K
// and V again.
double published_seconds(const Model& model, std::int64_t side) {
  const auto width = static_cast<double>(model.head_dim);
  const auto heads = static_cast<double>(model.batch * model.heads);
  const double tiles = static_cast<double>(kLength) / static_cast<double>(side);  // of keys, and of queries
  const double lane_seconds = heads * tiles * tiles * (2 * width + 10 + width / tiles) / 940e6;
  const double operand_bytes = heads * static_cast<double>(kLength) * width * 2;
  const double blocks = tiles / 2;
  return std::max(lane_seconds, operand_bytes * (2 + 2 * blocks) / (400.0 * (1LL << 30)));
}

}  // namespace

Table validate_fusemax_sizes() {
  Table table{"fusemax-sizes", {}, {}};
  const auto folder = common::data_root() / "validation" / "fusemax";
  for (const auto& cell : read_csv(folder / "latency_256k.csv")) {
    for (const auto& model : models()) {
      if (model.name != cell.at("model")) continue;
      const auto side = static_cast<std::int64_t>(number(cell.at("pe_dim")));
      table.rows.push_back(relative_row(fmt::format("cycles a tile of {} {}: latency", model.name, side), "s",
                                        published_seconds(model, side), number(cell.at("latency_s")), 1e-5));
    }
  }
  std::map<std::int64_t, sim::Result> sized;
  for (const auto& model : models()) {
    for (const std::int64_t side : {16, 32, 64, 128, 256, 512}) {
      const std::string name = fmt::format("fusemax {} {}x{}: latency", model.name, side, side);
      try {
        const auto result = simulate(model, side);
        table.rows.push_back(relative_row(name, "s", result.seconds(), published_seconds(model, side), 0.01));
        sized[side] = result;
      } catch (const common::Error& error) {
        table.rows.push_back(failed_row(name));
        table.notes.push_back(name + ": " + error.what());
      }
    }
  }
  for (const auto& cell : read_csv(folder / "area.csv")) {
    const auto side = static_cast<std::int64_t>(number(cell.at("pe_dim")));
    const auto found = sized.find(side);
    if (found == sized.end()) continue;  // its latency row failed
    const auto& area = *found->second.area;
    table.rows.push_back(relative_row(fmt::format("arrays of {}x{}: area", side, side), "um2",
                                      area.array_2d + area.array_1d, number(cell.at("arrays_um2")), 0.03));
  }
  return table;
}

}  // namespace attnsim::validation
