// Translates Hugging Face configurations. The key names are those of the transformers library's configuration classes.
#include "workloads/hugging_face.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/registry.h"

namespace attnsim::workloads {
namespace {

using common::Override;
using common::Yaml;

// Where a family of models keeps each number; several names are alternatives.
struct Family {
  std::string name;
  std::vector<std::string> model_types;
  std::vector<std::string> heads;
  std::vector<std::string> kv_heads;
  std::vector<std::string> head_dim;
  std::vector<std::string> hidden;
  std::vector<std::string> ffn;
  std::vector<std::string> layers;
  std::vector<std::string> max_position;
  bool causal = false;
  bool gated_ffn = false;
  bool head_dim_required = false;  // it does not follow from hidden / heads
};

const std::vector<Family>& families() {
  static const std::vector<Family> known = {
      {"bert",
       {"bert", "roberta", "xlm-roberta", "camembert", "electra"},
       {"num_attention_heads"},
       {},
       {},
       {"hidden_size"},
       {"intermediate_size"},
       {"num_hidden_layers"},
       {"max_position_embeddings"}},
      {"t5",
       {"t5", "mt5", "umt5"},
       {"num_heads"},
       {},
       {"d_kv"},
       {"d_model"},
       {"d_ff"},
       {"num_layers"},
       {"n_positions"},
       false,
       false,
       true},
      {"gpt2", {"gpt2"}, {"n_head"}, {}, {}, {"n_embd"}, {"n_inner"}, {"n_layer"}, {"n_positions"}, true},
      {"llama",
       {"llama", "mistral", "qwen2"},
       {"num_attention_heads"},
       {"num_key_value_heads"},
       {"head_dim"},
       {"hidden_size"},
       {"intermediate_size"},
       {"num_hidden_layers"},
       {"max_position_embeddings"},
       true,
       true},
      {"gemma",
       {"gemma", "gemma2", "gemma3_text", "qwen3"},
       {"num_attention_heads"},
       {"num_key_value_heads"},
       {"head_dim"},
       {"hidden_size"},
       {"intermediate_size"},
       {"num_hidden_layers"},
       {"max_position_embeddings"},
       true,
       true,
       true},
  };
  return known;
}

// For an unknown model type: every name that the transformers library uses for the number.
const Family& generic() {
  static const Family family = {"",
                                {},
                                {"num_attention_heads", "num_heads", "n_head", "n_heads"},
                                {"num_key_value_heads", "num_kv_heads", "n_head_kv"},
                                {"head_dim", "d_kv"},
                                {"hidden_size", "d_model", "n_embd"},
                                {"intermediate_size", "d_ff", "ffn_dim", "ffn_hidden_size", "n_inner"},
                                {"num_hidden_layers", "num_layers", "n_layer", "n_layers"},
                                {"max_position_embeddings", "n_positions", "max_seq_len"}};
  return family;
}

const Family* find_family(const std::string& model_type) {
  for (const Family& family : families()) {
    if (std::count(family.model_types.begin(), family.model_types.end(), model_type) > 0) return &family;
  }
  return nullptr;
}

std::vector<std::string> known_model_types() {
  std::vector<std::string> known;
  for (const Family& family : families()) {
    known.insert(known.end(), family.model_types.begin(), family.model_types.end());
  }
  return known;
}

// The first of the keys that is there with a value; a null is an absent key.
std::optional<Yaml> find(const Yaml& config, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (config.has(key) && !config.at(key).is_null()) return config.at(key);
  }
  return std::nullopt;
}

std::string text_of(const Yaml& config, const std::string& key) {
  const std::optional<Yaml> found = find(config, {key});
  return found ? found->text() : std::string();
}

// What the names of a model's classes say about its mask, where the family does not.
bool names_a_causal_model(const Yaml& config) {
  const std::optional<Yaml> names = find(config, {"architectures"});
  if (!names) return false;
  for (const std::string& name : names->texts()) {
    if (name.ends_with("ForCausalLM") || name.ends_with("LMHeadModel")) return true;
  }
  return false;
}

class Translation {
 public:
  Translation(const Yaml& config, const std::string& model_type)
      : config_(config), model_type_(model_type), family_(find_family(model_type)) {}

  std::vector<Override> run(const std::string& fallback_name) {
    const Family& family = family_ != nullptr ? *family_ : generic();
    const Yaml heads = need(family.heads);
    const Yaml hidden = need(family.hidden);
    const Yaml layers = need(family.layers);

    const std::string path = text_of(config_, "_name_or_path");
    add("name", quoted(path.empty() ? fallback_name : path), config_.where().line);
    add("layers", layers, 65536);
    add("heads", heads, 65536);
    if (const auto kv_heads = find(config_, family.kv_heads)) add("kv_heads", *kv_heads, 65536);
    add_head_dim(family, heads, hidden);
    add("hidden", hidden, 65536);
    add_ffn(family, hidden);
    add("gated_ffn", is_gated(family) ? "true" : "false", config_.where().line);
    if (const auto vocabulary = find(config_, {"vocab_size"})) add("vocabulary", *vocabulary, 1LL << 31);
    if (const auto position = find(config_, family.max_position)) add("max_position", *position, 1LL << 40);
    add("causal", is_causal(family) ? "true" : "false", config_.where().line);
    return std::move(result_);
  }

 private:
  static std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  Yaml need(const std::vector<std::string>& keys) const {
    if (const auto found = find(config_, keys)) return *found;
    if (family_ != nullptr) {
      config_.fail(fmt::format("missing key '{}'; this looks like a {} config", keys.front(), model_type_));
    }
    config_.fail(fmt::format("missing key '{}'; {}", keys.front(),
                             model_type_.empty()
                                 ? "the config names no model_type"
                                 : common::unknown_name("model_type", model_type_, known_model_types())));
  }

  void add(const std::string& key, const std::string& value, int line) {
    const std::string& file = config_.where().file;
    result_.push_back({key, value, line > 0 ? fmt::format("{}:{}", file, line) : file});
  }
  void add(const std::string& key, const Yaml& number, std::int64_t high) {
    add(key, std::to_string(number.integer(1, high)), number.where().line);
  }

  void add_head_dim(const Family& family, const Yaml& heads, const Yaml& hidden) {
    if (const auto head_dim = find(config_, family.head_dim)) {
      add("head_dim", *head_dim, 65536);
      return;
    }
    if (family.head_dim_required) need(family.head_dim);
    const std::int64_t head_count = heads.integer(1, 65536);
    const std::int64_t width = hidden.integer(1, 65536);
    if (width % head_count != 0) {
      hidden.fail(
          fmt::format("must be a multiple of the {} heads, as no head_dim is given (got {})", head_count, width));
    }
    add("head_dim", std::to_string(width / head_count), hidden.where().line);
  }

  void add_ffn(const Family& family, const Yaml& hidden) {
    if (const auto ffn = find(config_, family.ffn)) {
      add("ffn", *ffn, 1LL << 20);
    } else if (family_ == nullptr) {
      return;
    } else if (family.name == "gpt2") {
      // GPT2Config: n_inner defaults to 4 * n_embd.
      add("ffn", std::to_string(4 * hidden.integer(1, 65536)), hidden.where().line);
    } else {
      need(family.ffn);
    }
  }

  bool is_gated(const Family& family) const {
    return family.gated_ffn || text_of(config_, "feed_forward_proj").starts_with("gated-");
  }

  // A BERT whose is_decoder is set masks the future, too.
  bool is_causal(const Family& family) const {
    if (family_ == nullptr) return names_a_causal_model(config_);
    const auto decoder = find(config_, {"is_decoder"});
    return family.causal || (decoder && decoder->boolean());
  }

  const Yaml& config_;
  std::string model_type_;
  const Family* family_;
  std::vector<Override> result_;
};

}  // namespace

bool is_hugging_face(const Yaml& document) {
  return document.is_map() && (document.has("model_type") || document.has("architectures"));
}

std::vector<Override> from_hugging_face(const Yaml& config, const std::filesystem::path& file) {
  const std::string model_type = text_of(config, "model_type");
  // A multimodal model keeps its language model's configuration in text_config.
  if (const auto text = find(config, {"text_config"}); text && text->is_map()) return from_hugging_face(*text, file);
  const std::string stem = file.stem().string();
  return Translation(config, model_type).run(model_type.empty() ? stem : model_type + "-" + stem);
}

void check_json(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  try {
    [[maybe_unused]] const nlohmann::json parsed = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t end = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const auto breaks = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    // The library's text is "[...] parse error at line 3, column 5: what"; the line is in front already.
    std::string what = error.what();
    const std::size_t colon = what.find(": ");
    if (colon != std::string::npos) what = what.substr(colon + 2);
    throw common::InputError({common::shown_file(file), static_cast<int>(breaks) + 1, ""}, "not valid JSON: " + what);
  }
}

}  // namespace attnsim::workloads
