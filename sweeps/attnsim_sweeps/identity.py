# What makes a point the same point: its inputs, the files that they name, and the simulator's version.
import hashlib
import json
import re
import subprocess
from functools import lru_cache
from pathlib import Path

from attnsim_sweeps.errors import BAD_INPUT, DEFECT, SweepError
from attnsim_sweeps.simulator import digest_of
from attnsim_sweeps.space import Point, Settings

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ["arch", "mapping", "workloads"]  # folders whose YAML files a point can name
_FILE = re.compile(r"[\w./+-]+\.(?:yaml|json|csv|txt|npz)\b")


def version_of(executable: Path) -> str:
    """The simulator's version, and digests of its executable and of the YAML files that it reads by name."""
    try:
        done = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it failed"
        raise SweepError(BAD_INPUT, f"{executable}: cannot be run ({reason})") from error
    shipped = hashlib.sha256()
    for folder in SHIPPED:
        for file in sorted((ROOT / folder).rglob("*.yaml")):
            shipped.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    lines = done.stdout.splitlines()
    if not lines:
        raise SweepError(DEFECT, f"{executable}: says no version")
    return f"{lines[0].strip()}, build {digest_of(str(executable))}, files {shipped.hexdigest()[:12]}"


def with_files(settings: Settings, folder: Path) -> Settings:
    """Values that name a file beside the sweep file become its whole path, so that any worker finds it."""
    return {path: _with_file(value, folder) for path, value in settings.items()}


@lru_cache(maxsize=65536)
def _with_file(value: str, folder: Path) -> str:
    if _FILE.fullmatch(value) and (folder / value).is_file():
        return str((folder / value).resolve())
    return value


@lru_cache(maxsize=4096)
def digest_of_file(file: Path) -> str:
    """Of its bytes and of those of the files beside it that it names (`base`, tables)."""
    return _digest(file, set())


def _digest(file: Path, seen: set[Path]) -> str:
    seen.add(file)
    content = file.read_bytes()
    parts = [hashlib.sha256(content).hexdigest()]
    for name in _FILE.findall(content[:1_000_000].decode("utf-8", "replace")):
        other = (file.parent / name).resolve()
        if other not in seen and other.is_file():
            parts.append(name + _digest(other, seen))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def hash_of(point: Point) -> str:
    """Of values, not of how they are written, and of files' contents, not of where they lie."""
    inputs = point.canonical()
    for path, value in inputs.items():
        if "/" in value and Path(value).is_file():
            inputs[path] = "file " + digest_of_file(Path(value))
    return digest_of_text(json.dumps(inputs, separators=(",", ":")))


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
