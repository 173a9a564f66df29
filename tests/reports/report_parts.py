# What the tests of the reports share: results, the report made as users make it, a browser without a window.
import json
import os
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[2]
SIMULATE = Path(os.environ.get("ATTNSIM_SIMULATE", ROOT / "build" / "dev" / "simulate"))
PYTHON = "/usr/bin/python3"
BERT = {"workload": "bert-base", "seq_len": "64K"}


@dataclass
class Outcome:
    code: int
    out: str
    err: str


def run_python(*arguments: str | Path, flags: tuple[str, ...] = ()) -> Outcome:
    done = subprocess.run([PYTHON, *flags, *arguments], capture_output=True, text=True, timeout=300, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


def simulated(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert SIMULATE.exists(), f"{SIMULATE} is not built"
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([SIMULATE, "batch"], input=lines, capture_output=True, text=True, timeout=300, check=True)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["error"] for result in results if "error" in result] == []
    return results


def minimal() -> dict[str, Any]:
    """No more than what every result has: no lists of Einsums, no timeline, energy not modelled."""
    return {"schema_version": 1, "arch": {"name": "toy"}, "workload": {"name": "w"}, "attention": {"name": "a"},
            "mapping": {"name": "m"}, "engine": "fast", "cycles": 1000, "seconds": 1e-6, "frequency_hz": 1000000000,
            "dram_bytes": {"read": 0, "write": 0}, "energy_pj": None, "area_um2": None, "utilization": {},
            "units": [{"name": "array_1d", "busy_cycles": 600, "stall_cycles": {"A -> B": 300}}],
            "bound": {"lower_bound_cycles": 600, "limiter": "array_1d", "gap": 2 / 3, "critical_circuit": None}}


@dataclass
class Page:
    file: Path
    text: str
    cpu_seconds: float


class Report:
    """Makes report.html of results in a folder of its own; equal results are made once."""

    made: ClassVar[dict[str, tuple[str, float]]] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, results: Any, flags: tuple[str, ...] = ()) -> Outcome:
        source = self.folder / "result.json"
        source.write_text(results if isinstance(results, str) else json.dumps(results))
        return run_python(ROOT / "reports" / "report.py", source, "--out", self.folder / "report.html", flags=flags)

    def __call__(self, results: Any) -> Page:
        file, key = self.folder / "report.html", json.dumps(results)
        if key not in self.made:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            outcome = self.run(results)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
            cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
            self.made[key] = file.read_text(encoding="utf-8"), cpu
        text, cpu = self.made[key]
        file.write_text(text, encoding="utf-8")
        return Page(file, text, cpu)


class Browser:
    """Chromium without a window: the document after loading, and what it wrote to its console."""

    def __init__(self, command: str, folder: Path) -> None:
        self.command = command
        self.folder = folder

    def open(self, file: Path, width: int = 1200) -> Outcome:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
                 f"--user-data-dir={self.folder / 'profile'}", f"--window-size={width},1000",
                 "--virtual-time-budget=2000", "--dump-dom"]
        done = subprocess.run([self.command, *flags, file.as_uri()], capture_output=True, text=True, timeout=120,
                              check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def console(self, file: Path) -> list[str]:
        return [line for line in self.open(file).err.splitlines() if "CONSOLE" in line]
