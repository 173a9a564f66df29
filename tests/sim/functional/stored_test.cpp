// Values as tensors are stored, and runs on them.
#include "sim/functional/stored.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "arch/arithmetic/pe.h"
#include "sim/functional/check.h"

namespace attnsim::sim::functional {
namespace {

TEST(Stored, WithoutATypeOfItsOwnATensorIsBf16AndCoordinatesStayWhole) {
  workloads::Cascade cascade = workloads::read_cascade("tokenselect");
  const auto chosen = std::find_if(cascade.einsums.begin(), cascade.einsums.end(), [](const auto& einsum) {
    return einsum.reduction && einsum.reduction->op == "topk";
  });
  EXPECT_EQ(stored_tensors(cascade).at(chosen->name)(257), 257);
  EXPECT_EQ(stored_tensors(cascade).at("K")(257), arch::to_bf16(257));
  cascade.storage["K"] = &workloads::storage_type("fp16");
  cascade.storage[chosen->name] = &workloads::storage_type("u8");
  EXPECT_EQ(stored_tensors(cascade).at("K")(257), 257);
  EXPECT_EQ(stored_tensors(cascade).at(chosen->name)(257), 255);
}

Inputs inputs(const std::string& mapping, const std::string& storage) {
  Inputs result;
  result.arch = "tiny-8x8";
  result.workload = "bert-base";
  result.mapping = mapping;
  result.options.batch = 1;
  result.options.seq_len = 37;
  for (const char* setting : {"heads=2", "kv_heads=1", "head_dim=10", "value_dim=7"}) {
    add_override(result, std::string("workload.") + setting);
  }
  add_override(result, "attention.storage={" + storage + "}");
  return result;
}

TEST(Stored, RunsOnTensorsOfEveryTypeGiveWhatTheirCascadeSays) {
  for (const workloads::StorageType& type : workloads::storage_types()) {
    for (const char* mapping : {"fusemax", "unfused"}) {
      Inputs given = inputs(mapping, "K: " + type.name + ", V: " + type.name);
      // Of keys as large as these, no score would matter but the largest.
      if (type.is_integer) add_override(given, fmt::format("attention.parameters={{scale: {}}}", 1 / type.most));
      const FunctionalCheck found = check(prepare(given), {}).check;
      EXPECT_TRUE(found.passed) << mapping << " " << type.name << ": " << found.max_rel_error << " > "
                                << found.tolerance;
      EXPECT_LT(found.tolerance, 0.1) << mapping << " " << type.name;
    }
  }
}

TEST(Stored, TheOutputIsRoundedToItsType) {
  const Checked found = check(prepare(inputs("fusemax", "AV: u4")), {});
  for (const double value : found.tensors.at("AV").values) {
    EXPECT_TRUE(workloads::storage_type("u4").holds(value)) << value;
  }
  EXPECT_TRUE(found.check.passed) << "the tolerance knows the type";
  EXPECT_GT(found.check.max_rel_error, 0.1);
}

}  // namespace
}  // namespace attnsim::sim::functional
