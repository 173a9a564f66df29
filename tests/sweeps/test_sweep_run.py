# ./sweep run and what reads its database.
import csv
import io
import json
import sqlite3
import subprocess
import zlib

import pytest
from sweep_parts import SIMULATE, SMALL, Sweep, rows


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A finished sweep; tests read it."""
    sweep = Sweep(tmp_path_factory.mktemp("done"))
    sweep.run(SMALL, "small.db", "--jobs", "1")
    return sweep


def exported(sweep: Sweep, database: str = "small.db") -> list[dict[str, str]]:
    outcome = sweep("export", database, "--csv")
    assert (outcome.code, outcome.err) == (0, "")
    return list(csv.DictReader(io.StringIO(outcome.out)))


def test_every_point_is_what_simulate_says_of_it_alone(done):
    table = exported(done)
    assert len(table) == 24
    request = {"workload": "bert-base", "arch": "tiny-16x16", "mapping": "fusemax", "seq_len": "512", "batch": "1",
               "set": {"arch.buffer.bytes": "128KiB", "arch.dram.bytes_per_second": "16e9"}}
    answer = json.loads(subprocess.run([SIMULATE, "batch"], input=json.dumps(request), capture_output=True, text=True,
                                       check=True).stdout)
    row = next(row for row in table if (row["arch.buffer.bytes"], row["arch.dram.bytes_per_second"],
                                        row["workload.seq_len"]) == ("128KiB", "16e9", "512"))
    assert int(row["cycles"]) == answer["cycles"]
    assert float(row["energy_pj.total"]) == answer["energy_pj"]["total"]
    assert row["bound.limiter"] == answer["bound"]["limiter"]
    assert (row["feasible"], row["error"]) == ("1", "")
    stored = {key: json.loads(zlib.decompress(result)) for key, *_, result in rows(done.folder / "small.db")}
    del answer["run"]
    assert stored[row["hash"]] == answer


def test_the_database_is_in_wal_mode_and_nothing_else_is_left(done):
    with sqlite3.connect(done.folder / "small.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert {name for name in done.files() if not name.endswith(("-wal", "-shm"))} == {"sweep.yaml", "small.db"}


def test_status_counts_points(done):
    outcome = done("status", "small.db")
    assert (outcome.code, outcome.out) == (0, "small: 24 of 24 points done, 0 failed\n")


def test_pareto_lists_what_nothing_beats(done):
    lines = done("pareto", "small.db").out.splitlines()
    assert lines[0].split()[-4:] == ["seconds", "energy_pj.total", "limited", "by"]
    table = [(float(row["seconds"]), float(row["energy_pj.total"])) for row in exported(done)]
    best = {point for point in table if not any(other[0] <= point[0] and other[1] <= point[1] and other != point
                                                for other in table)}
    assert len(lines) - 1 == len(best)


def test_two_processes_give_the_same_rows_as_one(done, sweep):
    assert rows(sweep.run(SMALL, "two.db", "--jobs", "2")) == rows(done.folder / "small.db")


def test_a_database_is_not_overwritten_by_mistake(done):
    before = rows(done.folder / "small.db")
    outcome = done("run", "sweep.yaml", "--db", "small.db")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "small.db exists; add --resume to go on with it, or name another file with --db\n"
    outcome = done("run", "sweep.yaml", "--db", "small.db", "--resume")
    assert (outcome.code, outcome.err) == (0, "")
    assert rows(done.folder / "small.db") == before


def test_a_longer_axis_computes_only_the_new_points(sweep):
    database = sweep.run(SMALL.replace("1024", "256"), "small.db", "--jobs", "2")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE points SET error = 'kept'")
    sweep.run(SMALL.replace("128KiB", "131072"), "small.db", "--jobs", "2", "--resume")
    errors = [row[4] for row in rows(database)]
    assert (len(errors), errors.count("kept")) == (24, 12)


def test_a_point_that_fails_is_kept_with_its_error_and_stops_nothing(sweep):
    text = SMALL.replace("[64KiB, 128KiB]", "[1KiB, 64KiB]").replace("1024]", "256]")
    sweep.run(text, "small.db")
    table = exported(sweep)
    assert [row["error"] == "" for row in table] == [False] * 6 + [True] * 6
    assert all("buffer" in row["error"] and row["cycles"] == "" for row in table[:6])
    lines = sweep("status", "small.db").out.splitlines()
    assert lines[0] == "small: 12 of 12 points done, 6 failed"
    assert lines[1].startswith("  6 failed: ") or lines[1].startswith("  1 failed: ")


def test_a_dry_run_counts_and_writes_nothing(sweep):
    file = sweep.file(SMALL)
    outcome = sweep("run", file, "--db", "small.db", "--dry-run", "--jobs", "2")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "small: 24 points, 0 of them in small.db"
    assert lines[1].startswith("about 0:0") and "with 2 processes: 9 points took " in lines[1]
    assert sweep.files() == {"sweep.yaml"}


@pytest.mark.parametrize("change, line", [
    (("arch.buffer.bytes", "arch.buffr.bytes"), "sweep.yaml:8: axes.arch.buffr.bytes: unknown key 'buffr'; did you mean "
                                                "'buffer'?"),
    (("workload: bert-base", "workload: bert-bse"), "sweep.yaml:3: workload: unknown workload 'bert-bse'; did you mean "
                                                    "'bert-base'?"),
    (("mapping: fusemax", "mapping: fusemx"), "sweep.yaml:5: mapping: unknown mapping 'fusemx'; did you mean 'fusemax'?"),
    (("energy_pj.total", "energy_pj.totl"), "sweep.yaml:11: objectives[1]: unknown figure 'energy_pj.totl'; did you mean "
                                            "'energy_pj.total'?"),
    (("[64KiB, 128KiB]", "[]"), "sweep.yaml:8: axes.arch.buffer.bytes: the axis is empty; give at least one value"),
    (("[64KiB, 128KiB]", "{range: [1, 90000]}"), "sweep.yaml:8: axes: 1,080,000 points are more than 1,000,000; leave "
                                                 "values out, or let ./sweep search choose among them"),
    (("objectives", "constraints: [cycles < 5, cycles > 9]\nobjectives"),
     "sweep.yaml:11: constraints[1]: 'cycles > 9' contradicts line 11: no cycles meets both"),
])
def test_a_wrong_file_is_answered_in_one_line_and_nothing_is_written(sweep, change, line):
    file = sweep.file(SMALL.replace(*change))
    outcome = sweep("run", file, "--db", "small.db")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith(line) and outcome.err.count("\n") == 1
    assert sweep.files() == {"sweep.yaml"}


@pytest.mark.parametrize("arguments, code, line", [
    (("run",), 2, "sweep run: the following arguments are required: FILE; see sweep run --help"),
    (("run", "none.yaml"), 3, "none.yaml: cannot be read (No such file or directory)"),
    (("status", "none.db"), 3, "none.db: no such file; ./sweep run makes one"),
    (("export", "text.db"), 3, "text.db: no database of ./sweep (file is not a database)"),
    (("status", "text.db", "--jobs", "2"), 2, "sweep: unrecognized arguments: --jobs 2; see sweep --help"),
    (("run", "none.yaml", "--jobs", "0"), 2, "sweep run: argument --jobs: must be a whole number of at least 1 (got 0); "
                                             "see sweep run --help"),
])
def test_a_wrong_command_line_is_answered_in_one_line(sweep, arguments, code, line):
    sweep.file("some text that is no database", "text.db")
    outcome = sweep(*arguments)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", line + "\n")


def test_files_beside_the_sweep_file_count_by_their_content(sweep):
    text = SMALL.replace("arch: tiny-16x16", "arch: own.yaml").replace("1024]", "128]")
    sweep.file("# Own.\nbase: tiny-16x16\nname: own\n", "own.yaml")
    first = rows(sweep.run(text, "small.db"))
    sweep.file("# Own.\nbase: tiny-16x16\nname: own\nlinks: {hop_cycles: 2}\n", "own.yaml")
    both = rows(sweep.run(text, "small.db", "--resume"))
    assert (len(first), len(both)) == (6, 12)
    assert len(exported(sweep)) == 6
