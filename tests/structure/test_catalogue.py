# The attention variants of the literature by class, and which of them have no cascade yet.
import re
from pathlib import Path

import pytest

WORKLOADS = Path(__file__).resolve().parents[2] / "workloads"

CATALOGUE = {
    "dense-softmax": """fusemax_3pass fusemax_2pass fusemax_1pass gqa_causal additive_bahdanau pointer_net
        music_relative_skew rcmha positional_attention ssa_temperature mqsa_lquery illama_softmask flex_score_mods
        diff_attention evoformer_pair_bias lama_lowrank acmil_gated_mil var_redistribute act_calibration
        imbalanced_fix""",
    "softmax-replacement": """sigmoid_attn relu_attn lssa lssar gaam adem_silu_cross reversed_attention
        deconstruct_variants""",
    "static-sparse": """window_batched_local anchor_attention masformer longformer sliding_window_sink duo_attention
        moa_spans power_attention s2attn_longlora sf_attn_sinklora natten_fna halonet hilo""",
    "linear-kernel": """linear_attn based_taylor norm_linear_dsf flow_attention agent_attention cab_cosformer
        cab_performer cab_lara cab_abc cab_nystrom""",
    "gated-or-decayed-recurrence": "aaren_scan cab_local_s4d gla lightning1 lightning2 synaptic_resonance",
    "delta-or-test-time-regression": "delta_rule lla titans_lmm",
    "block-sparse": "bigbird s2_attention_dkernel seer_attention landmark biformer_bra",
    "dynamic-topk": """sparsifiner tokenselect tidaldecode recycled_attention longheads em_llm lscene_adaptive dcem
        dare_decoupled pmi_memory cab_probsparse""",
    "hashing-or-clustering": "retrieval_attention hyperattention routing_transformer stvit_sta",
    "convolution-like": """zoology_baseconv_selective van_lka hyperzzw orchid_conv extractors ninformer ela_conv1d ulsam
        csa_channel medusa tap_pool""",
    "head-routing": "vhr_head_scale moh bam_moa kdgqa",
    "KV-compression-quantisation": "mla h2o snapkv razor_attention qserve_kv4 dyvte",
    "cross-or-composite": """ldam_label predformer_factorised full3d_window ditctrl_kv_share freecustom_mrsa
        ee_mllm_composite dcal_glca_pwca gridformer_vector layered_reweaving""",
    "hierarchical": "sgformer combiner hip dhsa cca hcam block_transformer cab_transformer_ls",
    "parallel-or-offloaded scheme": """triangle_attention ring_self_attention lean_attention lamina_offload
        vattention_memory dist_mha""",
}
# Classes all of whose rows have a cascade, or a reason why not.
COMPLETE = ["dense-softmax", "softmax-replacement", "static-sparse", "linear-kernel", "gated-or-decayed-recurrence",
            "delta-or-test-time-regression"]
# Of the complete classes, what is still to be written: its conjugate gradients iterate until a residual is small.
MISSING = {"lla"}


def class_of(variant: str) -> str:
    text = (WORKLOADS / "variants" / f"{variant}.yaml").read_text(encoding="utf-8")
    return re.search(r"^class: (.*)$", text, flags=re.MULTILINE).group(1)


def shipped() -> set[str]:
    return {file.stem for file in (WORKLOADS / "variants").glob("*.yaml")}


def not_modelled() -> set[str]:
    text = (WORKLOADS / "not_modelled.yaml").read_text(encoding="utf-8")
    return set(re.findall(r"^(\w+):$", text, flags=re.MULTILINE))


def test_the_catalogue_has_all_rows_of_its_source():
    assert sum(len(names.split()) for names in CATALOGUE.values()) == 124


@pytest.mark.parametrize("name", COMPLETE)
def test_every_row_of_a_complete_class_is_there_or_says_why_not(name):
    missing = set(CATALOGUE[name].split()) - shipped() - not_modelled()
    assert missing <= MISSING
    assert not not_modelled() & shipped()


@pytest.mark.parametrize("name", COMPLETE)
def test_rows_have_the_class_of_the_catalogue(name):
    wrong = {row: class_of(row) for row in CATALOGUE[name].split() if row in shipped() and class_of(row) != name}
    assert wrong == {}


def test_what_is_listed_as_missing_is_missing():
    assert not MISSING & shipped()
