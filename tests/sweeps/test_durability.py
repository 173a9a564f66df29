# What is killed, interrupted or broken: the database ends up as if nothing had happened.
import os
import random
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from sweep_parts import SIMULATE, Sweep, rows

# 96 points of some ten milliseconds.
TEXT = """# Points that take a while.
name: killed
workload: bert-base
arch: fusemax-edge
fixed: {workload.batch: 1}
axes:
  mapping: [fusemax, fusemax-arch]
  arch.dram.bytes_per_second: [25e9, 50e9, 100e9]
  mapping.tile.p1: [1, 2, 3, 4]
  workload.seq_len: [4000, 8000, 16000, 32000]
objectives: [seconds, energy_pj.total]
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    return rows(Sweep(tmp_path_factory.mktemp("undisturbed")).run(TEXT, "killed.db"))


def children(parent: int) -> list[int]:
    """Processes that it started."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            status = (folder / "stat").read_text() if folder.name.isdigit() else ""
        except OSError:
            continue
        if status and int(status.rpartition(")")[2].split()[1]) == parent:
            found.append(int(folder.name))
    return found


def wait_until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def count(database: Path) -> int:
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM points").fetchone()[0]
    except sqlite3.Error:
        return 0


def test_killed_simulators_are_started_again(sweep, undisturbed):
    run = sweep.start("run", sweep.file(TEXT), "--db", "killed.db", "--jobs", "2")
    database = sweep.folder / "killed.db"
    wait_until(lambda: count(database) > 0)
    killed = 0
    while killed < 5 and run.poll() is None:
        for child in children(run.pid)[:1]:
            os.kill(child, signal.SIGKILL)
            killed += 1
        time.sleep(random.uniform(0.01, 0.1))
    out, err = run.communicate(timeout=120)
    assert (run.returncode, err) == (0, b"")
    assert killed > 0
    assert rows(database) == undisturbed


def test_a_killed_driver_goes_on_where_it_stopped(sweep, undisturbed):
    file, database = sweep.file(TEXT), sweep.folder / "killed.db"
    known: set[str] = set()
    for resume in ([], ["--resume"], ["--resume"]):
        run = sweep.start("run", file, "--db", "killed.db", "--jobs", "2", *resume)
        before = count(database)
        wait_until(lambda: count(database) > before or run.poll() is not None)
        os.kill(run.pid, signal.SIGKILL)
        run.communicate()
        kept = {row[0] for row in rows(database)}
        assert kept >= known
        known = kept
    sweep.run(TEXT, "killed.db", "--resume")
    assert rows(database) == undisturbed
    # Simulators end with their driver.
    assert not [pid for pid in children(1) if Path(f"/proc/{pid}/exe").exists() and
                os.path.samefile(f"/proc/{pid}/exe", SIMULATE) and str(sweep.folder) in os.readlink(f"/proc/{pid}/cwd")]


def test_ctrl_c_keeps_what_is_done(sweep):
    database = sweep.folder / "killed.db"
    text = TEXT.replace("[25e9, 50e9, 100e9]", "{range: [10e9, 240e9, 10e9]}")  # eight times as many points
    run = sweep.start("run", sweep.file(text), "--db", "killed.db", "--jobs", "2")
    wait_until(lambda: count(database) > 0)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out, err) == (130, b"", b"interrupted; what is done is kept: go on with --resume\n")
    done = rows(database)
    assert 0 < len(done) < 768
    sweep.run(text, "killed.db", "--resume")
    assert set(done) <= set(rows(database))
    assert len(rows(database)) == 768


def test_a_simulator_that_always_ends_is_the_points_error(sweep):
    broken = sweep.folder / "broken"
    broken.write_text(f"#!/bin/bash\nif [[ $1 == --version ]]; then echo attnsim 0; exit; fi\n"
                      f"while read -r line; do [[ $line == *4000* && $line == *25e9* ]] && kill -SEGV $$; "
                      f"echo \"$line\" | {SIMULATE} batch; done\n")
    broken.chmod(0o755)
    text = TEXT.replace("[4000, 8000, 16000, 32000]", "[64, 4000]").replace("[1, 2, 3, 4]", "[1]")
    text = text.replace("[fusemax, fusemax-arch]", "[fusemax]")
    done = sweep("run", sweep.file(text), "--db", "killed.db", "--simulate", broken)
    assert (done.code, done.err) == (0, "")
    errors = [row[3:5] for row in rows(sweep.folder / "killed.db") if row[3]]
    assert errors == [(1, "the simulator ended with signal 11 each of 5 times")]


def test_two_drivers_do_not_write_to_one_database(sweep):
    run = sweep.start("run", sweep.file(TEXT), "--db", "killed.db", "--jobs", "1")
    wait_until(lambda: count(sweep.folder / "killed.db") > 0)
    run.send_signal(signal.SIGSTOP)
    other = sweep("run", "sweep.yaml", "--db", "killed.db", "--resume")
    assert (other.code, other.out, other.err) == (4, "", "killed.db: another ./sweep writes to it\n")
    run.kill()
    run.communicate()
