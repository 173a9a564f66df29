// The matrix products of a model's layer, and its output head, as GEMM workloads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace attnsim::workloads {

// One matrix product; its workload has tokens, in_features, out_features, and a batch and heads of one.
struct LinearLayer {
  std::string name;  // "QKV", "output", "FFN up", "FFN gate", "FFN down", "head"
  Workload workload;
};

struct LayerProducts {
  std::vector<LinearLayer> before_attention;  // Q, K and V as one product, which reads its input once
  std::vector<LinearLayer> after_attention;   // output, FFN
};

// The matrix products of one layer: all tokens of the batch (one a sequence in decode).
// Throws common::UsageError where the model does not give its hidden or FFN width.
LayerProducts layer_products(const Workload& model);

// The output head: one token a sequence, since only the last one's logits are needed. Throws where the vocabulary is
// unknown.
LinearLayer output_head(const Workload& model);

}  // namespace attnsim::workloads
