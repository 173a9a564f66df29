# Runs on data: NumPy reads what --save-output leaves, computes attention itself, and writes what --data takes.
from pathlib import Path

import numpy as np
import pytest

SMALL = ("--arch", "tiny-8x8", "--workload", "bert-base", "--seq-len", "21", "--batch", "2",
         *(part for size in ("heads=4", "kv_heads=2", "head_dim=6", "value_dim=5") for part in ("--set", f"workload.{size}")))


def attention(tensors, causal: bool = False) -> np.ndarray:
    q, k, v = (np.asarray(tensors[name], dtype=np.float64) for name in "QKV")
    group = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    if causal:
        visible = np.arange(k.shape[2]) <= np.arange(q.shape[2])[:, None] + k.shape[2] - q.shape[2]
        scores = np.where(visible, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights @ v / weights.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("causal", [False, True])
def test_numpy_finds_the_same_output(simulate, causal):
    attention_name = "gqa_causal" if causal else "fusemax_1pass"
    outcome = simulate("run", *SMALL, "--attention", attention_name, "--check", "--save-output", "all.npz", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    check = outcome.json()["functional"]
    assert check["checked"] and check["passed"] and check["reference"] == "oracle"
    tensors = np.load(simulate.folder / "all.npz")
    assert {name: tensors[name].shape for name in tensors} == {
        "Q": (2, 4, 21, 6), "K": (2, 2, 21, 6), "V": (2, 2, 21, 5), "AV": (2, 4, 21, 5)}
    expected = attention(tensors, causal)
    error = np.abs(tensors["AV"] - expected).max()
    assert error == pytest.approx(check["max_abs_error"])
    assert error / np.abs(expected).max() == pytest.approx(check["max_rel_error"])
    assert check["max_rel_error"] <= check["tolerance"] < 0.02


@pytest.mark.parametrize(("save", "kind"), [(np.savez, "f2"), (np.savez_compressed, "f4"), (np.savez_compressed, "f8")])
def test_data_come_from_a_file_of_numpy(simulate, save, kind):
    generator = np.random.default_rng(3)
    shapes = {"Q": (2, 4, 21, 6), "K": (2, 2, 21, 6), "V": (2, 2, 21, 5)}
    # Multiples of 1/16 below 4 are the same in every type, bf16 included.
    given = {name: (generator.integers(-60, 60, shape) / 16).astype(kind) for name, shape in shapes.items()}
    save(simulate.folder / "given.npz", **given)
    outcome = simulate("run", *SMALL, "--check", "--data", "given.npz", "--save-output", "all.npz")
    assert (outcome.code, outcome.err) == (0, "")
    tensors = np.load(simulate.folder / "all.npz")
    for name, values in given.items():
        assert np.array_equal(tensors[name], values)
    assert np.abs(tensors["AV"] - attention(given)).max() < 0.05


def test_a_choice_is_judged_by_itself(simulate):
    chosen = ("--attention", "tidaldecode", "--set", "attention.parameters.budget=5")
    check = simulate("run", *SMALL, *chosen, "--check", "--json").json()["functional"]
    assert check["passed"] and check["reference"] == "oracle" and check["tolerance"] < 0.02
    (choice,) = check["selections"]
    assert list(choice) == ["name", "passed", "max_abs_error", "max_rel_error", "tolerance"]
    assert choice["name"] == "I" and choice["passed"] and choice["max_rel_error"] <= choice["tolerance"] < 0.02


def test_the_same_seed_gives_the_same_file(simulate):
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert simulate("run", *SMALL, "--check", "--seed", seed, "--save-output", f"{name}.npz").code == 0
    a, b, c = ((simulate.folder / f"{name}.npz").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_drawn_inputs_are_standard_normal(simulate):
    simulate("run", *SMALL, "--check", "--save-output", "all.npz")
    values = np.load(simulate.folder / "all.npz")["Q"].ravel()
    assert abs(values.mean()) < 4 / np.sqrt(values.size)
    assert abs(values.std() - 1) < 4 / np.sqrt(2 * values.size)


def test_the_summary_says_that_the_data_are_correct(simulate):
    out = simulate("run", *SMALL, "--check").out
    line = next(line for line in out.splitlines() if line.startswith("  data"))
    assert line.split()[1] == "correct"


def test_what_overflows_fails_with_exit_code_5(simulate):
    write(simulate.folder / "given.npz", Q=np.full((2, 4, 21, 6), 1e30), K=np.full((2, 2, 21, 6), 1e30))
    outcome = simulate("run", *SMALL, "--data", "given.npz", "--check")
    assert outcome.code == 5
    assert "WRONG" in outcome.out


def test_a_changed_mask_is_held_against_the_changed_cascade(simulate):
    changed = ("--attention", "gqa_causal", "--set", "attention.where=m < p + offset")
    check = simulate("run", *SMALL, *changed, "--check", "--json").json()["functional"]
    assert check["passed"] and check["reference"] == "interpreter"


def write(file: Path, **changes) -> None:
    arrays = {"Q": np.zeros((2, 4, 21, 6)), "K": np.zeros((2, 2, 21, 6)), "V": np.zeros((2, 2, 21, 5))}
    arrays.update(changes)
    np.savez(file, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(("changes", "message"), [
    ({"K": None}, "given.npz: K: missing; the file has Q, V\n"),
    ({"K": np.zeros((2, 4, 21, 6))},
     "given.npz: K: has the shape [2, 4, 21, 6]; [batch, kv_heads, m, e] of this workload is [2, 2, 21, 6]\n"),
    ({"Q": np.zeros((2, 4, 21, 6), dtype=int)},
     "given.npz: Q: has the type <i8; it must be float16, float32 or float64\n"),
    ({"Q": np.asfortranarray(np.zeros((2, 4, 21, 6)))},
     "given.npz: Q: is in Fortran order; save numpy.ascontiguousarray of it\n")])
def test_data_that_do_not_fit_are_refused(simulate, changes, message):
    write(simulate.folder / "given.npz", **changes)
    outcome = simulate("run", *SMALL, "--check", "--data", "given.npz")
    assert (outcome.code, outcome.out, outcome.err) == (3, "", message)


def test_a_file_that_is_no_archive_is_refused(simulate):
    (simulate.folder / "given.npz").write_text("no archive at all, only a line of text\n")
    outcome = simulate("run", *SMALL, "--check", "--data", "given.npz")
    assert outcome.code == 3
    assert outcome.err == "given.npz: cannot be read as .npz (Not a zip archive); write it with numpy.savez\n"


@pytest.mark.parametrize(("arguments", "message"), [
    (("--seed", "1"), "--seed: needs --check, which runs on data"),
    (("--save-output", "x.npz"), "--save-output: needs --check, which runs on data"),
    (("--check", "--seed", "-1"), "--seed: must be a whole number from 0 on (got '-1')"),
    (("--check", "--seed", "1", "--data", "x.npz"),
     "--seed: draws inputs, which --data gives; leave one of them out")])
def test_options_that_do_not_go_together_are_refused(simulate, arguments, message):
    outcome = simulate("run", *SMALL, *arguments)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"simulate: {message}; see simulate run --help\n")


def test_a_series_is_checked_step_by_step(simulate):
    outcome = simulate("run", "--arch", "tiny-16x16", "--workload",
                       "{heads: 2, kv_heads: 1, head_dim: 24, value_dim: 40, layers: 32}", "--seq-len", "83",
                       "--phase", "decode", "--attention", "tidaldecode_layers", "--check", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    functional = outcome.json()["functional"]
    assert functional["passed"]
    assert [step["step"] for step in functional["steps"]] == ["dense", "select", "sparse", "select again", "sparse again"]
    assert all(step["passed"] for step in functional["steps"])
    assert functional["max_rel_error"] in [step["max_rel_error"] for step in functional["steps"]]


def test_a_series_is_listed_and_has_no_analysis_of_its_own(simulate):
    assert "tidaldecode_layers" in simulate("list", "series").out
    outcome = simulate("analyze", "--attention", "tidaldecode_layers")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == ("simulate: --attention tidaldecode_layers: a series of attentions; analyze one of them: gqa_causal, "
                           "tidal_select, tidal_sparse, tidal_select, tidal_sparse; see simulate analyze --help\n")
