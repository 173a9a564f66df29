# Roofline, energy and area of one run or of several.
import math

from matplotlib.figure import Figure

from attnsim_reports import words
from attnsim_reports.results import Run
from attnsim_reports.style import (BLUE, GREY, MARKERS, NARROW, SERIES, Chart, Margins, beside, canvas, fitted,
                                   text_width)


def roofs(runs: list[Run]) -> list[tuple[float, float]]:
    """Distinct (peak MACCs a second, DRAM bytes a second) of the runs that have both."""
    found = []
    for run in runs:
        peak, bandwidth = run.peak_maccs_per_second, run.get("arch.dram_bytes_per_second")
        if peak and bandwidth and (peak, float(bandwidth)) not in found:
            found.append((peak, float(bandwidth)))
    return found


def roofline_chart(runs: list[Run], labels: list[str]) -> Chart | None:
    points = [(label, run.intensity, (run.tensor_maccs or 0) / run.seconds)
              for run, label in zip(runs, labels, strict=True) if run.intensity and run.seconds]
    limits = roofs(runs)
    if not points or not limits:
        return None

    def draw(width: int) -> Figure:
        several = len(points) > 1
        columns = 1 if width <= NARROW else 3
        legend_lines = math.ceil(len(points) / columns) if several else 0
        legend = 20 * legend_lines + (8 if several else 0)
        figure, axes = canvas(width, 330 + legend, Margins(left=58, right=16, top=12 + legend, bottom=46))
        knees = [peak / bandwidth for peak, bandwidth in limits]
        intensities = [intensity for _, intensity, _ in points] + knees
        rates = [rate for _, _, rate in points]
        left, right = min(intensities) / 8, max(intensities) * 8
        top = max(peak for peak, _ in limits)
        for peak, bandwidth in limits:
            knee = peak / bandwidth
            axes.plot([left, knee, right], [left * bandwidth, peak, peak], color=GREY, linewidth=2)
        for index, (label, intensity, rate) in enumerate(points):
            axes.plot([intensity], [rate], linestyle="none", markersize=9, markeredgecolor="white",
                      marker=MARKERS[(index + index // len(SERIES)) % len(MARKERS)], color=SERIES[index % len(SERIES)],
                      label=fitted(label, (width - 40) / columns - 30, 11))
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(left, right)
        axes.set_ylim(min(min(rates) / 3, top / 200), top * 4)
        axes.grid(which="major")
        axes.minorticks_off()
        peak, bandwidth = limits[0]
        axes.text(right, peak * 1.15, f"{words.significant(peak)} MACC/s", ha="right", va="bottom", color="#555555",
                  size=11)
        axes.set_xlabel("tensor-product MACCs a DRAM byte")
        axes.set_ylabel("MACCs a second")
        if several:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False, borderaxespad=0.2,
                        ncol=columns, handletextpad=0.2, columnspacing=1.0)
        else:
            name, intensity, rate = points[0]
            roof = min(peak, intensity * bandwidth)
            to_left = math.log(intensity / left) > math.log(right / intensity)
            axes.annotate(f"{words.percent(rate / roof)} of the roof", (intensity, rate), (-10 if to_left else 10, -12),
                          textcoords="offset points", ha="right" if to_left else "left", va="top")
        return figure

    parts = [f"{label + ': ' if label else ''}{words.significant(intensity)} MACCs a byte, "
             f"{words.significant(rate)} MACCs a second" for label, intensity, rate in points]
    peak, bandwidth = limits[0]
    side = "compute-bound" if points[0][1] > peak / bandwidth else "memory-bound"
    caption = (f"The roof is {words.byte_count(bandwidth)}/s of DRAM, then {words.significant(peak)} MACCs a second of "
               f"the 2D array; they meet at {words.significant(peak / bandwidth)} MACCs a byte.")
    if len(points) == 1:
        caption += f" This run lies on the {side} side."
    return Chart("roofline", "Roofline of the 2D array",
                 "Double-logarithmic plot of tensor-product MACCs a second over MACCs a DRAM byte. "
                 f"{'; '.join(parts)}.", caption, draw)


def components_chart(run: Run, key: str, title: str, what: str, words_of) -> Chart | None:
    """One bar a component of energy or area, the largest first; nothing where it is not modelled."""
    parts = {name: value for name, value in run.components(key).items() if value > 0}
    if not parts:
        return None
    total = float(run.get(f"{key}.total") or sum(parts.values()))
    ordered = sorted(parts.items(), key=lambda entry: -entry[1])

    def draw(width: int) -> Figure:
        names = [words.unit_name(name) for name, _ in ordered]
        left = max(text_width(name) for name in names) + 10
        figure, axes = canvas(width, 30 * len(names) + 50, Margins(left=left, right=130, top=4, bottom=44))
        for line, (_, value) in enumerate(ordered):
            axes.barh(line, value / total, height=0.66, color=BLUE)
            beside(axes, value / total, line, f"{words_of(value)} ({words.percent(value / total)})")
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(0, ordered[0][1] / total)
        axes.locator_params(axis="x", nbins=5 if width > NARROW else 3)
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.grid(axis="x")
        axes.set_xlabel(f"share of the {what}")
        return figure

    listing = ", ".join(f"{words.unit_name(name)} {words_of(value)}" for name, value in ordered)
    return Chart(key.split("_")[0], title, f"Bars, one a component: {listing}; total {words_of(total)}.",
                 f"The total is {words_of(total)}.", draw)


def energy_chart(run: Run) -> Chart | None:
    return components_chart(run, "energy_pj", "Energy by component", "energy", words.joules)


def area_chart(run: Run) -> Chart | None:
    return components_chart(run, "area_um2", "Area by component", "area", words.area)
