// Two engines that share nothing but the Program must give the same figures.
#include <fmt/format.h>

#include "common/error.h"
#include "common/registry.h"
#include "common/units.h"
#include "mapping/mapping.h"
#include "sim/check.h"
#include "sim/run.h"
#include "validation/fusemax/closed_form.h"
#include "validation/validations.h"

namespace attnsim::validation {

namespace {

// The hardware that a shipped mapping is written for.
std::string arch_of(const std::string& mapping) {
  return mapping == "fusemax" || mapping == "fusemax-arch" ? "fusemax-cloud" : "flat-cloud";
}

// One case: the row shows the total; busy cycles, stalls and starts are held equal with it.
Row compare_engines(const std::string& name, const sim::Inputs& inputs, std::vector<std::string>& notes) {
  try {
    const auto prepared = sim::prepare(inputs);
    const auto fast = sim::run_fast(prepared.program);
    const auto systemc = sim::run_systemc(prepared.program);
    auto row = relative_row(name, "cycles", static_cast<double>(fast.cycles), static_cast<double>(systemc.cycles), 0.0);
    const auto difference = sim::first_difference(prepared.program, fast, systemc);
    if (!difference.empty()) {
      row.passed = false;
      notes.push_back(name + ": fast and systemc differ: " + difference);
    }
    return row;
  } catch (const common::Error& error) {
    notes.push_back(name + ": " + error.what());
    return failed_row(name);
  }
}

}  // namespace

Table validate_engines(bool quick) {
  Table table{"engines", {}, {}};
  std::vector<std::int64_t> lengths_tried = {1 << 10};
  if (!quick) lengths_tried.push_back(4 << 10);
  for (const auto& mapping : common::preset_names(mapping::presets())) {
    if (mapping::default_attention(mapping) == "linear") continue;  // matrix products: tests/sim/gemm_test.cpp
    for (const auto& model : models()) {
      for (const auto length : lengths_tried) {
        sim::Inputs inputs;
        inputs.arch = arch_of(mapping);
        inputs.mapping = mapping;
        inputs.workload = model.name;
        inputs.options.seq_len = length;
        const auto name = fmt::format("{} {} {}: cycles", mapping, model.name, common::format_length(length));
        table.rows.push_back(compare_engines(name, inputs, table.notes));
      }
    }
  }
  return table;
}

}  // namespace attnsim::validation
