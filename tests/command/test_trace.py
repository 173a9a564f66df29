# `simulate run --trace` and `--vcd`: files that their readers can open, and windows.
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

TINY = ("run", "--arch", "tiny-8x8", "--workload", "bert-base", "--seq-len", "64", "--batch", "1",
        "--set", "workload.heads=2")
LONG = ("run", "--workload", "bert-base", "--seq-len", "1M")


def trace_of(simulate, *arguments: str) -> dict[str, Any]:
    outcome = simulate(*arguments, "--trace", "trace.json")
    assert outcome.code == 0, outcome.err
    return json.loads((simulate.folder / "trace.json").read_text())


def events(trace: dict[str, Any], phase: str) -> list[dict[str, Any]]:
    return [event for event in trace["traceEvents"] if event["ph"] == phase]


def test_a_whole_short_run_agrees_with_its_result(simulate):
    trace = trace_of(simulate, *TINY)
    result = simulate(*TINY, "--json").json()
    assert trace["otherData"]["cut"] is False
    assert (trace["otherData"]["cycles_from"], trace["otherData"]["cycles_to"]) == (0, result["cycles"])
    track = {event["tid"]: event["args"]["name"] for event in events(trace, "M") if event["name"] == "thread_name"}
    assert list(track.values()) == [unit["name"] for unit in result["units"]]
    seen: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in events(trace, "X"):
        seen[track[event["tid"]], event["name"]].append(event)
    for instruction in result["instructions"]:
        own = seen.pop((instruction["unit"], instruction["name"]), [])
        assert len(own) == instruction["count"]
        assert sum(event["dur"] for event in own) == instruction["busy_cycles"]
        assert own[0]["ts"] == instruction["first_start"]
        assert own[-1]["ts"] == instruction["last_start"]
    assert not seen


def test_times_are_sorted_and_no_track_does_two_things_at_once(simulate):
    trace = trace_of(simulate, *TINY)
    times = [event["ts"] for event in trace["traceEvents"] if "ts" in event]
    assert times == sorted(times)
    end: dict[int, int] = defaultdict(int)
    for event in events(trace, "X"):
        assert event["ts"] >= end[event["tid"]]
        end[event["tid"]] = event["ts"] + event["dur"]


@pytest.mark.parametrize("window", [(), ("--trace-window", "8K:12K")])
def test_each_flow_leaves_one_slice_and_enters_another(simulate, window):
    trace = trace_of(simulate, *TINY, *window)
    slices = {(event["tid"], event["ts"]): event for event in events(trace, "X")}
    leaving = {event["id"]: event for event in events(trace, "s")}
    entering = {event["id"]: event for event in events(trace, "f")}
    assert len(leaving) == len(events(trace, "s")) > 100
    assert leaving.keys() == entering.keys()
    for number, flow in leaving.items():
        assert any(one["tid"] == flow["tid"] and one["ts"] <= flow["ts"] < one["ts"] + max(1, one["dur"])
                   for one in slices.values() if abs(one["ts"] - flow["ts"]) < 4096), flow
        end = entering[number]
        assert (end["tid"], end["ts"]) in slices
        assert end["name"] == flow["name"]
        assert flow["args"]["posted"] <= flow["args"]["arrives"] <= end["ts"]


def test_slices_name_their_einsum_and_point(simulate):
    trace = trace_of(simulate, *TINY)
    points = set()
    for event in events(trace, "X"):
        if event["name"] != "BQK":
            continue
        assert (event["cat"], event["args"]["einsum"]) == ("einsum", "BQK")
        points.add(tuple(event["args"]["point"].items()))
    assert len(points) == 2 * 8 * 8, "heads, tiles of queries and keys, each point once"


def test_free_slots_are_never_negative_and_end_full(simulate):
    trace = trace_of(simulate, *TINY)
    first, last = {}, {}
    for event in events(trace, "C"):
        assert event["args"]["tokens"] >= 0
        first.setdefault(event["name"], event)
        last[event["name"]] = event["args"]["tokens"]
    assert len(first) > 3
    assert all(event["ts"] == 0 for event in first.values())
    assert all(tokens > 0 for tokens in last.values())


def test_a_long_run_is_cut_and_says_so(simulate):
    outcome = simulate(*LONG, "--trace", "trace.json")
    trace = json.loads((simulate.folder / "trace.json").read_text())
    assert trace["otherData"]["cut"] is True
    assert trace["otherData"]["instructions"] == len(events(trace, "X")) == 20_000
    end = trace["otherData"]["cycles_to"]
    assert all(event["ts"] <= end for event in events(trace, "X"))
    assert outcome.err == (f"wrote trace.json: cycles 0 to {end}, cut after 20000 instructions; --trace-window and "
                           "--trace-limit choose others\n")
    assert (simulate.folder / "trace.json").stat().st_size < 16e6


def test_a_window_and_a_limit_are_kept(simulate):
    trace = trace_of(simulate, *LONG, "--trace-window", "100K:101K")
    about = trace["otherData"]
    assert (about["cycles_from"], about["cycles_to"], about["cut"]) == (102_400, 103_424, False)
    slices = events(trace, "X")
    assert slices
    assert all(event["ts"] < 103_424 and event["ts"] + event["dur"] >= 102_400 for event in slices)
    trace = trace_of(simulate, *LONG, "--trace-window", "100K:", "--trace-limit", "7")
    assert len(events(trace, "X")) == 7
    assert trace["otherData"]["cut"] is True


def test_traces_are_the_same_bytes_each_time_and_leave_the_result_alone(simulate):
    texts = []
    for _ in range(2):
        outcome = simulate(*TINY, "--json", "--trace", "trace.json")
        texts.append((simulate.folder / "trace.json").read_bytes())
        result = outcome.json()
    assert texts[0] == texts[1]
    plain = simulate(*TINY, "--json").json()
    del plain["run"], result["run"]
    assert plain == result


def vcd_of(simulate, *arguments: str) -> tuple[dict[str, list[tuple[int, str]]], int]:
    """Changes of each signal, "array_1d.busy" -> [(cycle, value)], and the last cycle."""
    outcome = simulate(*arguments, "--engine", "systemc", "--vcd", "run.vcd")
    assert outcome.code == 0, outcome.err
    header, body = (simulate.folder / "run.vcd").read_text().split("$enddefinitions $end\n")
    names, scopes = {}, []
    for kind, rest in re.findall(r"\$(scope|upscope|var)(.*?)\$end", header):
        if kind == "scope":
            scopes.append(rest.split()[1])
        elif kind == "upscope":
            scopes.pop()
        else:
            _, _, code, name = rest.split()
            names[code] = f"{scopes[-1]}.{name}"
    assert not scopes
    changes: dict[str, list[tuple[int, str]]] = defaultdict(list)
    cycle = -1
    for line in body.splitlines():
        if line.startswith("#"):
            assert int(line[1:]) > cycle
            cycle = int(line[1:])
        elif line.startswith("b"):
            value, code = line[1:].split()
            changes[names[code]].append((cycle, value))
        elif not line.startswith("$"):
            changes[names[line[1:]]].append((cycle, line[0]))
    assert changes.keys() == set(names.values())
    return changes, cycle


def test_busy_times_of_the_vcd_add_up_to_the_units_busy_cycles(simulate):
    changes, end = vcd_of(simulate, *TINY)
    result = simulate(*TINY, "--json").json()
    assert end == result["cycles"]
    for unit in result["units"]:
        edges = changes[unit["name"] + ".busy"] + [(end, "0")]
        busy = sum(after - before for (before, value), (after, _) in zip(edges, edges[1:]) if value == "1")
        assert busy == unit["busy_cycles"]


def test_a_vcd_holds_its_window_only(simulate):
    changes, end = vcd_of(simulate, *TINY, "--trace-window", "1000:2000")
    assert end == 2000
    assert {edges[0][0] for edges in changes.values()} == {1000}
    assert all(1000 <= cycle < 2000 for edges in changes.values() for cycle, _ in edges)


@pytest.mark.parametrize("arguments, code, line", [
    (("--vcd", "a"), 2, "simulate: --vcd: needs --engine systemc or rtl (got fast); see simulate run --help"),
    (("--vcd", "a", "--engine", "rtl", "--set", "workload.head_dim=8", "--set", "workload.value_dim=8"), 2,
     "simulate: --vcd: the rtl engine records the waves of the 4x4 core alone (got 8x8); see simulate run --help"),
    (("--vcd", "a", "--engine", "rtl", "--trace-window", "0:5"), 2,
     "simulate: --trace-window: --engine rtl records the waves of the whole run; see simulate run --help"),
    (("--vcd", "no/a", "--engine", "rtl"), 3, "no/a: cannot be written: no is no folder that can be written to"),
    (("--vcd", "a", "--trace", "a", "--engine", "systemc"), 2,
     "simulate: --vcd: must be another file than --trace (got a); see simulate run --help"),
    (("--trace-window", "0:5"), 2,
     "simulate: --trace-window: give --trace or --vcd with it; see simulate run --help"),
    (("--trace-limit", "5"), 2, "simulate: --trace-limit: give --trace or --vcd with it; see simulate run --help"),
    (("--trace", "a", "--trace-window", "5"), 2,
     "simulate: --trace-window: must be FROM:TO in cycles with FROM below TO, such as 4K:8K (got 5); "
     "see simulate run --help"),
    (("--trace", "a", "--trace-window", "8K:4K"), 2,
     "simulate: --trace-window: must be FROM:TO in cycles with FROM below TO, such as 4K:8K (got 8K:4K); "
     "see simulate run --help"),
    (("--trace", "a", "--trace-limit", "none"), 2,
     "simulate: --trace-limit: must be a whole number of at least 1, such as 4096 or 64K (got none); "
     "see simulate run --help"),
    (("--trace", "no/a"), 3, "no/a: cannot be written: no is no folder that can be written to"),
    (("--trace", "."), 3, ".: cannot be written: it is a folder"),
])
def test_what_cannot_be_done_is_said_and_leaves_no_file(simulate, arguments, code, line):
    outcome = simulate(*TINY, *arguments)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", line + "\n")
    assert list(Path(simulate.folder).iterdir()) == []


def test_the_rtl_engine_records_the_cores_waves(simulate):
    outcome = simulate("run", "--engine", "rtl", "--arch", "tiny-4x4", "--workload", "bert-base", "--seq-len", "6",
                       "--batch", "1", "--set", "workload.heads=1", "--set", "workload.kv_heads=1", "--set",
                       "workload.head_dim=4", "--set", "workload.value_dim=2", "--vcd", "run.vcd", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.err == f"wrote run.vcd: all waves of the core in cycles 0 to {outcome.json()['cycles']}\n"
    assert [file.name for file in Path(simulate.folder).iterdir()] == ["run.vcd"]
    header, body = (simulate.folder / "run.vcd").read_text().split("$enddefinitions $end")
    start = re.search(r"\$var wire +3 (\S+) start_o ", header)
    assert start and body.count(f" {start.group(1)}\n") > 10  # units start and stop
    assert "u_array_2d" in header and "u_lane" in header


@pytest.mark.parametrize("flags", [("--trace", "a"), ("--vcd", "a", "--engine", "systemc")])
def test_a_window_beyond_the_end_is_refused(simulate, flags):
    cycles = simulate(*TINY, "--json").json()["cycles"]
    outcome = simulate(*TINY, *flags, "--trace-window", "1G:2G")
    assert outcome.code == 2
    assert outcome.err == (f"simulate: --trace-window: begins at cycle 1073741824, but the program ends at {cycles}; "
                           "see simulate run --help\n")
    assert list(Path(simulate.folder).iterdir()) == []


def test_a_window_too_far_on_is_refused_with_how_far_it_goes(simulate):
    outcome = simulate(*LONG, "--trace", "a", "--trace-window", "1T:2T")
    assert outcome.code == 2
    assert re.fullmatch(r"simulate: --trace-window: cycle 1099511627776 lies beyond the 50000000 instructions that a "
                        r"trace replays; they reach cycle \d+; see simulate run --help\n", outcome.err)


def test_a_failed_run_leaves_no_trace(simulate):
    outcome = simulate(*TINY, "--trace", "a", "--max-cycles", "1000")
    assert outcome.code == 4
    assert list(Path(simulate.folder).iterdir()) == []


def test_a_result_has_a_short_timeline_of_its_steady_state(simulate):
    result = simulate("run", "--workload", "bert-base", "--seq-len", "4K", "--json").json()
    timeline = result["timeline"]
    assert list(timeline) == ["cycles_from", "cycles_to", "events"]
    assert 0 < timeline["cycles_from"] < timeline["cycles_to"] <= result["cycles"]
    assert timeline["cycles_to"] - timeline["cycles_from"] == 3 * 138, "three tiles at the published pace of 138 cycles"
    assert 10 <= len(timeline["events"]) <= 60
    units = {unit["name"] for unit in result["units"]}
    for event in timeline["events"]:
        assert list(event) == ["unit", "name", "start", "end", "tile"]
        assert event["unit"] in units
        assert event["start"] < timeline["cycles_to"] and event["end"] > timeline["cycles_from"]
    assert sum(event["name"] == "BQK" for event in timeline["events"]) == 3
