# Compares all variants on one architecture: runs the cells that are missing, then writes a page and figures of them.
# /usr/bin/python3 reports/variants_page.py
import argparse
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from attnsim_reports.files import write_whole
from attnsim_reports.variant_cells import LENGTHS, PHASES, WORKLOAD, default_cell, run_missing, write_cells
from attnsim_reports.variant_published import published

ROOT = Path(__file__).resolve().parents[1]
COMMAND = "/usr/bin/python3 reports/variants_page.py"


def listed(simulate: Path) -> dict[str, str]:
    """Row to class, of all rows that have a cascade of attention."""
    done = subprocess.run([simulate, "list", "variants", "--json"], capture_output=True, text=True, check=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)["variants"]
    # A matrix product is no attention.
    return {row["name"]: row["class"] for row in rows if "mappings" in row and row["class"] != "linear-layer"}


def chosen(text: str, known: list[str], flag: str) -> list[str]:
    names = text.split(",") if text else known
    for name in names:
        if name not in known:
            raise ValueError(f"{flag}: unknown '{name}'; known: {', '.join(known)}")
    return names


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="variants_page.py", description="Compares all variants on one architecture.")
    parser.add_argument("--out", type=Path, default=ROOT / "workloads" / "variants",
                        help="folder of README.md, comparison.jsonl and the figures; default: workloads/variants")
    parser.add_argument("--simulate", type=Path, default=ROOT / "build" / "release" / "simulate",
                        help="the built simulator; default: build/release/simulate")
    parser.add_argument("--rows", default="", help="variants, with commas; default: all, and the published speed-ups")
    parser.add_argument("--lengths", default="", help="of 4K,64K,1M; default: all")
    parser.add_argument("--limit", type=float, default=60, help="seconds that a cell's run may take; default: 60")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time; default: one a core")
    parser.add_argument("--again", action="store_true", help="run all cells anew, also those that are kept")
    options = parser.parse_args(arguments)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    simulate = options.simulate.absolute()
    try:
        rows = listed(simulate)
        names = chosen(options.rows, sorted(rows), "--rows")
        lengths = {name: LENGTHS[name] for name in chosen(options.lengths, list(LENGTHS), "--lengths")}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{simulate}: cannot be run ({error}); ./simulate --version builds it", file=sys.stderr)
        return 3
    claims = [] if options.rows else published()
    cells = [default_cell(row, phase, length) for length in lengths.values() for phase in PHASES for row in names]
    cells += dict.fromkeys(cell for one in claims for cell in (one.baseline, one.cell))
    try:
        from attnsim_reports.variant_charts import write_all
        from attnsim_reports.variant_tables import page

        options.out.mkdir(parents=True, exist_ok=True)
        kept = options.out / "comparison.jsonl"
        if options.again:
            kept.unlink(missing_ok=True)
        found = run_missing(simulate, list(dict.fromkeys(cells)), kept, options.limit, options.jobs)
        if not options.rows and not options.lengths:  # all there is: what is no part of it is of an older comparison
            found = {cell.key(): found[cell.key()] for cell in cells}
            write_cells(kept, found.values())
        shown = {row: rows[row] for row in names}
        text = page(found, shown, lengths, claims, COMMAND, WORKLOAD)
        write_whole(options.out / "README.md", text)
        for file in [options.out / "README.md", *write_all(found, shown, lengths, claims, options.out)]:
            print(file)
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing; install it with: apt-get install python3-matplotlib", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: cannot be written ({error.strerror})", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
