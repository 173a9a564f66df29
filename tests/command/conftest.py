# Runs the built command as users do: a process with arguments, stdin, stdout, stderr and an exit code.
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIMULATE = Path(os.environ.get("ATTNSIM_SIMULATE", ROOT / "build" / "dev" / "simulate"))


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Simulate:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, stdin: str = "") -> Outcome:
        done = subprocess.run([SIMULATE, *arguments], input=stdin, capture_output=True, text=True, cwd=self.folder,
                              timeout=120, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen([SIMULATE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)


@pytest.fixture
def simulate(tmp_path: Path) -> Simulate:
    assert SIMULATE.exists(), f"{SIMULATE} is not built"
    return Simulate(tmp_path)
