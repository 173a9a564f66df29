// Views, gathers, selections and made masks on data: Programs that run an Einsum at a time give what the oracles say.
#include <gtest/gtest.h>

#include "arch/energy_table.h"
#include "mapping/lower.h"
#include "sim/functional/check.h"
#include "sim/functional/mask_data.h"
#include "tests/mapping/one_by_one.h"

namespace attnsim::sim::functional {
namespace {

struct Row {
  std::string attention;
  std::vector<common::Override> parameters;
  std::int64_t heads = 2;
  std::string phase = "prefill";
  std::int64_t keys = 21;
};

Prepared prepared(const Row& row, const std::string& arch, std::int64_t tile) {
  Prepared result;
  result.architecture = arch::read_architecture(arch, {{"array_1d.functions.sigmoid", "8", "test"}});
  result.energy_table = arch::read_energy_table(result.architecture.energy_table);
  workloads::WorkloadOptions options;
  options.batch = row.heads;
  options.phase = row.phase;
  (row.phase == "decode" ? options.kv_len : options.seq_len) = row.keys;
  result.workload = workloads::read_workload(
      fmt::format("{{name: small, heads: {0}, kv_heads: {0}, head_dim: 6, value_dim: 5, hidden: 7}}", row.heads),
      options);
  result.cascade = workloads::read_cascade(row.attention, row.parameters);
  result.mapping = mapping::OneByOne(result.cascade, result.workload, result.architecture, tile).mapping();
  if (!mapping::made_masks(result.cascade).empty()) result.masks = masks_of_data(result, {});
  return result;
}

TEST(Indirect, EveryRowGivesWhatItsOracleSays) {
  const std::vector<Row> rows = {
      {"tidaldecode", {{"parameters.budget", "6", "test"}}, 2, "decode", 29},
      {"tidaldecode", {{"parameters.budget", "6", "test"}}},
      {"van_lka", {{"parameters.width", "9", "test"}}, 1},
      {"predformer_factorised", {}},
      {"seer_attention", {{"parameters.block", "4", "test"}, {"parameters.threshold", "0.1", "test"}}},
      {"snapkv",
       {{"parameters.window", "4", "test"}, {"parameters.pool", "3", "test"}, {"parameters.chosen", "5", "test"}}},
      {"tokenselect",
       {{"parameters.chosen", "5", "test"}, {"parameters.first", "2", "test"}, {"parameters.last", "3", "test"}}},
      {"moh", {{"parameters.shared", "1", "test"}, {"parameters.routed", "2", "test"}}, 4}};
  for (const Row& row : rows) {
    for (const std::int64_t tile : {4, 5}) {
      const FunctionalCheck found = check(prepared(row, "tiny-8x8", tile), {}).check;
      EXPECT_TRUE(found.passed) << row.attention << " " << tile << ": " << found.max_rel_error << " > "
                                << found.tolerance;
      EXPECT_LT(found.tolerance, 0.02) << row.attention;
      EXPECT_EQ(found.reference, "oracle");
    }
  }
}

// What a run on data finds where one Einsum of the Program is another one than the cascade's.
FunctionalCheck with(const Prepared& prepared, const std::string& einsum, const std::string& text) {
  std::vector<mapping::Dataflow> dataflow;
  const mapping::Program program = mapping::lower(prepared.cascade, prepared.workload, prepared.architecture,
                                                  prepared.mapping, &dataflow, prepared.masks);
  const workloads::Einsum other = workloads::parse_einsum(text, {});
  for (mapping::Dataflow& block : dataflow) {
    for (mapping::Action& action : block.actions) {
      if (action.einsum != nullptr && action.einsum->name == einsum) action.einsum = &other;
    }
  }
  return check(prepared, {}, program, dataflow).check;
}

Row decode() { return {"tidaldecode", {{"parameters.budget", "6", "test"}}, 2, "decode", 29}; }

TEST(Indirect, AProgramThatChoosesWrongFails) {
  const Prepared given = prepared(decode(), "tiny-8x8", 4);
  EXPECT_TRUE(with(given, "I", "I[p,j] = topk(m) S1[p,m]").passed);
  // The smallest; not among the last keys, not among the first ones.
  for (const char* wrong : {"I[p,j] = topk(m) (-S1[p,m])", "I[p,j] = topk(m) S1[p,m] where m < keys - 4",
                            "I[p,j] = topk(m) S1[p,m] where m >= 4"}) {
    const FunctionalCheck found = with(given, "I", wrong);
    EXPECT_FALSE(found.passed) << wrong;
    ASSERT_EQ(found.selections.size(), 1U);
    EXPECT_EQ(found.selections[0].name, "I");
    EXPECT_GT(found.selections[0].max_rel_error, found.selections[0].tolerance) << wrong;
  }
}

TEST(Indirect, AChoiceThatIsLookedUpOffByOneFails) {
  const Prepared given =
      prepared(Row{"snapkv", {{"parameters.window", "4", "test"}, {"parameters.chosen", "5", "test"}}}, "tiny-8x8", 4);
  EXPECT_TRUE(with(given, "KEPT", "KEPT[m] = max(b) equal(I[b], m)").passed);
  const FunctionalCheck found = with(given, "KEPT", "KEPT[m] = max(b) equal(I[b] + 1, m)");
  EXPECT_FALSE(found.passed);
  EXPECT_TRUE(found.selections.at(0).passed);
  EXPECT_GT(found.max_rel_error, 5 * found.tolerance);
}

TEST(Indirect, AWrongGateFails) {
  const Row row{"seer_attention", {{"parameters.block", "4", "test"}, {"parameters.threshold", "0.1", "test"}}};
  const Prepared given = prepared(row, "tiny-8x8", 4);
  EXPECT_TRUE(with(given, "B", "B[u,v] = greater(HN[u,v], threshold * HD[u]) where v <= u").passed);
  const FunctionalCheck found = with(given, "B", "B[u,v] = greater(HN[u,v], 0.5 * HD[u]) where v <= u");
  EXPECT_FALSE(found.passed);
  EXPECT_FALSE(found.selections.at(0).passed);
}

TEST(Indirect, AnOutputOfCoordinatesIsJudgedAsAChoice) {
  Prepared given = prepared(decode(), "tiny-8x8", 4);
  given.cascade = workloads::parse_cascade(R"(# Which keys a layer passes on
id: passed_on
class: dynamic-topk
source: test
provenance: confirmed
ranks: {p: queries, m: keys, j: 6, e: head_dim}
inputs: ["Q[p,e]", "K[m,e]"]
output: I[p,j]
where: m <= p + offset
einsums:
  - S[p,m] = scale * Q[p,e] * K[m,e]
  - I[p,j] = topk(m) S[p,m]
)",
                                           "passed_on.yaml");
  for (const std::int64_t queries : {1, 3, 19, 40}) {  // the first of more queries than keys see none
    given.workload.seq_len = queries;
    given.mapping = mapping::OneByOne(given.cascade, given.workload, given.architecture, 4).mapping();
    const FunctionalCheck found = with(given, "I", "I[p,j] = topk(m) S[p,m]");
    EXPECT_TRUE(found.passed) << queries;
    EXPECT_EQ(found.reference, "interpreter");
    EXPECT_EQ(found.tolerance, found.selections.at(0).tolerance);
    const FunctionalCheck wrong = with(given, "I", "I[p,j] = topk(m) (-S[p,m])");
    EXPECT_FALSE(wrong.passed) << queries;
    EXPECT_GT(wrong.max_rel_error, wrong.tolerance);
  }
}

}  // namespace
}  // namespace attnsim::sim::functional
