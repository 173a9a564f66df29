# simulate analyze and simulate list variants: what follows from a cascade alone, and in numbers.
import pytest

BERT = ("--workload", "bert-base", "--seq-len", "4K")
CASCADE = """# Two sums.
id: own
class: teaching
source: none
provenance: confirmed
ranks: {k: keys}
inputs: ["A[k]", "B[k]"]
output: Z[]
einsums:
  - Y[] = sum(k) A[k] * B[k]
  - Z[] = sum(k) Y[] * A[k]
"""


@pytest.mark.parametrize("attention, passes, live", [
    ("fusemax_3pass", 3, "grows with M"),
    ("fusemax_2pass", 2, "grows with M and M1"),
    ("fusemax_1pass", 1, "independent of M"),
])
def test_the_text_says_passes_and_what_lives(simulate, attention, passes, live):
    outcome = simulate("analyze", "--attention", attention)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"\npasses over m: {passes}\n" in outcome.out
    assert f"\nlive words for each p: {live}\n" in outcome.out
    assert all(line == line.rstrip() for line in outcome.out.splitlines())


def test_a_pass_is_explained_by_the_chain_that_completes_what_it_waits_for(simulate):
    arguments = ("analyze", "--attention", "fusemax_3pass")
    text = simulate(*arguments).out
    assert "SN waits for GM[p], complete only after all of m: QK[m,p] -> GM[p]" in text
    keys = next(rank for rank in simulate(*arguments, "--json").json()["ranks"] if rank["rank"] == "m")
    assert [group["einsums"] for group in keys["groups"]] == [["QK", "GM"], ["SN", "SD"], ["A", "AV"]]
    assert keys["groups"][2]["opened_by"] == {"einsum": "A", "needs": "SD[p]", "chain": ["SN", "SD"]}


def test_reassociations_say_what_they_bring(simulate):
    steps = simulate("analyze", "--attention", "fusemax_3pass", "--json").json()["reassociations"]
    assert [(one["kind"], one["passes"]) for one in steps] == [("deferred factor", 2), ("iteration", 1)]
    assert steps[0]["operations"]["divide"] == "P*F"
    assert steps[1]["corrections"] == ["exp(RGM[p] - RGM'[p])"]


def test_the_numbers_are_those_of_the_textbook(simulate):
    phases = simulate("analyze", "--attention", "fusemax_3pass", *BERT, "--json").json()["phases"]
    assert [one["phase"] for one in phases] == ["prefill", "decode"]
    heads, keys, width = 64 * 12, 4096, 64
    for phase, queries in zip(phases, (4096, 1)):
        assert phase["operations"]["macc"] == heads * queries * keys * 2 * width
        assert phase["operations"]["divide"] == heads * queries * keys
        assert phase["dram_bytes"]["minimum"] == 2 * heads * 2 * width * (queries + keys)
        assert phase["live_bytes"] == 2 * (keys + 1)
        # QK and SN, written and read once each.
        assert phase["dram_bytes"]["if_spilled"] - phase["dram_bytes"]["minimum"] == 2 * 4 * heads * queries * keys


@pytest.mark.parametrize("attention, mapping", [("fusemax_1pass", "fusemax"), ("fusemax_3pass", "unfused")])
def test_operations_and_traffic_agree_with_a_run(simulate, attention, mapping):
    figures = simulate("analyze", "--attention", attention, *BERT, "--arch", "fusemax-cloud", "--phase", "prefill",
                       "--json").json()["phases"][0]
    result = simulate("run", "--attention", attention, "--mapping", mapping, *BERT, "--json").json()
    assert sum(figures["operations"].values()) == sum(einsum["ops"] for einsum in result["einsums"])
    assert figures["dram_bytes"]["minimum"] <= sum(result["dram_bytes"].values())
    assert max(figures["lower_bound_cycles"].values()) <= result["cycles"]


def test_a_mask_takes_its_points_out(simulate):
    def figures(attention):
        return simulate("analyze", "--attention", attention, *BERT, "--json").json()["phases"]

    causal, full = figures("gqa_causal"), figures("fusemax_1pass")
    assert causal[0]["points"]["visited"] == 4096 * 4097 // 2
    assert causal[0]["points"]["all"] == 4096 * 4096
    assert causal[0]["operations"]["macc"] < 0.51 * full[0]["operations"]["macc"]
    assert causal[1]["operations"] == full[1]["operations"]


def test_decode_reads_only_the_keys_that_its_mask_leaves(simulate):
    decode = simulate("analyze", "--attention", "sliding_window_sink", *BERT, "--phase", "decode", "--set",
                      "attention.parameters.window=256", "--json").json()["phases"][0]
    keys = decode["points"]["visited"]
    assert 256 <= keys < 300
    assert decode["dram_bytes"]["read"] == 2 * 64 * 12 * (64 + 2 * 64 * keys)


def test_a_cascade_of_the_user_is_analysed_without_a_workload(simulate):
    (simulate.folder / "own.yaml").write_text(CASCADE)
    outcome = simulate("analyze", "--attention", "own.yaml")
    assert outcome.code == 0
    assert "passes over k: 2" in outcome.out
    assert "+ Z[] = Z_sum[] * Y[]" in outcome.out


def test_the_same_inputs_give_the_same_bytes(simulate):
    arguments = ("analyze", "--attention", "fusemax_2pass", *BERT, "--arch", "fusemax-cloud", "--json")
    assert simulate(*arguments).out == simulate(*arguments).out


@pytest.mark.parametrize("arguments, code, line", [
    ((), 2, "simulate: --attention or --workload is required; see simulate analyze --help"),
    (("--attention", "fusemax_1pass", "--seq-len", "4K"), 2,
     "simulate: lengths, --batch, --phase and --set workload. need --workload; see simulate analyze --help"),
    (("--attention", "fusemax_1pass", "--set", "mapping.look_ahead=2"), 2,
     "simulate: --set mapping.: nothing is mapped here; see simulate analyze --help"),
    (("--attention", "fusemax_1pass", "--set", "arch.array_2d.rows=2"), 2,
     "simulate: --set arch. needs --arch; see simulate analyze --help"),
    (("--workload", "bert-base"), 3, "workloads/models/bert-base.yaml: seq_len: missing; give --seq-len"),
    (("--workload", "bert-base", "--seq-len", "1T"), 3,
     "--workload bert-base: takes more operations or bytes than 64 bits can count; choose shorter lengths or a smaller "
     "batch"),
    (("--workload", "bert-base", "--seq-len", "4K", "--attention", "linear"), 3,
     "--workload bert-base: gives the rank 't' of linear no extent (tokens is 0); choose another workload"),
])
def test_what_cannot_be_analysed_is_answered_in_one_line(simulate, arguments, code, line):
    outcome = simulate("analyze", *arguments)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", line + "\n")


@pytest.mark.parametrize("old, new, what", [
    ("Z[] = sum(k) Y[] * A[k]", "Z[] = sum(k) W[] * A[k]\n  - W[] = sum(k) Y[] * Z[] * A[k]",
     "own.yaml:11: einsums[1]: W[] is read before it is made; move 'W[] = sum(k) Y[] * Z[] * A[k]' up, or this line down"),
    ("Y[] * A[k]", "Y[k] * A[k]", "own.yaml:11: einsums[1]: Y[k] has the wrong ranks; Y has []"),
    ("Y[] * A[k]", "Y[] * A[j]", "own.yaml:11: einsums[1]: unknown rank 'j'; known: k"),
    ("ranks: {k: keys}", "ranks: {k: 2T}", "own.yaml:6: ranks.k: must be a whole number from 1 to 1099511627776 "
                                           "(got 2T)"),
])
def test_a_bad_cascade_is_answered_with_its_line(simulate, old, new, what):
    (simulate.folder / "own.yaml").write_text(CASCADE.replace(old, new))
    outcome = simulate("analyze", "--attention", "own.yaml")
    assert (outcome.code, outcome.out, outcome.err) == (3, "", what + "\n")


@pytest.mark.parametrize("extent, what", [
    ("keys * keys * keys * keys * keys", "takes more operations or bytes than 64 bits can count; choose shorter lengths or "
                                         "a smaller batch"),
    ("keys - 4096", "gives the rank 'k' of own no extent (keys - 4096 is 0); choose another workload"),
])
def test_an_extent_that_a_workload_cannot_have_is_refused(simulate, extent, what):
    (simulate.folder / "own.yaml").write_text(CASCADE.replace("k: keys", f"k: {extent}"))
    outcome = simulate("analyze", "--attention", "own.yaml", *BERT)
    assert (outcome.code, outcome.out, outcome.err) == (3, "", f"--workload bert-base: {what}\n")


def test_variants_are_listed_with_what_follows_from_them(simulate):
    rows = {row["name"]: row for row in simulate("list", "variants", "--json").json()["variants"]}
    assert (rows["fusemax_1pass"]["passes"], rows["fusemax_3pass"]["passes"]) == (1, 3)
    assert rows["fusemax_1pass"]["functions"] == ["add", "divide", "exp", "macc", "max"]
    assert rows["fusemax_1pass"]["status"] == "checked"
    assert "fusemax-cloud decode" in rows["fusemax_1pass"]["checked"]
    unknown = rows.pop("synaptic_resonance")
    assert unknown["status"] == "no public definition; not modelled"
    assert "fusemax" in rows["fusemax_1pass"]["mappings"]
    assert rows["sigmoid_attn"]["functions"] == ["add", "macc", "sigmoid"]
    assert (rows["tokenselect"]["schedule"], rows["natten_fna"]["schedule"]) == ("dynamic", "static")
    assert all(row["provenance"] in ("confirmed", "from-memory", "abstract-only") for row in rows.values())
    lines = simulate("list", "variants").out.splitlines()
    assert lines[0].split()[:3] == ["variant", "class", "passes"]
    assert [line.split()[0] for line in lines[1:-1]] == sorted(rows)
    assert lines[-1].split()[0] == "synaptic_resonance"
    assert lines[-1].endswith("no public definition; not modelled")
