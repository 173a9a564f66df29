// Reads a workload file or a Hugging Face configuration, and settles the lengths for its phase.
#include "workloads/workload.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "common/registry.h"
#include "workloads/hugging_face.h"

namespace attnsim::workloads {
namespace {

using common::Override;
using common::Yaml;

constexpr std::int64_t kLongest = 1LL << 40;  // tokens
constexpr std::int64_t kLargestBatch = 1LL << 24;
constexpr std::int64_t kLargestDimension = 65536;  // heads, layers, and the widths but ffn
constexpr std::int64_t kLargestFfn = 1LL << 20;
constexpr std::int64_t kLargestVocabulary = 1LL << 31;

// A file that was made for this simulator, or the translation of a Hugging Face configuration, with what the command
// line adds on top.
Yaml load(const std::string& name_or_file, const std::vector<Override>& overrides, std::string& fallback_name) {
  if (name_or_file.starts_with("{")) {
    fallback_name = "inline";
    return Yaml::parse(name_or_file, "--workload", overrides);
  }
  const std::filesystem::path file = common::find_preset("workload", models(), name_or_file);
  fallback_name = file.stem().string();
  const bool json = file.extension() == ".json";
  if (json) check_json(file);
  const Yaml document = Yaml::load(file, {}, models());
  if (is_hugging_face(document) || (json && document.is_map() && !document.has("heads"))) {
    std::vector<Override> keys = from_hugging_face(document, file);
    keys.insert(keys.end(), overrides.begin(), overrides.end());
    return Yaml::parse("", common::shown_file(file), keys);
  }
  return Yaml::load(file, overrides, models());
}

// Options of the command line as overrides, so that errors in them are found and told like any other.
std::vector<Override> with_options(std::vector<Override> overrides, const WorkloadOptions& options) {
  const auto add = [&](const std::string& key, const std::string& option, const std::string& value) {
    overrides.push_back({key, value, fmt::format("{} {}", option, value)});
  };
  if (options.batch != 0) add("batch", "--batch", std::to_string(options.batch));
  if (options.seq_len != 0) add("seq_len", "--seq-len", std::to_string(options.seq_len));
  if (options.kv_len != 0) add("kv_len", "--kv-len", std::to_string(options.kv_len));
  if (!options.phase.empty()) add("phase", "--phase", options.phase);
  return overrides;
}

std::int64_t read_kv_heads(const Yaml& root, std::int64_t heads) {
  if (!root.has("kv_heads")) return heads;
  const Yaml yaml = root.at("kv_heads");
  const std::int64_t kv_heads = yaml.integer(1, kLargestDimension);
  if (heads % kv_heads != 0) yaml.fail(fmt::format("must divide the {} heads (got {})", heads, kv_heads));
  return kv_heads;
}

[[noreturn]] void missing(const Yaml& root, const std::string& key, const std::string& option) {
  throw common::InputError({root.where().file, 0, key}, "missing; give " + option);
}

// Prefill computes seq_len queries. Decode computes one query against kv_len tokens; without a kv_len it is seq_len
// that tells the length of the context, and --seq-len beats a kv_len of the file.
void read_length(const Yaml& root, const WorkloadOptions& options, Workload& workload) {
  const std::int64_t seq_len = root.integer_or("seq_len", 0, 1, kLongest);
  const std::int64_t kv_len = root.integer_or("kv_len", 0, 1, kLongest);
  if (workload.phase == Phase::kDecode) {
    const bool context_by_seq_len = kv_len == 0 || (options.kv_len == 0 && options.seq_len != 0);
    workload.seq_len = 1;
    workload.kv_len = context_by_seq_len ? seq_len : kv_len;
    if (workload.kv_len == 0) missing(root, "kv_len", "--kv-len");
  } else {
    if (seq_len == 0) missing(root, "seq_len", "--seq-len");
    workload.seq_len = seq_len;
    workload.kv_len = kv_len == 0 ? seq_len : kv_len;
  }
}

void take_lengths(const Yaml& root, const WorkloadOptions& options, Workload& workload) {
  if (options.batch != 0 || options.seq_len != 0 || options.kv_len != 0) {
    throw common::InputError({"--lengths " + options.lengths.string(), 0, ""},
                             "says the batch and its lengths; leave --batch, --seq-len and --kv-len out");
  }
  for (const char* replaced : {"seq_len", "kv_len"}) (void)root.integer_or(replaced, 0, 1, kLongest);
  workload.lengths = read_lengths(options.lengths, workload.phase == Phase::kDecode);
  workload.batch = 0;
  for (const Lengths& lengths : workload.lengths) {
    workload.batch += lengths.sequences;
    workload.seq_len = std::max(workload.seq_len, lengths.queries);
    workload.kv_len = std::max(workload.kv_len, lengths.keys);
  }
}

Workload read(const Yaml& root, const std::string& fallback_name, const WorkloadOptions& options) {
  Workload workload;
  workload.name = root.text_or("name", fallback_name);
  workload.layers = root.integer_or("layers", 1, 1, kLargestDimension);
  workload.heads = root.at("heads").integer(1, kLargestDimension);
  workload.kv_heads = read_kv_heads(root, workload.heads);
  workload.head_dim = root.at("head_dim").integer(1, kLargestDimension);
  workload.value_dim = root.integer_or("value_dim", workload.head_dim, 1, kLargestDimension);
  workload.hidden = root.integer_or("hidden", 0, 1, kLargestDimension);
  workload.ffn = root.integer_or("ffn", 0, 1, kLargestFfn);
  workload.gated_ffn = root.boolean_or("gated_ffn", false);
  workload.vocabulary = root.integer_or("vocabulary", 0, 1, kLargestVocabulary);
  workload.max_position = root.integer_or("max_position", 0, 1, kLongest);
  workload.causal = root.boolean_or("causal", false);
  workload.attention = root.text_or("attention", workload.causal ? "gqa_causal" : workload.attention);
  if (root.has("phase")) {
    workload.phase = root.at("phase").one_of({"prefill", "decode"}) == "decode" ? Phase::kDecode : Phase::kPrefill;
  }
  workload.batch = root.integer_or("batch", 1, 1, kLargestBatch);
  if (options.lengths.empty()) {
    read_length(root, options, workload);
  } else {
    take_lengths(root, options, workload);
  }
  root.check_all_read();
  return workload;
}

}  // namespace

std::int64_t Workload::extent(const std::string& quantity) const {
  if (quantity == "queries") return seq_len;
  if (quantity == "keys") return kv_len;
  if (quantity == "head_dim") return head_dim;
  if (quantity == "value_dim") return value_dim;
  if (quantity == "heads") return heads;
  if (quantity == "kv_heads") return kv_heads;
  if (quantity == "batch") return batch;
  if (quantity == "hidden") return hidden;
  if (quantity == "ffn") return ffn;
  if (quantity == "tokens") return tokens;
  if (quantity == "in_features") return in_features;
  if (quantity == "out_features") return out_features;
  throw std::out_of_range(common::unknown_name("quantity", quantity, quantities()));
}

std::vector<std::string> Workload::quantities() {
  return {"queries", "keys",   "head_dim", "value_dim", "heads",       "kv_heads",
          "batch",   "hidden", "ffn",      "tokens",    "in_features", "out_features"};
}

std::filesystem::path models() { return common::data_root() / "workloads" / "models"; }

Workload read_workload(const std::string& name_or_file, const WorkloadOptions& options,
                       const std::vector<Override>& overrides, std::string* expanded) {
  std::string fallback_name;
  const Yaml root = load(name_or_file, with_options(overrides, options), fallback_name);
  if (expanded != nullptr) *expanded = root.dump();
  return read(root, fallback_name, options);
}

}  // namespace attnsim::workloads
