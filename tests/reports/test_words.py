# Numbers and findings in words.
import pytest
from attnsim_reports import words
from attnsim_reports.results import Run
from report_parts import minimal


@pytest.mark.parametrize(("value", "text"), [
    (0, "0"), (138, "138"), (1024, "1,024"), (99999, "99,999"), (6958351449, "6.96e9"), (0.0123, "0.0123"),
    (1.6e-7, "1.60e-7"), (10897.5, "10,900"), (142.72, "143"), (9.999e9, "1.00e10")])
def test_numbers_have_three_digits_or_are_whole(value, text):
    assert words.significant(value) == text


def test_units_follow_the_size():
    assert words.seconds(7.402501) == "7.403 s"
    assert words.seconds(0.0020134) == "2.013 ms"
    assert words.seconds(0) == "0 ns"
    assert words.byte_count(38654705664) == "38.7 GB"
    assert words.joules(7.89e15) == "7.89 kJ"
    assert words.joules(3.5) == "3.5 pJ"
    assert words.area(1.2e9) == "1,200 mm²"
    assert words.hertz(940000000) == "940 MHz"
    assert words.tokens(65536) == "64K"
    assert words.tokens(1048576) == "1M"
    assert words.tokens(1000) == "1000"


def test_percentages_never_round_something_to_nothing():
    assert words.percent(0) == "0.0 %"
    assert words.percent(1.6e-7) == "<0.1 %"
    assert words.percent(0.00051) == "0.1 %"
    assert words.percent(0.9909) == "99.1 %"
    assert words.percent(5.568) == "556.8 %"
    assert words.percent(0.00004, 2) == "<0.01 %"


def test_channels_become_causes():
    assert words.cause("slots of K") == "free slots of K"
    assert words.cause("LM -> RM") == "LM (for RM)"
    assert words.cause("odd") == "odd"


def named(**changes: str) -> Run:
    data = minimal() | {"workload": {"name": "w", "phase": "prefill", "batch": 1, "seq_len": 1024, "kv_len": 1024}}
    for key, value in changes.items():
        data[key] = data[key] | {"name": value}
    return Run(data)


def test_runs_are_called_what_tells_them_apart():
    assert words.labels([named(mapping="a"), named(mapping="b")]) == ["a", "b"]
    assert words.labels([named(mapping="a", arch="x"), named(mapping="b", arch="y")]) == ["a", "b"]
    assert words.labels([named(arch=arch, mapping=mapping) for arch in "xy" for mapping in "ab"]) == [
        "a · x", "b · x", "a · y", "b · y"]
    longer = named()
    longer.data["workload"] |= {"seq_len": 2048, "kv_len": 2048}
    assert words.labels([named(), longer]) == ["1K tokens", "2K tokens"]
    assert words.labels([named(), named()]) == ["run 1", "run 2"]
    assert words.labels([named(mapping="a"), named(mapping="b"), named(mapping="b")]) == ["run 1 · a", "run 2 · b",
                                                                                         "run 3 · b"]


@pytest.mark.parametrize(("scope", "layers", "text"), [
    ("attention", 1, ""), ("layer", 1, "1 layer"), ("model", 32, "32 layers and head"), ("model", 1, "1 layer and head")])
def test_the_subtitle_says_what_ran_beyond_attention(scope, layers, text):
    run = named()
    plain = words.subtitle(run)
    run.data.update({"scope": scope, "layers": layers})
    assert words.scope(run) == text
    parts = words.subtitle(run).split("\u00a0· ")
    assert (text in parts) == bool(text)
    assert [part for part in parts if part != text] == plain.split("\u00a0· ")


def bounded(gap: float, busy: int) -> Run:
    data = minimal() | {"cycles": 1000, "units": [{"name": "dram", "busy_cycles": busy, "stall_cycles": {}}]}
    data["bound"] = {"lower_bound_cycles": 1000 / (1 + gap), "limiter": "dram", "gap": gap}
    return Run(data)


def test_the_verdict_follows_the_distance_from_the_bound():
    assert words.verdict(bounded(0, 1000))[0] == (
        "The DRAM limits this run. The latency is its busy time, the lower bound: everything else hides behind it.")
    assert words.verdict(bounded(0.01, 990))[0] == (
        "The DRAM limits this run. The latency is 1.00 % above the lower bound, the time that its work alone takes.")
    assert words.verdict(bounded(0.25, 800))[0] == (
        "The DRAM has the most work, but the latency is 25.0 % above the lower bound: no unit is busy all the time, "
        "and waiting, not work, limits this run.")
    assert words.verdict(bounded(0, 600))[0] == (
        "The latency is the lower bound: groups of Einsums run one after another, each as long as its busiest unit "
        "works. Most of it is work of the DRAM, 60.0 % of the time.")


def test_the_verdict_names_the_circuit_and_its_latencies():
    run = bounded(0.25, 800)
    run.data["bound"]["critical_circuit"] = {"cycles": 900, "epochs": 2, "steps": [
        {"name": "A", "unit": "dram", "cycles": 600}, {"name": "A -> B", "unit": "", "cycles": 300}]}
    assert words.verdict(run)[1] == (
        "The critical circuit, the chain of work that repeats and sets the pace, takes 450 cycles a tile; 33 % of them "
        "are latencies between units.")
