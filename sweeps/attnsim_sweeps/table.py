# Tables for the terminal, and numbers as people write them.
from collections.abc import Sequence
from dataclasses import dataclass

from attnsim_sweeps.figures import Outcome
from attnsim_sweeps.pareto import front, knee
from attnsim_sweeps.quantities import short
from attnsim_sweeps.space import Axis
from attnsim_sweeps.sweep_file import Sweep


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Aligned by two spaces; the first row is the head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                     for row in rows)


def signed(sweep: Sweep, outcomes: Sequence[Outcome]) -> list[list[float]]:
    """Objectives as small values."""
    signs = [objective.sign() for objective in sweep.objectives]
    return [[sign * value for sign, value in zip(signs, outcome.objectives, strict=True)] for outcome in outcomes]


@dataclass(frozen=True)
class Front:
    """By the first objective. `label` is the value of the axis that `for_each` names; empty where there is none."""
    label: str
    outcomes: list[Outcome]
    knee: Outcome | None


def fronts_of(sweep: Sweep, feasible: Sequence[Outcome]) -> list[Front]:
    """One front, or one for each value of an axis."""
    chosen = next(((place, axis) for place, axis in enumerate(sweep.space.axes) if axis.name == sweep.for_each), None)
    if chosen is None:
        return [_front_of(sweep, "", feasible)]
    place, axis = chosen
    return [_front_of(sweep, label(axis, position), own) for position in range(len(axis.values))
            if (own := [outcome for outcome in feasible if outcome.point.index[place] == position])]


def _front_of(sweep: Sweep, name: str, feasible: Sequence[Outcome]) -> Front:
    best = [feasible[index] for index in front(signed(sweep, feasible))]
    index = knee(signed(sweep, best))
    return Front(name, best, None if index is None else best[index])


def label(axis: Axis, position: int) -> str:
    """A value of an axis, for tables and pictures."""
    texts = list(dict.fromkeys(short(value) for value in axis.values[position]))
    return " / ".join(texts)


def moving_axes(sweep: Sweep) -> list[tuple[int, Axis]]:
    """Those with more than one value, with their place in a point's index."""
    return [(place, axis) for place, axis in enumerate(sweep.space.axes) if len(axis.values) > 1]


def front_rows(sweep: Sweep, fronts: Sequence[Front]) -> list[list[str]]:
    """Head and rows of all fronts: axes, objectives, what limits, and where the knee is."""
    axes = moving_axes(sweep)
    rows = [[*(axis.name for _, axis in axes), *(objective.text for objective in sweep.objectives), "limited by", ""]]
    for own, outcome in ((own, outcome) for own in fronts for outcome in own.outcomes):
        rows.append([*(label(axis, outcome.point.index[place]) for place, axis in axes),
                     *(f"{value:.5g}" for value in outcome.objectives), outcome.limiter,
                     "knee" if outcome is own.knee else ""])
    return rows
