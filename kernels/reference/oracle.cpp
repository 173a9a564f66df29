// Arrays, and the table of oracles.
#include "kernels/reference/oracle.h"

#include <stdexcept>
#include <utility>

#include "kernels/reference/variants.h"

namespace attnsim::kernels {

Array::Array(std::vector<std::int64_t> shape_of_it, double fill) : shape(std::move(shape_of_it)) {
  std::int64_t size = 1;
  for (const std::int64_t extent : shape) size *= extent;
  data.assign(static_cast<std::size_t>(size), fill);
}

std::size_t Array::position(std::initializer_list<std::int64_t> indices) const {
  if (indices.size() != shape.size()) throw std::out_of_range("an array has another number of ranks");
  std::int64_t result = 0;
  const std::int64_t* extent = shape.data();
  for (const std::int64_t index : indices) {
    if (index < 0 || index >= *extent) throw std::out_of_range("outside the array");
    result = result * *extent++ + index;
  }
  return static_cast<std::size_t>(result);
}

const std::map<std::string, Oracle>& oracles() {
  static const std::map<std::string, Oracle> known = {
      {"aaren_scan", aaren_scan},
      {"acmil_gated_mil", acmil_gated_mil},
      {"act_calibration", act_calibration},
      {"additive_bahdanau", additive_bahdanau},
      {"adem_silu_cross", adem_silu_cross},
      {"agent_attention", agent_attention},
      {"anchor_attention", anchor_attention},
      {"based_taylor", based_taylor},
      {"cab_abc", cab_abc},
      {"cab_cosformer", cab_cosformer},
      {"cab_lara", cab_lara},
      {"cab_local_s4d", cab_local_s4d},
      {"cab_nystrom", cab_nystrom},
      {"cab_performer", cab_performer},
      {"deconstruct_variants", deconstruct_variants},
      {"delta_rule", delta_rule},
      {"diff_attention", diff_attention},
      {"duo_attention", duo_attention},
      {"evoformer_pair_bias", evoformer_pair_bias},
      {"flex_score_mods", flex_score_mods},
      {"flow_attention", flow_attention},
      {"fusemax_1pass", softmax_attention},
      {"fusemax_2pass", softmax_attention},
      {"fusemax_3pass", softmax_attention},
      {"gaam", gaam},
      {"gla", gla},
      {"gla_chunked", gla_chunked},
      {"gqa_causal", causal_attention},
      {"halonet", halonet},
      {"hilo", hilo},
      {"hip", hip},
      {"illama_softmask", illama_softmask},
      {"imbalanced_fix", imbalanced_fix},
      {"lama_lowrank", lama_lowrank},
      {"lightning1", lightning1},
      {"lightning2", lightning2},
      {"lightning2_chunked", lightning2_chunked},
      {"linear", matrix_product},
      {"linear_attn", linear_attention},
      {"linear_attn_causal", linear_attention_causal},
      {"linear_attn_chunked", linear_attention_chunked},
      {"longformer", longformer},
      {"lssa", lssa},
      {"lssar", lssar},
      {"masformer", masformer},
      {"mla", mla},
      {"moa_spans", moa_spans},
      {"moh", moh},
      {"mqsa_lquery", mqsa_lquery},
      {"music_relative_skew", music_relative_skew},
      {"natten_fna", natten_fna},
      {"norm_linear_dsf", norm_linear_dsf},
      {"pointer_net", pointer_net},
      {"positional_attention", softmax_attention},
      {"power_attention", power_attention},
      {"predformer_factorised", predformer_factorised},
      {"qserve_kv4", qserve_kv4},
      {"rcmha", rcmha},
      {"relu_attn", relu_attn},
      {"reversed_attention", reversed_attention},
      {"routing_transformer", routing_transformer},
      {"s2attn_longlora", s2attn_longlora},
      {"seer_attention", seer_attention},
      {"sf_attn_sinklora", sf_attn_sinklora},
      {"sigmoid_attn", sigmoid_attention},
      {"sliding_window_sink", sliding_window_sink},
      {"snapkv", snapkv},
      {"ssa_temperature", ssa_temperature},
      {"tidal_select", softmax_attention},
      {"tidal_sparse", tidal_sparse},
      {"tidaldecode", tidaldecode},
      {"titans_lmm", titans_lmm},
      {"tokenselect", tokenselect},
      {"van_lka", van_lka},
      {"var_redistribute", var_redistribute},
      {"window_batched_local", window_batched_local},
  };
  return known;
}

}  // namespace attnsim::kernels
