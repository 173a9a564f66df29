# What the verbs that read a database share: its sweep, and the outcomes of its points.
import csv
import io
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from attnsim_sweeps import identity, sweep_file
from attnsim_sweeps.figures import Outcome, flat, outcome_of
from attnsim_sweeps.plan import Plan
from attnsim_sweeps.space import Point
from attnsim_sweeps.store import Row, Store
from attnsim_sweeps.sweep_file import Sweep

MOST_REASONS = 5  # that status lists


@dataclass(frozen=True)
class Contents:
    """A sweep's finished points, in its order."""
    plan: Plan
    points: list[tuple[str, Point]]
    rows: dict[str, Row]
    outcomes: list[Outcome]  # of those that ran

    @property
    def sweep(self) -> Sweep:
        return self.plan.sweep

    @property
    def failed(self) -> list[tuple[Point, Row]]:
        return [(point, self.rows[key]) for key, point in self.points if key in self.rows and self.rows[key].code]

    @cached_property
    def feasible(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.violation == 0]


def plan_in(store: Store, name: str | None) -> Plan:
    """The sweep as it last ran; the simulator is not needed to read it."""
    _, file, text, version = store.definition(name)
    return Plan(sweep_file.parse(text, file), identity.ROOT / "build" / "release" / "simulate", version)


def contents(store: Store, name: str | None) -> Contents:
    plan = plan_in(store, name)
    points = _points_in(plan, store)
    rows = store.rows(plan.version, [key for key, _ in points])
    outcomes = [outcome for key, point in points
                if key in rows and (outcome := outcome_of(plan.sweep, point, rows[key])) is not None]
    return Contents(plan, points, rows, outcomes)


def _is_read_whole(plan: Plan, store: Store) -> bool:
    """Not where the finished points are a small part of a large space: a search's."""
    return plan.sweep.space.size <= 10 * len(store.known(plan.version)) + 10_000


def _points_in(plan: Plan, store: Store) -> list[tuple[str, Point]]:
    """All points of the sweep, or those that are done."""
    return list(plan.points()) if _is_read_whole(plan, store) else _points_of_rows(plan, store)


def _points_of_rows(plan: Plan, store: Store) -> list[tuple[str, Point]]:
    """The points of the space that are in the database, found by their values on each axis."""
    space = plan.sweep.space
    positions = [{tuple(identity.with_files(axis.settings(position), plan.folder).values()): position
                  for position in range(len(axis.values))} for axis in space.axes]
    found = []
    for key, inputs in store.inputs(plan.version):
        index = tuple(of_axis.get(tuple(inputs.get(path, "") for path in axis.paths))
                      for axis, of_axis in zip(space.axes, positions, strict=True))
        if None not in index:
            point = plan.point(space.point(index))  # type: ignore[arg-type]
            if identity.hash_of(point) == key:
                found.append((key, point))
    return sorted(found, key=lambda pair: pair[1].index)


def status(store: Store, name: str | None) -> str:
    """Counts, and the errors that most points failed with; results are not read."""
    plan = plan_in(store, name)
    errors = store.errors(plan.version)
    points = _points_in(plan, store)
    own = [errors[key] for key, _ in points if key in errors]
    reasons = Counter(error for error in own if error is not None)
    of = f" of {len(points)}" if _is_read_whole(plan, store) else ""
    lines = [f"{plan.sweep.name}: {len(own)}{of} points done, {sum(reasons.values())} failed"]
    most = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    lines += [f"  {count} failed: {reason}" for reason, count in most[:MOST_REASONS]]
    if len(most) > MOST_REASONS:
        lines.append(f"  {len(most) - MOST_REASONS} other errors: see ./sweep export")
    return "\n".join(lines)


def export(found: Contents) -> str:
    """CSV: a line a finished point, in the sweep's order."""
    sweep = found.sweep
    paths = [path for axis in sweep.space.axes for path in axis.paths]
    names = [objective.text for objective in sweep.objectives]
    by_hash = {outcome.hash: outcome for outcome in found.outcomes}
    figures: list[str] = []
    flats = {outcome.hash: flat(outcome.result) for outcome in found.outcomes}
    for values in flats.values():
        figures += [name for name in values if name not in figures]
    figures = [name for name in figures if name not in names]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*paths, "feasible", *names, *figures, "error", "hash"])
    for key, point in found.points:
        if key not in found.rows:
            continue
        row, outcome = found.rows[key], by_hash.get(key)
        values = flats.get(key, {})
        writer.writerow([*(point.settings[path] for path in paths),
                         "" if outcome is None else int(outcome.violation == 0),
                         *(outcome.objectives if outcome else [""] * len(names)),
                         *(values.get(name, "") for name in figures), row.error or "", key])
    return out.getvalue()
