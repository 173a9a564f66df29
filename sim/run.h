// One run: names and options in, Program and Result out. What the command, the validation and the tests share.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "arch/energy_table.h"
#include "common/yaml.h"
#include "mapping/derive.h"
#include "mapping/mapping.h"
#include "mapping/mask_tables.h"
#include "mapping/program.h"
#include "sim/engine.h"
#include "sim/result.h"
#include "sim/scope.h"
#include "workloads/cascade.h"
#include "workloads/series.h"
#include "workloads/workload.h"

namespace attnsim::sim {

// What the user asked for. Each name is a preset or a file.
struct Inputs {
  std::string arch = "fusemax-cloud";
  std::string workload;
  std::string attention;  // or a series; empty: the mapping's, else the workload's
  std::string mapping;    // or kAutoMapping; empty: fusemax where the cascade has its Einsums, else kAutoMapping
  Scope scope = Scope::kAttention;
  std::string linear_mapping = kAutoLinearMapping;  // of the matrix products of a layer
  workloads::WorkloadOptions options;
  MaskInputs masks;
  std::vector<common::Override> arch_overrides;
  std::vector<common::Override> workload_overrides;
  std::vector<common::Override> mapping_overrides;
  std::vector<common::Override> attention_overrides;
  std::vector<common::Override> linear_mapping_overrides;
};

// Sorts one `--set arch.X=v` (or workload., mapping., attention., linear_mapping.) into the inputs. Throws UsageError
// for another shape.
void add_override(Inputs& inputs, const std::string& setting);

struct PreparedStep;

// Everything that the inputs name, read, checked and lowered.
struct Prepared {
  arch::Architecture architecture;
  arch::EnergyTable energy_table;
  workloads::Workload workload;
  workloads::Cascade cascade;
  mapping::Mapping mapping;
  std::string mapping_yaml;                 // after base and overrides, or as derived
  mapping::MaskSource masks;                // empty where no mask looks anything up
  std::optional<MaskInputs> masks_made_of;  // likewise
  std::optional<mapping::MaskPoints> mask;  // where the cascade has a mask
  Scope scope = Scope::kAttention;
  std::string linear_mapping;  // empty where no matrix product runs
  mapping::Program program;
  std::vector<Part> parts;
  // Of a series; the Program then joins theirs, and cascade, mapping and masks are those of the steps.
  std::vector<PreparedStep> steps;
  std::string series;  // its id
  std::string series_title;
};

struct PreparedStep {
  workloads::Step step;
  MaskInputs inputs;  // where its data come from
  std::int64_t times = 1;
  Prepared prepared;
};

// The cascade: what the user asked for; else the workload's, if the mapping is made for its Einsums; else the
// mapping's, which gets the causal mask where the model is causal and it has none. `expanded`: its YAML after base and
// overrides.
workloads::Cascade attention_of(const Inputs& inputs, const workloads::Workload& workload,
                                std::string* expanded = nullptr);

// The mapping's name: what the user asked for, or what an empty one stands for.
std::string mapping_of(const Inputs& inputs);

// How masks are made from data: functional/mask_data.h has one.
using MaskMaker = std::function<mapping::MaskSource(const Prepared& prepared, const MaskInputs& inputs)>;

// After how many of `left` repetitions a step of a series exits, from data; nothing where it does not.
using ExitFinder = std::function<std::optional<std::int64_t>(const PreparedStep& step, std::int64_t left)>;

// What only data decide. Without it, a cascade that makes its mask needs a density, an exit a stated number.
struct DataDecisions {
  MaskMaker masks;
  ExitFinder exits;
};

// Throws common::InputError.
Prepared prepare(const Inputs& inputs, const DataDecisions& data = {});

// Cycles of mappings of what is prepared, by the fast engine: what a mapping is derived by. A deadlock counts as a
// mapping that does not run. Keeps a reference.
mapping::CyclesOf cycles_of(const Prepared& prepared);

enum class Engine { kFast, kSystemc };
std::string engine_name(Engine engine);
Engine engine_of(const std::string& name);  // throws UsageError

// Puts the figures of a run together.
Result result_of(const Prepared& prepared, const Timing& timing, const std::string& engine, double wall_seconds);

// Runs what was prepared.
Result run(const Prepared& prepared, Engine engine, const EngineOptions& options = {});

// What holds of any engine, without running one: the lower bound stands for the cycles, so that times, energy and
// utilisation are the best that there can be, and area, bytes and actions are exact. Stalls, starts and the timeline
// are left out; the engine's name is "bound".
Result run_bound(const Prepared& prepared);

}  // namespace attnsim::sim
