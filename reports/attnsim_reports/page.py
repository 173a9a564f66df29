# Puts figures, tables and sentences together as one HTML page without scripts or outside resources.
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from attnsim_reports import compare_charts, cost_charts, masks, part_charts, unit_charts, words
from attnsim_reports.results import Json, Run
from attnsim_reports.style import Chart, both_variants

DOCUMENTS = ("arch", "workload", "attention", "mapping", "linear_mapping")
DOCUMENT_NAMES = {"arch": "Architecture", "workload": "Workload", "attention": "Attention", "mapping": "Mapping",
                  "linear_mapping": "Mapping of the matrix products"}


@dataclass(frozen=True)
class Figure:
    chart: Chart
    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class Headline:
    """One number of the headline: its JSON path, the exact value and what the page shows."""
    path: str
    name: str
    value: Any
    shown: str
    remark: str = ""


def drawn(chart: Chart | None) -> Figure | None:
    if chart is None:
        return None
    variants = both_variants(chart)
    return Figure(chart, Markup(variants["wide"]), Markup(variants["narrow"]))


def headlines(run: Run) -> list[Headline]:
    """The main numbers; a number that the result lacks is left out."""
    clock = words.hertz(run.get("frequency_hz"))
    bound_seconds = run.get("bound.lower_bound_cycles") / run.get("frequency_hz")
    table = run.get("arch.energy_table")
    table_remark = f"table {table}" if table else ""
    rows = [
        ("seconds", "Latency", words.seconds, ""),
        ("cycles", "Cycles", words.significant, f"at {clock}"),
        ("bound.lower_bound_cycles", "Lower bound, cycles", words.significant,
         f"{words.seconds(bound_seconds)} of work"),
        ("bound.gap", "Above the bound", words.percent, f"limited by {words.in_sentence(run.limiter)}"),
        ("utilization.array_2d", "2D array busy", words.percent, "of its PE-cycles"),
        ("utilization.array_2d_macc", "2D tensor products", words.percent, "of its PE-cycles"),
        ("utilization.array_1d", "1D array busy", words.percent, "of its lane-cycles"),
        ("utilization.dram", "DRAM busy", words.percent, "of all cycles"),
        ("dram_bytes.read", "DRAM read", words.byte_count, ""),
        ("dram_bytes.write", "DRAM written", words.byte_count, ""),
        ("energy_pj.total", "Energy", words.joules, table_remark),
        ("area_um2.total", "Area", words.area, table_remark),
    ]
    found = []
    for path, name, shown, remark in rows:
        value = run.get(path)
        if value is not None:
            found.append(Headline(path, name, value, shown(value), remark))
    return found


def flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested objects as keys joined by dots; lists as text."""
    if not isinstance(value, dict):
        return {prefix: ", ".join(map(str, value)) if isinstance(value, list) else value}
    flat: dict[str, Any] = {}
    for key, part in value.items():
        flat |= flatten(part, f"{prefix}.{key}" if prefix else key)
    return flat


def configuration(runs: list[Run]) -> list[Json]:
    """For each input its resolved values, a column a run (one column where all agree), and its YAML documents."""
    sections = []
    for document in DOCUMENTS:
        # Only scopes beyond attention have a mapping of matrix products.
        flats = [flatten(run.data.get(document) or {}) for run in runs]
        if not any(flats):
            continue
        keys = list(dict.fromkeys(key for flat in flats for key in flat))
        rows = []
        for key in keys:
            values = [flat.get(key) for flat in flats]
            same = all(value == values[0] for value in values)
            rows.append({"key": key, "cells": values[:1] if same else values, "same": same})
        texts: dict[str, list[int]] = {}
        for index, run in enumerate(runs):
            text = run.get(f"inputs.{document}")
            if text:
                texts.setdefault(text.rstrip(), []).append(index)
        sections.append({"name": DOCUMENT_NAMES[document], "rows": rows, "texts": list(texts.items())})
    return sections


def transfers(run: Run) -> list[Json]:
    total = sum(one["bytes"] for one in run.list_at("transfers")) or 1
    return [one | {"share": one["bytes"] / total, "busy": one["cycles"] / max(run.cycles, 1)}
            for one in run.list_at("transfers")]


def actions(run: Run) -> list[Json]:
    """Action counts as rows of a component and what it did how often."""
    rows = []
    for component, counts in (run.get("actions") or {}).items():
        for name, count in flatten(counts).items():
            rows.append({"component": words.unit_name(component), "name": name.replace("_", " "), "count": count})
    return rows


def instructions(run: Run) -> list[Json]:
    """Rows by block; a block's name stands on its first row only."""
    rows, before = [], None
    for one in run.list_at("instructions"):
        rows.append(one | {"opens": one["block"] != before, "share": one["busy_cycles"] / max(run.cycles, 1)})
        before = one["block"]
    return rows


def shown_value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    made = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True,
                              undefined=jinja2.StrictUndefined)
    made.filters |= {"percent": words.percent, "bytes": words.byte_count, "unit": words.unit_name,
                     "count": lambda value: f"{value:,}", "shown": shown_value, "seconds": words.seconds,
                     "ratio": words.ratio, "plural": words.plural, "joules": words.joules, "area": words.area}
    return made


def render_run(run: Run) -> str:
    charts = {"parts": part_charts.parts_chart(run), "units": unit_charts.units_chart(run),
              "waterfall": unit_charts.waterfall_chart(run), "einsums": unit_charts.einsums_chart(run),
              "roofline": cost_charts.roofline_chart([run], [""]),
              "energy": cost_charts.energy_chart(run), "area": cost_charts.area_chart(run)}
    figures = {key: drawn(chart) for key, chart in charts.items()}
    return environment().get_template("run.html.jinja").render(
        run=run, figures=figures, headlines=headlines(run), verdict=words.verdict(run), subtitle=words.subtitle(run),
        parts_of_run=part_charts.parts(run), mask=masks.mask(run), unit_rows=unit_charts.unit_rows(run), transfers=transfers(run),
        actions=actions(run), instructions=instructions(run), configuration=configuration([run]), circuit=run.get("bound.critical_circuit"),
        labels=[""])


def render_comparison(runs: list[Run]) -> str:
    labels = words.labels(runs)
    charts = [compare_charts.latency_chart(runs, labels), compare_charts.utilisation_chart(runs, labels),
              cost_charts.roofline_chart(runs, labels), compare_charts.traffic_chart(runs, labels),
              compare_charts.energy_chart(runs, labels)]
    figures = {chart.key: drawn(chart) for chart in charts if chart}
    entries = [{"label": label, "run": run, "index": index, "headlines": headlines(run), "verdict": words.verdict(run),
                "subtitle": words.subtitle(run), "unit_rows": unit_charts.unit_rows(run), "transfers": transfers(run),
                "speed": runs[0].seconds / run.seconds if run.seconds else None}
               for index, (label, run) in enumerate(zip(labels, runs, strict=True), start=1)]
    return environment().get_template("compare.html.jinja").render(
        entries=entries, figures=figures, configuration=configuration(runs), labels=labels)


def render(runs: list[Run]) -> str:
    """The page of one run, or of several side by side."""
    return render_run(runs[0]) if len(runs) == 1 else render_comparison(runs)
