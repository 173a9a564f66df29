# What a layer or a model is made of: each part's share of the time, and what limits it at the architecture's peak.
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from attnsim_reports import words
from attnsim_reports.results import Run
from attnsim_reports.style import BLUE, NARROW, ORANGE, Chart, Margins, beside, canvas, text_width
from attnsim_reports.unit_charts import legend_patches


@dataclass(frozen=True)
class Part:
    """One part over all its repetitions. The peaks: seconds of its MACCs on all PEs, and of its bytes."""
    name: str
    times: int
    cycles: int
    seconds: float
    share: float
    macs: int
    dram_bytes: int
    compute_seconds: float
    dram_seconds: float

    @property
    def utilisation(self) -> float:
        return self.compute_seconds / self.seconds if self.seconds else 0.0

    @property
    def intensity(self) -> float | None:
        return self.macs / self.dram_bytes if self.dram_bytes else None

    @property
    def is_bound_by_dram(self) -> bool:
        return self.dram_seconds > self.compute_seconds


def parts(run: Run) -> list[Part]:
    """The parts of a layer or model; none where only attention ran."""
    listed = run.list_at("parts")
    if len(listed) < 2:
        return []
    clock = float(run.get("frequency_hz"))
    unit = run.unit("array_2d")
    pes = unit.pes if unit else 1
    rate = run.get("arch.dram_bytes_per_second") or 0
    found = []
    for part in listed:
        moved = part["dram_bytes"]["read"] + part["dram_bytes"]["write"]
        found.append(Part(part["name"], part["times"], part["cycles"], part["cycles"] / clock,
                          part["cycles"] / max(run.cycles, 1), part["macs"], moved, part["macs"] / pes / clock,
                          moved / rate if rate else 0.0))
    return found


def parts_chart(run: Run) -> Chart | None:
    listed = parts(run)
    if not listed:
        return None

    def draw(width: int) -> Figure:
        row = 26
        left = max(text_width(part.name) for part in listed) + 12
        figure, axes = canvas(width, row * len(listed) + 76, Margins(left=left, right=58, top=28, bottom=44))
        for index, part in enumerate(listed):
            axes.barh(index, part.share, height=0.72, color=ORANGE if part.is_bound_by_dram else BLUE)
            beside(axes, part.share, index, words.percent(part.share))
        set_up(axes, [part.name for part in listed], max(part.share for part in listed), width)
        axes.legend(handles=legend_patches(["more compute", "more DRAM"], [BLUE, ORANGE]), loc="lower left",
                    bbox_to_anchor=(0, 1.0), ncol=2, frameon=False, borderaxespad=0.1, handlelength=1.2)
        return figure

    listing = ", ".join(f"{part.name} {words.percent(part.share)}" for part in listed)
    return Chart("parts", "Parts of the run", f"Bars, one a part, of the share of the time: {listing}.",
                 "Each part's share of the time, over all its repetitions; the colour says whether its MACCs or its DRAM "
                 "bytes take longer at the architecture's peak.", draw)


def set_up(axes: Axes, names: list[str], longest: float, width: int) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, longest or 1)
    axes.locator_params(axis="x", nbins=6 if width > NARROW else 3)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.grid(axis="x")
    axes.set_xlabel("share of the time")
