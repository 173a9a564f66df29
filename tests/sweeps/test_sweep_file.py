# Sweep files: axes, values, constraints, and what is wrong in one line with file and line.
from pathlib import Path

import pytest
from attnsim_sweeps import sweep_file
from attnsim_sweeps.errors import SweepError

HEAD = "workload: bert-base\nobjectives: [seconds]\n"


def read(text: str) -> sweep_file.Sweep:
    return sweep_file.parse(text, Path("s.yaml"))


def values(axis: str) -> list[str]:
    return [value[0] for value in read(f"{HEAD}axes: {{workload.seq_len: {axis}}}\n").space.axes[0].values]


@pytest.mark.parametrize("axis, expected", [
    ("[1K, 4K]", ["1K", "4K"]),
    ("{range: [1, 3]}", ["1", "2", "3"]),
    ("{range: [1K, 2K, 300]}", ["1024", "1324", "1624", "1924"]),
    ("{range: [0.1, 0.3, 0.1]}", ["0.1", "0.2", "0.3"]),
    ("{powers_of_two: [3, 25]}", ["3", "6", "12", "24"]),
    ("{powers_of_two: [256KiB, 1MiB]}", ["262144", "524288", "1048576"]),
])
def test_an_axis_is_a_list_a_range_or_powers_of_two(axis, expected):
    assert values(axis) == expected


def test_points_are_all_combinations_with_the_last_axis_fastest():
    sweep = read(HEAD + "arch: tiny-4x4\nfixed: {workload.batch: 2}\naxes: {mapping: [a, b], workload.seq_len: [1, 2]}\n"
                        "zipped:\n- {arch.array_2d.rows: [8, 16], arch.array_1d.lanes: [80, 160]}\n")
    requests = [point.request() for point in sweep.space.points()]
    assert len(requests) == sweep.space.size == 8
    assert requests[0] == {"arch": "tiny-4x4", "workload": "bert-base", "batch": "2", "mapping": "a", "seq_len": "1",
                           "set": {"arch.array_2d.rows": "8", "arch.array_1d.lanes": "80"}}
    assert [request["set"]["arch.array_2d.rows"] for request in requests] == ["8", "16"] * 4
    assert [request["seq_len"] for request in requests] == ["1", "1", "2", "2"] * 2


def test_a_constraint_on_inputs_takes_points_out_before_they_run():
    sweep = read(HEAD + "axes: {arch.array_2d.rows: [8, 16, 32], arch.array_2d.columns: [8, 16, 32]}\n"
                        "constraints: ['arch.array_2d.rows * arch.array_2d.columns == 256', 'area_um2.total < 500e6']\n")
    assert [tuple(point.settings.values())[1:] for point in sweep.space.points()] == [("8", "32"), ("16", "16"),
                                                                                      ("32", "8")]
    assert [constraint.condition.text for constraint in sweep.constraints] == ["area_um2.total < 500e6"]


AXES = "axes: {workload.seq_len: [1]}\n"


@pytest.mark.parametrize("text, line", [
    (HEAD + "axs: {}\n", "s.yaml:3: unknown key 'axs'; did you mean 'axes'?"),
    (HEAD + "axes:\n  workload.seq_len: []\n", "s.yaml:4: axes.workload.seq_len: the axis is empty; give at least one "
                                              "value"),
    (HEAD + "axes:\n  workload.seq_len: 5\n", "s.yaml:4: axes.workload.seq_len: must be a list such as"),
    (HEAD + "axes:\n  wrokload.seq_len: [1]\n", "s.yaml:4: axes.wrokload.seq_len: unknown document 'wrokload'; did you "
                                               "mean 'workload'?"),
    (HEAD + "axes: {workload.seq_len: [1K, 1024]}\n", "s.yaml:3: axes.workload.seq_len: 1024 stands there twice"),
    (HEAD + "axes: {workload.seq_len: {range: [3, 1]}}\n", "s.yaml:3: axes.workload.seq_len.range: the last value must "
                                                          "not be below the first"),
    (HEAD + "axes: {workload.seq_len: {range: [1, many]}}\n", "s.yaml:3: axes.workload.seq_len.range[1]: must be a "
                                                             "number such as 64, 16MiB or 1e9 (got many)"),
    (HEAD + "axes: {workload.seq_len: {powers: [1, 2]}}\n", "s.yaml:3: axes.workload.seq_len: unknown key 'powers'; did "
                                                           "you mean 'powers_of_two'?"),
    (HEAD + "zipped:\n- {arch.a: [1, 2], arch.b: [1]}\n", "s.yaml:4: zipped[0].arch.b: 1 values, but arch.a has 2; "
                                                         "zipped axes need as many each"),
    (HEAD + AXES + "fixed:\n  workload.seq_len: 2\n", "s.yaml:3: axes.workload.seq_len: workload.seq_len is set in "
                                                     "line 5 already"),
    (HEAD, "s.yaml:1: no axes; give at least one path with its values under 'axes'"),
    ("objectives: [seconds]\n" + AXES, "s.yaml:1: no workload; give a model's name or file"),
    ("workload: bert-base\n" + AXES, "s.yaml:1: no objectives; give at least one figure"),
    (HEAD + AXES + "constraints: ['cycles < 5', '9 < cycles']\n", "s.yaml:4: constraints[1]: '9 < cycles' contradicts "
                                                                 "line 4: no cycles meets both"),
    (HEAD + AXES + "constraints: ['workload.seq_len > 5']\n", "s.yaml:4: constraints[0]: the constraints contradict the "
                                                             "axes: not one point is left"),
    (HEAD + AXES + "constraints: ['workload > 5']\n", "s.yaml:4: constraints[0]: 'workload > 5': workload is no number "
                                                     "(got bert-base)"),
    (HEAD + AXES + "constraints: ['cycles']\n", "s.yaml:4: constraints[0]: 'cycles': must compare"),
    (HEAD + AXES + "constraints: ['f(cycles) < 3']\n", "s.yaml:4: constraints[0]: 'f(cycles) < 3': only figures"),
    ("workload: bert-base\n" + AXES + "objectives: [seconds, {maximize: seconds}]\n",
     "s.yaml:3: objectives[1].maximize: 'seconds' is an objective in line 3 already"),
    ("workload: bert-base\nworkload: xlm\n", "s.yaml:2: workload: given twice; the first is in line 1"),
    ("workload: [bert-base\n", "s.yaml:2: not YAML: "),
    ("- a\n", "s.yaml:1: must be a map"),
    (HEAD + AXES + "pictures: {map: [workload.seq_len, arch.b]}\n", "s.yaml:4: pictures.map[1]: unknown axis 'arch.b'"),
])
def test_what_is_wrong_is_said_in_one_line(text, line):
    with pytest.raises(SweepError) as error:
        read(text)
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)
    assert error.value.code == 3
