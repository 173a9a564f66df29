// Every shipped row under derived mappings: it runs, right and in time, on a small and a large architecture.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/registry.h"
#include "kernels/reference/oracle.h"
#include "mapping/derive.h"
#include "sim/analysis.h"
#include "sim/check.h"
#include "sim/functional/check.h"
#include "sim/functional/mask_data.h"
#include "sim/functional/selection.h"

namespace attnsim::sim::functional {
namespace {

// What makes a row do something at these lengths; its defaults are for long ones.
const std::map<std::string, std::vector<std::string>>& settings() {
  static const std::map<std::string, std::vector<std::string>> known = {
      {"acmil_gated_mil", {"parameters.width=24"}},
      {"act_calibration", {"parameters.alpha=1.2"}},
      {"flex_score_mods", {"parameters.slope=0.25", "parameters.cap=5", "parameters.prefix=5", "parameters.window=29"}},
      {"imbalanced_fix", {"parameters.first=3", "parameters.image=20", "parameters.chosen=5"}},
      {"lssar", {"parameters.threshold=0.5"}},
      {"mla", {"ranks={h: heads, p: queries, m: keys, e: head_dim, f: value_dim, r: 40, x: 8}"}},
      {"gla_chunked", {"parameters.chunk=16"}},
      {"lightning2_chunked", {"parameters.chunk=16"}},
      {"linear_attn_chunked", {"parameters.chunk=16"}},
      {"hip", {"parameters.block=8", "parameters.chosen=16", "parameters.window=12", "parameters.sinks=4"}},
      {"moh", {"parameters.shared=1", "parameters.routed=1"}},
      {"predformer_factorised", {"parameters.frames=2"}},
      {"qserve_kv4", {"parameters={scale: 0.03}"}},  // codes up to 15 make large scores
      {"routing_transformer", {"parameters.clusters=4"}},
      {"seer_attention", {"parameters.block=8", "parameters.threshold=0.05"}},
      {"sliding_window_sink", {"parameters.window=9", "parameters.sinks=3"}},
      {"snapkv", {"parameters.window=8", "parameters.chosen=12"}},
      {"ssa_temperature", {"parameters.alpha=-3", "parameters.beta=-3"}},
      {"tidaldecode", {"parameters.budget=10"}},
      {"tokenselect", {"parameters.chosen=10", "parameters.first=4", "parameters.last=6"}},
      {"van_lka", {"parameters.width=9"}},
      {"var_redistribute", {"parameters.first=3", "parameters.image=20", "parameters.tau=0.5"}},
      {"agent_attention", {"parameters.height=6", "parameters.pool=3"}},
      {"anchor_attention", {"parameters.document=16"}},
      {"cab_abc", {"parameters.slots=5"}},
      {"cab_lara", {"parameters.landmarks=5"}},
      {"cab_nystrom", {"parameters.landmarks=3"}},  // its inverse by iteration amplifies the rounding of more
      {"cab_performer", {"parameters.features=20"}},
      {"duo_attention", {"parameters.retrieval=50", "parameters.window=9", "parameters.sinks=3"}},
      {"halonet", {"parameters.height=6", "parameters.block=3", "parameters.halo=1"}},
      {"hilo", {"parameters.height=6"}},
      {"longformer", {"parameters.window=17", "parameters.globals=2"}},
      {"masformer", {"parameters.block=8"}},
      {"moa_spans", {"parameters.block=8", "parameters.sinks=3"}},
      {"power_attention", {"parameters.block=4", "parameters.window=6", "parameters.sinks=3"}},
      {"sf_attn_sinklora", {"parameters.sinks=3"}},
      {"window_batched_local", {"parameters.block=8", "parameters.window=20"}}};
  return known;
}

struct Case {
  std::string row;
  std::string arch;
  std::string phase;
};
void PrintTo(const Case& given, std::ostream* out) { *out << given.row << " " << given.arch << " " << given.phase; }

// `linear` is a matrix product of a layer; its shapes are those of gemm_test and check_test.
std::vector<Case> cases() {
  std::vector<Case> result;
  for (const std::string& row : common::preset_names(workloads::variants())) {
    if (row == "linear") continue;
    const bool decodes = workloads::read_cascade(row).has_rank_of("queries");
    for (const char* arch : {"tiny-16x16", "fusemax-cloud"}) {
      result.push_back({row, arch, "prefill"});
      if (decodes) result.push_back({row, arch, "decode"});
    }
  }
  return result;
}

// Two lengths that no tile divides, and widths that none does.
std::vector<std::int64_t> lengths(const Case& given) {
  return given.arch == "tiny-16x16" ? std::vector<std::int64_t>{37, 83} : std::vector<std::int64_t>{263, 301};
}

// Two query heads share keys and values, but in the large prefills, for their time.
Inputs inputs(const Case& given, std::int64_t length, std::uint64_t seed = 0) {
  const bool large = given.arch != "tiny-16x16" && given.phase == "prefill";
  Inputs result;
  result.masks.seed = seed;
  result.arch = given.arch;
  result.workload = "bert-base";
  result.attention = given.row;
  result.mapping = mapping::kAutoMapping;
  result.options.batch = 1;
  result.options.phase = given.phase;
  result.options.seq_len = length;
  for (const char* setting :
       {large ? "heads=1" : "heads=2", "kv_heads=1", "head_dim=24", "value_dim=40", "hidden=20"}) {
    add_override(result, std::string("workload.") + setting);
  }
  if (const auto own = settings().find(given.row); own != settings().end()) {
    for (const std::string& setting : own->second) add_override(result, "attention." + setting);
  }
  return result;
}

class EveryRow : public testing::TestWithParam<Case> {
 protected:
  static void expect_right(const Prepared& prepared, std::uint64_t seed, double largest_tolerance) {
    const FunctionalCheck found = functional::check(prepared, DataSource{.seed = seed}).check;
    EXPECT_EQ(found.reference, "oracle");
    EXPECT_TRUE(found.passed) << found.max_rel_error << " > " << found.tolerance;
    EXPECT_LT(found.tolerance, largest_tolerance);
    for (const SelectionCheck& selection : found.selections) EXPECT_TRUE(selection.passed) << selection.name;
  }
};

TEST_P(EveryRow, IsAnalysedAndRunsTheSameInBothEngines) {
  for (const std::int64_t length : lengths(GetParam())) {
    const Prepared prepared = prepare_on_data(inputs(GetParam(), length));
    const Analysis analysis = analyse(prepared.cascade, prepared.architecture, {prepared.workload});
    EXPECT_TRUE(analysis.phases.front().missing_functions.empty()) << length;
    EXPECT_FALSE(to_text(analysis, false).empty()) << length;
    for (const sim::Check& claim : sim::check(prepared, 100'000'000)) {
      EXPECT_TRUE(claim.holds && !claim.left_out) << length << ": " << claim.claim << ": " << claim.detail;
    }
  }
}

TEST_P(EveryRow, GivesWhatItsOracleSays) {
  const bool small = GetParam().arch == "tiny-16x16";
  for (const std::int64_t length : lengths(GetParam())) {
    const bool chooses = !choices(workloads::read_cascade(GetParam().row)).empty();
    for (std::uint64_t seed = 0; seed < (chooses && small ? 3 : 1); ++seed) {
      SCOPED_TRACE(fmt::format("{} tokens, seed {}", length, seed));
      expect_right(prepare_on_data(inputs(GetParam(), length, seed)), seed, chooses ? 0.04 : 0.12);
    }
    if (!small && GetParam().phase == "prefill") break;  // its time
  }
}

TEST_P(EveryRow, IsNoSlowerThanWithoutFusion) {
  const Prepared derived = prepare_on_data(inputs(GetParam(), lengths(GetParam()).front()));
  const mapping::CyclesOf cycles = cycles_of(derived);
  const auto unfused = mapping::derive_mapping(derived.cascade, derived.workload, derived.architecture, cycles, false);
  EXPECT_LE(run_fast(derived.program).cycles, cycles(unfused));
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.row + "_" + info.param.arch + "_" + info.param.phase;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryRow, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace attnsim::sim::functional
