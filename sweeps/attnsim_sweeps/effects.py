# What each axis does to an objective: mean values over all points with the same value of that axis.
import math
from collections.abc import Sequence

from attnsim_sweeps.figures import Outcome
from attnsim_sweeps.space import Axis


def level_means(outcomes: Sequence[Outcome], place: int, axis: Axis, objective: int) -> list[float | None]:
    """For each value of the axis the mean of the objective over that of all points: geometric where all values are
    positive, so that 2.0 is twice; None where no point ran."""
    values = [outcome.objectives[objective] for outcome in outcomes]
    logarithmic = min(values) > 0
    into = math.log if logarithmic else float
    whole = sum(map(into, values)) / len(values)
    sums = [0.0] * len(axis.values)
    counts = [0] * len(axis.values)
    for outcome in outcomes:
        sums[outcome.point.index[place]] += into(outcome.objectives[objective])
        counts[outcome.point.index[place]] += 1
    means = [total / count if count else None for total, count in zip(sums, counts, strict=True)]
    if logarithmic:
        return [None if mean is None else round(math.exp(mean - whole), 9) for mean in means]
    return [None if mean is None else round(mean / whole, 9) if whole else 1.0 for mean in means]


def swing(means: Sequence[float | None]) -> tuple[float, float]:
    """The least and the largest of them."""
    known = [mean for mean in means if mean is not None]
    return min(known), max(known)


def by_effect(outcomes: Sequence[Outcome], axes: Sequence[tuple[int, Axis]], objective: int) -> list[tuple[int, Axis]]:
    """The axes, the one that changes the objective most first."""
    def factor(pair: tuple[int, Axis]) -> float:
        low, high = swing(level_means(outcomes, *pair, objective))
        return high / low if low > 0 else math.inf
    return sorted(axes, key=factor, reverse=True)
