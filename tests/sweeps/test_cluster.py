# A sweep on a Dask cluster of loopback workers: the same rows, also where a worker is killed.
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sweep_parts import SMALL, Sweep, rows


class Cluster:
    """dask-scheduler and two dask-workers on 127.0.0.1, as README starts them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.start("scheduler", "dask-scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self.wait_for("scheduler", r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)")
        for name in ("one", "two"):
            self.start(name, "dask-worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard",
                       "--no-nanny", "--name", name)
        for name in ("one", "two"):
            self.wait_for(name, r"Registered to:")

    def start(self, name: str, *command: str) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        self.processes.append(subprocess.Popen(["/usr/bin/python3", "-E", "-s", f"/usr/bin/{command[0]}", *command[1:]],
                                               stdout=log, stderr=log, cwd=self.folder))

    def wait_for(self, name: str, pattern: str) -> str:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = re.search(pattern, (self.folder / f"{name}.log").read_text())
            if found:
                return found.group(found.lastindex or 0)
            time.sleep(0.05)
        raise AssertionError((self.folder / f"{name}.log").read_text())

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    own = Cluster(tmp_path_factory.mktemp("cluster"))
    yield own
    own.close()


def test_a_cluster_gives_the_rows_of_one_machine_though_a_worker_is_killed(cluster: Cluster, sweep: Sweep):
    expected = rows(sweep.run(SMALL, "local.db", "--jobs", "1"))
    assert rows(sweep.run(SMALL, "cluster.db", "--scheduler", cluster.address)) == expected
    database = sweep.folder / "killed.db"
    run = sweep.start("run", "sweep.yaml", "--db", "killed.db", "--scheduler", cluster.address)
    while not database.exists() and run.poll() is None:
        time.sleep(0.01)
    os.kill(cluster.processes[1].pid, signal.SIGKILL)
    _, err = run.communicate(timeout=120)
    assert (run.returncode, err) == (0, b"")
    assert rows(database) == expected


def test_an_address_where_nothing_answers_is_said_in_one_line(sweep: Sweep):
    outcome = sweep("run", sweep.file(SMALL), "--db", "none.db", "--scheduler", "tcp://127.0.0.1:9")
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err == ("--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there; start one with: "
                           "dask-scheduler\n")
    assert sweep.files() == {"sweep.yaml"}
