# Figures of the published FuseMax comparison: the same rows as CSV, PNG and SVG, with published points laid over.
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from attnsim_reports.files import write_whole
from attnsim_reports.results import Json, Run
from attnsim_reports.style import BLACK, MARKERS, SERIES, SETTINGS
from attnsim_reports.unit_charts import legend_patches

Row = dict[str, Any]
MAPPINGS = ["unfused", "flat", "fusemax-cascade", "fusemax-arch", "fusemax"]
MAPPING_COLOURS = dict(zip(MAPPINGS, SERIES, strict=False))
MAPPING_MARKERS = dict(zip(MAPPINGS, MARKERS, strict=False))


@dataclass(frozen=True)
class Plot:
    """A figure by name: its rows, as the CSV holds them, and how they are drawn."""
    name: str
    rows: list[Row]
    draw: Callable[[list[Row]], Figure]


def number(text: str | None) -> float | None:
    return float(text) if text not in (None, "") else None


def unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def layer_cells(attention: list[dict[str, str]], linear: list[dict[str, str]], column: str) -> list[dict[str, str]]:
    """Published figures of a layer: attention's and the linear part's added up. The unfused one has FLAT's hardware."""
    of_linear = {(row["model"], row["seq_len"], row["mapping"]): float(row[column]) for row in linear}
    cells = []
    for row in attention:
        part = of_linear.get((row["model"], row["seq_len"], "flat" if row["mapping"] == "unfused" else row["mapping"]))
        if part is not None and row[column]:
            cells.append(row | {column: str(float(row[column]) + part)})
    return cells


def linear_seconds(run: Run) -> float:
    """All parts of a layer but attention."""
    cycles = sum(part["cycles"] for part in run.list_at("parts") if part["name"] != "attention")
    return cycles / float(run.get("frequency_hz"))


def cell_rows(results: list[Json], published: list[dict[str, str]], column: str,
              value_of: Callable[[Run], float | None], figure: str = "cells") -> list[Row]:
    """One row a model, length and mapping: our figure and, where it is listed, the published one."""
    listed = {(row["model"], row["seq_len"], row["mapping"]): number(row.get(column)) for row in published}
    rows = []
    for result in results:
        key = result["id"]
        if key["figure"] == figure:
            place = (key["model"], key["seq_len"], key["mapping"])
            rows.append({"model": place[0], "seq_len": place[1], "mapping": place[2], "ours": value_of(Run(result)),
                         "published": listed.get(place)})
    return rows


def relative_rows(rows: list[Row], baseline: str, inverse: bool) -> list[Row]:
    """Each figure over the baseline mapping's, or (inverse) the baseline's over it; published over published."""
    base = {(row["model"], row["seq_len"]): row for row in rows if row["mapping"] == baseline}

    def over(row: Row, column: str) -> float | None:
        own, other = row[column], base[row["model"], row["seq_len"]][column]
        if own is None or other is None:
            return None
        return other / own if inverse else own / other

    return [row | {"ours": over(row, "ours"), "published": over(row, "published")} for row in rows]


def panels(models: list[str], height: float = 300) -> tuple[Figure, list[Axes]]:
    """One axes a model, side by side, with room for a legend on top."""
    width = max(270 * len(models) + 70, 760)
    figure = Figure(figsize=(width / 72, height / 72))
    axes = figure.subplots(1, len(models), sharey=True, squeeze=False)[0]
    figure.subplots_adjust(left=70 / width, right=1 - 10 / width, top=1 - 62 / height, bottom=46 / height, wspace=0.08)
    for one, model in zip(axes, models, strict=True):
        one.set_title(model)
        one.set_xlabel("tokens")
        one.grid(axis="y")
    return figure, list(axes)


def mapping_legend(figure: Figure, mappings: list[str], has_published: bool) -> None:
    handles = [Line2D([], [], color=MAPPING_COLOURS[mapping], marker=MAPPING_MARKERS[mapping], label=mapping)
               for mapping in mappings]
    if has_published:
        handles.append(Line2D([], [], color=BLACK, marker="o", markersize=10, markerfacecolor="none", linestyle="none",
                              label="published"))
    figure.legend(handles=handles, loc="upper left", ncol=len(handles), frameon=False, columnspacing=1.4)


def lines_figure(label: str, logarithmic: bool = False, skip: tuple[str, ...] = ()) -> Callable[[list[Row]], Figure]:
    """Lines over the lengths, one a mapping, a panel a model; published points as open circles."""
    def draw(rows: list[Row]) -> Figure:
        models, lengths = unique(row["model"] for row in rows), unique(row["seq_len"] for row in rows)
        mappings = [mapping for mapping in MAPPINGS if mapping not in skip]
        figure, axes = panels(models)
        for one, model in zip(axes, models, strict=True):
            for mapping in mappings:
                line = [row for row in rows if row["model"] == model and row["mapping"] == mapping]
                places = [lengths.index(row["seq_len"]) for row in line]
                one.plot(places, [row["ours"] for row in line], color=MAPPING_COLOURS[mapping],
                         marker=MAPPING_MARKERS[mapping], markersize=5)
                points = [(place, row["published"]) for place, row in zip(places, line, strict=True)
                          if row["published"] is not None]
                if points:
                    one.plot(*zip(*points, strict=True), linestyle="none", marker="o", markersize=10, color=BLACK,
                             markerfacecolor="none")
            one.set_xticks(range(len(lengths)), lengths)
            if logarithmic:
                one.set_yscale("log")
                one.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                one.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
                one.yaxis.set_minor_locator(NullLocator())
            else:
                one.set_ylim(bottom=0)
        axes[0].set_ylabel(label)
        mapping_legend(figure, mappings, any(row["published"] is not None for row in rows))
        return figure

    return draw


def breakdown_rows(results: list[Json]) -> list[Row]:
    """fusemax's 2D array by Einsum: busy PE-cycles over all PE-cycles."""
    rows = []
    for result in results:
        key, run = result["id"], Run(result)
        unit = run.unit("array_2d")
        if key["figure"] != "cells" or key["mapping"] != "fusemax" or unit is None:
            continue
        for einsum in run.list_at("einsums"):
            if einsum["unit"] == "array_2d":
                rows.append({"model": key["model"], "seq_len": key["seq_len"], "einsum": einsum["name"],
                             "utilization": einsum["pe_cycles"] / (unit.pes * run.cycles)})
    return rows


def breakdown_figure(rows: list[Row]) -> Figure:
    models, lengths = unique(row["model"] for row in rows), unique(row["seq_len"] for row in rows)
    einsums = unique(row["einsum"] for row in rows)
    figure, axes = panels(models)
    for one, model in zip(axes, models, strict=True):
        bottoms = [0.0] * len(lengths)
        for einsum, colour in zip(einsums, SERIES * 3, strict=False):
            heights = {row["seq_len"]: row["utilization"] for row in rows
                       if row["model"] == model and row["einsum"] == einsum}
            values = [heights.get(length, 0.0) for length in lengths]
            one.bar(range(len(lengths)), values, bottom=bottoms, color=colour, width=0.72, edgecolor="white",
                    linewidth=0.5)
            bottoms = [bottom + value for bottom, value in zip(bottoms, values, strict=True)]
        one.set_xticks(range(len(lengths)), lengths)
        one.set_ylim(0, 1)
    axes[0].set_ylabel("2D array utilisation of fusemax")
    figure.legend(handles=legend_patches(einsums, SERIES * 3), loc="upper left", ncol=len(einsums), frameon=False,
                  columnspacing=1.4)
    return figure


def pareto_rows(results: list[Json], latencies: list[dict[str, str]], areas: list[dict[str, str]]) -> list[Row]:
    """Latency against the arrays' area, the size of the arrays being varied."""
    latency_of = {(row["model"], int(row["pe_dim"])): number(row["latency_s"]) for row in latencies}
    area_of = {int(row["pe_dim"]): number(row["arrays_um2"]) for row in areas}
    rows = []
    for result in results:
        key, run = result["id"], Run(result)
        if key["figure"] == "pareto":
            latency = latency_of.get((key["model"], key["pe_dim"]))
            area = run.components("area_um2")
            rows.append({"model": key["model"], "pe_dim": key["pe_dim"], "latency_s": run.seconds,
                         "arrays_area_um2": area["array_2d"] + area["array_1d"] if area else None,
                         "published_latency_s": latency,
                         "published_area_um2": area_of.get(key["pe_dim"]) if latency is not None else None})
    return rows


def pareto_figure(rows: list[Row]) -> Figure:
    """Against the area where it is modelled, else against the PEs along a side."""
    has_area = all(row["arrays_area_um2"] is not None for row in rows)
    figure = Figure(figsize=(560 / 72, 400 / 72))
    axes = figure.add_axes((0.13, 0.13, 0.84, 0.82))
    fastest = min(rows, key=lambda row: row["latency_s"])["model"]
    for index, model in enumerate(unique(row["model"] for row in rows)):
        line = [row for row in rows if row["model"] == model]
        places = [row["arrays_area_um2"] / 1e6 if has_area else row["pe_dim"] for row in line]
        axes.plot(places, [row["latency_s"] for row in line], color=SERIES[index], marker=MARKERS[index], label=model)
        if model == fastest:
            for place, row in zip(places, line, strict=True):
                axes.annotate(f"{row['pe_dim']}²", (place, row["latency_s"]), (-5, -4), textcoords="offset points",
                              ha="right", va="top", size=10)
    points = [(row["published_area_um2"] / 1e6 if has_area else row["pe_dim"], row["published_latency_s"])
              for row in rows if row["published_latency_s"] is not None]
    if points:
        axes.plot(*zip(*points, strict=True), linestyle="none", marker="o", markersize=11, color=BLACK,
                  markerfacecolor="none", label="published")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.margins(x=0.09)
    axes.grid()
    axes.set_xlabel("area of both arrays, mm²" if has_area else "PEs along a side")
    axes.set_ylabel("latency at 256K tokens, s")
    axes.legend(frameon=False)
    return figure


def plots(results: list[Json], published: dict[str, list[dict[str, str]]]) -> list[Plot]:
    cells = published["published"]
    latency = cell_rows(results, cells, "latency_s", lambda run: run.seconds)
    energy = cell_rows(results, published["energy"], "energy_pj", lambda run: run.get("energy_pj.total"))
    made = [
        Plot("utilization_1d", cell_rows(results, cells, "utilization_1d", lambda run: run.get("utilization.array_1d")),
             lines_figure("1D array utilisation")),
        Plot("utilization_2d", cell_rows(results, cells, "utilization_2d", lambda run: run.get("utilization.array_2d")),
             lines_figure("2D array utilisation")),
        Plot("breakdown_2d", breakdown_rows(results), breakdown_figure),
        Plot("speed_over_unfused", relative_rows(latency, "unfused", True),
             lines_figure("attention speed over unfused", logarithmic=True, skip=("unfused",))),
        Plot("speed_over_flat", relative_rows(latency, "flat", True),
             lines_figure("attention speed over FLAT", logarithmic=True, skip=("flat",))),
    ]
    if all(row["ours"] is not None for row in energy):
        made.append(Plot("energy_over_unfused", relative_rows(energy, "unfused", False),
                         lines_figure("attention energy over unfused", skip=("unfused",))))
    layers = layer_cells(cells, published["linear"], "latency_s")
    layer_latency = cell_rows(results, layers, "latency_s", lambda run: run.seconds, "layers")
    steps = ("fusemax-cascade", "fusemax-arch")
    made += [
        Plot("layer_speed_over_unfused", relative_rows(layer_latency, "unfused", True),
             lines_figure("layer speed over unfused", logarithmic=True, skip=("unfused", *steps))),
        Plot("layer_speed_over_flat", relative_rows(layer_latency, "flat", True),
             lines_figure("layer speed over FLAT", logarithmic=True, skip=("flat", *steps))),
        Plot("linear_latency", cell_rows(results, published["linear"], "latency_s", linear_seconds, "layers"),
             lines_figure("latency of the linear part, s", logarithmic=True, skip=("unfused", "flat", *steps))),
    ]
    layers = layer_cells(published["energy"], published["linear"], "energy_pj")
    layer_energy = cell_rows(results, layers, "energy_pj", lambda run: run.get("energy_pj.total"), "layers")
    if all(row["ours"] is not None for row in layer_energy):
        made.append(Plot("layer_energy_over_unfused", relative_rows(layer_energy, "unfused", False),
                         lines_figure("layer energy over unfused", skip=("unfused", *steps))))
    made.append(Plot("latency_area", pareto_rows(results, published["latency_256k"], published["area"]),
                     pareto_figure))
    return made


def to_csv(rows: list[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write_all(results: list[Json], published: dict[str, list[dict[str, str]]], folder: Path) -> list[Path]:
    """Writes every figure as CSV, PNG and SVG; returns the files."""
    files = []
    for plot in plots(results, published):
        with matplotlib.rc_context(SETTINGS | {"svg.fonttype": "path", "svg.hashsalt": plot.name}):
            figure = plot.draw(plot.rows)
            png, svg = io.BytesIO(), io.BytesIO()
            FigureCanvasAgg(figure).print_png(png, metadata={"Software": None})
            FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None, "Creator": None})
        contents = {"csv": to_csv(plot.rows).encode(), "png": png.getvalue(), "svg": svg.getvalue()}
        for suffix, content in contents.items():
            files.append(folder / f"{plot.name}.{suffix}")
            write_whole(files[-1], content)
    return files
