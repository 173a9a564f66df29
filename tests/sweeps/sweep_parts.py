# What the sweeps' tests share: the command as a process, small sweep files, and a database's rows.
import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIMULATE = Path(os.environ.get("ATTNSIM_SIMULATE", ROOT / "build" / "dev" / "simulate"))
COMMAND = ROOT / "sweeps" / "sweep.py"

# 24 points of some milliseconds.
SMALL = """# A small sweep.
name: small
workload: bert-base
arch: tiny-16x16
mapping: fusemax
fixed: {workload.batch: 1}
axes:
  arch.buffer.bytes: [64KiB, 128KiB]
  arch.dram.bytes_per_second: [4e9, 16e9, 64e9]
  workload.seq_len: {powers_of_two: [128, 1024]}
objectives: [seconds, energy_pj.total]
"""


@dataclass
class Outcome:
    code: int
    out: str
    err: str


class Sweep:
    """./sweep without its first step, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, text: str, name: str = "sweep.yaml") -> Path:
        (self.folder / name).write_text(text)
        return Path(name)

    def command(self, *arguments: str | Path) -> list[str | Path]:
        takes_simulator = arguments[0] in ("run", "search", "plot") and "--simulate" not in arguments
        simulator = ["--simulate", SIMULATE] if takes_simulator else []
        return ["/usr/bin/python3", "-E", "-s", COMMAND, *arguments, *simulator]

    def __call__(self, *arguments: str | Path) -> Outcome:
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, cwd=self.folder, timeout=300,
                              check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                cwd=self.folder)

    def run(self, text: str, database: str, *arguments: str | Path) -> Path:
        """A sweep that must work; its database."""
        outcome = self("run", self.file(text), "--db", database, *arguments)
        assert (outcome.code, outcome.err) == (0, "")
        return self.folder / database

    def files(self) -> set[str]:
        return {file.name for file in self.folder.iterdir()}


def rows(database: Path) -> list[tuple]:
    """All of a database's points."""
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT hash, version, inputs, code, error, result FROM points "
                                  "ORDER BY hash, version").fetchall()
