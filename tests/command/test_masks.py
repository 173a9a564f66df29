# Masks that a cascade makes, from the command line: drawn data, a seed, a density.
import pytest

SMALL = "{name: small, heads: 2, kv_heads: 2, head_dim: 16, value_dim: 16, hidden: 32}"
ROW = ["--arch", "tiny-8x8", "--mapping", "auto", "--workload", SMALL, "--batch", "1", "--seq-len", "48",
       "--attention", "seer_attention", "--set", "attention.parameters.block=8",
       "--set", "attention.parameters.threshold=0.1"]


def run_json(simulate, *arguments):
    return simulate("run", *ROW, *arguments, "--json").json()


def test_drawn_data_make_the_mask(simulate):
    assert run_json(simulate)["masks"] == {"made_of": "seed", "seed": 0}
    assert run_json(simulate, "--seed", "5")["masks"] == {"made_of": "seed", "seed": 5}


def test_a_density_makes_the_mask(simulate):
    sparse = run_json(simulate, "--density", "0.1")
    assert sparse["masks"] == {"made_of": "density", "density": 0.1, "seed": 0}
    assert sparse["cycles"] < run_json(simulate, "--density", "1")["cycles"]


def test_the_program_runs_on_the_data_of_its_mask(simulate, tmp_path):
    saved = tmp_path / "data.npz"
    drawn = run_json(simulate, "--seed", "2", "--check", "--save-output", str(saved))
    given = run_json(simulate, "--data", str(saved), "--check")
    assert drawn["functional"]["passed"] and given["functional"] == drawn["functional"]
    assert given["cycles"] == drawn["cycles"]
    assert given["masks"] == {"made_of": "data", "data": str(saved)}


@pytest.mark.parametrize("arguments, message", [
    (["--density", "2"], "--density: must be a number from 0 to 1, such as 0.1 (got 2)"),
    (["--density", "0.5", "--check"], "--check: makes masks from data; leave --density out"),
])
def test_wrong_options_are_told_apart(simulate, arguments, message):
    done = simulate("run", *ROW, *arguments)
    assert (done.code, done.err.strip()) == (2, f"simulate: {message}; see simulate run --help")


def test_a_density_needs_a_mask_that_looks_something_up(simulate):
    done = simulate("run", "--arch", "tiny-8x8", "--workload", SMALL, "--batch", "1", "--seq-len", "16",
                    "--density", "0.5")
    message = "--density: fusemax_1pass has no mask that looks up a tensor; leave it out"
    assert (done.code, done.err.strip()) == (3, message)
