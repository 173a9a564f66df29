# Where the time goes: what each unit does, tile by tile, and which Einsums fill the arrays.
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from attnsim_reports import words
from attnsim_reports.results import Json, Run, Unit
from attnsim_reports.style import (BLACK, BLUE, GREEN, GREY, NARROW, ORANGE, PALE, PURPLE, SKY, VERMILLION, Chart,
                                   Margins, beside, canvas, text_width)

SHOWN_CAUSES = 3
BUSY_COLOUR = BLUE
CAUSE_STYLES = [(ORANGE, "////"), (PURPLE, "----"), (VERMILLION, "xxxx")]
OTHER_STYLE = (GREY, "")
IDLE_STYLE = (PALE, "")
LETTER_COLOURS = {BLUE: "white", ORANGE: BLACK, GREEN: "white", PURPLE: BLACK, SKY: BLACK, VERMILLION: "white"}
TILE_COLOURS = list(LETTER_COLOURS)


def segments(unit: Unit, cycles: int) -> list[tuple[str, int, tuple[str, str]]]:
    """A unit's cycles as (what, cycles, (colour, hatch)): busy, its longest waits, other waits, before and after."""
    parts = [("busy", unit.busy, (BUSY_COLOUR, ""))]
    causes = list(unit.stalls.items())
    for (channel, spent), style in zip(causes[:SHOWN_CAUSES], CAUSE_STYLES, strict=False):
        parts.append((f"waits for {words.cause(channel)}", spent, style))
    others = sum(spent for _, spent in causes[SHOWN_CAUSES:])
    if others:
        parts.append(("other waits", others, OTHER_STYLE))
    rest = cycles - unit.busy - unit.stalled
    if rest > 0:
        parts.append(("at rest: fill, drain, other groups", rest, IDLE_STYLE))
    return parts


def units_chart(run: Run, key: str = "units") -> Chart:
    def draw(width: int) -> Figure:
        row = 46
        figure, axes = canvas(width, row * len(run.units) + 44, Margins(left=4, right=8, top=2, bottom=42))
        for index, unit in enumerate(run.units):
            left = 0.0
            for _, spent, (colour, hatch) in segments(unit, run.cycles):
                share = spent / max(run.cycles, 1)
                axes.barh(index + 0.22, share, left=left, height=0.46, color=colour, hatch=hatch, edgecolor="white",
                          linewidth=0)
                left += share
            axes.text(0, index - 0.1, words.unit_name(unit.name), weight="bold", va="bottom")
            axes.text(1, index - 0.1, f"{words.percent(unit.busy / max(run.cycles, 1))} busy", va="bottom", ha="right")
        axes.set_xlim(0, 1)
        axes.set_ylim(len(run.units) - 0.45, -0.5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        axes.get_xticklabels()[0].set_ha("left")
        axes.get_xticklabels()[-1].set_ha("right")
        axes.set_xlabel("share of all cycles")
        return figure

    parts = [f"{words.unit_name(unit.name)}: " + ", ".join(
        f"{what} {words.percent(spent / max(run.cycles, 1))}" for what, spent, _ in segments(unit, run.cycles))
        for unit in run.units]
    return Chart(key, "Busy and waiting time of each unit", "Stacked bars, one a unit. " + "; ".join(parts) + ".",
                 "Each unit's cycles: busy (solid blue) or waiting, by what was waited for; the table names the "
                 "causes.", draw)


def unit_rows(run: Run) -> list[Json]:
    """The chart as a table; `swatch` names the style of a segment."""
    swatches = ["busy", *(f"cause{index}" for index in range(1, SHOWN_CAUSES + 1))]
    rows = []
    for unit in run.units:
        for index, (what, spent, style) in enumerate(segments(unit, run.cycles)):
            swatch = {OTHER_STYLE: "other", IDLE_STYLE: "idle"}.get(style) or swatches[index]
            rows.append({"unit": words.unit_name(unit.name) if index == 0 else "", "what": what, "cycles": spent,
                         "share": spent / max(run.cycles, 1), "swatch": swatch})
    return rows


def waterfall_rows(run: Run, events: list[Json]) -> list[tuple[str, list[str]]]:
    """Units with their instructions, in the result's order."""
    order = {item["name"]: index for index, item in reversed(list(enumerate(run.list_at("instructions"))))}
    names: dict[str, list[str]] = {unit.name: [] for unit in run.units}
    for event in events:
        listed = names.setdefault(event["unit"], [])
        if event["name"] not in listed:
            listed.append(event["name"])
    return [(unit, sorted(listed, key=lambda name: order.get(name, len(order)))) for unit, listed in names.items()
            if listed]


def waterfall_chart(run: Run) -> Chart | None:
    timeline = run.get("timeline")
    if not timeline or not timeline.get("events"):
        return None
    events: list[Json] = timeline["events"]
    begin, end = int(timeline["cycles_from"]), int(timeline["cycles_to"])
    groups = waterfall_rows(run, events)
    tiles = sorted({int(event["tile"]) for event in events})

    def draw(width: int) -> Figure:
        labels = [name for _, listed in groups for name in listed]
        left = min(max(text_width(label) for label in labels) + 10, width // 3)
        row = 21
        lines = len(labels) + len(groups)
        figure, axes = canvas(width, row * lines + 50, Margins(left=left, right=16, top=4, bottom=46))
        span = max(1, end - begin)
        pixel = span / (width - left - 16)
        line, ticks = 0, []
        for unit, listed in groups:
            axes.text(0, line, words.unit_name(unit), weight="bold", va="center")
            axes.axhline(line + 0.5, color=PALE, linewidth=1)
            for name in listed:
                line += 1
                ticks.append((line, name))
                for event in events:
                    if event["unit"] == unit and event["name"] == name:
                        draw_event(axes, event, line, begin, end, pixel)
            line += 1
        axes.set_yticks([position for position, _ in ticks], [name for _, name in ticks])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(lines - 0.4, -0.6)
        axes.set_xlim(0, span)
        axes.locator_params(axis="x", nbins=8 if width > NARROW else 4)
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"cycles after cycle {begin:,}")
        return figure

    def draw_event(axes: Axes, event: Json, line: int, begin: int, end: int, pixel: float) -> None:
        first, last = max(int(event["start"]), begin) - begin, min(int(event["end"]), end) - begin
        index = tiles.index(int(event["tile"]))
        colour = TILE_COLOURS[index % len(TILE_COLOURS)]
        axes.barh(line, max(last - first, 1.5 * pixel), left=first, height=0.78, linewidth=0.5, edgecolor="white",
                  color=colour)
        if (last - first) / pixel > 16:
            axes.text((first + last) / 2, line, chr(ord("a") + index % 26), color=LETTER_COLOURS[colour], size=10.5,
                      weight="bold", ha="center", va="center_baseline")

    listing = "; ".join(f"{words.unit_name(unit)}: {', '.join(listed)}" for unit, listed in groups)
    return Chart("waterfall", "A window of the steady state, instruction by instruction",
                 f"Cycles {begin:,} to {end:,}. Rows, by unit: {listing}. {len(events)} executions of "
                 f"{len(tiles)} tiles are drawn from start to end.",
                 "Each bar is one execution from its start to its end. Bars of one tile have one colour and one "
                 "letter, so a tile is followed from its load down to its result.", draw)


def einsum_shares(run: Run) -> list[tuple[str, list[tuple[str, float]]]]:
    """For each array its Einsums' busy PE-cycles over all its PE-cycles, the largest first."""
    groups = []
    for unit in run.units:
        total = unit.pes * run.cycles
        shares = [(einsum["name"], einsum["pe_cycles"] / total) for einsum in run.list_at("einsums")
                  if einsum["unit"] == unit.name and "pe_cycles" in einsum and total]
        if shares:
            groups.append((unit.name, sorted(shares, key=lambda entry: -entry[1])))
    return groups


def einsums_chart(run: Run) -> Chart | None:
    groups = einsum_shares(run)
    if not groups:
        return None

    def draw(width: int) -> Figure:
        labels = [name for _, shares in groups for name, _ in shares]
        left = min(max(text_width(label) for label in labels) + 10, width // 3)
        lines = len(labels) + len(groups)
        figure, axes = canvas(width, 22 * lines + 48, Margins(left=left, right=62, top=4, bottom=44))
        line, ticks = 0, []
        for (unit, shares), colour in zip(groups, (BLUE, GREEN, VERMILLION, PURPLE) * len(groups), strict=False):
            used = sum(share for _, share in shares)
            axes.text(0, line, f"{words.unit_name(unit)}: {words.percent(used)} of its PE-cycles", weight="bold",
                      va="center")
            for name, share in shares:
                line += 1
                ticks.append((line, name))
                axes.barh(line, share, height=0.72, color=colour)
                beside(axes, share, line, words.percent(share))
            line += 1
        axes.set_yticks([position for position, _ in ticks], [name for _, name in ticks])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(lines - 0.4, -0.6)
        largest = max(share for _, shares in groups for _, share in shares)
        axes.set_xlim(0, max(largest, 1e-6))
        axes.locator_params(axis="x", nbins=5)
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.grid(axis="x")
        axes.set_xlabel("share of the array's PE-cycles")
        return figure

    parts = [f"{words.unit_name(unit)}: " + ", ".join(f"{name} {words.percent(share)}" for name, share in shares)
             for unit, shares in groups]
    return Chart("einsums", "Utilisation of the arrays by Einsum", "Bars, one an Einsum. " + "; ".join(parts) + ".",
                 "Busy PE-cycles of each Einsum over all PE-cycles of its array; a sum of 100 % leaves no PE idle.",
                 draw)


def legend_patches(names: list[str], colours: list[str]) -> list[Patch]:
    return [Patch(color=colour, label=name) for name, colour in zip(names, colours, strict=False)]
