# Pareto fronts with their knee, and parallel coordinates.
import itertools
from collections.abc import Sequence

import matplotlib
import numpy
from attnsim_reports.style import BLACK, GREY, MARKERS, PALE, SERIES, VERMILLION, Margins, canvas
from attnsim_sweeps.drawing import (Picture, colour_axis, colours, is_logarithmic, labels, quantities, scale_axis,
                                    short_name)
from attnsim_sweeps.figures import Outcome
from attnsim_sweeps.pareto import front
from attnsim_sweeps.reading import Contents
from attnsim_sweeps.table import Front, fronts_of, label, moving_axes, signed
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, HEIGHT = 860, 500
RASTER_FROM = 1500  # points that an SVG holds as shapes
MOST_LINES = 600    # of parallel coordinates
LEGEND_ENTRIES = 12
MOST_NAMED = 8      # fronts


def fronts(found: Contents) -> list[Picture]:
    """One picture a pair of objectives."""
    pictures = []
    for x, y in itertools.combinations(range(len(found.sweep.objectives)), 2):
        names = quantities(found)
        title = f"{names[y].name} against {names[x].name}"
        best = fronts_of(found.sweep, found.feasible)
        knees = [front for front in best if front.knee is not None]
        caption = (f"Each dot is a point of the sweep ({len(found.feasible)} that meet the constraints"
                   f"{f', {len(found.outcomes) - len(found.feasible)} in grey that do not' if len(found.outcomes) > len(found.feasible) else ''}); "
                   f"a line joins those that no other beats in every objective"
                   f"{', for each value of ' + found.sweep.for_each if found.sweep.for_each else ''}.")
        if len(knees) == 1:
            caption += f" The ring marks the knee: {described(found, knees[0].knee)}."
        elif knees:
            caption += " Rings mark the knees."
        pictures.append(Picture(f"front_{x}_{y}" if len(names) > 2 else "front", title, caption,
                                f"A scatter plot of {title} with the Pareto front.", _front(found, x, y, best)))
    return pictures


def described(found: Contents, outcome: Outcome) -> str:
    """Its place on each axis in words."""
    return ", ".join(f"{short_name(axis)} {label(axis, outcome.point.index[place])}"
                     for place, axis in moving_axes(found.sweep))


def _front(found: Contents, x: int, y: int, fronts: list[Front]) -> Figure:
    names = quantities(found)
    chosen = colour_axis(found)
    figure, axes = canvas(WIDTH, HEIGHT, Margins(left=76, right=200 if chosen else 20, top=14, bottom=54))
    everything = [_at(found, outcome, x, y) for outcome in found.outcomes]
    feasible = found.feasible
    if not feasible:
        axes.text(0.5, 0.5, "no point meets the constraints", transform=axes.transAxes, ha="center")
        return figure
    raster = len(found.outcomes) > RASTER_FROM
    out = [_at(found, outcome, x, y) for outcome in found.outcomes if outcome.violation > 0]
    if out:
        axes.scatter(*zip(*out, strict=True), s=9, color=PALE, linewidths=0, rasterized=raster, zorder=1)
    for position, colour in enumerate(colours(chosen[1])) if chosen else [(0, SERIES[0])]:
        own = [_at(found, outcome, x, y) for outcome in feasible
               if chosen is None or outcome.point.index[chosen[0]] == position]
        if own:
            axes.scatter(*zip(*own, strict=True), s=18, color=[colour], marker=MARKERS[position % len(MARKERS)],
                         alpha=0.6, linewidths=0, rasterized=raster, zorder=2,
                         label=labels(chosen[1])[position] if chosen else None)
    for own in fronts:
        # Of more than two objectives, the front of these two alone; the others' points stay dots.
        pair = [[row[x], row[y]] for row in signed(found.sweep, own.outcomes)]
        line = [_at(found, own.outcomes[index], x, y) for index in front(pair)]
        axes.plot(*zip(*line, strict=True), color=BLACK, linewidth=1.2, marker="o", markersize=3, zorder=3)
        if own.label and len(fronts) <= MOST_NAMED:
            axes.annotate(own.label, line[-1], (6, 0), textcoords="offset points", size=9, va="center")
        if own.knee is not None:
            place = _at(found, own.knee, x, y)
            axes.scatter(*place, s=170, facecolors="none", edgecolors=VERMILLION, linewidths=2, zorder=4)
            if len(fronts) == 1:
                axes.annotate("knee", place, (12, 10), textcoords="offset points", color=VERMILLION, weight="bold")
    scale_axis(axes, "x", [point[0] for point in everything])
    scale_axis(axes, "y", [point[1] for point in everything])
    axes.set_xlabel(names[x].label + (", more is better" if found.sweep.objectives[x].maximize else ""))
    axes.set_ylabel(names[y].label + (", more is better" if found.sweep.objectives[y].maximize else ""))
    axes.grid(True)
    if chosen:
        _legend(axes, short_name(chosen[1]))
    return figure


def _at(found: Contents, outcome: Outcome, x: int, y: int) -> tuple[float, float]:
    names = quantities(found)
    return outcome.objectives[x] * names[x].factor, outcome.objectives[y] * names[y].factor


def _legend(axes: Axes, title: str) -> None:
    handles, texts = axes.get_legend_handles_labels()
    step = -(-len(handles) // LEGEND_ENTRIES)
    axes.legend(handles[::step], [text if len(text) < 26 else text[:24] + "…" for text in texts[::step]], title=title,
                loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=10, title_fontsize=10,
                alignment="left")


def parallel(found: Contents) -> Picture | None:
    """One line a point across all axes and objectives; the front's in colour."""
    moving = moving_axes(found.sweep)
    feasible = found.feasible
    if not moving or not feasible:
        return None
    best = [outcome for own in fronts_of(found.sweep, feasible) for outcome in own.outcomes]
    names = quantities(found)
    marks = [short_name(axis) for _, axis in moving] + [name.label for name in names]
    figure, axes = canvas(WIDTH, 420, Margins(left=60, right=90, top=60, bottom=24))
    shown = feasible[::-(-len(feasible) // MOST_LINES)]
    columns = _heights(found, shown)
    marked = _heights(found, best)
    ramp = matplotlib.colormaps["viridis"]
    axes.plot(range(len(marks)), columns.T, color=GREY, alpha=max(0.06, min(0.5, 20 / len(shown))), linewidth=0.8,
              rasterized=len(shown) > 100)
    for row in marked:
        axes.plot(range(len(marks)), row, color=ramp(0.9 * row[len(moving)]), linewidth=1.6)
    for place, (_, axis) in enumerate(moving):
        texts = labels(axis)
        step = -(-len(texts) // 12)
        for position in range(0, len(texts), step):
            _mark(axes, place, _height(position, len(texts)), texts[position])
    for place, name in enumerate(names):
        values = [outcome.objectives[place] for outcome in feasible]
        for height, value in ((0.0, min(values)), (1.0, max(values))):
            _mark(axes, len(moving) + place, height, name.shown(value))
    for place, mark in enumerate(marks):
        axes.axvline(place, color=BLACK, linewidth=0.8)
        axes.annotate(mark, (place, 1.06), ha="center", va="bottom", size=10, weight="bold", annotation_clip=False,
                      rotation=12 if len(marks) > 3 else 0)
    axes.set_xlim(-0.15, len(marks) - 1 + 0.35)
    axes.set_ylim(-0.04, 1.04)
    axes.axis("off")
    return Picture("parallel", "All axes at once",
                   f"Each line is a point; the coloured ones are the {len(best)} on a front, dark where "
                   f"{names[0].name} is small.",
                   "Parallel coordinates of axes and objectives.", figure)


def _mark(axes: Axes, x: float, y: float, text: str) -> None:
    axes.annotate(text if len(text) < 22 else text[:20] + "…", (x, y), (5, 0), textcoords="offset points", va="center",
                  size=9, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
                  annotation_clip=False)


def _height(position: int, count: int) -> float:
    return position / (count - 1)


def _heights(found: Contents, outcomes: Sequence[Outcome]) -> numpy.ndarray:
    """A row a point: its place on each axis and objective, from 0 to 1."""
    columns = [[_height(outcome.point.index[place], len(axis.values)) for outcome in outcomes]
               for place, axis in moving_axes(found.sweep)]
    for place in range(len(found.sweep.objectives)):
        everything = [outcome.objectives[place] for outcome in found.feasible]
        ends = numpy.array([min(everything), max(everything)])
        values = numpy.array([outcome.objectives[place] for outcome in outcomes])
        if is_logarithmic(everything):
            ends, values = numpy.log(ends), numpy.log(values)
        columns.append(list((values - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 0 * values + 0.5))
    return numpy.array(columns).T
