// Reading workloads: shipped models, defaults, lengths and phases, errors.
#include "workloads/workload.h"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>
#include <string>

#include "common/registry.h"

namespace attnsim::workloads {
namespace {

namespace fs = std::filesystem;

WorkloadOptions lengths(std::int64_t seq_len, std::int64_t kv_len = 0, const std::string& phase = "") {
  WorkloadOptions options;
  options.seq_len = seq_len;
  options.kv_len = kv_len;
  options.phase = phase;
  return options;
}

common::Override set(const std::string& path, const std::string& value) {
  return {path, value, "--set workload." + path + "=" + value};
}

std::string error_of(const std::string& workload, const WorkloadOptions& options,
                     const std::vector<common::Override>& overrides = {}) {
  try {
    read_workload(workload, options, overrides);
  } catch (const common::InputError& error) {
    return error.what();
  }
  return "no error";
}

const char* const kSmall = "{heads: 4, head_dim: 16}";

TEST(Models, HaveThePublishedNumbers) {
  struct Case {
    const char* name;
    std::int64_t heads, hidden, head_dim, ffn, layers;
  };
  for (const Case& published : {Case{"bert-base", 12, 768, 64, 3072, 12}, Case{"trxl-wt103", 16, 1024, 64, 4096, 18},
                                Case{"t5-small-encoder", 8, 512, 64, 2048, 6}, Case{"xlm", 16, 2048, 128, 8192, 12}}) {
    const Workload model = read_workload(published.name, lengths(4096));
    EXPECT_EQ(model.name, published.name);
    EXPECT_EQ(model.heads, published.heads);
    EXPECT_EQ(model.kv_heads, published.heads);
    EXPECT_EQ(model.hidden, published.hidden);
    EXPECT_EQ(model.head_dim, published.head_dim);
    EXPECT_EQ(model.value_dim, published.head_dim);
    EXPECT_EQ(model.ffn, published.ffn);
    EXPECT_EQ(model.layers, published.layers);
    EXPECT_EQ(model.batch, 64);
    EXPECT_FALSE(model.causal);
    EXPECT_FALSE(model.gated_ffn);
    EXPECT_EQ(model.attention, "fusemax_1pass");
    EXPECT_EQ(model.phase, Phase::kPrefill);
    EXPECT_EQ(model.seq_len, 4096);
    EXPECT_EQ(model.kv_len, 4096);
  }
}

TEST(Models, AreAllReadUnderTheirOwnNames) {
  for (const std::string& name : common::preset_names(models())) {
    EXPECT_EQ(read_workload(name, lengths(16)).name, name);
  }
}

TEST(Workload, DefaultsStandForLeftOutKeys) {
  const Workload small = read_workload(kSmall, lengths(8));
  EXPECT_EQ(small.name, "inline");
  EXPECT_EQ(small.layers, 1);
  EXPECT_EQ(small.kv_heads, 4);
  EXPECT_EQ(small.value_dim, 16);
  EXPECT_EQ(small.hidden, 0);
  EXPECT_EQ(small.ffn, 0);
  EXPECT_FALSE(small.gated_ffn);
  EXPECT_EQ(small.vocabulary, 0);
  EXPECT_EQ(small.max_position, 0);
  EXPECT_FALSE(small.causal);
  EXPECT_EQ(small.attention, "fusemax_1pass");
  EXPECT_EQ(small.batch, 1);
}

TEST(Workload, EveryKeyIsRead) {
  const Workload all = read_workload(
      "{name: n, layers: 2, heads: 8, kv_heads: 2, head_dim: 16, value_dim: 32, hidden: 128, ffn: 512, gated_ffn: "
      "true, "
      "vocabulary: 1000, max_position: 4K, causal: true, attention: three_pass, phase: prefill, batch: 3, seq_len: 1K, "
      "kv_len: 2K}");
  EXPECT_EQ(all.name, "n");
  EXPECT_EQ(all.layers, 2);
  EXPECT_EQ(all.heads, 8);
  EXPECT_EQ(all.kv_heads, 2);
  EXPECT_EQ(all.head_dim, 16);
  EXPECT_EQ(all.value_dim, 32);
  EXPECT_EQ(all.hidden, 128);
  EXPECT_EQ(all.ffn, 512);
  EXPECT_TRUE(all.gated_ffn);
  EXPECT_EQ(all.vocabulary, 1000);
  EXPECT_EQ(all.max_position, 4096);
  EXPECT_TRUE(all.causal);
  EXPECT_EQ(all.attention, "three_pass");
  EXPECT_EQ(all.phase, Phase::kPrefill);
  EXPECT_EQ(all.batch, 3);
  EXPECT_EQ(all.seq_len, 1024);
  EXPECT_EQ(all.kv_len, 2048);
}

TEST(Workload, ItsExtentsAreNamed) {
  const Workload all = read_workload(
      "{heads: 8, kv_heads: 2, head_dim: 16, value_dim: 32, hidden: 128, ffn: 512, batch: 3, seq_len: 5, kv_len: 7}");
  const std::int64_t expected[] = {5, 7, 16, 32, 8, 2, 3, 128, 512, 0, 0, 0};
  const std::vector<std::string> names = Workload::quantities();
  ASSERT_EQ(names, (std::vector<std::string>{"queries", "keys", "head_dim", "value_dim", "heads", "kv_heads", "batch",
                                             "hidden", "ffn", "tokens", "in_features", "out_features"}));
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(all.extent(names[i]), expected[i]) << names[i];
  EXPECT_THROW(all.extent("querys"), std::out_of_range);
}

TEST(Workload, TheCommandLineBeatsTheFile) {
  const std::string file = "{heads: 4, head_dim: 16, batch: 2, seq_len: 10, kv_len: 20}";
  EXPECT_EQ(read_workload(file).batch, 2);
  EXPECT_EQ(read_workload(file).kv_len, 20);
  WorkloadOptions options = lengths(30, 40);
  options.batch = 5;
  const Workload workload = read_workload(file, options, {set("batch", "4")});
  EXPECT_EQ(workload.batch, 5);
  EXPECT_EQ(workload.seq_len, 30);
  EXPECT_EQ(workload.kv_len, 40);
  EXPECT_EQ(read_workload(file, {}, {set("batch", "4")}).batch, 4);
}

TEST(Workload, TheExpandedDocumentHasWhatTheCommandLineAdds) {
  std::string expanded;
  read_workload("t5-small-encoder", lengths(64), {set("batch", "4")}, &expanded);
  EXPECT_EQ(expanded, R"(name: t5-small-encoder
layers: 6
heads: 8
head_dim: 64
value_dim: 64
hidden: 512
ffn: 2048
vocabulary: 32128
causal: false
batch: 4
seq_len: 64
)");
}

TEST(Decode, ComputesOneQueryAgainstTheContext) {
  const Workload by_kv = read_workload(kSmall, lengths(0, 100, "decode"));
  EXPECT_EQ(by_kv.phase, Phase::kDecode);
  EXPECT_EQ(by_kv.seq_len, 1);
  EXPECT_EQ(by_kv.kv_len, 100);
}

TEST(Decode, TakesSeqLenAsTheContextWhereNoKvLenIsGiven) {
  EXPECT_EQ(read_workload(kSmall, lengths(200, 0, "decode")).kv_len, 200);
  EXPECT_EQ(read_workload(kSmall, lengths(200, 0, "decode")).seq_len, 1);
  EXPECT_EQ(read_workload(kSmall, lengths(200, 300, "decode")).kv_len, 300);
  const std::string file = "{heads: 4, head_dim: 16, phase: decode, seq_len: 10, kv_len: 20}";
  EXPECT_EQ(read_workload(file).kv_len, 20);
  EXPECT_EQ(read_workload(file, lengths(30)).kv_len, 30);
  EXPECT_EQ(read_workload(file, lengths(0, 40)).kv_len, 40);
  EXPECT_EQ(read_workload(file, lengths(0, 0, "prefill")).seq_len, 10);
}

TEST(WorkloadErrors, AMissingLengthIsAskedFor) {
  EXPECT_EQ(error_of(kSmall, {}), "--workload: seq_len: missing; give --seq-len");
  EXPECT_EQ(error_of(kSmall, lengths(0, 8)), "--workload: seq_len: missing; give --seq-len");
  EXPECT_EQ(error_of(kSmall, lengths(0, 0, "decode")), "--workload: kv_len: missing; give --kv-len");
  const std::string file = common::shown_file(models() / "bert-base.yaml");
  EXPECT_EQ(error_of("bert-base", {}), file + ": seq_len: missing; give --seq-len");
}

TEST(WorkloadErrors, LengthsThatAreNotPositiveOrTooLargeAreRefused) {
  EXPECT_EQ(error_of(kSmall, lengths(-5)),
            "--seq-len -5: seq_len: must be a whole number from 1 to 1099511627776 (got -5)");
  EXPECT_EQ(error_of(kSmall, {}, {set("seq_len", "0")}),
            "--set workload.seq_len=0: seq_len: must be a whole number from 1 to 1099511627776 (got 0)");
  EXPECT_EQ(error_of(kSmall, lengths(1LL << 40)), "no error");
  EXPECT_EQ(error_of(kSmall, lengths((1LL << 40) + 1)),
            "--seq-len 1099511627777: seq_len: must be a whole number from 1 to 1099511627776 (got 1099511627777)");
  EXPECT_EQ(error_of(kSmall, lengths(1), {set("batch", "16777217")}),
            "--set workload.batch=16777217: batch: must be a whole number from 1 to 16777216 (got 16777217)");
  EXPECT_EQ(error_of(kSmall, lengths(1), {set("head_dim", "65537")}),
            "--set workload.head_dim=65537: head_dim: must be a whole number from 1 to 65536 (got 65537)");
}

TEST(WorkloadErrors, KvHeadsMustDivideHeads) {
  EXPECT_EQ(error_of("{heads: 4, head_dim: 16, kv_heads: 3}", lengths(1)),
            "--workload:1: kv_heads: must divide the 4 heads (got 3)");
  EXPECT_EQ(error_of("{heads: 4, head_dim: 16, kv_heads: 8}", lengths(1)),
            "--workload:1: kv_heads: must divide the 4 heads (got 8)");
}

TEST(WorkloadErrors, MissingAndUnknownNamesAreTold) {
  EXPECT_EQ(error_of("{heads: 4}", lengths(1)), "--workload:1: missing key 'head_dim'");
  EXPECT_EQ(error_of("{head_dim: 4}", lengths(1)), "--workload:1: missing key 'heads'");
  EXPECT_EQ(error_of(kSmall, lengths(1, 0, "decod")),
            "--phase decod: phase: unknown name 'decod'; did you mean 'decode'?; known: decode, prefill");
  EXPECT_EQ(error_of("bert-bas", lengths(1)),
            "unknown workload 'bert-bas'; did you mean 'bert-base'?; known: bert-base, llama-33b, llama-65b, "
            "llama3-70b, t5-small-encoder, trxl-wt103, xlm");
  EXPECT_EQ(error_of(kSmall, lengths(1), {set("head_dims", "4")}),
            "--set workload.head_dims=4: unknown key 'head_dims'; did you mean 'head_dim'?; known: attention, batch, "
            "causal, ffn, gated_ffn, head_dim, heads, hidden, kv_heads, kv_len, layers, max_position, name, phase, "
            "seq_len, value_dim, vocabulary");
}

TEST(Workload, ACausalModelMasksUnlessItNamesItsAttention) {
  const std::string shape = "heads: 2, head_dim: 8, seq_len: 4";
  EXPECT_EQ(read_workload("{" + shape + "}").attention, "fusemax_1pass");
  EXPECT_EQ(read_workload("{" + shape + ", causal: true}").attention, "gqa_causal");
  EXPECT_EQ(read_workload("{" + shape + ", causal: true, attention: fusemax_2pass}").attention, "fusemax_2pass");
}

}  // namespace
}  // namespace attnsim::workloads
