// Puts timing and action counts together, and writes them as JSON.
#include "sim/result.h"

#include <map>
#include <set>

namespace attnsim::sim {

namespace {

using mapping::Work;

Json describe_array(const ArrayActions& array) {
  Json json = Json::object();
  for (const auto& [function, results] : array.results) json[function] = results;
  json["register_reads"] = array.register_reads;
  json["register_writes"] = array.register_writes;
  return json;
}

Json describe_actions(const ActionTotals& actions) {
  return {{"array_2d", describe_array(actions.array_2d)},
          {"array_1d", describe_array(actions.array_1d)},
          {"buffer", {{"row_reads", actions.buffer_row_reads}, {"row_writes", actions.buffer_row_writes}}},
          {"dram", {{"read_bits", actions.dram_read_bits}, {"write_bits", actions.dram_write_bits}}},
          {"links", {{"hops", actions.link_hops}}}};
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

void describe_functions(const arch::Functions& functions, const arch::Composed& composed,
                        const std::set<std::string>& shared, Json& array) {
  array["functions"] = functions;
  array["composed"] = composed;
  array["shared"] = shared;
}

// The sizes that figures are read with, then every key of the architecture, as its YAML has it.
Json describe_architecture(const arch::Architecture& architecture) {
  const auto& [rows, columns, registers_per_pe, functions_2d, composed_2d, shared_2d] = architecture.array_2d;
  const auto& [lanes, registers_per_lane, functions_1d, composed_1d, shared_1d] = architecture.array_1d;
  const auto& dram = architecture.dram;
  Json array_2d = {{"rows", rows}, {"columns", columns}, {"registers_per_pe", registers_per_pe}};
  describe_functions(functions_2d, composed_2d, shared_2d, array_2d);
  Json array_1d = {{"lanes", lanes}, {"registers_per_lane", registers_per_lane}};
  describe_functions(functions_1d, composed_1d, shared_1d, array_1d);
  const bool bus = architecture.links.column_broadcast == arch::ColumnBroadcast::kBus;
  Json json = {
      {"name", architecture.name},
      {"clock_hz", architecture.clock_hz},
      {"rows", rows},
      {"columns", columns},
      {"lanes", lanes},
      {"buffer_bytes", architecture.buffer.bytes},
      {"dram_bytes_per_second", dram.bytes_per_second},
      {"word_bits", architecture.word_bits},
      {"array_2d", array_2d},
      {"array_1d", array_1d},
      {"links", {{"hop_cycles", architecture.links.hop_cycles}, {"column_broadcast", bus ? "bus" : "systolic"}}},
      {"buffer",
       {{"bytes", architecture.buffer.bytes},
        {"banks", architecture.buffer.banks},
        {"row_bits", architecture.buffer.row_bits}}},
      {"dram",
       {{"bytes_per_second", dram.bytes_per_second == 0 ? Json("unlimited") : Json(dram.bytes_per_second)},
        {"latency_cycles", dram.latency_cycles}}},
      {"energy_table", architecture.energy_table}};
  if (const auto& gather = architecture.gather) {
    json["gather"] = {{"rows_per_cycle", gather->rows_per_cycle},
                      {"latency_cycles", gather->latency_cycles},
                      {"access_bytes", gather->access_bytes}};
  }
  if (const auto& select = architecture.select) {
    json["select"] = {{"elements_per_cycle", select->elements_per_cycle},
                      {"entries", select->entries},
                      {"latency_cycles", select->latency_cycles}};
  }
  return json;
}

Json describe_workload(const workloads::Workload& workload) {
  Json json = {
      {"name", workload.name},           {"phase", workload.phase == workloads::Phase::kDecode ? "decode" : "prefill"},
      {"batch", workload.batch},         {"seq_len", workload.seq_len},
      {"kv_len", workload.kv_len},       {"heads", workload.heads},
      {"kv_heads", workload.kv_heads},   {"head_dim", workload.head_dim},
      {"value_dim", workload.value_dim}, {"causal", workload.causal},
      {"layers", workload.layers}};
  for (const workloads::Lengths& lengths : workload.lengths) {
    json["lengths"].push_back({{"queries", lengths.queries}, {"keys", lengths.keys}, {"sequences", lengths.sequences}});
  }
  return json;
}

Json list_units(const Result& result) {
  Json list = Json::array();
  for (const auto& unit : result.units) {
    Json stalls = Json::object();
    for (const auto& [cause, cycles] : unit.timing.stall_cycles) stalls[cause] = cycles;
    list.push_back(
        {{"name", unit.name}, {"pes", unit.pes}, {"busy_cycles", unit.timing.busy_cycles}, {"stall_cycles", stalls}});
  }
  return list;
}

// One row an Einsum (or, for transfers, an instruction's name) and unit, in the Program's order.
Json list_work(const Result& result, bool transfers) {
  Json list = Json::array();
  std::map<std::pair<std::string, std::string>, std::size_t> row_of;
  std::vector<Work> totals;
  for (const auto& instruction : result.instructions) {
    if (instruction.einsum.empty() != transfers) continue;
    const std::string& name = transfers ? instruction.name : instruction.einsum;
    const auto [entry, is_new] = row_of.try_emplace({name, instruction.unit}, totals.size());
    if (is_new) {
      totals.emplace_back();
      list.push_back({{"name", name}, {"unit", instruction.unit}});
    }
    auto& total = totals[entry->second];
    add_work(instruction.total, 1, total);
    auto& row = list[entry->second];
    row["cycles"] = total.duration;
    if (transfers) {
      row["bytes"] = add_counts(total.dram_read_bytes, total.dram_write_bytes);
    } else {
      row["ops"] = total.ops;
      row["pe_cycles"] = total.pe_cycles;
    }
  }
  return list;
}

Json list_selections(const std::vector<SelectionCheck>& selections) {
  Json list = Json::array();
  for (const SelectionCheck& selection : selections) {
    list.push_back({{"name", selection.name},
                    {"passed", selection.passed},
                    {"max_abs_error", selection.max_abs_error},
                    {"max_rel_error", selection.max_rel_error},
                    {"tolerance", selection.tolerance}});
  }
  return list;
}

Json describe_mask(const mapping::MaskPoints& mask) {
  Json blocks = Json::array();
  for (const auto& block : mask.blocks) {
    blocks.push_back({{"name", block.name},
                      {"einsums", block.einsums},
                      {"computed_points", block.computed_points},
                      {"cut_points", block.cut_points}});
  }
  return {{"points", mask.points}, {"all_points", mask.all_points}, {"blocks", blocks}};
}

Json list_parts(const Result& result) {
  Json list = Json::array();
  for (const auto& part : result.parts) {
    list.push_back({{"name", part.name},
                    {"times", part.times},
                    {"cycles", part.cycles},
                    {"macs", part.macs},
                    {"dram_bytes", {{"read", part.total.dram_read_bytes}, {"write", part.total.dram_write_bytes}}}});
    if (!part.linear_mapping.empty()) list.back()["linear_mapping"] = part.linear_mapping;
  }
  return list;
}

Json list_instructions(const Result& result) {
  Json list = Json::array();
  for (const auto& instruction : result.instructions) {
    list.push_back({{"block", instruction.block},
                    {"name", instruction.name},
                    {"unit", instruction.unit},
                    {"count", instruction.timing.count},
                    {"first_start", instruction.timing.first_start},
                    {"last_start", instruction.timing.last_start},
                    {"busy_cycles", instruction.timing.busy_cycles}});
  }
  return list;
}

Json describe_circuit(const CriticalCircuit& circuit) {
  if (circuit.steps.empty()) return nullptr;
  Json steps = Json::array();
  for (const auto& step : circuit.steps) {
    steps.push_back({{"name", step.name}, {"unit", step.unit}, {"cycles", step.cycles}});
  }
  return {{"steps", steps}, {"cycles", circuit.cycles}, {"epochs", circuit.epochs}};
}

Json describe_timeline(const Timeline& timeline) {
  Json events = Json::array();
  for (const auto& event : timeline.events) {
    events.push_back(
        {{"unit", event.unit}, {"name", event.name}, {"start", event.start}, {"end", event.end}, {"tile", event.tile}});
  }
  return {{"cycles_from", timeline.cycles_from}, {"cycles_to", timeline.cycles_to}, {"events", events}};
}

Json figures_of(const FunctionalCheck& check) {
  Json json = {{"passed", check.passed},
               {"max_abs_error", check.max_abs_error},
               {"max_rel_error", check.max_rel_error},
               {"tolerance", check.tolerance},
               {"reference", check.reference}};
  if (!check.selections.empty()) json["selections"] = list_selections(check.selections);
  return json;
}

}  // namespace

double Result::seconds() const {
  return ratio(static_cast<double>(cycles), static_cast<double>(architecture.clock_hz));
}

double Result::pe_utilization(const std::string& unit, bool tensor_products_only) const {
  double busy = 0;
  for (const auto& instruction : instructions) {
    if (instruction.unit != unit || (tensor_products_only && !instruction.tensor_product)) continue;
    busy += static_cast<double>(instruction.total.pe_cycles);
  }
  for (const auto& candidate : units) {
    if (candidate.name == unit) return ratio(busy, static_cast<double>(candidate.pes) * static_cast<double>(cycles));
  }
  return 0;
}

double Result::busy_fraction(const std::string& unit) const {
  for (const auto& candidate : units) {
    if (candidate.name == unit) {
      return ratio(static_cast<double>(candidate.timing.busy_cycles), static_cast<double>(cycles));
    }
  }
  return 0;
}

double Result::gap() const {
  if (bound.lower_bound_cycles == 0) return 0;
  // The difference first: both are exact integers, and their quotient alone would lose the last digits.
  return static_cast<double>(cycles - bound.lower_bound_cycles) / static_cast<double>(bound.lower_bound_cycles);
}

Result make_result(const mapping::Program& program, const Timing& timing, const ProgramActions& actions,
                   const arch::Architecture& architecture) {
  Result result;
  result.architecture = architecture;
  result.cycles = timing.cycles;
  result.bound = lower_bound(program, actions);
  result.actions = total_actions(program, actions, architecture);
  result.circuit = timing.circuit;
  result.timeline = longest_timeline(program, timing);
  for (std::size_t u = 0; u < program.units.size(); ++u) {
    result.units.push_back({program.units[u].name, program.units[u].pes, timing.units[u]});
  }
  for (std::size_t b = 0; b < program.blocks.size(); ++b) {
    const auto& block = program.blocks[b];
    for (std::size_t i = 0; i < block.instructions.size(); ++i) {
      const auto& instruction = block.instructions[i];
      result.instructions.push_back({block.name, instruction.name, instruction.einsum,
                                     program.units[static_cast<std::size_t>(instruction.unit)].name,
                                     instruction.tensor_product, timing.blocks[b][i], actions[b][i].total});
      add_work(actions[b][i].total, 1, result.total);
    }
  }
  return result;
}

std::vector<PartResult> part_results(const mapping::Program& program, const std::vector<Part>& parts,
                                     const Timing& timing, const std::vector<InstructionResult>& instructions) {
  const auto times = mapping::block_times(program);
  std::vector<PartResult> results;
  std::size_t instruction = 0;
  for (const Part& part : parts) {
    auto& result = results.emplace_back();
    result.name = part.name;
    result.times = times[part.first];
    result.linear_mapping = part.linear_mapping;
    for (std::size_t b = part.first; b < part.first + part.count; ++b) {
      result.cycles = add_counts(result.cycles, multiply_counts(times[b], timing.spans[b].cycles()));
      for (std::size_t i = 0; i < program.blocks[b].instructions.size(); ++i, ++instruction) {
        const auto& done = instructions[instruction];
        add_work(done.total, 1, result.total);
        if (done.tensor_product) result.macs = add_counts(result.macs, done.total.ops);
      }
    }
  }
  return results;
}

EnergyInputs energy_inputs(const Result& result) {
  EnergyInputs inputs;
  inputs.actions = result.actions;
  inputs.seconds = result.seconds();
  IntermediateTransfers transfers;
  for (const auto& instruction : result.instructions) {
    if (!instruction.einsum.empty()) continue;
    transfers.add(instruction.name, add_counts(instruction.total.dram_read_bytes, instruction.total.dram_write_bytes));
  }
  transfers.count(result.architecture.buffer, inputs);
  return inputs;
}

void apply_energy_table(Result& result, const arch::EnergyTable& table) {
  result.energy = energy_of(energy_inputs(result), result.architecture, table);
  result.area = area_of(result.architecture, table);
}

Json to_json(const Energy& energy) {
  return {{"total", energy.total()},       {"array_2d", energy.array_2d}, {"array_1d", energy.array_1d},
          {"registers", energy.registers}, {"buffer", energy.buffer},     {"dram", energy.dram},
          {"links", energy.links},         {"static", energy.leakage}};
}

Json to_json(const Area& area) {
  return {{"total", area.total()}, {"array_2d", area.array_2d}, {"array_1d", area.array_1d}, {"buffer", area.buffer}};
}

Json to_json(const Result& result) {
  Json json;
  json["schema_version"] = 1;
  json["scope"] = scope_name(result.scope);
  json["layers"] = result.scope == Scope::kModel ? result.workload.layers : 1;
  json["arch"] = describe_architecture(result.architecture);
  json["workload"] = describe_workload(result.workload);
  json["attention"] = {{"name", result.attention}, {"title", result.attention_title}};
  json["mapping"] = {{"name", result.mapping}};
  json["linear_mapping"] = result.linear_mapping.empty() ? Json(nullptr) : Json{{"name", result.linear_mapping}};
  json["engine"] = result.engine;
  json["cycles"] = result.cycles;
  json["seconds"] = result.seconds();
  json["frequency_hz"] = result.architecture.clock_hz;
  json["dram_bytes"] = {{"read", result.total.dram_read_bytes}, {"write", result.total.dram_write_bytes}};
  json["buffer_bytes"] = {{"read", result.total.buffer_read_bytes}, {"write", result.total.buffer_write_bytes}};
  json["actions"] = describe_actions(result.actions);
  json["energy_pj"] = result.energy ? to_json(*result.energy) : Json(nullptr);
  json["area_um2"] = result.area ? to_json(*result.area) : Json(nullptr);
  json["utilization"] = {{"array_2d", result.pe_utilization("array_2d")},
                         {"array_2d_macc", result.pe_utilization("array_2d", true)},
                         {"array_1d", result.pe_utilization("array_1d")},
                         {"dram", result.busy_fraction("dram")}};
  for (const UnitResult& unit : result.units) {
    if (unit.name == "select") json["utilization"]["select"] = result.busy_fraction("select");
  }
  json["units"] = list_units(result);
  json["parts"] = list_parts(result);
  json["einsums"] = list_work(result, false);
  json["transfers"] = list_work(result, true);
  json["instructions"] = list_instructions(result);
  json["bound"] = {{"lower_bound_cycles", result.bound.lower_bound_cycles},
                   {"limiter", result.bound.limiter},
                   {"gap", result.gap()},
                   {"critical_circuit", describe_circuit(result.circuit)}};
  json["timeline"] = describe_timeline(result.timeline);
  if (result.functional) {
    Json& functional = json["functional"] = {{"checked", true}};
    functional.update(figures_of(*result.functional));
    for (const StepCheck& step : result.functional_steps) {
      functional["steps"].push_back({{"step", step.step}});
      functional["steps"].back().update(figures_of(step.check));
    }
  }
  if (result.mask) json["mask"] = describe_mask(*result.mask);
  if (result.masks) {
    const MaskInputs& masks = *result.masks;
    json["masks"] = {{"made_of", masks.density ? "density" : masks.data.empty() ? "seed" : "data"}};
    if (masks.density) json["masks"]["density"] = *masks.density;
    if (masks.data.empty()) json["masks"]["seed"] = masks.seed;
    if (!masks.data.empty()) json["masks"]["data"] = masks.data;
  }
  json["run"] = {{"wall_seconds", result.wall_seconds},
                 {"simulated_cycles_per_second", ratio(static_cast<double>(result.cycles), result.wall_seconds)}};
  return json;
}

}  // namespace attnsim::sim
