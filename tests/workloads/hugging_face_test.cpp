// Hugging Face configurations: each family's numbers, and what is told where a configuration lacks one.
#include "workloads/hugging_face.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "common/registry.h"
#include "workloads/workload.h"

namespace attnsim::workloads {
namespace {

namespace fs = std::filesystem;

Workload read_config(const std::string& name, const std::vector<common::Override>& overrides = {}) {
  WorkloadOptions options;
  options.seq_len = 1024;
  const fs::path configs = common::data_root() / "tests" / "workloads" / "configs";
  return read_workload((configs / (name + ".json")).string(), options, overrides);
}

TEST(HuggingFace, BertIsBidirectional) {
  const Workload bert = read_config("bert-base-uncased");
  EXPECT_EQ(bert.name, "bert-bert-base-uncased");
  EXPECT_EQ(bert.layers, 12);
  EXPECT_EQ(bert.heads, 12);
  EXPECT_EQ(bert.kv_heads, 12);
  EXPECT_EQ(bert.head_dim, 64);
  EXPECT_EQ(bert.value_dim, 64);
  EXPECT_EQ(bert.hidden, 768);
  EXPECT_EQ(bert.ffn, 3072);
  EXPECT_FALSE(bert.gated_ffn);
  EXPECT_FALSE(bert.causal);
  EXPECT_EQ(bert.vocabulary, 30522);
  EXPECT_EQ(bert.max_position, 512);
  EXPECT_EQ(bert.batch, 1);
  EXPECT_EQ(bert.seq_len, 1024);
  EXPECT_EQ(bert.kv_len, 1024);
}

TEST(HuggingFace, LlamaIsCausalWithGroupedHeadsAndAGatedFfn) {
  const Workload llama = read_config("llama-3-8b");
  EXPECT_EQ(llama.name, "meta-llama/Meta-Llama-3-8B");
  EXPECT_EQ(llama.layers, 32);
  EXPECT_EQ(llama.heads, 32);
  EXPECT_EQ(llama.kv_heads, 8);
  EXPECT_EQ(llama.head_dim, 128);
  EXPECT_EQ(llama.hidden, 4096);
  EXPECT_EQ(llama.ffn, 14336);
  EXPECT_TRUE(llama.gated_ffn);
  EXPECT_TRUE(llama.causal);
  EXPECT_EQ(llama.vocabulary, 128256);
  EXPECT_EQ(llama.max_position, 8192);
}

TEST(HuggingFace, LlamasRelativesAreReadLikeIt) {
  const Workload mistral = read_config("mistral-7b");
  EXPECT_EQ(mistral.name, "mistral-mistral-7b");
  EXPECT_EQ(mistral.kv_heads, 8);
  EXPECT_EQ(mistral.head_dim, 128);
  EXPECT_TRUE(mistral.causal);
  const Workload qwen2 = read_config("qwen2-7b");
  EXPECT_EQ(qwen2.heads, 28);
  EXPECT_EQ(qwen2.kv_heads, 4);
  EXPECT_EQ(qwen2.head_dim, 128);
  EXPECT_TRUE(qwen2.gated_ffn);
}

TEST(HuggingFace, GemmaHasItsOwnHeadDim) {
  const Workload gemma = read_config("gemma-7b");
  EXPECT_EQ(gemma.heads, 16);
  EXPECT_EQ(gemma.head_dim, 256);
  EXPECT_EQ(gemma.value_dim, 256);
  EXPECT_EQ(gemma.hidden, 3072);
  EXPECT_TRUE(gemma.causal);
  EXPECT_TRUE(gemma.gated_ffn);
}

TEST(HuggingFace, Gpt2sFfnIsFourTimesAsWideWhereItIsNull) {
  const Workload gpt2 = read_config("gpt2");
  EXPECT_EQ(gpt2.layers, 12);
  EXPECT_EQ(gpt2.heads, 12);
  EXPECT_EQ(gpt2.head_dim, 64);
  EXPECT_EQ(gpt2.ffn, 4 * 768);
  EXPECT_FALSE(gpt2.gated_ffn);
  EXPECT_TRUE(gpt2.causal);
  EXPECT_EQ(gpt2.max_position, 1024);
}

TEST(HuggingFace, T5sHeadsAreAsWideAsItSays) {
  const Workload t5 = read_config("t5-v1_1-small");
  EXPECT_EQ(t5.layers, 8);
  EXPECT_EQ(t5.heads, 6);
  EXPECT_EQ(t5.head_dim, 64);
  EXPECT_EQ(t5.hidden, 512);
  EXPECT_EQ(t5.ffn, 1024);
  EXPECT_TRUE(t5.gated_ffn);
  EXPECT_FALSE(t5.causal);
  EXPECT_EQ(t5.max_position, 0);
}

TEST(HuggingFace, OverridesNameTheKeysOfAWorkload) {
  const Workload bert = read_config("bert-base-uncased", {{"causal", "true", "--set workload.causal=true"}});
  EXPECT_TRUE(bert.causal);
  try {
    read_config("bert-base-uncased", {{"num_attention_heads", "8", "--set workload.num_attention_heads=8"}});
    FAIL() << "no error";
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(),
                 "--set workload.num_attention_heads=8: unknown key 'num_attention_heads'; known: attention, batch, "
                 "causal, ffn, gated_ffn, head_dim, heads, hidden, kv_heads, kv_len, layers, max_position, name, "
                 "phase, seq_len, value_dim, vocabulary");
  }
}

// Writes a configuration and reads it.
class Config : public testing::Test {
 protected:
  // A folder for each test, as tests run at the same time.
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "attnsim_hugging_face" /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    file_ = folder_ / "config.json";
  }
  Workload read(const std::string& text) {
    std::ofstream(file_) << text;
    WorkloadOptions options;
    options.seq_len = 128;
    return read_workload(file_.string(), options);
  }
  // The error without the folder in front.
  std::string error_of(const std::string& text) {
    try {
      read(text);
    } catch (const common::InputError& error) {
      const std::string what = error.what();
      const std::string folder = common::shown_file(folder_) + "/";
      return what.rfind(folder, 0) == 0 ? what.substr(folder.size()) : what;
    }
    return "no error";
  }

  fs::path folder_;
  fs::path file_;
};

TEST_F(Config, AMissingKeyIsToldWithTheFamily) {
  EXPECT_EQ(error_of(R"({"model_type": "llama", "hidden_size": 64})"),
            "config.json:1: missing key 'num_attention_heads'; this looks like a llama config");
  EXPECT_EQ(error_of(R"({"model_type": "mistral", "num_attention_heads": 4})"),
            "config.json:1: missing key 'hidden_size'; this looks like a mistral config");
  EXPECT_EQ(error_of(R"({"model_type": "t5", "num_heads": 4, "d_model": 64, "num_layers": 2})"),
            "config.json:1: missing key 'd_kv'; this looks like a t5 config");
  EXPECT_EQ(error_of(R"({"model_type": "gemma", "num_attention_heads": 4, "hidden_size": 64, "num_hidden_layers": 2,
                         "intermediate_size": 64})"),
            "config.json:1: missing key 'head_dim'; this looks like a gemma config");
  EXPECT_EQ(error_of(R"({"model_type": "bert", "num_attention_heads": 4, "hidden_size": 64, "num_hidden_layers": 2})"),
            "config.json:1: missing key 'intermediate_size'; this looks like a bert config");
}

TEST_F(Config, AnUnknownModelTypeIsReadByTheUsualKeys) {
  const Workload falcon = read(R"({"model_type": "falcon", "architectures": ["FalconForCausalLM"], "hidden_size": 128,
                                   "num_attention_heads": 4, "num_kv_heads": 2, "num_hidden_layers": 3})");
  EXPECT_EQ(falcon.name, "falcon-config");
  EXPECT_EQ(falcon.head_dim, 32);
  EXPECT_EQ(falcon.kv_heads, 2);
  EXPECT_EQ(falcon.layers, 3);
  EXPECT_EQ(falcon.ffn, 0);
  EXPECT_TRUE(falcon.causal);
  const Workload bloom = read(R"({"architectures": ["BloomModel"], "hidden_size": 64, "n_head": 2, "n_layer": 1})");
  EXPECT_EQ(bloom.name, "config");
  EXPECT_EQ(bloom.heads, 2);
  EXPECT_FALSE(bloom.causal);
}

TEST_F(Config, AnUnknownModelTypeWithoutTheUsualKeysIsAnsweredWithTheKnownTypes) {
  EXPECT_EQ(
      error_of(R"({"model_type": "mamba", "hidden_size": 64})"),
      "config.json:1: missing key 'num_attention_heads'; unknown model_type 'mamba'; known: "
      "bert, camembert, electra, gemma, gemma2, gemma3_text, gpt2, llama, mistral, mt5, qwen2, qwen3, roberta, t5, "
      "umt5, xlm-roberta");
  EXPECT_EQ(error_of(R"({"num_attention_heads": 64})"),
            "config.json:1: missing key 'hidden_size'; the config names no model_type");
}

TEST_F(Config, WrongNumbersAreToldWithTheirLine) {
  EXPECT_EQ(error_of("{\"model_type\": \"gpt2\",\n\"n_embd\": 64,\n\"n_layer\": 1,\n\"n_head\": \"many\"}"),
            "config.json:4: n_head: must be a whole number from 1 to 65536 (got \"many\")");
  EXPECT_EQ(error_of("{\"model_type\": \"gpt2\",\n\"n_embd\": 65,\n\"n_layer\": 1,\n\"n_head\": 2}"),
            "config.json:2: n_embd: must be a multiple of the 2 heads, as no head_dim is given (got 65)");
  EXPECT_EQ(error_of("{\"model_type\": \"llama\", \"hidden_size\": 64, \"num_hidden_layers\": 1,\n"
                     "\"num_attention_heads\": 4,\n\"num_key_value_heads\": 3,\n\"intermediate_size\": 64}"),
            "config.json:3: kv_heads: must divide the 4 heads (got 3)");
}

TEST_F(Config, AMultimodalModelsLanguageModelIsRead) {
  EXPECT_EQ(read(R"({"model_type": "llava", "text_config": {"model_type": "llama", "hidden_size": 64,
                     "num_attention_heads": 2, "num_hidden_layers": 5, "intermediate_size": 64}})")
                .layers,
            5);
}

TEST_F(Config, ABertThatIsADecoderIsCausal) {
  EXPECT_TRUE(read(R"({"model_type": "bert", "hidden_size": 64, "num_attention_heads": 2, "num_hidden_layers": 5,
                       "intermediate_size": 64, "is_decoder": true})")
                  .causal);
}

TEST_F(Config, BrokenJsonIsToldWithItsLine) {
  EXPECT_EQ(error_of("{\n\"a\": 1\n\"b\": 2}"),
            "config.json:3: not valid JSON: syntax error while parsing object - unexpected string literal; expected "
            "'}'");
  EXPECT_EQ(error_of(""),
            "config.json:1: not valid JSON: syntax error while parsing value - unexpected end of input; expected '[', "
            "'{', or a literal");
}

TEST_F(Config, AWorkloadMayBeWrittenAsJson) {
  const Workload mine = read(R"({"heads": 2, "head_dim": 16})");
  EXPECT_EQ(mine.name, "config");
  EXPECT_EQ(mine.heads, 2);
}

}  // namespace
}  // namespace attnsim::workloads
