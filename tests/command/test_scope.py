# `--scope layer` and `--scope model`: matrix products around attention.
import json
from pathlib import Path

import pytest

LLAMA = str(Path(__file__).parents[1] / "workloads" / "configs" / "llama-3-8b.json")
LAYER = ["QKV", "attention", "output", "FFN up", "FFN gate", "FFN down"]


def test_a_models_parts_add_up_to_its_time_and_traffic(simulate):
    result = simulate("run", "--workload", LLAMA, "--seq-len", "512", "--scope", "model", "--json").json()
    assert (result["scope"], result["layers"], result["linear_mapping"]) == ("model", 32, {"name": "auto"})
    assert [part["name"] for part in result["parts"]] == [*LAYER, "head"]
    assert [part["times"] for part in result["parts"]] == [32] * 6 + [1]
    taken = {part["name"]: part.get("linear_mapping") for part in result["parts"]}
    assert taken.pop("attention") is None
    assert set(taken.values()) <= {"output-stationary", "output-stationary-blocked"}
    assert sum(part["cycles"] for part in result["parts"]) == result["cycles"]
    for way in ("read", "write"):
        assert sum(part["dram_bytes"][way] for part in result["parts"]) == result["dram_bytes"][way]
    macs = {part["name"]: part["macs"] for part in result["parts"]}
    assert macs["QKV"] == 32 * 512 * 4096 * (32 + 8 + 8) * 128
    assert macs["FFN down"] == 32 * 512 * 14336 * 4096
    assert macs["head"] == 4096 * 128256, "one token a sequence"


def test_a_layer_costs_its_attention_and_more(simulate):
    arguments = ("run", "--workload", "bert-base", "--seq-len", "1K", "--json")
    attention = simulate(*arguments).json()
    layer = simulate(*arguments, "--scope", "layer").json()
    parts = {part["name"]: part for part in layer["parts"]}
    assert parts["attention"]["cycles"] == attention["cycles"]
    assert attention["parts"] == [parts["attention"]]
    assert attention["linear_mapping"] is None


def test_the_summary_names_the_parts(simulate):
    text = simulate("run", "--workload", "bert-base", "--seq-len", "1K", "--scope", "model").out
    assert "bert-base · 12 layers and head · fusemax_1pass" in text
    assert text.splitlines()[2].startswith("  parts      QKV ")
    assert "FFN gate" not in text, "BERT's FFN has no gate"


def test_batch_takes_scope_and_linear_mapping(simulate):
    request = {"id": 1, "workload": "bert-base", "seq_len": "1K", "scope": "layer", "linear_mapping": "weight-stationary",
               "set": {"linear_mapping.tile.t0": 256}}
    answer = json.loads(simulate("batch", stdin=json.dumps(request) + "\n").out)
    assert (answer["scope"], answer["linear_mapping"]["name"]) == ("layer", "weight-stationary")
    assert {part["linear_mapping"] for part in answer["parts"] if part["name"] != "attention"} == {"weight-stationary"}


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (("--scope", "block"), 2,
     "simulate: --scope: unknown scope 'block'; known: attention, layer, model; see simulate run --help\n"),
    (("--scope", "layer", "--set", "workload.ffn=0"), 3,
     "--set workload.ffn=0: ffn: must be a whole number from 1 to 1048576 (got 0)\n"),
    (("--scope", "layer", "--linear-mapping", "fusemax"), 3, None),
])
def test_what_is_wrong_with_a_layer_is_said_in_one_line(simulate, arguments, code, message):
    outcome = simulate("run", "--workload", "bert-base", "--seq-len", "1K", *arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.count("\n") == 1
    if message is not None:
        assert outcome.err == message
