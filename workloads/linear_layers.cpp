// Shapes of a layer's matrix products.
#include "workloads/linear_layers.h"

#include "common/error.h"

namespace attnsim::workloads {
namespace {

std::int64_t known(const Workload& model, std::int64_t width, const std::string& key,
                   const std::string& who = "--scope layer and --scope model need") {
  if (width > 0) return width;
  throw common::UsageError(model.name + ": " + key + ": missing; " + who + " it (--set workload." + key + "=N)");
}

LinearLayer linear(const Workload& model, const std::string& name, std::int64_t tokens, std::int64_t in_features,
                   std::int64_t out_features) {
  LinearLayer layer;
  layer.name = name;
  layer.workload = model;
  layer.workload.lengths.clear();
  layer.workload.batch = layer.workload.heads = layer.workload.kv_heads = 1;
  layer.workload.tokens = tokens;
  layer.workload.in_features = in_features;
  layer.workload.out_features = out_features;
  return layer;
}

}  // namespace

LayerProducts layer_products(const Workload& model) {
  std::int64_t tokens = model.lengths.empty() ? model.batch * model.seq_len : 0;
  for (const Lengths& lengths : model.lengths) tokens += lengths.sequences * lengths.queries;
  const std::int64_t hidden = known(model, model.hidden, "hidden");
  const std::int64_t ffn = known(model, model.ffn, "ffn");
  LayerProducts products;
  const std::int64_t projections = (model.heads + model.kv_heads) * model.head_dim + model.kv_heads * model.value_dim;
  products.before_attention = {linear(model, "QKV", tokens, hidden, projections)};
  products.after_attention = {linear(model, "output", tokens, model.heads * model.value_dim, hidden),
                              linear(model, "FFN up", tokens, hidden, ffn)};
  if (model.gated_ffn) products.after_attention.push_back(linear(model, "FFN gate", tokens, hidden, ffn));
  products.after_attention.push_back(linear(model, "FFN down", tokens, ffn, hidden));
  return products;
}

LinearLayer output_head(const Workload& model) {
  return linear(model, "head", model.batch, known(model, model.hidden, "hidden"),
                known(model, model.vocabulary, "vocabulary", "--scope model needs"));
}

}  // namespace attnsim::workloads
