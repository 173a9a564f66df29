// Reads, lowers, simulates: the straight line from inputs to Result.
#include "sim/run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "common/error.h"
#include "mapping/derive.h"
#include "mapping/lower.h"
#include "sim/actions.h"
#include "sim/series.h"

namespace attnsim::sim {

void add_override(Inputs& inputs, const std::string& setting) {
  const auto equals = setting.find('=');
  const auto dot = setting.find('.');
  const std::string source = "--set " + setting;
  if (equals == std::string::npos || dot == std::string::npos || dot > equals || dot + 1 == equals) {
    throw common::UsageError(source + ": must look like arch.array_2d.rows=128");
  }
  const std::string document = setting.substr(0, dot);
  common::Override override{setting.substr(dot + 1, equals - dot - 1), setting.substr(equals + 1), source};
  if (document == "arch") {
    inputs.arch_overrides.push_back(std::move(override));
  } else if (document == "workload") {
    inputs.workload_overrides.push_back(std::move(override));
  } else if (document == "mapping") {
    inputs.mapping_overrides.push_back(std::move(override));
  } else if (document == "attention") {
    inputs.attention_overrides.push_back(std::move(override));
  } else if (document == "linear_mapping") {
    inputs.linear_mapping_overrides.push_back(std::move(override));
  } else {
    throw common::UsageError(source +
                             ": must begin with arch., workload., mapping., attention. or linear_mapping. (got '" +
                             document + ".')");
  }
}

namespace {

constexpr const char* kDefaultMapping = "fusemax";

bool has_same_einsums(const workloads::Cascade& a, const workloads::Cascade& b) {
  return std::equal(a.einsums.begin(), a.einsums.end(), b.einsums.begin(), b.einsums.end(),
                    [](const auto& one, const auto& other) { return one.text == other.text; });
}

std::string rank_of(const workloads::Cascade& cascade, const std::string& quantity) {
  const auto found = std::find_if(cascade.ranks.begin(), cascade.ranks.end(),
                                  [&](const auto& rank) { return rank.second == quantity; });
  return found == cascade.ranks.end() ? "" : found->first;
}

}  // namespace

std::string mapping_of(const Inputs& inputs) {
  if (!inputs.mapping.empty()) return inputs.mapping;
  if (inputs.attention.empty()) return kDefaultMapping;
  const auto own = workloads::read_cascade(mapping::default_attention(kDefaultMapping));
  const auto asked = workloads::read_cascade(inputs.attention, inputs.attention_overrides);
  return has_same_einsums(asked, own) ? kDefaultMapping : mapping::kAutoMapping;
}

workloads::Cascade attention_of(const Inputs& inputs, const workloads::Workload& workload, std::string* expanded) {
  if (!inputs.attention.empty()) return workloads::read_cascade(inputs.attention, inputs.attention_overrides, expanded);
  const std::string mapping = mapping_of(inputs);
  const std::string own =
      mapping == mapping::kAutoMapping ? "" : mapping::default_attention(mapping, inputs.mapping_overrides);
  const bool takes_workloads =
      own.empty() || own == workload.attention ||
      has_same_einsums(workloads::read_cascade(workload.attention), workloads::read_cascade(own));
  auto cascade =
      workloads::read_cascade(takes_workloads ? workload.attention : own, inputs.attention_overrides, expanded);
  if (takes_workloads) return cascade;
  const std::string queries = rank_of(cascade, "queries");
  const std::string keys = rank_of(cascade, "keys");
  if (!workload.causal || cascade.predicate || queries.empty() || keys.empty()) return cascade;
  auto overrides = inputs.attention_overrides;
  overrides.push_back({"where", keys + " <= " + queries + " + offset", "workload.causal"});
  cascade = workloads::read_cascade(own, overrides, expanded);
  cascade.id += "_causal";
  cascade.title += ", causal";
  return cascade;
}

namespace {

// Asked once for each length.
mapping::MaskSource remembered(const mapping::MaskSource& source) {
  using Lengths = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  const auto known = std::make_shared<std::map<Lengths, mapping::MaskTables>>();
  return [source, known](const workloads::Workload& workload) {
    const Lengths lengths(workload.seq_len, workload.kv_len, workload.batch);
    auto found = known->find(lengths);
    if (found == known->end()) found = known->emplace(lengths, source(workload)).first;
    return found->second;
  };
}

// Data are interpreted in the arithmetic of the mapping's units; before there is a mapping, of the lanes.
void make_masks(const Inputs& inputs, const MaskMaker& maker, Prepared& prepared) {
  if (inputs.masks.density) {
    prepared.masks = remembered(mapping::masks_of_density(prepared.cascade, *inputs.masks.density, inputs.masks.seed));
  } else if (maker && !mapping::made_masks(prepared.cascade).empty()) {
    prepared.masks = remembered(maker(prepared, inputs.masks));
  }
  if (prepared.masks) prepared.masks_made_of = inputs.masks;
}

void read_mapping(const Inputs& inputs, Prepared& prepared) {
  const std::string name = mapping_of(inputs);
  if (name != mapping::kAutoMapping) {
    prepared.mapping = mapping::read_mapping(name, prepared.cascade, prepared.workload, prepared.architecture,
                                             inputs.mapping_overrides, &prepared.mapping_yaml);
    return;
  }
  const auto derived =
      mapping::derive_mapping(prepared.cascade, prepared.workload, prepared.architecture, cycles_of(prepared));
  prepared.mapping =
      mapping::parse_mapping(mapping::to_yaml(derived), derived.where.file, prepared.cascade, prepared.workload,
                             prepared.architecture, inputs.mapping_overrides, &prepared.mapping_yaml);
}

}  // namespace

mapping::CyclesOf cycles_of(const Prepared& prepared) {
  return [&prepared](const mapping::Mapping& part) {
    const auto program =
        mapping::lower_part(prepared.cascade, prepared.workload, prepared.architecture, part, prepared.masks);
    try {
      return run_fast(program).cycles;
    } catch (const common::SimulationError& error) {
      throw common::InputError(part.where, error.what());
    }
  };
}

void set_program(const Inputs& inputs, std::vector<LayerAttention> attentions, Prepared& prepared) {
  ScopedProgram scoped =
      with_linear_parts(inputs.scope, std::move(attentions), prepared.architecture, workloads::read_cascade("linear"),
                        inputs.linear_mapping, inputs.linear_mapping_overrides);
  prepared.scope = inputs.scope;
  if (inputs.scope != Scope::kAttention) prepared.linear_mapping = inputs.linear_mapping;
  prepared.program = std::move(scoped.program);
  prepared.parts = std::move(scoped.parts);
}

Prepared prepare(const Inputs& inputs, const DataDecisions& data) {
  if (workloads::is_series(inputs.attention)) return prepare_series(inputs, data);
  Prepared prepared;
  prepared.architecture = arch::read_architecture(inputs.arch, inputs.arch_overrides);
  prepared.energy_table = arch::read_energy_table(prepared.architecture.energy_table);
  arch::check_functions(prepared.energy_table, prepared.architecture);
  prepared.workload = workloads::read_workload(inputs.workload, inputs.options, inputs.workload_overrides);
  prepared.cascade = attention_of(inputs, prepared.workload);
  make_masks(inputs, data.masks, prepared);
  read_mapping(inputs, prepared);
  make_masks(inputs, data.masks, prepared);
  std::vector<mapping::Dataflow> dataflow;
  auto program = mapping::lower(prepared.cascade, prepared.workload, prepared.architecture, prepared.mapping, &dataflow,
                                prepared.masks);
  prepared.mask = mapping::mask_points(prepared.cascade, prepared.workload, program, dataflow, prepared.masks);
  const std::int64_t layers = inputs.scope == Scope::kModel ? prepared.workload.layers : 1;
  set_program(inputs, {{"", std::move(program), prepared.workload, layers}}, prepared);
  return prepared;
}

std::string engine_name(Engine engine) { return engine == Engine::kFast ? "fast" : "systemc"; }

Engine engine_of(const std::string& name) {
  if (name == "fast") return Engine::kFast;
  if (name == "systemc") return Engine::kSystemc;
  throw common::UsageError(common::unknown_name("engine", name, {"fast", "systemc"}));
}

Result result_of(const Prepared& prepared, const Timing& timing, const std::string& engine, double wall_seconds) {
  Result result = make_result(prepared.program, timing, count_actions(prepared.program), prepared.architecture);
  result.workload = prepared.workload;
  result.attention = prepared.steps.empty() ? prepared.cascade.id : prepared.series;
  result.attention_title = prepared.steps.empty() ? prepared.cascade.title : prepared.series_title;
  result.mapping = prepared.mapping.name;
  result.scope = prepared.scope;
  result.masks = prepared.masks_made_of;
  result.mask = prepared.mask;
  result.linear_mapping = prepared.linear_mapping;
  result.parts = part_results(prepared.program, prepared.parts, timing, result.instructions);
  result.engine = engine;
  result.wall_seconds = wall_seconds;
  apply_energy_table(result, prepared.energy_table);
  return result;
}

Result run(const Prepared& prepared, Engine engine, const EngineOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const Timing timing =
      engine == Engine::kFast ? run_fast(prepared.program, options) : run_systemc(prepared.program, options);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return result_of(prepared, timing, engine_name(engine), wall.count());
}

Result run_bound(const Prepared& prepared) {
  const mapping::Program& program = prepared.program;
  const Bound bound = lower_bound(program, count_actions(program));
  Timing timing;
  timing.cycles = bound.lower_bound_cycles;
  for (const std::int64_t cycles : bound.unit_cycles) timing.units.push_back({cycles, {}});
  for (const mapping::Block& block : program.blocks) timing.blocks.emplace_back(block.instructions.size());
  timing.spans.resize(program.blocks.size());
  return result_of(prepared, timing, "bound", 0);
}

}  // namespace attnsim::sim
