# The points of a sweep: every combination of the axes that the constraints on inputs leave, in a fixed order.
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from attnsim_sweeps.expression import Expression
from attnsim_sweeps.quantities import canonical, number

# What a request of simulate batch takes beside `set`; in a sweep file the last ones belong to the workload.
NAMES = ["arch", "workload", "attention", "mapping", "linear_mapping", "scope", "engine", "density", "max_cycles"]
OF_WORKLOAD = ["seq_len", "kv_len", "batch", "phase", "lengths"]
DOCUMENTS = ["arch", "workload", "mapping", "attention", "linear_mapping"]

Settings = dict[str, str]  # path -> value, in the file's order


@dataclass(frozen=True)
class Axis:
    """One path, or several that change together; `values[i]` holds a text for each path."""
    paths: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        return " + ".join(self.paths)

    def settings(self, index: int) -> Settings:
        return dict(zip(self.paths, self.values[index], strict=True))

    @cached_property
    def is_ordered(self) -> bool:
        """Whether neighbours are alike: the values of its first path are numbers, rising or falling."""
        numbers = [number(value[0]) for value in self.values]
        if any(one is None for one in numbers):
            return False
        return numbers in (sorted(numbers), sorted(numbers, reverse=True))


@dataclass(frozen=True)
class Point:
    """`index` holds the position on each axis; `settings` every path that the sweep sets."""
    index: tuple[int, ...]
    settings: Settings

    def request(self) -> dict[str, object]:
        """As one line of simulate batch takes it."""
        request: dict[str, object] = {}
        changes: Settings = {}
        for path, value in self.settings.items():
            document, _, rest = path.partition(".")
            if not rest:
                request[path] = value
            elif document == "workload" and rest in OF_WORKLOAD:
                request[rest] = value
            else:
                changes[path] = value
        return request | ({"set": changes} if changes else {})

    def canonical(self) -> Settings:
        return {path: canonical(self.settings[path]) for path in sorted(self.settings)}


@dataclass(frozen=True)
class Space:
    axes: tuple[Axis, ...]
    fixed: Settings
    rules: tuple[Expression, ...] = field(default=())  # constraints that look up axes and fixed values only

    @property
    def size(self) -> int:
        """Combinations, before the rules."""
        return math.prod(len(axis.values) for axis in self.axes)

    def point(self, index: tuple[int, ...]) -> Point:
        settings = dict(self.fixed)
        for axis, position in zip(self.axes, index, strict=True):
            settings.update(axis.settings(position))
        return Point(index, settings)

    def index_of(self, position: int) -> tuple[int, ...]:
        """The position-th combination; the last axis changes fastest."""
        index = []
        for axis in reversed(self.axes):
            position, own = divmod(position, len(axis.values))
            index.append(own)
        return tuple(reversed(index))

    def allows(self, point: Point) -> bool:
        return all(rule.holds(lambda path: number_at(point.settings, path)) for rule in self.rules)

    def points(self) -> Iterator[Point]:
        for position in range(self.size):
            point = self.point(self.index_of(position))
            if self.allows(point):
                yield point


def number_at(settings: Settings, path: str) -> float:
    """Throws KeyError where the path is not set to a number."""
    value = number(settings[path])
    if value is None:
        raise KeyError(path)
    return value
