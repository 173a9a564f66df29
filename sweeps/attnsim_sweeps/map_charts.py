# Pictures over two axes, heat maps and the bottleneck map; and the tornado of what each axis does.
import matplotlib
from attnsim_reports.style import BLACK, BLUE, GREY, ORANGE, PALE, SERIES, VERMILLION, Margins, canvas
from attnsim_reports.words import unit_name
from attnsim_sweeps.drawing import Picture, is_logarithmic, labels, quantities, short_name, short_number
from attnsim_sweeps.effects import by_effect, level_means, swing
from attnsim_sweeps.figures import Outcome
from attnsim_sweeps.reading import Contents
from attnsim_sweeps.space import Axis
from attnsim_sweeps.table import moving_axes
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

WIDTH = 860
MOST_CELLS_WITH_TEXT = 14  # a row or column
MOST_LETTERS = 30          # of a value's label
SMALLEST_SWING = 1e-6      # of a bar
HATCHES = ["", "//", "..", "\\\\", "xx", "++", "oo"]
Plane = tuple[tuple[int, Axis], tuple[int, Axis]]


def plane_of(found: Contents) -> Plane | None:
    """The two axes of the maps, x first: the file's choice, else those that change the first objective most."""
    moving = moving_axes(found.sweep)
    if len(moving) < 2 or not found.feasible:
        return None
    by_name = {axis.name: (place, axis) for place, axis in moving}
    if len(found.sweep.map_axes) == 2 and all(name in by_name for name in found.sweep.map_axes):
        return by_name[found.sweep.map_axes[0]], by_name[found.sweep.map_axes[1]]
    first, second = by_effect(found.feasible, moving, 0)[:2]
    # The longer axis lies.
    return (first, second) if len(first[1].values) >= len(second[1].values) else (second, first)


def cells_of(found: Contents, plane: Plane, objective: int) -> dict[tuple[int, int], Outcome]:
    """(column, row) -> the point with the best objective of those that meet the constraints there."""
    sign = found.sweep.objectives[objective].sign()
    best: dict[tuple[int, int], Outcome] = {}
    for outcome in found.feasible:
        cell = (outcome.point.index[plane[0][0]], outcome.point.index[plane[1][0]])
        if cell not in best or sign * outcome.objectives[objective] < sign * best[cell].objectives[objective]:
            best[cell] = outcome
    return best


def _is_turned(texts: list[str]) -> bool:
    """Whether the x axis has no room for them side by side."""
    return max(map(len, texts)) * len(texts) > 70


def _frame(axes: Axes, plane: Plane) -> None:
    for which, (_, axis) in zip("xy", plane, strict=True):
        texts = [text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS - 1] + "…" for text in labels(axis)]
        step = -(-len(texts) // 24)
        ticks = [position + 0.5 for position in range(0, len(texts), step)]
        if which == "x":
            turned = _is_turned(texts)
            axes.set_xticks(ticks, texts[::step], rotation=35 if turned else 0, ha="right" if turned else "center")
            axes.set_xlabel(short_name(axis))
            axes.set_xlim(0, len(texts))
        else:
            axes.set_yticks(ticks, texts[::step])
            axes.set_ylabel(short_name(axis))
            axes.set_ylim(0, len(texts))
    axes.tick_params(length=0, labelsize=10)
    for side in axes.spines.values():
        side.set_visible(False)


def _canvas(plane: Plane, right: int) -> tuple[Figure, Axes]:
    widest = min(MOST_LETTERS, max(map(len, labels(plane[1][1]))))
    across = labels(plane[0][1])
    below = 46 + (5 * min(MOST_LETTERS, max(map(len, across))) if _is_turned(across) else 0)
    height = 26 * min(18, max(5, len(plane[1][1].values)))
    return canvas(WIDTH, 12 + height + below, Margins(left=40 + 7 * widest, right=right, top=12, bottom=below))


def _others(found: Contents, plane: Plane) -> str:
    rest = [short_name(axis) for place, axis in moving_axes(found.sweep) if place not in (plane[0][0], plane[1][0])]
    return f", the best over {', '.join(rest)}" if rest else ""


def heat_maps(found: Contents) -> list[Picture]:
    plane = plane_of(found)
    if plane is None:
        return []
    pictures = []
    for number, name in enumerate(quantities(found)):
        cells = cells_of(found, plane, number)
        figure, axes = _canvas(plane, 110)
        values = {cell: outcome.objectives[number] * name.factor for cell, outcome in cells.items()}
        spread = list(values.values())
        scale = LogNorm if is_logarithmic(spread) else Normalize
        high = max(spread) if max(spread) > min(spread) else min(spread) + abs(min(spread)) * 1e-9 + 1e-30
        norm = scale(min(spread), high)
        ramp = matplotlib.colormaps["viridis" if found.sweep.objectives[number].maximize else "viridis_r"]
        with_text = max(len(plane[0][1].values), len(plane[1][1].values)) <= MOST_CELLS_WITH_TEXT
        axes.set_facecolor(PALE)
        for (column, row), value in values.items():
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=ramp(norm(value)), edgecolor="white",
                                     linewidth=0.8))
            if with_text:
                dark = sum(ramp(norm(value))[:3]) < 1.35
                axes.text(column + 0.5, row + 0.5, short_number(value), ha="center", va="center", size=9,
                          color="white" if dark else BLACK)
        framed = not plane[1][1].is_ordered
        if framed:
            _mark_best(axes, found, cells, number)
        _frame(axes, plane)
        bar = figure.colorbar(matplotlib.cm.ScalarMappable(norm, ramp), cax=figure.add_axes((0.9, 0.3, 0.018, 0.55)))
        steps = (1.0,) if max(spread) > 100 * min(spread) else (1.0, 2.0, 5.0)
        bar.locator = MaxNLocator(4) if scale is Normalize else LogLocator(10, steps)
        bar.formatter = FuncFormatter(lambda value, _: short_number(value, 4))
        bar.update_ticks()
        bar.ax.set_title(name.unit or "", size=10, loc="left")
        bar.outline.set_visible(False)
        bar.ax.minorticks_off()
        key = f"map_{number}"
        pictures.append(Picture(key, f"Map of {name.name}",
                                f"{name.label[0].upper()}{name.label[1:]} of each pair{_others(found, plane)}"
                                f"{'; framed: the best of its column' if framed else ''}"
                                f"{'; grey: no point that meets the constraints' if _has_gaps(plane, cells) else ''}.",
                                f"A heat map of {name.label} over {short_name(plane[0][1])} and "
                                f"{short_name(plane[1][1])}.", figure))
    return pictures


def _has_gaps(plane: Plane, cells: dict[tuple[int, int], Outcome]) -> bool:
    return len(cells) < len(plane[0][1].values) * len(plane[1][1].values)


def _mark_best(axes: Axes, found: Contents, cells: dict[tuple[int, int], Outcome], objective: int) -> None:
    """Frames the best cell of each column: the rows are alternatives."""
    sign = found.sweep.objectives[objective].sign()
    for column in {column for column, _ in cells}:
        best = min((cell for cell in cells if cell[0] == column),
                   key=lambda cell: (sign * cells[cell].objectives[objective], cell[1]))
        axes.add_patch(Rectangle((best[0] + 0.03, best[1] + 0.05), 0.94, 0.9, fill=False, edgecolor=VERMILLION,
                                 linewidth=2.2, zorder=5))


def bottlenecks(found: Contents) -> Picture | None:
    plane = plane_of(found)
    if plane is None:
        return None
    cells = cells_of(found, plane, 0)
    limiters = sorted({outcome.limiter for outcome in cells.values()})
    figure, axes = _canvas(plane, 150)
    for (column, row), outcome in cells.items():
        number = limiters.index(outcome.limiter)
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=SERIES[number % len(SERIES)], edgecolor="white",
                                 linewidth=0.8, alpha=0.75, hatch=HATCHES[number % len(HATCHES)]))
    _frame(axes, plane)
    axes.set_facecolor(PALE)
    axes.legend([Patch(facecolor=SERIES[number % len(SERIES)], alpha=0.75, hatch=HATCHES[number % len(HATCHES)],
                       edgecolor="white") for number in range(len(limiters))], [unit_name(one) for one in limiters],
                loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, title="limited by", alignment="left")
    name = quantities(found)[0].name
    return Picture("bottlenecks", "What limits where",
                   f"The unit that sets the lower bound of each pair's point with the best {name}{_others(found, plane)}.",
                   f"A map of the limiting unit over {short_name(plane[0][1])} and {short_name(plane[1][1])}.", figure)


def tornado(found: Contents) -> Picture | None:
    moving = moving_axes(found.sweep)
    feasible = found.feasible
    if not moving or not feasible:
        return None
    names = quantities(found)
    order = by_effect(feasible, moving, 0)
    panels = len(names)
    figure = Figure(figsize=(WIDTH / 72, (70 + 34 * len(order)) / 72), dpi=72)
    all_axes = figure.subplots(1, panels, sharey=True, squeeze=False)[0]
    figure.subplots_adjust(left=0.21, right=0.985, bottom=34 / (70 + 34 * len(order)), top=1 - 24 / (70 + 34 * len(order)),
                           wspace=0.08)
    for number, (axes, name) in enumerate(zip(all_axes, names, strict=True)):
        for height, (place, axis) in enumerate(reversed(order)):
            means = level_means(feasible, place, axis, number)
            low, high = swing(means)
            texts = labels(axis)
            if high - low < SMALLEST_SWING:
                continue
            axes.barh(height, 1 - low, left=low, color=BLUE, height=0.55)
            axes.barh(height, high - 1, left=1, color=ORANGE, height=0.55, hatch="//", edgecolor="white")
            for value, side, shift in ((low, "right", -4), (high, "left", 4)):
                axes.annotate(texts[means.index(value)][:14], (value, height), (shift, 0), textcoords="offset points",
                              ha=side, va="center", size=9)
        axes.axvline(1, color=GREY, linewidth=1)
        lows, highs = zip(*(swing(level_means(feasible, place, axis, number)) for place, axis in order), strict=True)
        if max(highs) / max(min(lows), 1e-9) > 6 and min(lows) > 0:
            axes.set_xscale("log", base=2)
            axes.xaxis.set_major_locator(LogLocator(2, numticks=6))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(lambda value, _: f"1/{1 / value:.3g}" if 0 < value < 0.2 else f"{value:.3g}x")
        axes.set_ylim(-0.6, len(order) - 0.4)
        axes.set_title(name.name, size=11)
        axes.tick_params(labelsize=10)
        axes.use_sticky_edges = False
        axes.margins(x=0.5 if any(len(text) > 9 for _, axis in order for text in labels(axis)) else 0.3)
        axes.grid(True, axis="x")
    all_axes[0].set_yticks(range(len(order)), [short_name(axis)[:30] for _, axis in reversed(order)])
    return Picture("tornado", "What each axis does",
                   "For each value of an axis, the mean over all points with it, relative to the mean of all: from the "
                   "value with the least mean to the one with the largest.",
                   "A tornado chart of the axes' effect on each objective.", figure)
