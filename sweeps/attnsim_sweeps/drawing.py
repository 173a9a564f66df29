# What the pictures of sweeps share: names and scales of objectives, colours of an axis's values.
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from attnsim_reports.style import GREY, SERIES
from attnsim_sweeps.quantities import number
from attnsim_sweeps.reading import Contents
from attnsim_sweeps.space import Axis
from attnsim_sweeps.table import label, moving_axes
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

LOGARITHMIC_FROM = 8.0  # largest over smallest value
# Figures that people know in other units: path or its section -> (factor, name, unit).
UNITS = {"seconds": (1.0, "latency", "s"), "energy_pj": (1e-12, "energy", "J"), "area_um2": (1e-6, "area", "mm²"),
         "dram_bytes": (1.0, "DRAM traffic", "B"), "buffer_bytes": (1.0, "buffer traffic", "B")}


@dataclass(frozen=True)
class Picture:
    """`description` says what it shows to those who cannot see it."""
    key: str
    title: str
    caption: str
    description: str
    figure: Figure


@dataclass(frozen=True)
class Quantity:
    """An objective in the unit in which it is drawn."""
    name: str
    unit: str
    factor: float

    @property
    def label(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def shown(self, value: float) -> str:
        scaled = value * self.factor
        if self.unit in ("", "mm²"):
            return f"{short_number(scaled)} {self.unit}".strip()
        return EngFormatter(self.unit, sep=" ")(float(f"{scaled:.3g}"))


def quantity(text: str) -> Quantity:
    """A figure, or a sum of figures of one section, by the name and in the unit that people know."""
    parts = [part.strip() for part in text.split("+")]
    sections = {part.partition(".")[0] for part in parts}
    if len(sections) != 1 or not sections <= set(UNITS) or \
            not all(word.isidentifier() for part in parts for word in part.split(".")):
        return Quantity(text, "", 1.0)
    factor, name, unit = UNITS[sections.pop()]
    rest = " + ".join(part.partition(".")[2].replace("_", " ") for part in parts)
    return Quantity(name if rest in ("", "total") else f"{name}, {rest}", unit, factor)


def short_number(value: float, digits: int = 3) -> str:
    """0.512, 17.3, 1266, 1.72n."""
    if value == 0 or 1e-2 <= abs(value) < 1e5:
        return f"{value:.{digits}g}" if abs(value) < 10 ** digits else f"{value:.0f}"
    return EngFormatter(sep="")(float(f"{value:.{digits}g}"))


def quantities(found: Contents) -> list[Quantity]:
    return [quantity(objective.text) for objective in found.sweep.objectives]


def is_logarithmic(values: Sequence[float]) -> bool:
    return min(values) > 0 and max(values) / min(values) >= LOGARITHMIC_FROM


def scale_axis(axes: Axes, which: str, values: Sequence[float]) -> None:
    """A logarithmic scale where the values span much, and labels such as 10 m and 2 G."""
    own = axes.xaxis if which == "x" else axes.yaxis
    if is_logarithmic(values):
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        decades = max(values) / min(values)
        own.set_major_locator(LogLocator(10, subs=(1.0,) if decades > 300 else (1.0, 2.0, 5.0), numticks=12))
        own.set_minor_formatter(NullFormatter())
    own.set_major_formatter(lambda value, _: short_number(value, 4))


def colour_axis(found: Contents) -> tuple[int, Axis] | None:
    """The axis that colours tell apart: the file's choice, else one of names, else one with few values."""
    moving = moving_axes(found.sweep)
    if found.sweep.colour:
        return next(((place, axis) for place, axis in moving if axis.name == found.sweep.colour), None)
    names = [(place, axis) for place, axis in moving if number(axis.values[0][0]) is None]
    few = sorted(moving, key=lambda pair: len(pair[1].values))
    chosen = names or few
    return chosen[0] if chosen else None


def colours(axis: Axis) -> list:
    """As many as the axis has values: a palette where they fit, a ramp where they are many."""
    count = len(axis.values)
    if count <= len(SERIES):
        return list(SERIES[:count])
    ramp = matplotlib.colormaps["viridis"]
    return [ramp(0.95 * position / (count - 1)) for position in range(count)]


def short_name(axis: Axis) -> str:
    """Without the document, of several paths the first: "array_2d.rows + ..."."""
    first = axis.paths[0].partition(".")[2] or axis.paths[0]
    others = [path for path in axis.paths[1:] if "." not in path]
    return " + ".join([first, *others]) if len(others) == len(axis.paths) - 1 else first + " + ..."


def labels(axis: Axis) -> list[str]:
    return [label(axis, position) for position in range(len(axis.values))]


def note(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=GREY)
