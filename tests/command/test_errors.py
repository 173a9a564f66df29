# What is wrong is said in one line, on stderr, with the exit code of its kind.
import pytest

RUN = ("run", "--workload", "bert-base", "--seq-len", "1K")


def assert_line(outcome, code: int, line: str) -> None:
    assert outcome.out == ""
    assert outcome.err == line + "\n"
    assert outcome.code == code


@pytest.mark.parametrize("arguments, line", [
    (("run",), "simulate: --workload is required; see simulate run --help"),
    (("rum",), "simulate: unknown verb 'rum'; did you mean 'run'?; known: analyze, batch, check, compare, describe, energy, "
               "list, run, search, serve; see simulate --help"),
    ((), "simulate: A subcommand is required; see simulate --help"),
    ((*RUN, "--frobnicate"), "simulate: The following argument was not expected: --frobnicate; "
                             "see simulate run --help"),
    ((*RUN, "--engine", "slow"), "simulate: unknown engine 'slow'; known: fast, systemc; see simulate run --help"),
    ((*RUN, "--kv-len", "many"), "simulate: --kv-len: must be a whole number of at least 1, such as 4096 or 64K "
                                 "(got many); see simulate run --help"),
    ((*RUN, "--batch", "0"), "simulate: --batch: must be a whole number of at least 1, such as 4096 or 64K (got 0); "
                             "see simulate run --help"),
    ((*RUN, "--set", "model.heads=3"), "simulate: --set model.heads=3: must begin with arch., workload., mapping., "
                                       "attention. or linear_mapping. (got 'model.'); see simulate run --help"),
    (("list", "things"), "simulate: unknown kind 'things'; known: architectures, devices, mappings, series, "
                         "systems, variants, workloads; "
                         "see simulate list --help"),
])
def test_a_wrong_command_line_is_answered_in_one_line(simulate, arguments, line):
    assert_line(simulate(*arguments), 2, line)


@pytest.mark.parametrize("arguments, line", [
    (("run", "--workload", "bert-base"), "workloads/models/bert-base.yaml: seq_len: missing; give --seq-len"),
    ((*RUN, "--set", "arch.array_2d.rowz=3"),
     "--set arch.array_2d.rowz=3: unknown key 'rowz'; did you mean 'rows'?; known: columns, composed, "
     "functions, registers_per_pe, rows, shared"),
])
def test_a_wrong_input_is_answered_with_place_and_remedy(simulate, arguments, line):
    assert_line(simulate(*arguments), 3, line)


@pytest.mark.parametrize("flag, known", [("--arch", "fusemax-cloud"), ("--workload", "bert-base"),
                                         ("--mapping", "fusemax-arch"), ("--attention", "fusemax_1pass")])
def test_an_unknown_name_is_answered_with_the_known_ones(simulate, flag, known):
    names = {"--workload": "bert-base", flag: "nonsense"}
    outcome = simulate("run", "--seq-len", "1K", *(word for pair in names.items() for word in pair))
    assert (outcome.code, outcome.out) == (3, "")
    assert "nonsense" in outcome.err and known in outcome.err
    assert outcome.err.count("\n") == 1


def test_broken_yaml_is_answered_with_its_line(simulate):
    (simulate.folder / "own.yaml").write_text("# Own.\nname: own\nheads: [1\n")
    outcome = simulate("run", "--workload", "own.yaml")
    assert outcome.code == 3
    assert outcome.err.startswith("own.yaml:")
    assert outcome.err.count("\n") == 1


def test_the_cycle_limit_says_where_the_units_are(simulate):
    outcome = simulate(*RUN, "--max-cycles", "100K")
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err.startswith("cycle limit of 102400 reached: ")
    assert outcome.err.count("\n") == 1


def test_a_run_too_large_to_count_is_refused(simulate):
    outcome = simulate("run", "--workload", "bert-base", "--seq-len", "1T", "--batch", "1M")
    assert outcome.code in (3, 4)
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
