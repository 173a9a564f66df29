# Pictures over two axes, heat maps and the bottleneck map; and the tornado of what each axis does.
from attnsim_reports.style import BLACK, BLUE, GREY, ORANGE, PALE, SERIES, Margins, canvas
from attnsim_reports.words import unit_name
from attnsim_sweeps.drawing import Picture, is_logarithmic, labels, quantities, short_name
from attnsim_sweeps.effects import by_effect, level_means, swing
from attnsim_sweeps.figures import Outcome
from attnsim_sweeps.reading import Contents
from attnsim_sweeps.space import Axis
from attnsim_sweeps.table import moving_axes
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

WIDTH = 860
MOST_CELLS_WITH_TEXT = 14  # a row or column
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


def _height(plane: Plane, left: int) -> int:
    return 90 + 26 * min(18, max(4, len(plane[1][1].values)))


def _frame(axes: Axes, plane: Plane) -> None:
    for which, (_, axis) in zip("xy", plane, strict=True):
        texts = [text if len(text) < 24 else text[:22] + "…" for text in labels(axis)]
        step = -(-len(texts) // 24)
        ticks = [position + 0.5 for position in range(0, len(texts), step)]
        if which == "x":
            turned = max(map(len, texts)) * len(texts) > 70
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
    widest = min(24, max(map(len, labels(plane[1][1]))))
    below = 8 * min(24, max(map(len, labels(plane[0][1])))) // 2
    return canvas(WIDTH, _height(plane, 0) + below, Margins(left=40 + 7 * widest, right=right, top=10, bottom=50 + below))


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
        import matplotlib
        ramp = matplotlib.colormaps["viridis" if found.sweep.objectives[number].maximize else "viridis_r"]
        with_text = max(len(plane[0][1].values), len(plane[1][1].values)) <= MOST_CELLS_WITH_TEXT
        axes.set_facecolor(PALE)
        for (column, row), value in values.items():
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=ramp(norm(value)), edgecolor="white",
                                     linewidth=0.8))
            if with_text:
                dark = sum(ramp(norm(value))[:3]) < 1.35
                axes.text(column + 0.5, row + 0.5, f"{value:.3g}", ha="center", va="center", size=9,
                          color="white" if dark else BLACK)
        _frame(axes, plane)
        bar = figure.colorbar(matplotlib.cm.ScalarMappable(norm, ramp), cax=figure.add_axes((0.9, 0.25, 0.018, 0.6)))
        bar.ax.set_title(name.unit or "", size=10, loc="left")
        bar.outline.set_visible(False)
        bar.ax.minorticks_off()
        key = f"map_{number}"
        pictures.append(Picture(key, f"Map of {name.name}",
                                f"{name.label[0].upper()}{name.label[1:]} of each pair{_others(found, plane)}; grey: no "
                                "point that meets the constraints.",
                                f"A heat map of {name.label} over {short_name(plane[0][1])} and "
                                f"{short_name(plane[1][1])}.", figure))
    return pictures


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
    figure = Figure(figsize=(WIDTH / 72, (70 + 46 * len(order)) / 72), dpi=72)
    all_axes = figure.subplots(1, panels, sharey=True, squeeze=False)[0]
    figure.subplots_adjust(left=0.21, right=0.985, bottom=44 / (70 + 46 * len(order)), top=1 - 24 / (70 + 46 * len(order)),
                           wspace=0.08)
    for number, (axes, name) in enumerate(zip(all_axes, names, strict=True)):
        for height, (place, axis) in enumerate(reversed(order)):
            means = level_means(feasible, place, axis, number)
            low, high = swing(means)
            texts = labels(axis)
            axes.barh(height, 1 - low, left=low, color=BLUE, height=0.55)
            axes.barh(height, high - 1, left=1, color=ORANGE, height=0.55, hatch="//", edgecolor="white")
            for value, side, shift in ((low, "left", 3), (high, "right", -3)):
                axes.annotate(texts[means.index(value)][:16], (value, height + 0.33), (shift, 0),
                              textcoords="offset points", ha=side, va="bottom", size=9)
        axes.axvline(1, color=GREY, linewidth=1)
        lows, highs = zip(*(swing(level_means(feasible, place, axis, number)) for place, axis in order), strict=True)
        if max(highs) / max(min(lows), 1e-9) > 6 and min(lows) > 0:
            axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}x")
        axes.set_ylim(-0.5, len(order) - 0.2)
        axes.set_title(name.name, size=11)
        axes.tick_params(labelsize=10)
        axes.margins(x=0.08)
        axes.grid(True, axis="x")
    all_axes[0].set_yticks(range(len(order)), [short_name(axis)[:30] for _, axis in reversed(order)])
    return Picture("tornado", "What each axis does",
                   "For each value of an axis, the mean over all points with it, relative to the mean of all: from the "
                   "value with the least mean to the one with the largest.",
                   "A tornado chart of the axes' effect on each objective.", figure)
