// The oracles by name; oracle.h has what they take and give.
#pragma once

#include "kernels/reference/oracle.h"

namespace attnsim::kernels {

// dense.cpp: softmax and its replacements.
Array matrix_product(const Arrays& inputs, const Parameters& parameters);
Array softmax_attention(const Arrays& inputs, const Parameters& parameters);
Array causal_attention(const Arrays& inputs, const Parameters& parameters);
Array sliding_window_sink(const Arrays& inputs, const Parameters& parameters);
Array flex_score_mods(const Arrays& inputs, const Parameters& parameters);
Array sigmoid_attention(const Arrays& inputs, const Parameters& parameters);
Array mla(const Arrays& inputs, const Parameters& parameters);
Array qserve_kv4(const Arrays& inputs, const Parameters& parameters);

// scores.cpp: scores and weights made in other ways.
Array additive_bahdanau(const Arrays& inputs, const Parameters& parameters);
Array pointer_net(const Arrays& inputs, const Parameters& parameters);
Array music_relative_skew(const Arrays& inputs, const Parameters& parameters);
Array rcmha(const Arrays& inputs, const Parameters& parameters);
Array ssa_temperature(const Arrays& inputs, const Parameters& parameters);
Array mqsa_lquery(const Arrays& inputs, const Parameters& parameters);
Array illama_softmask(const Arrays& inputs, const Parameters& parameters);
Array diff_attention(const Arrays& inputs, const Parameters& parameters);
Array evoformer_pair_bias(const Arrays& inputs, const Parameters& parameters);

// pools.cpp: learned scores without queries.
Array lama_lowrank(const Arrays& inputs, const Parameters& parameters);
Array acmil_gated_mil(const Arrays& inputs, const Parameters& parameters);

// calibrations.cpp: weights moved between keys.
Array var_redistribute(const Arrays& inputs, const Parameters& parameters);
Array act_calibration(const Arrays& inputs, const Parameters& parameters);
Array imbalanced_fix(const Arrays& inputs, const Parameters& parameters);

// replacements.cpp: what stands in softmax's place.
Array relu_attn(const Arrays& inputs, const Parameters& parameters);
Array lssa(const Arrays& inputs, const Parameters& parameters);
Array lssar(const Arrays& inputs, const Parameters& parameters);
Array gaam(const Arrays& inputs, const Parameters& parameters);
Array adem_silu_cross(const Arrays& inputs, const Parameters& parameters);
Array reversed_attention(const Arrays& inputs, const Parameters& parameters);
Array deconstruct_variants(const Arrays& inputs, const Parameters& parameters);

// selected.cpp: chosen keys, blocks or heads.
Array tidaldecode(const Arrays& inputs, const Parameters& parameters);
Array tidal_sparse(const Arrays& inputs, const Parameters& parameters);
Array routing_transformer(const Arrays& inputs, const Parameters& parameters);
Array hip(const Arrays& inputs, const Parameters& parameters);
Array snapkv(const Arrays& inputs, const Parameters& parameters);
Array seer_attention(const Arrays& inputs, const Parameters& parameters);
Array tokenselect(const Arrays& inputs, const Parameters& parameters);
Array moh(const Arrays& inputs, const Parameters& parameters);

// grids.cpp: windows and axes of grids.
Array natten_fna(const Arrays& inputs, const Parameters& parameters);
Array predformer_factorised(const Arrays& inputs, const Parameters& parameters);
Array van_lka(const Arrays& inputs, const Parameters& parameters);

// recurrent.cpp: states that are carried from token to token, written as sums over all pairs of tokens.
Array linear_attention(const Arrays& inputs, const Parameters& parameters);
Array linear_attention_causal(const Arrays& inputs, const Parameters& parameters);
Array linear_attention_chunked(const Arrays& inputs, const Parameters& parameters);
Array based_taylor(const Arrays& inputs, const Parameters& parameters);
Array gla(const Arrays& inputs, const Parameters& parameters);
Array gla_chunked(const Arrays& inputs, const Parameters& parameters);
Array lightning2(const Arrays& inputs, const Parameters& parameters);
Array lightning2_chunked(const Arrays& inputs, const Parameters& parameters);
Array delta_rule(const Arrays& inputs, const Parameters& parameters);

// windows.cpp: windows, blocks and groups that positions decide.
Array window_batched_local(const Arrays& inputs, const Parameters& parameters);
Array anchor_attention(const Arrays& inputs, const Parameters& parameters);
Array masformer(const Arrays& inputs, const Parameters& parameters);
Array longformer(const Arrays& inputs, const Parameters& parameters);
Array power_attention(const Arrays& inputs, const Parameters& parameters);
Array halonet(const Arrays& inputs, const Parameters& parameters);

// headwise.cpp: heads of several kinds.
Array duo_attention(const Arrays& inputs, const Parameters& parameters);
Array moa_spans(const Arrays& inputs, const Parameters& parameters);
Array s2attn_longlora(const Arrays& inputs, const Parameters& parameters);
Array sf_attn_sinklora(const Arrays& inputs, const Parameters& parameters);
Array hilo(const Arrays& inputs, const Parameters& parameters);

// features.cpp: linear kernels by features and bounded memories.
Array norm_linear_dsf(const Arrays& inputs, const Parameters& parameters);
Array flow_attention(const Arrays& inputs, const Parameters& parameters);
Array cab_cosformer(const Arrays& inputs, const Parameters& parameters);
Array cab_performer(const Arrays& inputs, const Parameters& parameters);
Array cab_abc(const Arrays& inputs, const Parameters& parameters);
Array agent_attention(const Arrays& inputs, const Parameters& parameters);

// landmarks.cpp: landmarks, means of parts of the tokens.
Array cab_lara(const Arrays& inputs, const Parameters& parameters);
Array cab_nystrom(const Arrays& inputs, const Parameters& parameters);

// memories.cpp: further states that are carried from token to token.
Array aaren_scan(const Arrays& inputs, const Parameters& parameters);
Array lightning1(const Arrays& inputs, const Parameters& parameters);
Array titans_lmm(const Arrays& inputs, const Parameters& parameters);
Array cab_local_s4d(const Arrays& inputs, const Parameters& parameters);

}  // namespace attnsim::kernels
