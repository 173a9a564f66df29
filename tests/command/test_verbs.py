# The verbs beside run.
import json

import pytest

BERT = ("--workload", "bert-base", "--seq-len", "1K")


def test_version_and_help_go_to_stdout(simulate):
    version = simulate("--version")
    assert (version.code, version.err) == (0, "")
    assert version.out.startswith("attnsim ")
    for verb in ("run", "compare", "check", "list", "describe", "batch", "analyze"):
        outcome = simulate(verb, "--help")
        assert (outcome.code, outcome.err) == (0, "")
        assert "Example" in outcome.out


def test_compare_gives_one_row_for_each_combination(simulate):
    arguments = ("compare", *BERT, "--mapping", "fusemax-arch,fusemax")
    lines = simulate(*arguments).out.splitlines()
    assert len(lines) == 3
    assert lines[0].split()[:4] == ["workload", "arch", "mapping", "latency"]
    assert " 1.00x " in lines[1]
    results = simulate(*arguments, "--json").json()
    assert [result["mapping"]["name"] for result in results] == ["fusemax-arch", "fusemax"]
    speed = results[0]["seconds"] / results[1]["seconds"]
    assert f" {speed:.2f}x " in lines[2]


def test_compare_holds_architectures_and_workloads_side_by_side(simulate):
    results = simulate("compare", "--workload", "bert-base,xlm", "--arch", "fusemax-cloud,fusemax-edge", "--seq-len",
                       "1K", "--json").json()
    assert [(one["workload"]["name"], one["arch"]["name"]) for one in results] == [
        ("bert-base", "fusemax-cloud"), ("bert-base", "fusemax-edge"), ("xlm", "fusemax-cloud"),
        ("xlm", "fusemax-edge")]


def test_check_holds_the_engines_against_each_other(simulate):
    outcome = simulate("check", *BERT, "--json")
    assert outcome.code == 0
    report = outcome.json()
    assert report["passed"]
    assert [check["left_out"] for check in report["checks"]] == [False] * 5
    assert "systemc" in report["checks"][-1]["claim"]


def test_check_says_when_the_systemc_engine_was_left_out(simulate):
    outcome = simulate("check", "--workload", "bert-base", "--seq-len", "64K")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].strip() == (
        "-\tthe systemc engine agrees to the cycle: left out: it is run up to 5.00e7 cycles")


@pytest.mark.parametrize("kind, name", [("architectures", "fusemax-cloud"), ("workloads", "bert-base"),
                                        ("variants", "fusemax_1pass"), ("mappings", "fusemax")])
def test_list_names_what_is_shipped_with_its_title(simulate, kind, name):
    listed = simulate("list", kind, "--json").json()
    assert list(listed) == [kind]
    titles = {entry["name"]: entry["title"] for entry in listed[kind]}
    assert titles[name]
    text = simulate("list").out
    assert f"  {name} " in text and titles[name] in text


@pytest.mark.parametrize("kind, name, fact", [
    ("arch", "fusemax-cloud", "# column reduction: 256 cycles"),
    ("workload", "bert-base", "# give --seq-len"),
    ("attention", "fusemax_3pass", "# passes over m (keys): 3"),
    ("attention", "fusemax_1pass", "# passes over m (keys): 1"),
    ("mapping", "fusemax", "# give --workload"),
])
def test_describe_shows_the_expanded_input_and_what_follows(simulate, kind, name, fact):
    outcome = simulate("describe", kind, name)
    assert (outcome.code, outcome.err) == (0, "")
    assert fact in outcome.out


def test_describe_applies_set(simulate):
    outcome = simulate("describe", "arch", "fusemax-cloud", "--set", "arch.array_2d.rows=128")
    assert "rows: 128" in outcome.out
    assert "# column reduction: 128 cycles" in outcome.out


def test_describe_shows_the_program_of_a_mapping(simulate):
    outcome = simulate("describe", "mapping", "fusemax", *BERT)
    assert outcome.code == 0
    assert "BQK" in outcome.out and "array_2d" in outcome.out


def test_batch_answers_line_by_line_and_survives_bad_ones(simulate):
    requests = [
        json.dumps({"id": 1, "workload": "bert-base", "seq_len": "1K"}),
        "{not json",
        "",
        json.dumps({"id": "two", "workload": "bert-base", "seq_len": 1024, "set": {"workload.batch": 2}}),
        json.dumps({"id": 3, "workload": "no-such-model", "seq_len": "1K"}),
        json.dumps({"id": 4, "workload": "bert-base", "seq_len": "1K", "colour": "red"}),
        json.dumps({"id": 5, "workload": "bert-base", "seq_len": "-1"}),
        json.dumps({"id": 6, "workload": "bert-base", "seq_len": "1K", "max_cycles": 10}),
        json.dumps([1]),
        json.dumps({"workload": "bert-base", "seq_len": "1K", "mapping": "fusemax-arch"}),
    ]
    outcome = simulate("batch", stdin="\n".join(requests))
    assert (outcome.code, outcome.err) == (0, "")
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, None, "two", 3, 4, 5, 6, None, None]
    codes = [answer["error"]["code"] if "error" in answer else 0 for answer in answers]
    assert codes == [0, 3, 0, 3, 3, 2, 4, 3, 0]
    assert answers[1]["error"]["message"].startswith("stdin:2: not JSON")
    assert answers[2]["workload"]["batch"] == 2
    single = simulate("run", *BERT, "--json").json()
    assert answers[0]["cycles"] == single["cycles"]


def test_batch_gives_bounds_without_running_an_engine(simulate):
    request = {"workload": "bert-base", "seq_len": "4K", "mapping": "fusemax-arch"}
    lines = [json.dumps(request), json.dumps(request | {"bound_only": True}), json.dumps(request | {"bound_only": 1})]
    run, bound, wrong = (json.loads(line) for line in simulate("batch", stdin="\n".join(lines)).out.splitlines())
    assert bound["engine"] == "bound"
    assert bound["cycles"] == bound["bound"]["lower_bound_cycles"] == run["bound"]["lower_bound_cycles"]
    assert bound["cycles"] < run["cycles"]
    assert bound["energy_pj"]["total"] <= run["energy_pj"]["total"]
    for key in ("area_um2", "dram_bytes", "buffer_bytes", "actions"):
        assert bound[key] == run[key]
    assert wrong["error"] == {"code": 3, "message": "stdin: bound_only: must be true or false (got 1)"}
