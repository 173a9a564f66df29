# Draws throughput against cost of a search's systems: /usr/bin/python3 reports/search_figure.py result.json --out front.png.
import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 860, 520
LABELLED = 8  # systems on the front that are named


def kind_of(system: dict[str, Any]) -> str:
    """What attends: the model's devices themselves, or devices of their own."""
    return system["attention"]["device"] if system["attention"] else "the model's devices"


def draw(search: dict[str, Any]) -> Any:
    import matplotlib
    from attnsim_reports.style import BLACK, GREY, MARKERS, SERIES, SETTINGS, Margins, canvas

    systems = search["systems"]
    kinds = sorted({kind_of(system) for system in systems}, key=lambda kind: (kind != "the model's devices", kind))
    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(WIDTH, HEIGHT, Margins(left=76, right=18, top=34, bottom=52))
        for index, kind in enumerate(kinds):
            points = [system for system in systems if kind_of(system) == kind]
            axes.scatter([point["dollars_per_hour"] for point in points], [point["tokens_per_second"] for point in points],
                         s=26, marker=MARKERS[index % len(MARKERS)], color=SERIES[index % len(SERIES)], alpha=0.75,
                         linewidths=0, label=kind, zorder=3)
        front = sorted((system for system in systems if system["on_front"]), key=lambda one: one["dollars_per_hour"])
        axes.step([one["dollars_per_hour"] for one in front], [one["tokens_per_second"] for one in front], where="post",
                  color=GREY, linewidth=1, zorder=2)
        for one in front[-LABELLED:]:
            axes.annotate(one["name"].split(",")[0], (one["dollars_per_hour"], one["tokens_per_second"]), (-5, 5),
                          textcoords="offset points", ha="right", size=9, color=BLACK)
        axes.set_xlim(0, search["budget_dollars_per_hour"] * 1.02)
        axes.set_ylim(0, max(one["tokens_per_second"] for one in systems) * 1.1)
        axes.set_xlabel("dollars an hour")
        axes.set_ylabel("tokens a second")
        axes.set_title(f"{search['workload']}: what attends, and what it costs")
        axes.grid(True)
        axes.legend(loc="upper left", frameon=False)
    return figure


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="search_figure.py", description="Draws throughput against cost of a search.")
    parser.add_argument("result", type=Path, help="result.json of simulate search --out")
    parser.add_argument("--out", type=Path, required=True, help="the PNG file to write")
    options = parser.parse_args(arguments)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        search = json.loads(options.result.read_text(encoding="utf-8"))
        figure = draw(search)
        figure.savefig(options.out, dpi=144, format="png")
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing; install it with: apt-get install python3-matplotlib", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{options.result}: no result of a search ({error})", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
