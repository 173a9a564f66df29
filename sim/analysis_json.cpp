// The analysis as JSON (sim/README.md lists the keys). Passes are numbered from 1, as in the text.
#include "sim/analysis.h"

#include <algorithm>

namespace attnsim::sim {

namespace {

using workloads::Symbols;

Json groups_of(const Analysis& analysis, const workloads::Passes& passes, const std::string& rank) {
  Json groups = Json::array();
  for (int pass = 0; pass < passes.count; ++pass) {
    Json names = Json::array();
    for (const auto& einsum : analysis.cascade.einsums) {
      const bool known = std::find(names.begin(), names.end(), einsum.name) != names.end();
      if (passes.of.at(einsum.name) == pass && !known) names.push_back(einsum.name);
    }
    Json group = {{"pass", pass + 1}, {"einsums", names}};
    for (const auto& opening : passes.openings) {
      if (opening.pass != pass) continue;
      group["opened_by"] = {{"einsum", opening.einsum}, {"needs", opening.needs}, {"chain", opening.chain}};
    }
    groups.push_back(group);
  }
  return {{"rank", rank}, {"passes", passes.count}, {"groups", groups}};
}

Json footprint_json(const workloads::Footprint& footprint, const Symbols& symbols) {
  Json moments = Json::array();
  for (const auto& live : footprint.live) {
    Json tensors = Json::array();
    for (const auto& one : live.tensors) {
      tensors.push_back({{"tensor", to_string(one.tensor)}, {"words", one.words.text(symbols.order())}});
    }
    moments.push_back({{"pass", live.pass + 1},
                       {"when", live.after ? "after" : "during"},
                       {"words", live.words().text(symbols.order())},
                       {"tensors", tensors}});
  }
  return {{"rank", footprint.rank}, {"per", footprint.per}, {"grows_with", footprint.grows_with}, {"moments", moments}};
}

Json count_json(const workloads::OperationCount& count, const Symbols& symbols) {
  Json json = Json::object();
  for (const auto& [function, results] : count) json[function] = results.text(symbols.order());
  return json;
}

Json operations_json(const Analysis& analysis, const Symbols& symbols) {
  Json einsums = Json::array();
  for (const auto& einsum : analysis.cascade.einsums) {
    const auto count = operations_of(analysis.cascade, einsum);
    if (!count.empty()) einsums.push_back({{"einsum", einsum.name}, {"functions", count_json(count, symbols)}});
  }
  return {{"total", count_json(analysis.operations, symbols)}, {"einsums", einsums}};
}

Json reassociation_json(const workloads::Reassociation& one) {
  Json lines = Json::array();
  for (const auto& einsum : one.after.einsums) lines.push_back(einsum.text);
  return {{"kind", kind_name(one.kind)},
          {"rank", one.rank},
          {"factors", one.factors},
          {"corrections", one.corrections},
          {"passes", workloads::analyse_passes(one.after, one.rank).count},
          {"operations", count_json(workloads::operations_of(one.after), Symbols(one.after))},
          {"einsums", lines}};
}

Json phase_json(const Analysis& analysis, const PhaseFigures& figures) {
  const auto& workload = figures.workload;
  Json json = {{"phase", workload.phase == workloads::Phase::kDecode ? "decode" : "prefill"},
               {"batch", workload.batch},
               {"heads", workload.heads},
               {"kv_heads", workload.kv_heads},
               {"extents", figures.extents},
               {"operations", figures.operations},
               {"points",
                {{"visited", figures.masked.visited},
                 {"all", figures.masked.all},
                 {"depends_on_data", figures.masked.depends_on_data}}},
               {"dram_bytes",
                {{"minimum", figures.dram_bytes()},
                 {"read", figures.dram_read_bytes},
                 {"write", figures.dram_write_bytes},
                 {"if_spilled", figures.dram_bytes() + figures.spilled_bytes}}},
               {"live_bytes", figures.live_bytes},
               {"macc_per_byte", figures.macc_per_byte()}};
  if (!analysis.architecture) return json;
  Json limits = Json::object();
  for (const auto& limit : figures.limits) limits[limit.resource] = limit.cycles;
  json["lower_bound_cycles"] = limits;
  json["limiter"] = figures.limits.front().resource;
  json["missing_functions"] = figures.missing_functions;
  return json;
}

}  // namespace

Json to_json(const Analysis& analysis) {
  const auto& cascade = analysis.cascade;
  const Symbols symbols(cascade);
  Json named = Json::object();
  for (const auto& [rank, quantity] : cascade.ranks) named[symbols.of(rank)] = quantity;
  Json ranks = Json::array();
  for (const auto& [rank, passes] : analysis.passes) ranks.push_back(groups_of(analysis, passes, rank));
  Json reassociations = Json::array();
  for (const auto& one : analysis.reassociations) reassociations.push_back(reassociation_json(one));
  Json phases = Json::array();
  for (const auto& figures : analysis.phases) phases.push_back(phase_json(analysis, figures));
  Json json = {{"schema_version", 1},
               {"attention", {{"name", cascade.id}, {"class", cascade.class_name}, {"title", cascade.title}}},
               {"symbols", named},
               {"rank", analysis.rank},
               {"passes", analysis.passes_over(analysis.rank).count},
               {"ranks", ranks},
               {"live", footprint_json(analysis.footprint, symbols)},
               {"operations", operations_json(analysis, symbols)},
               {"dram_words", analysis.dram_words.text(symbols.order())},
               {"reassociations", reassociations},
               {"phases", phases}};
  if (analysis.architecture) {
    json["arch"] = {{"name", analysis.architecture->name},
                    {"balance_macc_per_byte", machine_balance(*analysis.architecture)}};
  }
  return json;
}

}  // namespace attnsim::sim
