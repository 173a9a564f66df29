# Fronts, knees and hypervolumes. Objectives are small values here: what is to be large comes with its sign changed.
import math
from collections.abc import Sequence

Values = Sequence[float]


def dominates(one: Values, other: Values) -> bool:
    """No worse in anything, better in something."""
    return all(a <= b for a, b in zip(one, other, strict=True)) and any(a < b for a, b in zip(one, other, strict=True))


def front(values: Sequence[Values]) -> list[int]:
    """Indices of what nothing dominates, by the first objective; of equal ones the first alone."""
    order = sorted(range(len(values)), key=lambda index: (tuple(values[index]), index))
    kept: list[int] = []
    for index in order:
        own = values[index]
        # Whatever dominates or equals it comes before it in this order.
        if not any(all(a <= b for a, b in zip(values[other], own, strict=True)) for other in kept):
            kept.append(index)
    return kept


def scale(values: Sequence[Values]) -> list[list[float]]:
    """Logarithms of objectives that are all positive, the others as they are: factors count, not differences."""
    columns = list(zip(*values, strict=True))
    return [list(row) for row in zip(*([math.log(value) for value in column] if min(column) > 0 else list(column)
                                       for column in columns), strict=True)] if values else []


def knee(values: Sequence[Values]) -> int | None:
    """Index of the point of a front that is furthest below the plane through the front's extremes, each objective
    scaled to 0..1; None for fewer than three points."""
    if len(values) < 3:
        return None
    scaled = scale(values)
    low = [min(column) for column in zip(*scaled, strict=True)]
    high = [max(column) for column in zip(*scaled, strict=True)]
    sums = [sum((value - a) / (b - a) if b > a else 0.0 for value, a, b in zip(row, low, high, strict=True))
            for row in scaled]
    return min(range(len(values)), key=lambda index: (sums[index], index))


def hypervolume(values: Sequence[Values], reference: Values) -> float:
    """The volume that the values dominate below the reference; by slices along the last objective."""
    inside = [tuple(row) for row in values if all(a < b for a, b in zip(row, reference, strict=True))]
    inside = [inside[index] for index in front(inside)]
    if not inside:
        return 0.0
    if len(reference) == 1:
        return reference[0] - min(row[0] for row in inside)
    if len(reference) == 2:
        volume, ceiling = 0.0, reference[1]
        for x, y in inside:  # x rises, y falls
            volume += (reference[0] - x) * (ceiling - y)
            ceiling = y
        return volume
    volume = 0.0
    levels = sorted({row[-1] for row in inside})
    for level, above in zip(levels, [*levels[1:], reference[-1]], strict=True):
        volume += (above - level) * hypervolume([row[:-1] for row in inside if row[-1] <= level], reference[:-1])
    return volume


class Box:
    """Between the best values of a front and a tenth beyond its worst ones, in the scale above; volumes are parts of
    what the front itself dominates in it."""

    def __init__(self, values: Sequence[Values]) -> None:
        best = [values[index] for index in front(values)]
        self.logarithmic = [min(column) > 0 for column in zip(*values, strict=True)]
        scaled = [self._scaled(row) for row in best]
        self.low = [min(column) for column in zip(*scaled, strict=True)]
        self.span = [max(column) - low or 1.0 for column, low in zip(zip(*scaled, strict=True), self.low, strict=True)]
        self.whole = self.volume(best)

    def _scaled(self, row: Values) -> list[float]:
        return [math.log(value) if log else value for value, log in zip(row, self.logarithmic, strict=True)]

    def unit(self, row: Values) -> list[float]:
        return [(value - low) / span for value, low, span in zip(self._scaled(row), self.low, self.span, strict=True)]

    def volume(self, values: Sequence[Values]) -> float:
        return hypervolume([self.unit(row) for row in values], [1.1] * len(self.low))

    def part(self, values: Sequence[Values]) -> float:
        return self.volume(values) / self.whole
