# ./sweep search: seeded, resumable, pruned by bounds that never hide a good point, better than chance.
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attnsim_sweeps import plan as planning
from attnsim_sweeps import reading, searching, sweep_file, table
from attnsim_sweeps.pareto import Box
from attnsim_sweeps.pools import LocalPool
from attnsim_sweeps.searching import Settings
from attnsim_sweeps.store import Store
from sweep_parts import SIMULATE, Sweep, rows

# 240 points; what DRAM costs is part of the area, so that there is something to trade.
SPACE = """# A space to search.
name: space
workload: bert-base
arch: tiny-16x16
mapping: fusemax
fixed: {workload.batch: 1, workload.seq_len: 256, workload.heads: 1, workload.kv_heads: 1}
axes:
  arch.array_2d.rows: [4, 8, 12, 16, 24, 32]
  arch.array_1d.lanes: [8, 16]
  arch.array_2d.columns: [4, 8, 16, 32]
  arch.dram.bytes_per_second: [1e9, 2e9, 4e9, 8e9, 16e9]
objectives: [seconds, "area_um2.total + 1e-4 * arch.dram.bytes_per_second"]
"""


class Searches:
    """Searches of one space in one database, in this process."""

    def __init__(self, folder: Path, text: str = SPACE) -> None:
        self.plan = planning.make_plan(sweep_file.parse(text, folder / "space.yaml"), SIMULATE)
        self.pool = LocalPool(str(SIMULATE), self.plan.digest, 2)
        self.store = Store(folder / "space.db", create=True, write=True)
        self.store.define(self.plan.sweep.name, self.plan.sweep.file, text, self.plan.version)

    def close(self) -> None:
        self.pool.close()
        self.store.close()

    def __call__(self, sampler: str, seed: int, evaluations: int) -> searching.History:
        searching.search(self.plan, self.store, self.pool, Settings(sampler, seed, evaluations))
        return next(one for one in searching.histories(self.plan, self.store) if (one.sampler, one.seed) == (sampler, seed))


@pytest.fixture
def searches(tmp_path: Path) -> Iterator[Searches]:
    own = Searches(tmp_path)
    yield own
    own.close()


@pytest.fixture(scope="module")
def exhaustive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searches]:
    """Every point of the space is computed, so that searches read them."""
    sweep = Sweep(tmp_path_factory.mktemp("exhaustive"))
    sweep.run(SPACE, "space.db")
    own = Searches(sweep.folder)
    yield own
    own.close()


def test_a_search_finds_more_of_the_front_than_chance(exhaustive):
    found = reading.contents(exhaustive.store, None)
    box = Box(table.signed(found.sweep, found.feasible))
    guided, random = exhaustive("nsga2", 0, 60), exhaustive("random", 0, 60)
    assert len(guided.evaluated) == len(random.evaluated) == 60
    assert guided.hypervolumes(box)[-1] >= 0.9
    assert guided.hypervolumes(box)[-1] > random.hypervolumes(box)[-1]
    lines = searching.report(exhaustive.plan, exhaustive.store).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["nsga2", "random"]
    assert lines[-1] == "hypervolume: of that of the front of all points in the database"


def test_what_is_pruned_is_not_on_the_front(exhaustive):
    found = reading.contents(exhaustive.store, None)
    front = {outcome.hash for outcome in table.fronts_of(found.sweep, found.feasible)[0].outcomes}
    history = exhaustive("nsga2", 1, 40)
    pruned = {step.key for step in history.steps if step.kind == "pruned"}
    assert pruned and not pruned & front
    assert not pruned & set(history.evaluated)


@pytest.mark.parametrize("text, pruned", [
    ("[seconds, area_um2.total]", True), ("[{maximize: utilization.array_2d}, cycles]", True),
    ("['seconds * energy_pj.total']", True), ("[{maximize: seconds}]", False), ("['1 / seconds']", False),
    ("['seconds - cycles']", False), ("[bound.gap]", False)])
def test_only_objectives_that_a_bound_bounds_are_pruned(text, pruned, tmp_path):
    sweep = sweep_file.parse(SPACE[:SPACE.index("objectives")] + f"objectives: {text}\n", tmp_path / "s.yaml")
    assert searching.can_be_pruned(planning.Plan(sweep, SIMULATE, "")) == pruned


@pytest.mark.parametrize("sampler, evaluations", [("nsga2", 40), ("tpe", 20)])
def test_a_search_that_was_cut_off_goes_on_as_if_it_had_not_been(exhaustive, searches, monkeypatch, sampler,
                                                                        evaluations):
    whole = exhaustive(sampler, 7, evaluations)
    calls = 0
    original = searching.Search.evaluate

    def cut_off(self, points):
        nonlocal calls
        calls += 1
        original(self, points[:3] if calls == 2 else points)
        if calls == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(searching.Search, "evaluate", cut_off)
    with pytest.raises(KeyboardInterrupt):
        searches(sampler, 7, evaluations)
    resumed = searches(sampler, 7, evaluations)
    assert resumed.steps == whole.steps
    assert len(rows(searches.store.file)) == evaluations


def test_a_killed_search_is_resumed_by_the_command(exhaustive, sweep):
    arguments = ("search", sweep.file(SPACE), "--db", "space.db", "--seed", "7", "--evaluations", "40")
    run = sweep.start(*arguments)
    database = sweep.folder / "space.db"
    end = time.monotonic() + 60
    while time.monotonic() < end and run.poll() is None:
        try:
            if len(rows(database)) > 5:
                break
        except sqlite3.Error:
            pass
        time.sleep(0.02)
    if run.poll() is None:
        os.kill(run.pid, signal.SIGKILL)
    err = run.communicate()[1].decode()
    assert "search" not in err, err
    resumed = sweep(*arguments, "--resume")
    assert resumed.code == 0, resumed.err
    assert resumed.out.splitlines()[1].split()[:3] == ["nsga2", "7", "40"]
    assert {row[0] for row in rows(database)} == set(exhaustive("nsga2", 7, 40).evaluated)


def test_a_space_that_is_too_large_to_compute_can_be_searched(tmp_path):
    text = SPACE.replace("[1e9, 2e9, 4e9, 8e9, 16e9]", "{range: [1e9, 9e9, 1e5]}")
    own = Searches(tmp_path, text.replace("[4, 8, 12, 16, 24, 32]", "{range: [4, 32]}"))
    assert len(own("random", 0, 20).evaluated) == 20
    assert reading.status(own.store, None).startswith("space: 20 points done, ")
    assert len(reading.export(reading.contents(own.store, None)).splitlines()) == 21
    own.close()
