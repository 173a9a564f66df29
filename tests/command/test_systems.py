# Systems on the command line: a decode step (run --system) and a served trace (serve).
import json
import signal
import time

import pytest

STEP = ("run", "--system", "lamina-65b", "--workload", "llama-65b", "--phase", "decode", "--kv-len", "4096")
HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"


@pytest.fixture(name="trace")
def trace_of_requests(tmp_path):
    file = tmp_path / "trace.csv"
    lines = [f"2023-11-16 18:{17 + i // 60:02}:{i % 60:02}.5000000,{100 + 37 * i % 4000},{1 + 13 * i % 300}" for i in range(900)]
    file.write_text(HEADER + "\n".join(lines) + "\n")
    return file


def test_a_step_says_what_it_consists_of(simulate):
    outcome = simulate(*STEP, "--batch", "20", "--json")
    assert outcome.code == 0
    step = json.loads(outcome.out)
    assert step["system"]["name"] == "lamina-65b"
    assert step["system"]["attention"] == {"device": "h20", "count": 4}
    assert step["seconds"] == pytest.approx(sum(step["parts"].values()), rel=1e-9)  # nothing overlaps in this one
    assert step["tokens_per_second"] == pytest.approx(20 / step["seconds"])
    assert step["network_bytes"] == {"sent": 80 * 20 * 3 * 8192 * 2, "received": 80 * 20 * 8192 * 2}
    assert step["dollars_per_million_tokens"] == pytest.approx(40.64 / 3600 / step["tokens_per_second"] * 1e6)


def test_the_engines_agree_and_the_same_inputs_give_the_same_text(simulate):
    one = json.loads(simulate(*STEP, "--batch", "20", "--json").out)
    other = json.loads(simulate(*STEP, "--batch", "20", "--json", "--engine", "systemc").out)
    assert one.pop("engine") == "fast" and other.pop("engine") == "systemc"
    assert one == other


def test_the_summary_names_devices_parts_and_cost(simulate):
    text = simulate(*STEP, "--batch", "20").out
    for words in ("2 x h100 for the model, 4 x h20 for attention", "network", "tokens/s", "a million tokens", "J a token"):
        assert words in text


@pytest.mark.parametrize("arguments, code, line", [
    ((*STEP, "--batch", "2000"), 3,
     "lamina-65b: 2000 sequences of 4096 tokens take 512000 pages of the KV cache, which has 8697 of 16 tokens; "
     "at most 33 sequences fit"),
    ((*STEP, "--set", "system.attention.count=3"), 3,
     "lamina-65b: 3 devices attend, which must divide the 64 KV heads of llama-65b"),
    ((*STEP, "--set", "system.model.device=rtx4090"), 3,
     "lamina-65b: the weights of llama-65b take 130 GB, and 2 x rtx4090 have 45.6 GB for them; take more devices"),
    ((*STEP, "--set", "arch.array_2d.rows=4"), 2,
     "simulate: --set arch.array_2d.rows=4: with --system must begin with system. or workload. (got 'arch.'); "
     "see simulate run --help"),
    ((*STEP, "--mapping", "fusemax"), 2, "simulate: --mapping: a system's step (--system) has none; see simulate run --help"),
    ((*STEP[:5], "--kv-len", "4K"), 2, "simulate: --phase: a system decodes; give --phase decode; see simulate run --help"),
    (STEP[:7], 2, "simulate: --kv-len: missing; give the tokens of a context; see simulate run --help"),
    (("run", "--system", "lamnia-65b", *STEP[3:]), 3,
     "unknown system 'lamnia-65b'; did you mean 'lamina-65b'?; known: h100-fusemax, lamina-33b, lamina-33b-pipelined, "
     "lamina-65b, lamina-65b-pipelined, vllm-2xh100, vllm-4xh100"),
    (("serve", "--system", "lamina-65b", "--workload", "llama-65b", "--requests", "nowhere.csv"), 3,
     "nowhere.csv: cannot be read; give a trace of requests"),
])
def test_what_is_wrong_is_said_in_one_line(simulate, arguments, code, line):
    outcome = simulate(*arguments)
    assert (outcome.out, outcome.err, outcome.code) == ("", line + "\n", code)


def test_a_trace_is_served_to_its_last_token(simulate, trace):
    outcome = simulate("serve", "--system", "lamina-33b-pipelined", "--workload", "llama-33b", "--requests", trace,
                       "--saturated", "--json")
    served = json.loads(outcome.out)
    assert served["requests"] == 900
    assert served["tokens"] == sum(1 + 13 * i % 300 for i in range(900))
    assert served["kv_pages"]["peak"] <= served["kv_pages"]["capacity"]
    assert served["all"]["tokens_per_second"] == pytest.approx(served["tokens"] / served["seconds"])
    assert served["token_gap_seconds"]["p50"] <= served["token_gap_seconds"]["p99"]


def test_a_run_that_was_killed_goes_on_from_its_checkpoint(simulate, trace, tmp_path):
    arguments = ["serve", "--system", "lamina-33b-pipelined", "--workload", "llama-33b", "--requests", str(trace), "--json",
                 "--set", "system.largest_batch=4"]  # many steps
    expected = simulate(*arguments).out
    checkpoint = tmp_path / "state.json"
    for seconds, stop in ((0.2, signal.SIGINT), (1.2, signal.SIGKILL)):
        with simulate.start(*arguments, "--checkpoint", str(checkpoint)) as process:
            time.sleep(seconds)
            process.send_signal(stop)
            process.communicate()
    assert simulate(*arguments, "--checkpoint", checkpoint).out == expected
    assert not checkpoint.exists()


def test_a_checkpoint_of_another_run_is_refused(simulate, trace, tmp_path):
    checkpoint = tmp_path / "state.json"
    checkpoint.write_text('{"of": "something else", "state": {}}')
    outcome = simulate("serve", "--system", "lamina-33b", "--workload", "llama-33b", "--requests", trace, "--checkpoint",
                       checkpoint)
    assert outcome.code == 3
    assert outcome.err == f"{checkpoint}: is not the checkpoint of this run; remove it or name another file\n"


def test_a_search_finds_systems_and_draws_their_front(simulate, trace, tmp_path):
    outcome = simulate("search", "--workload", "llama3-70b", "--requests", trace, "--limit", "40", "--budget", "45",
                       "--attention-devices", "h20,fusemax-cloud", "--out", "out")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "wrote out/front.png"
    found = json.loads((tmp_path / "out" / "result.json").read_text())["systems"]
    assert {one["attention"]["device"] for one in found if one["attention"]} == {"h20", "fusemax-cloud"}
    assert any(one["attention"] is None for one in found)
    assert all(one["dollars_per_hour"] <= 45 for one in found)
    assert all((one["worth_dollars_per_hour"] is None) == ("fusemax" not in one["name"]) for one in found)
    assert (tmp_path / "out" / "front.png").stat().st_size > 10000


@pytest.mark.parametrize("budget, code, line", [
    ("0", 2, "simulate: --budget: must be a number above 0, such as 45 (got 0); see simulate search --help"),
    ("5", 3, "--budget 5: no system of these devices holds the model and its longest request; give more"),
])
def test_a_budget_that_buys_nothing_is_said_in_one_line(simulate, trace, budget, code, line):
    outcome = simulate("search", "--workload", "llama3-70b", "--requests", trace, "--budget", budget)
    assert (outcome.out, outcome.err, outcome.code) == ("", line + "\n", code)
