# Pictures of a sweep as PNG and SVG, reports of points of its front, and one HTML page with all of it.
import logging
import subprocess
import sys
from pathlib import Path

from attnsim_sweeps import identity, reading, table
from attnsim_sweeps.errors import BAD_INPUT, SweepError
from attnsim_sweeps.figures import Outcome
from attnsim_sweeps.reading import Contents
from attnsim_sweeps.space import Point
from attnsim_sweeps.store import Store

OPTIONS = {"arch": "--arch", "workload": "--workload", "attention": "--attention", "mapping": "--mapping",
           "linear_mapping": "--linear-mapping", "scope": "--scope", "engine": "--engine", "density": "--density",
           "max_cycles": "--max-cycles", "seq_len": "--seq-len", "kv_len": "--kv-len", "batch": "--batch",
           "phase": "--phase", "lengths": "--lengths"}


def command_of(point: Point) -> list[str]:
    """The arguments of simulate that make this point alone."""
    request = point.request()
    changes = request.pop("set", {})
    assert isinstance(changes, dict)
    words = ["run"]
    for name, value in request.items():
        words += [OPTIONS[name], str(value)]
    for path, value in changes.items():
        words += ["--set", f"{path}={value}"]
    return words


def chosen_for_reports(found: Contents, most: int) -> list[Outcome]:
    """Of the fronts: the knees, and others spread over them."""
    fronts = table.fronts_of(found.sweep, found.feasible)
    knees = [front.knee for front in fronts if front.knee is not None]
    others = [outcome for front in fronts for outcome in front.outcomes if outcome is not front.knee]
    count = min(len(others), max(0, most - len(knees)))
    return [*knees[:most], *(others[position * (len(others) - 1) // max(1, count - 1)] for position in range(count))]


def make_reports(found: Contents, executable: Path, folder: Path, most: int) -> dict[str, str]:
    """hash -> path of its report, below the folder."""
    links: dict[str, str] = {}
    for outcome in chosen_for_reports(found, most):
        own = folder / "points" / outcome.hash[:12]
        if not (own / "report.html").is_file():
            done = subprocess.run([executable, *command_of(outcome.point), "--out", own], capture_output=True, text=True,
                                  check=False)
            if done.returncode != 0 or not (own / "report.html").is_file():
                reason = (done.stderr.strip().splitlines() or ["no report"])[-1]
                print(f"no report of point {outcome.hash[:12]}: {reason}", file=sys.stderr)
                continue
        links[outcome.hash] = f"points/{own.name}/report.html"
    return links


def plot(store: Store, name: str | None, folder: Path, executable: Path, reports: int) -> list[Path]:
    """The files written: pictures, then index.html."""
    # matplotlib's remarks on its font cache are no concern of the user's.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if str(identity.ROOT / "reports") not in sys.path:
        sys.path.insert(0, str(identity.ROOT / "reports"))  # how figures look is the reports' matter
    found = reading.contents(store, name)
    if not found.feasible:
        raise SweepError(BAD_INPUT, f"{store.file}: nothing to plot: {len(found.outcomes)} points ran, none meets the "
                                    "constraints; see ./sweep status")
    from attnsim_sweeps import page, searching
    searches = searching.histories(found.plan, store)
    folder.mkdir(parents=True, exist_ok=True)
    links = make_reports(found, executable, folder, reports) if executable.is_file() else {}
    return page.write(found, searches, links, folder)
