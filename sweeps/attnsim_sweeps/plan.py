# A sweep with its points' hashes, as a simulator's version sees them; checks what only the simulator knows.
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from attnsim_sweeps import identity
from attnsim_sweeps.errors import BAD_INPUT, SweepError, unknown_name
from attnsim_sweeps.figures import figure_paths
from attnsim_sweeps.lined_yaml import Tree, wrong
from attnsim_sweeps.simulator import Simulator
from attnsim_sweeps.space import NAMES, Point
from attnsim_sweeps.sweep_file import Sweep

MOST_POINTS = 1_000_000  # that ./sweep run takes
# A run that works everywhere: what figures there are, if none of the sweep's own first points runs.
REFERENCE: dict[str, Any] = {"arch": "tiny-4x4", "workload": "bert-base", "seq_len": "64", "batch": "1"}


@dataclass(frozen=True)
class Plan:
    """`executable` is the simulator; points of another version count as not computed."""
    sweep: Sweep
    executable: Path
    version: str

    @property
    def digest(self) -> str:
        return self.version.split("build ")[1].split(",")[0]

    def points(self) -> Iterator[tuple[str, Point]]:
        for point in self.sweep.space.points():
            own = self.point(point)
            yield identity.hash_of(own), own

    def point(self, point: Point) -> Point:
        return replace(point, settings=identity.with_files(point.settings, self.folder))

    @cached_property
    def folder(self) -> Path:
        return self.sweep.folder.resolve()


def make_plan(sweep: Sweep, executable: Path) -> Plan:
    return Plan(sweep, executable, identity.version_of(executable))


def check_size(sweep: Sweep) -> None:
    if sweep.space.size > MOST_POINTS:
        raise SweepError(BAD_INPUT, f"{sweep.file}:{_first_axis(sweep).line}: axes: {sweep.space.size:,} points are more "
                                    f"than {MOST_POINTS:,}; leave values out, or let ./sweep search choose among them")


def _first_axis(sweep: Sweep) -> Tree:
    return sweep.where[sweep.space.axes[0].paths[0]]


def line_of(point: Point, **more: object) -> bytes:
    """As simulate batch reads it."""
    return json.dumps(point.request() | more, separators=(",", ":")).encode()


def _probes(plan: Plan) -> list[tuple[Point, list[str]]]:
    """The first point, which meets every path, and one for each further value of an axis of names; with each, the
    paths that it is about."""
    space = plan.sweep.space
    first = tuple(0 for _ in space.axes)
    probes = [(plan.point(space.point(first)), list(plan.sweep.where))]
    for number, axis in enumerate(space.axes):
        if not any(path in NAMES for path in axis.paths):
            continue
        for position in range(1, len(axis.values)):
            index = (*first[:number], position, *first[number + 1:])
            probes.append((plan.point(space.point(index)), list(axis.paths)))
    return probes


def check_with_simulator(plan: Plan) -> None:
    """Runs a few points for what is wrong with all of them: an unknown name, a key that no document has, a figure
    that no result has. Throws SweepError with the sweep file's line."""
    simulator = Simulator(str(plan.executable), plan.digest)
    figures: set[str] = set()
    try:
        for point, paths in _probes(plan):
            answer = json.loads(simulator.answer(line_of(point)))
            if "error" not in answer:
                figures |= figure_paths(answer)
            else:
                _check_error(plan.sweep, answer["error"]["message"], point, paths)
        if not figures:
            figures = figure_paths(json.loads(simulator.answer(json.dumps(REFERENCE).encode())))
    finally:
        simulator.close()
    _check_figures(plan.sweep, figures)


def _check_error(sweep: Sweep, message: str, point: Point, paths: list[str]) -> None:
    """Errors that speak of a name or a key are the sweep file's; all others are the point's own."""
    for path in paths:
        value = point.settings[path]
        if message.startswith(f"--set {path}={value}: ") and "unknown key" in message:
            raise wrong(sweep.where[path], message.removeprefix(f"--set {path}={value}: "))
        is_name = "." not in path or path in ("workload.phase",)
        named = f"'{value}'" in message or message.startswith(f"{value}:")
        if is_name and named and ("unknown" in message or "cannot be read" in message):
            raise wrong(sweep.where[path], message)
    if message.startswith("unknown "):
        raise SweepError(BAD_INPUT, f"{sweep.file}: {message}")


def _check_figures(sweep: Sweep, figures: set[str]) -> None:
    known = figures | set(sweep.where)
    for expression, where in [(objective.figure, objective.where) for objective in sweep.objectives] + \
                             [(constraint.condition, constraint.where) for constraint in sweep.constraints]:
        for path in expression.paths:
            if path not in known:
                raise wrong(where, unknown_name("figure", path, known))
