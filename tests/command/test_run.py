# `simulate run`: results, JSON, files.
import json
from pathlib import Path

import pytest

BERT = ("--workload", "bert-base", "--seq-len", "1K")

FIXED_KEYS = ["arch", "workload", "attention", "mapping", "engine", "cycles", "seconds", "frequency_hz", "dram_bytes",
              "buffer_bytes", "energy_pj", "area_um2", "utilization", "units", "einsums", "bound", "run"]


def test_json_is_all_that_stdout_carries_and_has_the_fixed_keys(simulate):
    outcome = simulate("run", *BERT, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    result = outcome.json()
    assert result["schema_version"] == 1
    assert [key for key in FIXED_KEYS if key not in result] == []
    assert result["workload"]["name"] == "bert-base"
    assert result["workload"]["batch"] == 64
    assert result["workload"]["seq_len"] == 1024
    assert result["frequency_hz"] == 940_000_000
    assert result["seconds"] == pytest.approx(result["cycles"] / 940e6, rel=1e-12)
    assert result["engine"] == "fast"
    assert (result["scope"], result["layers"]) == ("attention", 1)


def test_the_figures_of_a_result_are_consistent(simulate):
    result = simulate("run", *BERT, "--json").json()
    assert result["cycles"] >= result["bound"]["lower_bound_cycles"]
    assert result["bound"]["gap"] == pytest.approx(result["cycles"] / result["bound"]["lower_bound_cycles"] - 1)
    for unit in result["units"]:
        own = [one for one in result["instructions"] if one["unit"] == unit["name"]]
        assert unit["busy_cycles"] == sum(one["busy_cycles"] for one in own)
        assert unit["busy_cycles"] + sum(unit["stall_cycles"].values()) <= result["cycles"]
    # Q and the output once, K and V once as the sequence fits one block of queries.
    operand = 64 * 12 * 1024 * 64 * 2
    assert result["dram_bytes"] == {"read": 3 * operand, "write": operand}
    products = 64 * 12 * 1024 * 1024 * 64
    by_name = {one["name"]: one for one in result["einsums"]}
    assert by_name["BQK"]["ops"] == products
    assert by_name["SLNV"]["ops"] == products
    assert sum(one["bytes"] for one in result["transfers"]) == 4 * operand


def test_equal_inputs_give_equal_bytes_apart_from_wall_clock(simulate):
    texts = set()
    for _ in range(2):
        result = simulate("run", *BERT, "--json").json()
        del result["run"]
        texts.add(json.dumps(result))
    assert len(texts) == 1


def test_the_engines_agree_on_a_tiny_array(simulate):
    arguments = ("run", "--arch", "tiny-8x8", *BERT[:2], "--seq-len", "64", "--batch", "1", "--json")
    fast = simulate(*arguments, "--engine", "fast").json()
    systemc = simulate(*arguments, "--engine", "systemc").json()
    for key in ("cycles", "units", "instructions", "dram_bytes"):
        assert fast[key] == systemc[key], key
    assert systemc["engine"] == "systemc"


def test_lengths_take_units_of_1024(simulate):
    cycles = [simulate("run", "--workload", "bert-base", "--seq-len", text, "--json").json()["cycles"]
              for text in ("4096", "4K")]
    assert cycles[0] == cycles[1]


def test_set_changes_one_key_of_the_named_document(simulate):
    result = simulate("run", *BERT, "--set", "workload.batch=2", "--set", "arch.clock_hz=1e9", "--json").json()
    assert result["workload"]["batch"] == 2
    assert result["frequency_hz"] == 1_000_000_000


def test_a_failed_run_leaves_no_result(simulate):
    outcome = simulate("run", *BERT, "--out", "out", "--max-cycles", "1000")
    assert outcome.code == 4
    assert outcome.out == ""
    assert not list((simulate.folder / "out").glob("*"))


def test_out_that_is_a_file_is_refused_before_the_simulation(simulate):
    (simulate.folder / "taken").write_text("")
    outcome = simulate("run", *BERT, "--out", "taken")
    assert outcome.code == 3
    assert outcome.out == ""
    assert outcome.err.startswith("taken: cannot be written as a folder")
    assert outcome.err.count("\n") == 1


def test_the_summary_names_latency_bound_and_bottleneck(simulate):
    lines = simulate("run", *BERT).out.splitlines()
    assert lines[0].startswith("attnsim  bert-base · fusemax_1pass · 1K tokens · batch 64")
    assert lines[0].endswith("fusemax-cloud · mapping fusemax · fast engine")
    assert [line.split("  ")[1].strip() for line in lines[1:5]] == ["latency", "2D array", "1D array", "DRAM"]
    assert "limited by" in lines[1]
    assert not any("\033" in line for line in lines), "colours are for terminals"
    assert not any(line.endswith(" ") for line in lines)


def test_an_inline_workload_file_is_read(simulate):
    file: Path = simulate.folder / "own.yaml"
    file.write_text("# A small model.\nname: own\nheads: 2\nhead_dim: 64\nseq_len: 512\n")
    result = simulate("run", "--workload", "own.yaml", "--json").json()
    assert result["workload"]["name"] == "own"
    assert result["workload"]["heads"] == 2
