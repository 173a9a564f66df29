// What is computed: a model's attention shape, the batch and the lengths.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/yaml.h"
#include "workloads/lengths.h"

namespace attnsim::workloads {

enum class Phase { kPrefill, kDecode };

// The shape of one attention layer in its model. Lengths are in tokens.
struct Workload {
  std::string name;
  std::int64_t layers = 1;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;   // divides heads
  std::int64_t head_dim = 0;   // E
  std::int64_t value_dim = 0;  // F
  std::int64_t hidden = 0;     // D, 0 if unknown
  std::int64_t ffn = 0;        // S, 0 if unknown
  bool gated_ffn = false;
  std::int64_t vocabulary = 0;
  std::int64_t max_position = 0;  // longest sequence the model was made for, 0 if unknown
  bool causal = false;
  std::string attention = "fusemax_1pass";  // gqa_causal where `causal` holds and the file names none
  Phase phase = Phase::kPrefill;
  std::int64_t batch = 1;
  std::int64_t seq_len = 0;  // P: queries (1 in decode)
  std::int64_t kv_len = 0;   // M: keys and values
  // Where the sequences of the batch differ, all of them; batch is then their number, seq_len and kv_len are the
  // largest.
  std::vector<Lengths> lengths;

  // Of a linear layer: Z[tokens, out_features] = X[tokens, in_features] * W; 0 in attention.
  std::int64_t tokens = 0;
  std::int64_t in_features = 0;
  std::int64_t out_features = 0;

  // The extent of a rank's workload name: queries, keys, head_dim, value_dim, heads, kv_heads, batch, hidden, ffn,
  // tokens, in_features, out_features.
  std::int64_t extent(const std::string& quantity) const;  // throws std::out_of_range
  static std::vector<std::string> quantities();
};

// What the command line adds. Zero or empty means "as the file says".
struct WorkloadOptions {
  std::int64_t batch = 0;
  std::int64_t seq_len = 0;
  std::int64_t kv_len = 0;
  std::string phase;              // "prefill" or "decode"
  std::filesystem::path lengths;  // a file of lengths, in place of the three numbers
};

std::filesystem::path models();
// Reads a workload: a model's name, a YAML file, text that starts with '{', or a Hugging Face config.json (model_type
// bert, t5, gpt2, llama, mistral, qwen2, gemma and their close relatives by key names). Throws InputError; in
// particular where no length is known ("seq_len: missing; give --seq-len").
Workload read_workload(const std::string& name_or_file, const WorkloadOptions& options = {},
                       const std::vector<common::Override>& overrides = {}, std::string* expanded = nullptr);

}  // namespace attnsim::workloads
