# Figures of the comparison of variants: bars over plain attention, growth with the length, published speed-ups.
from collections.abc import Callable
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from attnsim_reports.style import BLACK, BLUE, GREEN, GREY, MARKERS, ORANGE, PURPLE, SERIES, SETTINGS, SKY, VERMILLION
from attnsim_reports.variant_published import Published
from attnsim_reports.variant_tables import Cells, found_of, groups, speed_up
from attnsim_reports.words import ratio, tokens

SIZE = (1280, 720)  # a slide, in points
COLOURS = {"dense-softmax": BLUE, "softmax-replacement": SKY, "static-sparse": ORANGE, "linear-kernel": GREEN,
           "gated-or-decayed-recurrence": VERMILLION, "delta-or-test-time-regression": PURPLE}
BASELINE = "gqa_causal"
COMPARED = "64K"

# What stands for its kind where lines would be too many.
REPRESENTATIVES = ["fusemax_1pass", "gqa_causal", "sigmoid_attn", "duo_attention", "power_attention",
                   "sliding_window_sink", "linear_attn", "gla", "gla_chunked"]


def new_figure() -> Figure:
    return Figure(figsize=(SIZE[0] / 72, SIZE[1] / 72), dpi=72)


def save(figure: Figure, stem: Path) -> list[Path]:
    files = [stem.with_suffix(".png"), stem.with_suffix(".svg")]
    FigureCanvasAgg(figure).print_png(str(files[0]), metadata={"Software": None}, pil_kwargs={"optimize": True})
    with matplotlib.rc_context({"svg.hashsalt": stem.name}):
        FigureCanvasSVG(figure).print_svg(str(files[1]), metadata={"Date": None})
    return files


def bars(axes: Axes, entries: list[tuple[str, str, float]], least: float, most: float) -> None:
    """`entries`: row, class, time over the baseline's."""
    for place, (row, class_name, over) in enumerate(entries):
        axes.barh(place, over - least, left=least, height=0.72, color=COLOURS.get(class_name, GREY))
        axes.annotate(ratio(over) if over >= 0.01 else f"{over:.1g}x", (over, place), (4, 0),
                      textcoords="offset points", va="center", size=9)
    axes.set_yticks(range(len(entries)), [row for row, _, _ in entries], size=10)
    axes.set_ylim(len(entries) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.set_xlim(least, most * 4)
    axes.axvline(1, color=BLACK, linewidth=1)
    axes.grid(True, axis="x")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"time over {BASELINE}'s (log scale)")


def over_baseline(cells: Cells, rows: dict[str, str], phase: str, length: int) -> list[tuple[str, str, float]]:
    base = found_of(cells, BASELINE, phase, length)
    if base is None or not base.figures:
        return []
    entries = []
    for class_name, members in groups(rows):
        found = [(row, found_of(cells, row, phase, length)) for row in members]
        own = [(row, class_name, one.figures["cycles"] / base.figures["cycles"]) for row, one in found
               if one is not None and one.figures]
        entries += sorted(own, key=lambda entry: entry[2])
    return entries


def phase_figure(cells: Cells, rows: dict[str, str], phase: str, length: int) -> Figure:
    entries = over_baseline(cells, rows, phase, length)
    figure = new_figure()
    figure.text(0.015, 0.955, f"{phase.capitalize()} at {tokens(length)} tokens: time over causal softmax attention",
                size=20, weight="bold", color=BLACK)
    least = min([over for _, _, over in entries], default=0.1) / 2
    most = max([over for _, _, over in entries], default=10)
    half = (len(entries) + 1) // 2
    for at, part in enumerate((entries[:half], entries[half:])):
        axes = figure.add_axes((0.135 + 0.495 * at, 0.115, 0.36, 0.8))
        bars(axes, part, least, most)
    shown = list(dict.fromkeys(class_name for _, class_name, _ in entries))
    handles = [Patch(color=COLOURS.get(one, GREY), label=one) for one in shown if one in COLOURS]
    if any(one not in COLOURS for one in shown):
        handles.append(Patch(color=GREY, label="others"))
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False, fontsize=10.5)
    return figure


def growth_figure(cells: Cells, lengths: dict[str, int]) -> Figure:
    figure = new_figure()
    figure.text(0.015, 0.945, "Cycles of one layer's attention over the length", size=20, weight="bold", color=BLACK)
    styles = ["-", "--", ":"]
    for at, phase in enumerate(("prefill", "decode")):
        axes = figure.add_axes((0.07 + 0.4 * at, 0.11, 0.33, 0.76))
        for index, row in enumerate(REPRESENTATIVES):
            points = [(length, one.figures["cycles"]) for length in lengths.values()
                      if (one := found_of(cells, row, phase, length)) is not None and one.figures]
            axes.plot([x for x, _ in points], [y for _, y in points], color=SERIES[index % len(SERIES)],
                      marker=MARKERS[index % len(MARKERS)], linestyle=styles[index // len(SERIES)], markersize=8,
                      linewidth=2)
        if axes.lines and any(len(line.get_xdata()) for line in axes.lines):
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
        axes.set_xticks(list(lengths.values()), list(lengths), size=13)
        axes.minorticks_off()
        axes.grid(True)
        axes.set_title(phase, size=15)
        axes.set_xlabel("tokens", size=14)
        if at == 0:
            axes.set_ylabel("cycles", size=14)
    handles = [Line2D([], [], color=SERIES[index % len(SERIES)], marker=MARKERS[index % len(MARKERS)], markersize=8,
                      linewidth=2, linestyle=styles[index // len(SERIES)], label=row)
               for index, row in enumerate(REPRESENTATIVES)]
    figure.legend(handles=handles, loc="center right", frameon=False, fontsize=13, handlelength=3,
                  bbox_to_anchor=(0.995, 0.5))
    return figure


def published_figure(cells: Cells, published: list[Published]) -> Figure:
    figure = new_figure()
    figure.text(0.015, 0.945, "Speed-up over softmax attention: published, and attention alone here", size=20,
                weight="bold", color=BLACK)
    axes = figure.add_axes((0.3, 0.11, 0.66, 0.78))
    names = []
    for place, one in enumerate(published):
        ours = speed_up(cells, one)
        names.append(f"{one.name}, {one.cell.phase} at {tokens(one.cell.tokens)}")
        if ours is not None:
            axes.plot([ours], [place], "o", color=BLUE, markersize=10, zorder=3)
            axes.annotate(ratio(ours), (ours, place), (0, 9), textcoords="offset points", ha="center", size=10, color=BLUE)
        if one.claim is not None:
            axes.plot(one.claim, [place, place], "D-", color=VERMILLION, markersize=8, linewidth=3, zorder=2)
            axes.annotate(one.text(), (one.claim[1], place), (0, -16), textcoords="offset points", ha="center", size=10,
                          color=VERMILLION)
    axes.set_yticks(range(len(names)), names, size=12)
    axes.set_ylim(len(names) - 0.3, -0.7)
    axes.set_xscale("log")
    axes.axvline(1, color=BLACK, linewidth=1)
    axes.grid(True)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("times as fast (log scale)", size=14)
    axes.legend(handles=[Line2D([], [], marker="o", color=BLUE, linestyle="", markersize=10, label="ours, attention alone"),
                         Line2D([], [], marker="D", color=VERMILLION, markersize=8, linewidth=3, label="published, GPU")],
                loc="best", frameon=True, fontsize=12)
    return figure


def write_all(cells: Cells, rows: dict[str, str], lengths: dict[str, int], published: list[Published],
              folder: Path) -> list[Path]:
    compared = COMPARED if COMPARED in lengths else list(lengths)[-1]
    figures: dict[str, Callable[[], Figure]] = {
        "prefill": lambda: phase_figure(cells, rows, "prefill", lengths[compared]),
        "decode": lambda: phase_figure(cells, rows, "decode", lengths[compared]),
        "growth": lambda: growth_figure(cells, lengths)}
    if published:
        figures["published"] = lambda: published_figure(cells, published)
    files = []
    with matplotlib.rc_context(SETTINGS):
        for name, draw in figures.items():
            files += save(draw(), folder / name)
    return files
