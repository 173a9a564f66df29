# `run` and its dry run: which points are left, where they are computed, and what becomes of the answers.
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from attnsim_sweeps import driver
from attnsim_sweeps.errors import USAGE, SweepError
from attnsim_sweeps.plan import Plan, line_of
from attnsim_sweeps.pools import DaskPool, LocalPool, Pool
from attnsim_sweeps.progress import Progress, duration
from attnsim_sweeps.simulator import Simulator
from attnsim_sweeps.store import Store, error_of

SAMPLES = 9  # points that a dry run tries
SAMPLE_SECONDS = 3.0  # what it spends on them at most, beyond the one under way


@dataclass(frozen=True)
class Places:
    """--jobs and --scheduler."""
    jobs: int | None
    scheduler: str | None

    def local_jobs(self) -> int:
        return self.jobs or len(os.sched_getaffinity(0))

    def open(self, plan: Plan) -> Pool:
        if self.scheduler is None:
            return LocalPool(str(plan.executable), plan.digest, self.local_jobs())
        pool = DaskPool(str(plan.executable), plan.digest, self.scheduler)
        address = pool.dashboard()
        if address is not None:
            print(f"Dask's dashboard: {address}", file=sys.stderr)
        return pool


def check_database(database: Path, resume: bool) -> None:
    """Throws SweepError where results would be mixed up by mistake."""
    if database.is_file() and not resume:
        raise SweepError(USAGE, f"{database} exists; add --resume to go on with it, or name another file with --db")


def compute_missing(plan: Plan, store: Store, pool: Pool) -> None:
    """Every point of the sweep that the store lacks."""
    known = store.known(plan.version)

    def work() -> Iterator[driver.Work]:
        for key, point in plan.points():
            if key not in known:
                known.add(key)
                yield key, point.settings, line_of(point)

    progress = Progress(sum(key not in known for key, _ in plan.points()))

    def commit(answered: list[driver.Answered]) -> None:
        store.add(plan.version, answered)
        progress.add(len(answered), sum(error_of(reply) is not None for _, _, reply in answered))

    try:
        driver.compute(work(), pool, commit)
    finally:
        progress.finish()


def dry_run(plan: Plan, database: Path, jobs: int) -> str:
    """How many points there are and how long they may take, from a few that are spread over the sweep."""
    points = list(plan.points())
    known: set[str] = set()
    if database.is_file():
        with Store(database) as store:
            known = store.known(plan.version)
    left = [point for key, point in points if key not in known]
    lines = [f"{plan.sweep.name}: {len(points)} points" +
             (f" of {plan.sweep.space.size} combinations" if len(points) != plan.sweep.space.size else "") +
             f", {len(points) - len(left)} of them in {database}"]
    if left:
        seconds = _sampled_seconds(plan, [left[position * (len(left) - 1) // max(1, SAMPLES - 1)]
                                          for position in range(min(SAMPLES, len(left)))])
        estimate = statistics.fmean(seconds) * len(left) / jobs
        lines.append(f"about {duration(estimate)} with {jobs} {'process' if jobs == 1 else 'processes'}: "
                     f"{len(seconds)} points took {min(seconds) * 1e3:.1f} to {max(seconds) * 1e3:.1f} ms each")
    return "\n".join(lines)


def _sampled_seconds(plan: Plan, points: list) -> list[float]:
    simulator = Simulator(str(plan.executable), plan.digest)
    try:
        simulator.answer(line_of(points[0]))  # the process's start is no point's time
        seconds: list[float] = []
        for point in points:
            start = time.monotonic()
            simulator.answer(line_of(point))
            seconds.append(time.monotonic() - start)
            if sum(seconds) > SAMPLE_SECONDS:
                break
        return seconds
    finally:
        simulator.close()
