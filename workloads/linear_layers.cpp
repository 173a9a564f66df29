// Shapes of a layer's matrix products.
#include "workloads/linear_layers.h"

#include "common/error.h"

namespace attnsim::workloads {
namespace {

std::int64_t known(const Workload& model, std::int64_t width, const std::string& key) {
  if (width > 0) return width;
  throw common::UsageError(model.name + ": " + key +
                           ": missing; --scope layer and --scope model need it (--set workload." + key + "=N)");
}

LinearLayer linear(const Workload& model, const std::string& name, std::int64_t tokens, std::int64_t in_features,
                   std::int64_t out_features) {
  LinearLayer layer;
  layer.name = name;
  layer.workload = model;
  layer.workload.batch = layer.workload.heads = layer.workload.kv_heads = 1;
  layer.workload.tokens = tokens;
  layer.workload.in_features = in_features;
  layer.workload.out_features = out_features;
  return layer;
}

}  // namespace

std::vector<LinearLayer> linear_layers(const Workload& model) {
  const std::int64_t tokens = model.batch * model.seq_len;
  const std::int64_t hidden = known(model, model.hidden, "hidden");
  const std::int64_t ffn = known(model, model.ffn, "ffn");
  std::vector<LinearLayer> layers{
      linear(model, "Q", tokens, hidden, model.heads * model.head_dim),
      linear(model, "K", tokens, hidden, model.kv_heads * model.head_dim),
      linear(model, "V", tokens, hidden, model.kv_heads * model.value_dim),
      linear(model, "output", tokens, model.heads * model.value_dim, hidden),
      linear(model, "FFN up", tokens, hidden, ffn),
  };
  if (model.gated_ffn) layers.push_back(linear(model, "FFN gate", tokens, hidden, ffn));
  layers.push_back(linear(model, "FFN down", tokens, ffn, hidden));
  return layers;
}

LinearLayer output_head(const Workload& model) {
  return linear(model, "head", model.batch, known(model, model.hidden, "hidden"),
                known(model, model.vocabulary, "vocabulary"));
}

}  // namespace attnsim::workloads
