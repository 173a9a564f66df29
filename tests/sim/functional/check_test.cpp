// Programs on data: every shipped mapping gives what its cascade says, and broken ones are found out.
#include "sim/functional/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/registry.h"
#include "mapping/lower.h"

namespace attnsim::sim::functional {
namespace {

using mapping::Action;
using mapping::Dataflow;

struct Shape {
  std::string queries;
  std::string keys;
  std::string phase = "prefill";
};

// Lengths that no tile divides: self-attention, a chunk, a decode step, more queries than keys.
const std::vector<Shape> kShapes = {{"37", "37"}, {"19", "45"}, {"43", "43", "decode"}, {"45", "19"}};
const std::vector<std::string> kArchs = {"tiny-4x4", "tiny-8x8", "tiny-16x16"};

Inputs inputs(const std::string& mapping, const std::string& attention, const std::string& arch, const Shape& shape) {
  Inputs result;
  result.arch = arch;
  result.workload = "bert-base";
  result.mapping = mapping;
  result.attention = attention;
  result.options.batch = 2;
  result.options.phase = shape.phase;
  result.options.seq_len = std::stoll(shape.queries);
  result.options.kv_len = shape.phase == "decode" ? 0 : std::stoll(shape.keys);
  for (const char* setting : {"heads=4", "kv_heads=2", "head_dim=10", "value_dim=7"}) {
    add_override(result, std::string("workload.") + setting);
  }
  if (attention == "sliding_window_sink") add_override(result, "attention.parameters.window=9");
  return result;
}

FunctionalCheck checked(const Inputs& given) { return check(prepare(given), {}).check; }

TEST(Check, EveryMappingGivesWhatItsCascadeSays) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"fusemax", "fusemax_1pass"},      {"fusemax", "gqa_causal"},      {"fusemax", "sliding_window_sink"},
      {"fusemax-arch", "fusemax_1pass"}, {"fusemax-arch", "gqa_causal"}, {"fusemax-cascade", "fusemax_1pass"},
      {"fusemax-cascade", "gqa_causal"}, {"flat", "fusemax_3pass"},      {"unfused", "fusemax_3pass"}};
  for (const auto& [mapping, attention] : rows) {
    for (const std::string& arch : kArchs) {
      for (const Shape& shape : kShapes) {
        const FunctionalCheck found = checked(inputs(mapping, attention, arch, shape));
        EXPECT_TRUE(found.passed) << mapping << " " << attention << " " << arch << " " << shape.queries << "x"
                                  << shape.keys << ": " << found.max_rel_error << " > " << found.tolerance;
        EXPECT_EQ(found.reference, "oracle");
        EXPECT_GT(found.max_abs_error, 0) << "bf16 makes errors";
        EXPECT_LT(found.tolerance, 0.05);
      }
    }
  }
}

TEST(Check, EveryVariantThatAMappingRunsIsRight) {
  int rows = 0;
  for (const std::string& mapping : common::preset_names(mapping::presets())) {
    for (const std::string& attention : common::preset_names(workloads::variants())) {
      Inputs given = inputs(mapping, attention, "tiny-16x16", kShapes[1]);
      for (const char* function : {"tanh", "sigmoid", "log"}) {
        add_override(given, std::string("arch.array_1d.functions.") + function + "=8");
      }
      try {
        const FunctionalCheck found = checked(given);
        EXPECT_TRUE(found.passed) << mapping << " " << attention << ": " << found.max_rel_error;
        ++rows;
      } catch (const common::InputError&) {
        continue;  // made for other Einsums, or beyond what runs on data know
      }
    }
  }
  EXPECT_GE(rows, 14);
}

TEST(Check, MatrixProductsAreRight) {
  for (const char* mapping : {"output-stationary", "weight-stationary"}) {
    Prepared prepared;
    prepared.architecture = arch::read_architecture("tiny-8x8");
    prepared.workload.name = "layer";
    prepared.workload.heads = prepared.workload.kv_heads = 1;
    prepared.workload.tokens = 19;
    prepared.workload.in_features = 21;
    prepared.workload.out_features = 13;
    prepared.cascade = workloads::read_cascade("linear");
    prepared.mapping = mapping::read_mapping(mapping, prepared.cascade, prepared.workload, prepared.architecture);
    const FunctionalCheck found = check(prepared, {}).check;
    EXPECT_TRUE(found.passed) << mapping << ": " << found.max_rel_error;
  }
}

// A Program and its dataflow, to be broken.
class Broken {
 public:
  explicit Broken(const Inputs& given) : prepared_(prepare(given)) {
    program_ =
        mapping::lower(prepared_.cascade, prepared_.workload, prepared_.architecture, prepared_.mapping, &dataflow_);
  }
  Prepared& prepared() { return prepared_; }
  mapping::Block& block() { return program_.blocks.front(); }
  Dataflow& dataflow() { return dataflow_.front(); }
  Action& action(const std::string& einsum) {
    return *std::find_if(dataflow().actions.begin(), dataflow().actions.end(), [&](const Action& candidate) {
      return candidate.einsum != nullptr && candidate.einsum->name == einsum;
    });
  }
  FunctionalCheck checked() const { return check(prepared_, {}, program_, dataflow_).check; }

 private:
  Prepared prepared_;
  mapping::Program program_;
  std::vector<Dataflow> dataflow_;
};

Inputs causal() { return inputs("fusemax", "gqa_causal", "tiny-8x8", kShapes[0]); }

TEST(Check, AnUnbrokenProgramPasses) { EXPECT_TRUE(Broken(causal()).checked().passed); }

TEST(Check, ADroppedRescaleFails) {
  Broken broken(causal());
  const workloads::Einsum dropped = workloads::parse_einsum("SPNV[p,f] = RNV[p,f] * 1", {});
  broken.action("SPNV").einsum = &dropped;
  const FunctionalCheck found = broken.checked();
  EXPECT_FALSE(found.passed);
  EXPECT_GT(found.max_rel_error, 5 * found.tolerance);
}

TEST(Check, AnOffByOneMaskFails) {
  for (const auto& [attention, mask] :
       {std::pair("gqa_causal", "m < p + offset"), {"sliding_window_sink", "p + offset - m < window - 1"}}) {
    Broken broken(inputs("fusemax", attention, "tiny-8x8", kShapes[0]));
    workloads::Einsum scores = *broken.action("BQK").einsum;
    scores.predicate = workloads::parse_predicate(mask, {});
    broken.action("BQK").einsum = &scores;
    EXPECT_FALSE(broken.checked().passed) << attention;
  }
}

TEST(Check, AChangedCascadeIsHeldAgainstItself) {
  Inputs given = causal();
  add_override(given, "attention.where=m < p + offset");
  const FunctionalCheck masked = checked(given);
  EXPECT_TRUE(masked.passed);
  EXPECT_EQ(masked.reference, "interpreter");
  given = inputs("fusemax", "sliding_window_sink", "tiny-8x8", kShapes[0]);
  add_override(given, "attention.where=m <= p + offset and (p + offset - m <= window or m < sinks)");
  EXPECT_EQ(checked(given).reference, "interpreter");
  given = inputs("fusemax", "sliding_window_sink", "tiny-8x8", kShapes[0]);
  add_override(given, "attention.parameters.window=5");
  add_override(given, "attention.storage={K: int8}");
  EXPECT_EQ(checked(given).reference, "oracle") << "which takes parameters, and inputs as they are stored";
}

TEST(Check, SwappedSlotsFail) {
  Broken broken(causal());
  auto& reads = broken.action("SLNV").reads;
  const auto at = std::find_if(reads.begin(), reads.end(), [](const auto& read) { return read.tensor == "V"; });
  const auto keys = std::find_if(broken.dataflow().pools.begin(), broken.dataflow().pools.end(),
                                 [](const mapping::Pool& pool) { return pool.tensor == "K"; });
  at->pool = static_cast<int>(keys - broken.dataflow().pools.begin());
  EXPECT_FALSE(broken.checked().passed);
}

TEST(Check, TokensForMoreTilesThanThereAreSlotsFail) {
  Broken broken(inputs("fusemax", "fusemax_1pass", "tiny-8x8", kShapes[0]));
  for (mapping::Pool& pool : broken.dataflow().pools) {
    if (pool.tensor == "Q") --pool.slots;
  }
  EXPECT_TRUE(broken.checked().passed) << "a spare one";
  for (mapping::Pool& pool : broken.dataflow().pools) {
    if (pool.tensor == "Q") pool.slots = 9;  // of the ten tiles that a block keeps
  }
  EXPECT_FALSE(broken.checked().passed);
}

TEST(Check, AResultThatIsTakenBeforeItIsMadeFails) {
  Broken broken(causal());
  for (mapping::Channel& channel : broken.block().channels) {
    if (channel.name == "LM -> RM") channel.initial_tokens += 1;
  }
  EXPECT_FALSE(broken.checked().passed);
}

TEST(Check, AVisitToTheWrongTileFails) {
  Broken broken(inputs("fusemax", "sliding_window_sink", "tiny-8x8", kShapes[0]));
  const auto ragged = std::find_if(broken.block().loops.begin(), broken.block().loops.end(),
                                   [](const mapping::Loop& loop) { return loop.table.size() > 2; });
  ASSERT_NE(ragged, broken.block().loops.end());
  mapping::Run& run = ragged->table[2].back();
  run.tile += run.tile > 0 ? -1 : 1;
  EXPECT_FALSE(broken.checked().passed);
}

TEST(Check, AStateOfTheWrongStepFails) {
  Broken broken(causal());
  for (mapping::Access& read : broken.action("SPNV").reads) read.carried = false;
  EXPECT_FALSE(broken.checked().passed);
}

// Heads take turns within a step; the 2D array reads a head's state of the step before, the 1D array makes that of
// this.
TEST(Check, AStateIsReadBeforeItsPlaceIsTaken) {
  Inputs given;
  given.workload = "{name: small, heads: 2, kv_heads: 1, head_dim: 24, value_dim: 40}";
  given.attention = "lightning2_chunked";
  given.mapping = mapping::kAutoMapping;
  given.options.seq_len = 83;
  add_override(given, "attention.parameters.chunk=16");
  const FunctionalCheck found = checked(given);
  EXPECT_TRUE(found.passed) << found.max_rel_error << " > " << found.tolerance;
}

TEST(Check, TheSeedDecidesTheInputs) {
  const Prepared prepared = prepare(causal());
  const Checked a = check(prepared, {.seed = 1, .data = ""});
  const Checked b = check(prepared, {.seed = 1, .data = ""});
  const Checked c = check(prepared, {.seed = 2, .data = ""});
  EXPECT_EQ(a.tensors.at("AV").values, b.tensors.at("AV").values);
  EXPECT_NE(a.tensors.at("Q").values, c.tensors.at("Q").values);
  EXPECT_EQ(a.tensors.at("Q").shape, (std::vector<std::int64_t>{2, 4, 37, 10}));
  EXPECT_EQ(a.tensors.at("V").shape, (std::vector<std::int64_t>{2, 2, 37, 7}));
  EXPECT_EQ(a.tensors.at("AV").shape, (std::vector<std::int64_t>{2, 4, 37, 7}));
}

TEST(Check, WhatIsTooLargeIsRefused) {
  Inputs given = causal();
  given.options.seq_len = given.options.kv_len = 8192;
  try {
    checked(given);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(),
                 "--check: too large for a run on data: BQK has 5.37e+09 points, 268435456 at most; take a shorter "
                 "--seq-len, a smaller --batch, or fewer heads with --set workload.heads=1");
  }
}

}  // namespace
}  // namespace attnsim::sim::functional
