# Regenerates the figures of the FuseMax comparison with the simulator's numbers: ./validate figures --out DIR.
# Each figure is written as PNG, SVG and CSV; published points (validation/fusemax) are laid over.
import argparse
import csv
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ROOT / "validation" / "fusemax"

MODELS = ["bert-base", "trxl-wt103", "t5-small-encoder", "xlm"]
LENGTHS = ["1K", "4K", "16K", "64K", "256K", "1M"]
# The hardware that the published evaluation gives each mapping (Nayak et al., MICRO 2024, Section VI).
ARCHITECTURES = {"unfused": "flat-cloud", "flat": "flat-cloud", "fusemax-cascade": "flat-cloud",
                 "fusemax-arch": "fusemax-cloud", "fusemax": "fusemax-cloud"}
# Those that the paper compares whole layers of.
LAYER_MAPPINGS = ["unfused", "flat", "fusemax"]
PARETO_LENGTH = "256K"
PARETO_SIZES = [16, 32, 64, 128, 256, 512]
# Counts what the artifact counts; accelergy-45nm also charges what that leaves out.
ENERGY_TABLE = "accelergy-45nm-fusemax"


class FigureError(Exception):
    """A run that failed, or a file that cannot be used; its text is one line, its code the command's exit code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def requests(models: list[str], lengths: list[str]) -> list[dict[str, Any]]:
    """The runs of the comparison, of whole layers and of the Pareto figure, as lines for simulate batch."""
    table = {"arch.energy_table": ENERGY_TABLE}
    runs = [{"id": {"figure": "cells", "model": model, "seq_len": length, "mapping": mapping}, "workload": model,
             "seq_len": length, "mapping": mapping, "arch": arch, "set": table}
            for model in models for length in lengths for mapping, arch in ARCHITECTURES.items()]
    runs += [{"id": {"figure": "layers", "model": model, "seq_len": length, "mapping": mapping}, "workload": model,
              "seq_len": length, "mapping": mapping, "arch": ARCHITECTURES[mapping], "scope": "layer", "set": table}
             for model in models for length in lengths for mapping in LAYER_MAPPINGS]
    for model in models:
        for size in PARETO_SIZES:
            # The published curve keeps blocks of two query tiles at every size.
            changes = {"arch.array_2d.rows": size, "arch.array_2d.columns": size, "arch.array_1d.lanes": size,
                       "mapping.tile.p1": 2, **table}
            runs.append({"id": {"figure": "pareto", "model": model, "pe_dim": size}, "workload": model,
                         "seq_len": PARETO_LENGTH, "mapping": "fusemax", "arch": "fusemax-cloud", "set": changes})
    return runs


def simulate(command: Path, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One result a run, in order. Throws FigureError with the text of the first run that fails."""
    lines = "".join(json.dumps(run) + "\n" for run in runs)
    try:
        done = subprocess.run([command, "batch"], input=lines, capture_output=True, text=True, check=False)
    except OSError as error:
        raise FigureError(3, f"{command}: cannot be run ({error.strerror})") from error
    if done.returncode != 0:
        raise FigureError(done.returncode, (done.stderr.strip().splitlines() or [f"{command}: failed"])[-1])
    results = [json.loads(line) for line in done.stdout.splitlines()]
    for result in results:
        if "error" in result:
            raise FigureError(int(result["error"]["code"]), result["error"]["message"])
    if len(results) != len(runs):
        raise FigureError(1, f"{command}: {len(results)} results for {len(runs)} runs")
    return results


def published_rows(name: str) -> list[dict[str, str]]:
    """Rows of a published CSV; its comment lines say where they come from."""
    with (PUBLISHED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="validate figures", description="Draws the FuseMax comparison.")
    parser.add_argument("--out", type=Path, default=Path("out/figures"), help="folder; made where it is missing")
    parser.add_argument("--models", default=",".join(MODELS), help="models, with commas; default: all four")
    parser.add_argument("--seq-lens", default=",".join(LENGTHS), help="lengths, with commas; default: 1K to 1M")
    parser.add_argument("--simulate", type=Path, default=ROOT / "build" / "release" / "simulate",
                        help="the built simulator")
    options = parser.parse_args(arguments)
    # matplotlib's remarks on its font cache are no concern of the user's.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        from attnsim_reports import fusemax_charts
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        print("python3-matplotlib is missing; install it with: apt-get install python3-matplotlib", file=sys.stderr)
        return 1
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        runs = requests(options.models.split(","), options.seq_lens.split(","))
        print(f"simulating {len(runs)} runs ...", file=sys.stderr)
        results = simulate(options.simulate.absolute(), runs)
        published = {name: published_rows(f"{name}.csv") for name in ("published", "energy", "linear", "latency_256k", "area")}
        for file in fusemax_charts.write_all(results, published, options.out):
            print(file)
    except FigureError as error:
        print(error, file=sys.stderr)
        return error.code
    except OSError as error:
        print(f"{error.filename}: cannot be written ({error.strerror})", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
