// What a run found, and its JSON (schema_version 1).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "mapping/mask_points.h"
#include "mapping/program.h"
#include "sim/action_totals.h"
#include "sim/actions.h"
#include "sim/bound.h"
#include "sim/energy.h"
#include "sim/engine.h"
#include "sim/scope.h"
#include "sim/timeline.h"
#include "workloads/workload.h"

namespace attnsim::sim {

// Keys in the order in which they are written, so that equal results are equal byte by byte.
using Json = nlohmann::ordered_json;

struct UnitResult {
  std::string name;
  std::int64_t pes = 1;
  UnitTiming timing;
};

// One instruction of the Program: an Einsum's share, or a transfer where `einsum` is empty.
struct InstructionResult {
  std::string block;
  std::string name;
  std::string einsum;
  std::string unit;
  bool tensor_product = false;
  InstructionTiming timing;
  mapping::Work total;  // over all executions
};

// One part of a layer or model over all its repetitions.
struct PartResult {
  std::string name;
  std::int64_t times = 1;
  std::int64_t cycles = 0;
  std::int64_t macs = 0;  // of its matrix products
  mapping::Work total;
  std::string linear_mapping = {};  // of a matrix product: the mapping that it took
};

// What masks that look up tensors are made from: data, drawn or of a file, or a density (mapping/mask_tables.h).
struct MaskInputs {
  std::optional<double> density;
  std::uint64_t seed = 0;
  std::string data;    // a .npz file; empty: drawn with the seed
  std::string prefix;  // of the names in the file, where it serves the steps of a series: "select."
};

// Whether a run on data chose rightly (functional/selection.h). Errors are by how much a score is on the wrong side.
struct SelectionCheck {
  std::string name;  // of the tensor that holds the choice
  double max_abs_error = 0;
  double max_rel_error = 0;  // of the largest score
  double tolerance = 0;      // of max_rel_error
  bool passed = false;
};

// A run on data against a reference in double precision, which takes the run's choices where these are right. Relative
// errors are those of the largest magnitude in it.
struct FunctionalCheck {
  double max_abs_error = 0;
  double max_rel_error = 0;
  double tolerance = 0;   // of max_rel_error
  std::string reference;  // "oracle" or "interpreter"
  std::vector<SelectionCheck> selections;
  bool passed = false;
};

// That of one step of a series.
struct StepCheck {
  std::string step;
  FunctionalCheck check;
};

struct Result {
  arch::Architecture architecture;
  workloads::Workload workload;
  std::string attention;
  std::string attention_title;
  std::string mapping;
  std::string engine;
  Scope scope = Scope::kAttention;
  std::string linear_mapping;  // empty where no matrix product runs
  std::vector<PartResult> parts;

  std::int64_t cycles = 0;
  mapping::Work total;  // over all instructions; its durations add up to all units' busy cycles
  ActionTotals actions;
  std::vector<UnitResult> units;
  std::vector<InstructionResult> instructions;
  Bound bound;
  CriticalCircuit circuit;
  Timeline timeline;
  std::optional<Energy> energy;  // none until an energy table is applied
  std::optional<Area> area;
  std::optional<FunctionalCheck> functional;  // with --check
  std::vector<StepCheck> functional_steps;    // of a series; `functional` is then that of the worst
  std::optional<MaskInputs> masks;            // where masks look up tensors
  std::optional<mapping::MaskPoints> mask;    // of one layer's attention, where it has a mask
  double wall_seconds = 0;

  double seconds() const;
  // Busy PE-cycles of a unit over all its PE-cycles; with tensor_products_only those of tensor products. 0 for a unit
  // that the Program lacks.
  double pe_utilization(const std::string& unit, bool tensor_products_only = false) const;
  double busy_fraction(const std::string& unit) const;  // busy cycles over all cycles
  double gap() const;                                   // cycles over the lower bound, minus 1
};

// The figures of a run; names of workload, attention, mapping and engine are left to the caller.
Result make_result(const mapping::Program& program, const Timing& timing, const ProgramActions& actions,
                   const arch::Architecture& architecture);

std::vector<PartResult> part_results(const mapping::Program& program, const std::vector<Part>& parts,
                                     const Timing& timing, const std::vector<InstructionResult>& instructions);

// What energy_of() needs of a result.
EnergyInputs energy_inputs(const Result& result);
// Fills `energy` and `area`. Throws common::InputError where the table lacks a PE function of the architecture.
void apply_energy_table(Result& result, const arch::EnergyTable& table);

Json to_json(const Energy& energy);
Json to_json(const Area& area);
// Wall-clock figures stand under `run` alone: all else is the same for the same inputs.
Json to_json(const Result& result);

}  // namespace attnsim::sim
