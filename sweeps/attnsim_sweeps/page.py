# The HTML page of a sweep and its pictures as files; one file that needs nothing else but the points' reports.
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import matplotlib
from attnsim_reports.files import make_whole, write_whole
from attnsim_reports.style import SETTINGS, to_svg
from attnsim_reports.words import unit_name
from attnsim_sweeps import front_charts, identity, map_charts, search_charts, table
from attnsim_sweeps.drawing import Picture, quantities, short_name
from attnsim_sweeps.figures import Outcome
from attnsim_sweeps.plotting import command_of
from attnsim_sweeps.reading import Contents
from attnsim_sweeps.searching import History
from attnsim_sweeps.table import label, moving_axes

DPI = 144  # of PNGs: two pixels a point
MOST_FAILURES = 10
TEMPLATES = [Path(__file__).parent / "templates", identity.ROOT / "reports" / "attnsim_reports" / "templates"]


def pictures_of(found: Contents, searches: list[History]) -> list[Picture]:
    several = [*front_charts.fronts(found), map_charts.bottlenecks(found), *map_charts.heat_maps(found),
               map_charts.tornado(found), front_charts.parallel(found), search_charts.progress(found, searches)]
    return [picture for picture in several if picture is not None]


def write(found: Contents, searches: list[History], links: dict[str, str], folder: Path) -> list[Path]:
    files = []
    svgs: dict[str, str] = {}
    with matplotlib.rc_context(SETTINGS | {"svg.hashsalt": "attnsim"}):
        pictures = pictures_of(found, searches)
        for picture in pictures:
            for suffix in ("png", "svg"):
                file = folder / f"{picture.key}.{suffix}"
                make_whole(file, partial(picture.figure.savefig, format=suffix, dpi=DPI,
                                         metadata={"Date": None} if suffix == "svg" else {}))
                files.append(file)
            svgs[picture.key] = to_svg(picture.figure, picture.key, picture.title, picture.description)
    page = folder / "index.html"
    write_whole(page, _render(found, pictures, svgs, links, searches))
    return [*files, page]


def _render(found: Contents, pictures: list[Picture], svgs: dict[str, str], links: dict[str, str],
            searches: list[History]) -> str:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader([str(path) for path in TEMPLATES]), autoescape=True,
                                     trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    fronts = table.fronts_of(found.sweep, found.feasible)
    failures: dict[str, int] = {}
    for _, row in found.failed:
        failures[row.error or ""] = failures.get(row.error or "", 0) + 1
    return environment.get_template("sweep.html.jinja").render(
        sweep=found.sweep, done=len(found.rows), failed=len(found.failed), feasible=len(found.feasible),
        total=len(found.points), axes=[short_name(axis) for _, axis in moving_axes(found.sweep)],
        names=quantities(found), 
        rows=[_row(found, outcome, outcome is front.knee, links) for front in fronts for outcome in front.outcomes],
        pictures=pictures, svgs=svgs, version=found.plan.version, searches=searches,
        failures=sorted(failures.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_FAILURES],
        axis_rows=[(axis.name, len(axis.values), ", ".join(label(axis, position) for position in
                                                           range(len(axis.values))))
                   for axis in found.sweep.space.axes])


def _row(found: Contents, outcome: Outcome, is_knee: bool, links: dict[str, str]) -> dict[str, Any]:
    return {"values": [label(axis, outcome.point.index[place]) for place, axis in moving_axes(found.sweep)],
            "objectives": [(name.shown(value), repr(value)) for name, value in
                           zip(quantities(found), outcome.objectives, strict=True)],
            "limiter": unit_name(outcome.limiter), "knee": is_knee, "link": links.get(outcome.hash),
            "command": shlex.join(["./simulate", *command_of(outcome.point), "--out", f"out/{outcome.hash[:12]}"])}
