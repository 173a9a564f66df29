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
      EXPECT_LT(found.tolerance, 0.1) << row.attention;
      EXPECT_EQ(found.reference, "oracle");
    }
  }
}

}  // namespace
}  // namespace attnsim::sim::functional
