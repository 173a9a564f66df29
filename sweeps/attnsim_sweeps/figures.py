# Figures of a finished point: what expressions look up, and whether its constraints hold.
from dataclasses import dataclass
from typing import Any

from attnsim_sweeps.quantities import number
from attnsim_sweeps.space import Point
from attnsim_sweeps.store import Row
from attnsim_sweeps.sweep_file import Sweep

# Of a Result, what an export lists; the sections hold numbers by name.
SECTIONS = ["dram_bytes", "buffer_bytes", "energy_pj", "area_um2", "utilization"]
SCALARS = ["cycles", "seconds", "frequency_hz"]
OF_BOUND = ["lower_bound_cycles", "limiter", "gap"]


def figure_paths(result: dict[str, Any], front: str = "") -> set[str]:
    """Paths of all numbers of a Result that expressions can look up."""
    paths = set()
    for name, value in result.items():
        if isinstance(value, dict) and name != "run":
            paths |= figure_paths(value, f"{front}{name}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and name.isidentifier():
            paths.add(front + name)
    return paths


def figure(result: dict[str, Any], path: str) -> float:
    """Throws KeyError where the Result has no such number."""
    value: Any = result
    for name in path.split("."):
        if not isinstance(value, dict):
            raise KeyError(path)
        value = value[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise KeyError(path)
    return float(value)


@dataclass(frozen=True)
class Outcome:
    """A point that ran: its objectives as they are, and by how much it misses its constraints (0: it meets them)."""
    hash: str
    point: Point
    row: Row
    objectives: tuple[float, ...]
    violation: float

    @property
    def result(self) -> dict[str, Any]:
        assert self.row.result is not None
        return self.row.result

    @property
    def limiter(self) -> str:
        return str(self.result["bound"]["limiter"])


def judged(sweep: Sweep, point: Point, result: dict[str, Any]) -> tuple[tuple[float, ...], float]:
    """(objectives, violation) of a result."""
    def lookup(path: str) -> float:
        if path in point.settings:
            value = number(point.settings[path])
            if value is not None:
                return value
        return figure(result, path)

    violation = sum(constraint.condition.violation(lookup) for constraint in sweep.constraints)
    return tuple(objective.figure.value(lookup) for objective in sweep.objectives), violation


def outcome_of(sweep: Sweep, point: Point, row: Row) -> Outcome | None:
    """None for a point that failed, or whose result lacks a figure that an objective needs."""
    if row.result is None:
        return None
    try:
        objectives, violation = judged(sweep, point, row.result)
    except (KeyError, ValueError):
        return None
    return Outcome(row.hash, point, row, objectives, violation)


def flat(result: dict[str, Any]) -> dict[str, Any]:
    """What an export lists of a Result, by path."""
    values = {name: result[name] for name in SCALARS}
    for section in SECTIONS:
        values |= {f"{section}.{name}": value for name, value in (result.get(section) or {}).items()}
    return values | {f"bound.{name}": result["bound"][name] for name in OF_BOUND}
