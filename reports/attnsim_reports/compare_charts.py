# Several runs side by side: latency, utilisation, traffic and energy.
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from attnsim_reports import words
from attnsim_reports.results import Run
from attnsim_reports.style import (BLACK, BLUE, GREEN, NARROW, ORANGE, SERIES, Chart, Margins, beside, canvas, fitted,
                                   text_width)
from attnsim_reports.unit_charts import legend_patches

ROW = 26


def bar_rows(width: int, labels: list[str], bars: int, legend: int, right: int) -> tuple[Figure, Axes, bool]:
    """A horizontal bar chart's frame. Long labels stand above their bars instead of left of them."""
    above = max(text_width(label) for label in labels) > width * 0.32
    left = 12 if above else max(text_width(label) for label in labels) + 10
    row = ROW * bars + (22 if above else 8)
    figure, axes = canvas(width, row * len(labels) + 52 + legend, Margins(left, right, 4 + legend, 46))
    axes.set_ylim(row * len(labels), 0)
    axes.set_yticks([])
    for index, label in enumerate(labels):
        if above:
            axes.text(0, row * index + 12, fitted(label, width - 16, 13), va="center", weight="bold")
        else:
            axes.annotate(label, (0, row * index + row / 2), (-7, 0), textcoords="offset points", va="center",
                          ha="right")
    return figure, axes, above


def position(index: int, bar: int, bars: int, above: bool) -> float:
    row = ROW * bars + (22 if above else 8)
    return row * index + (22 if above else 4) + ROW * (bar + 0.5)


def finish(axes: Axes, width: int, limit: float, label: str, formatter: Callable[[float], str]) -> None:
    axes.set_xlim(0, limit or 1)
    axes.xaxis.set_major_locator(MaxNLocator(6 if width > NARROW else 3))
    axes.xaxis.set_major_formatter(lambda value, _: formatter(value))
    axes.grid(axis="x")
    axes.set_xlabel(label)


def value_chart(runs: list[Run], labels: list[str], key: str, title: str, value_of: Callable[[Run], float | None],
                words_of: Callable[[float], str], axis: str, remark: str,
                marks: Callable[[Run], float] | None = None) -> Chart | None:
    """One bar a run of one quantity, with an optional mark on each bar."""
    values = [value_of(run) for run in runs]
    if not any(values):
        return None
    known = [value or 0.0 for value in values]

    def draw(width: int) -> Figure:
        figure, axes, above = bar_rows(width, labels, 1, 0, 84)
        for index, (run, value) in enumerate(zip(runs, known, strict=True)):
            at = position(index, 0, 1, above)
            axes.barh(at, value, height=ROW * 0.72, color=BLUE)
            beside(axes, value, at, words_of(value))
            if marks:
                mark = marks(run)
                axes.plot([mark, mark], [at - ROW * 0.46, at + ROW * 0.46], color=BLACK, linewidth=2)
        finish(axes, width, max(known), axis, lambda value: words_of(value) if value else "0")
        return figure

    listing = ", ".join(f"{label} {words_of(value)}" for label, value in zip(labels, known, strict=True))
    return Chart(key, title, f"Bars, one a run: {listing}.", remark, draw)


def latency_chart(runs: list[Run], labels: list[str]) -> Chart | None:
    return value_chart(runs, labels, "latency", "Latency", lambda run: run.seconds, words.seconds, "latency",
                       "Latency of each run; the black mark is the run's lower bound, the busiest unit's work alone.",
                       lambda run: run.get("bound.lower_bound_cycles") / run.get("frequency_hz"))


def traffic_chart(runs: list[Run], labels: list[str]) -> Chart | None:
    return value_chart(runs, labels, "traffic", "DRAM traffic", lambda run: run.dram_bytes, words.byte_count,
                       "bytes read and written", remark="Bytes that each run reads from DRAM and writes to it.")


def utilisation_chart(runs: list[Run], labels: list[str]) -> Chart | None:
    series = [("2D array", "array_2d", BLUE), ("1D array", "array_1d", ORANGE), ("DRAM", "dram", GREEN)]
    series = [entry for entry in series if any(run.get(f"utilization.{entry[1]}") is not None for run in runs)]
    if not series:
        return None

    def share(run: Run, key: str) -> float:
        return float(run.get(f"utilization.{key}") or 0)

    def draw(width: int) -> Figure:
        figure, axes, above = bar_rows(width, labels, len(series), 26, 60)
        for index, run in enumerate(runs):
            for bar, (_, key, colour) in enumerate(series):
                at = position(index, bar, len(series), above)
                axes.barh(at, share(run, key), height=ROW * 0.78, color=colour)
                beside(axes, share(run, key), at, words.percent(share(run, key)))
        finish(axes, width, 1, "utilisation", lambda value: f"{100 * value:g} %")
        axes.legend(handles=legend_patches([name for name, _, _ in series], [colour for _, _, colour in series]),
                    loc="lower left", bbox_to_anchor=(0, 1.0), ncol=len(series), frameon=False, borderaxespad=0.1,
                    handlelength=1.2, columnspacing=1.2)
        return figure

    listing = "; ".join(f"{label}: " + ", ".join(f"{name} {words.percent(share(run, key))}" for name, key, _ in series)
                        for label, run in zip(labels, runs, strict=True))
    return Chart("utilisation", "Utilisation", f"Bars, {len(series)} a run. {listing}.",
                 "Busy PE-cycles over all PE-cycles of the arrays; busy cycles over all cycles of the DRAM.", draw)


def energy_chart(runs: list[Run], labels: list[str]) -> Chart | None:
    parts = [run.components("energy_pj") for run in runs]
    names = [name for name in dict.fromkeys(name for part in parts for name in part)
             if any(part.get(name, 0) > 0 for part in parts)]
    if not names:
        return None
    colours = (SERIES * 2)[:len(names)]

    def draw(width: int) -> Figure:
        columns = 6 if width > NARROW else 3
        legend = 22 * -(-len(names) // columns) + 4
        figure, axes, above = bar_rows(width, labels, 1, legend, 74)
        for index, part in enumerate(parts):
            left, at = 0.0, position(index, 0, 1, above)
            for name, colour in zip(names, colours, strict=True):
                axes.barh(at, part.get(name, 0.0), left=left, height=ROW * 0.72, color=colour, edgecolor="white",
                          linewidth=0.5)
                left += part.get(name, 0.0)
            beside(axes, left, at, words.joules(left) if part else "not modelled")
        finish(axes, width, max(sum(part.values()) for part in parts), "energy",
               lambda value: words.joules(value) if value else "0")
        axes.legend(handles=legend_patches([words.unit_name(name) for name in names], colours), loc="lower left",
                    bbox_to_anchor=(0, 1.0), ncol=columns, frameon=False, borderaxespad=0.1, handlelength=1.2,
                    columnspacing=1.0, handletextpad=0.5)
        return figure

    listing = "; ".join(f"{label}: " + (", ".join(f"{words.unit_name(name)} {words.joules(value)}" for name, value
                                                 in part.items() if value) or "not modelled")
                        for label, part in zip(labels, parts, strict=True))
    return Chart("energy", "Energy by component", f"Stacked bars, one a run. {listing}.",
                 "Energy of each run, split by where it is spent.", draw)
