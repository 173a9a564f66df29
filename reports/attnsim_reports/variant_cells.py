# Cells of the comparison of variants: one run each, kept as lines of JSON, so that what was found is not run again.
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from attnsim_reports.files import write_whole

Json = dict[str, Any]

ARCH = "fusemax-cloud"
# The shape of one layer of Llama-3-8B: query heads in groups of four, as most models that these variants are for.
WORKLOAD = "{name: llama3-8b-layer, heads: 32, kv_heads: 8, head_dim: 128, value_dim: 128, hidden: 4096, causal: true}"
LENGTHS = {"4K": 4096, "64K": 65536, "1M": 1048576}
PHASES = ["prefill", "decode"]

# What a message of `simulate` says, in two words: a word of the message, and the words of the page.
REASONS = [("masks of all heads have", "many tiles"), ("takes too much to make", "mask unknown"),
           ("does not fit", "no room"), ("finds no loops", "no mapping")]


@dataclass(frozen=True)
class Cell:
    """One run: a row in a phase at a length; `settings` are those of --set, `density` that of --density."""
    row: str
    phase: str
    tokens: int
    settings: tuple[str, ...] = ()
    density: str = ""
    workload: str = WORKLOAD

    def key(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def arguments(self) -> list[str]:
        length = "--seq-len" if self.phase == "prefill" else "--kv-len"
        arguments = ["--arch", ARCH, "--workload", self.workload, "--attention", self.row, "--batch", "1",
                     "--phase", self.phase, length, str(self.tokens)]
        if self.density:
            arguments += ["--density", self.density]
        for setting in self.settings:
            arguments += ["--set", setting]
        return arguments


# Of rows whose masks follow from data, the part that is selected: drawn data would select at random, and take long. Of
# moh, 8 of 16 heads; a tenth is an example.
DENSITIES = {"hip": "0.1", "moh": "0.5", "seer_attention": "0.1", "snapkv": "0.1", "tokenselect": "0.1"}


def default_cell(row: str, phase: str, length: int) -> Cell:
    return Cell(row, phase, length, density=DENSITIES.get(row, ""))


@dataclass(frozen=True)
class Found:
    """What a cell's run gave: figures, or why there are none."""
    cell: Cell
    figures: Json = field(default_factory=dict)
    reason: str = ""   # two words
    message: str = ""  # the command's own line
    limit: float = 0   # seconds that it had, where it took longer

    def line(self) -> str:
        return json.dumps({"cell": asdict(self.cell), "figures": self.figures, "reason": self.reason,
                           "message": self.message, "limit": self.limit}, ensure_ascii=False)


def read_cells(file: Path) -> dict[str, Found]:
    found: dict[str, Found] = {}
    if not file.exists():
        return found
    for line in file.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        cell = Cell(**{**data["cell"], "settings": tuple(data["cell"]["settings"])})
        found[cell.key()] = Found(cell, data["figures"], data["reason"], data["message"], data["limit"])
    return found


def write_cells(file: Path, found: Iterable[Found]) -> None:
    """In an order of their own, so that the file does not depend on which run ended first."""
    lines = sorted(one.line() for one in found)
    write_whole(file, "".join(line + "\n" for line in lines))


def reason_of(code: int, message: str) -> str:
    if code == 3:
        return next((words for sign, words in REASONS if sign in message), "bad input")
    return {4: "does not", 1: "a defect"}.get(code, f"exit {code}")


def state_of(analysis: Json) -> int:
    """Bytes that stay from step to step, of one point of what the passes go along (a query), or of the whole state."""
    return int(analysis["phases"][0]["live_bytes"])


def figures_of(result: Json, analysis: Json) -> Json:
    bound = result["bound"]
    return {"cycles": result["cycles"], "seconds": result["seconds"],
            "dram_bytes": result["dram_bytes"]["read"] + result["dram_bytes"]["write"],
            "energy_pj": result["energy_pj"]["total"], "limiter": bound["limiter"], "gap": round(bound["gap"], 4),
            "state_bytes": state_of(analysis), "state_per": analysis["live"]["per"],
            "grows_with": analysis["live"]["grows_with"], "passes": analysis["passes"],
            "points": analysis["phases"][0]["points"], "class": analysis["attention"]["class"]}


def run_cell(simulate: Path, cell: Cell, limit: float) -> Found:
    outputs = []
    for verb in ("run", "analyze"):
        arguments = cell.arguments()
        if verb == "analyze" and cell.density:
            at = arguments.index("--density")
            del arguments[at:at + 2]
        try:
            done = subprocess.run([simulate, verb, *arguments, "--json"], capture_output=True, text=True, timeout=limit,
                                  check=False)
        except subprocess.TimeoutExpired:
            return Found(cell, reason="out of time", message=f"no result within {limit:g} s", limit=limit)
        if done.returncode != 0:
            message = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            return Found(cell, reason=reason_of(done.returncode, message), message=message)
        outputs.append(json.loads(done.stdout))
    return Found(cell, figures_of(outputs[0], outputs[1]))


class Progress:
    """A line on stderr, only where that is a terminal."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.begin = total, 0, time.monotonic()

    def step(self, name: str) -> None:
        self.done += 1
        if not sys.stderr.isatty():
            return
        left = (time.monotonic() - self.begin) / self.done * (self.total - self.done)
        end = "\n" if self.done == self.total else ""
        print(f"\r{self.done}/{self.total} cells, {left:.0f} s left, {name:<50.50}", end=end, file=sys.stderr, flush=True)


def run_missing(simulate: Path, cells: list[Cell], file: Path, limit: float, jobs: int) -> dict[str, Found]:
    """All cells, those of the file as they are, but for what took longer than less time than it has now; each that ends is
    kept at once."""
    found = read_cells(file)
    missing = [cell for cell in cells if cell.key() not in found or 0 < found[cell.key()].limit < limit]
    progress = Progress(len(missing))
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for ended in as_completed([pool.submit(run_cell, simulate, cell, limit) for cell in missing]):
            one = ended.result()
            found[one.cell.key()] = one
            write_cells(file, found.values())
            progress.step(f"{one.cell.row} {one.cell.phase} {one.cell.tokens}")
    return found
