# The results of sweeps in one SQLite file: a row a point, committed as soon as it is done.
import fcntl
import json
import os
import re
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attnsim_sweeps.errors import BAD_INPUT, FAILED, SweepError

SCHEMA_VERSION = 1
# Answers are looked at as text: there are many, and each has ten thousand characters.
_ERROR = re.compile(rb'\s*\{(?:"id":null,)?\s*"error"')
_WALL_CLOCK = re.compile(rb',"run":\{[^{}]*\}')
_TABLES = """
CREATE TABLE IF NOT EXISTS attnsim_sweeps (schema_version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sweeps (
  name TEXT PRIMARY KEY,     -- of the sweep file
  file TEXT NOT NULL,        -- where it was read
  text TEXT NOT NULL,        -- what it said when it last ran
  version TEXT NOT NULL);    -- of the simulator then
CREATE TABLE IF NOT EXISTS points (
  hash TEXT NOT NULL,        -- of the inputs, and of the files that they name
  version TEXT NOT NULL,     -- of the simulator: its build and its YAML files
  inputs TEXT NOT NULL,      -- JSON: path -> value
  code INTEGER NOT NULL,     -- 0, or the exit code that the point alone would have
  error TEXT,                -- why it failed
  result BLOB,               -- the Result's JSON without wall-clock figures, compressed by zlib
  PRIMARY KEY (hash, version));
"""


@dataclass(frozen=True)
class Row:
    """A finished point."""
    hash: str
    inputs: dict[str, str]
    code: int
    error: str | None
    result: dict[str, Any] | None


class Store:
    """`create` makes the file where it is missing; else it must be there. Nobody else may write meanwhile."""

    def __init__(self, file: Path, create: bool = False, write: bool = False) -> None:
        self.file = file
        self.lock: Any = None
        if not create and not file.is_file():
            raise SweepError(BAD_INPUT, f"{file}: no such file; ./sweep run makes one")
        if write:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        try:
            self.connection = sqlite3.connect(file, timeout=60)
            if write:
                self.connection.execute("PRAGMA journal_mode=WAL")
                self.connection.execute("PRAGMA synchronous=FULL")
            if write and create:
                self.connection.executescript(_TABLES)
                with self.connection:
                    if self.connection.execute("SELECT count(*) FROM attnsim_sweeps").fetchone() == (0,):
                        self.connection.execute("INSERT INTO attnsim_sweeps VALUES (?)", (SCHEMA_VERSION,))
            found = self.connection.execute("SELECT schema_version FROM attnsim_sweeps").fetchone()
        except sqlite3.DatabaseError as error:
            self.close()
            raise SweepError(BAD_INPUT, f"{file}: no database of ./sweep ({error})") from error
        if found != (SCHEMA_VERSION,):
            self.close()
            raise SweepError(BAD_INPUT, f"{file}: of another version of ./sweep")

    def _take_lock(self) -> None:
        # Beside the database: closing a file takes SQLite's own locks on it away.
        name = self.file.with_name(self.file.name + ".lock")
        while True:
            lock = name.open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock.close()
                raise SweepError(FAILED, f"{self.file}: another ./sweep writes to it") from error
            # Who held it before may have removed it since it was opened here.
            if name.exists() and os.path.samestat(os.fstat(lock.fileno()), name.stat()):
                self.lock = lock
                return
            lock.close()

    def close(self) -> None:
        if hasattr(self, "connection"):
            self.connection.close()
        if self.lock is not None:
            os.unlink(self.lock.name)
            self.lock.close()
            self.lock = None

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def define(self, name: str, file: Path, text: str, version: str) -> None:
        with self.connection:
            self.connection.execute("INSERT OR REPLACE INTO sweeps VALUES (?, ?, ?, ?)", (name, str(file), text, version))

    def definition(self, name: str | None) -> tuple[str, Path, str, str]:
        """(name, file, text, version) of a sweep; without a name, of the only one."""
        found = self.connection.execute("SELECT name, file, text, version FROM sweeps ORDER BY name").fetchall()
        if not found:
            raise SweepError(BAD_INPUT, f"{self.file}: no sweep in it")
        chosen = [row for row in found if name in (None, row[0])]
        if len(chosen) != 1:
            names = ", ".join(row[0] for row in found)
            raise SweepError(BAD_INPUT, f"{self.file}: holds the sweeps {names}; choose one with --name")
        return chosen[0][0], Path(chosen[0][1]), chosen[0][2], chosen[0][3]

    def has_table(self, name: str) -> bool:
        return self.connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
                                       (name,)).fetchone() is not None

    def known(self, version: str) -> set[str]:
        """The hashes of all finished points."""
        return {row[0] for row in self.connection.execute("SELECT hash FROM points WHERE version = ?", (version,))}

    def inputs(self, version: str) -> list[tuple[str, dict[str, str]]]:
        """(hash, inputs) of all finished points."""
        return [(key, json.loads(inputs)) for key, inputs in
                self.connection.execute("SELECT hash, inputs FROM points WHERE version = ? ORDER BY hash", (version,))]

    def add(self, version: str, rows: Iterable[tuple[str, dict[str, str], bytes]]) -> None:
        """Commits (hash, inputs, answer of simulate batch), all of them or none."""
        values = []
        for key, inputs, reply in rows:
            error = error_of(reply)
            stored = None if error else zlib.compress(_WALL_CLOCK.sub(b"", reply.strip()), 1)
            values.append((key, version, json.dumps(inputs, separators=(",", ":")), error["code"] if error else 0,
                           error["message"] if error else None, stored))
        with self.connection:
            self.connection.executemany("INSERT OR IGNORE INTO points VALUES (?, ?, ?, ?, ?, ?)", values)

    def rows(self, version: str, hashes: list[str]) -> dict[str, Row]:
        """The finished ones among them."""
        found: dict[str, Row] = {}
        for first in range(0, len(hashes), 500):
            part = hashes[first:first + 500]
            marks = ",".join("?" * len(part))
            for key, inputs, code, error, result in self.connection.execute(
                    f"SELECT hash, inputs, code, error, result FROM points WHERE version = ? AND hash IN ({marks})",
                    (version, *part)):
                found[key] = Row(key, json.loads(inputs), code, error,
                                 json.loads(zlib.decompress(result)) if result is not None else None)
        return found

    def errors(self, version: str) -> dict[str, str | None]:
        """What each finished point failed with; None for those that ran."""
        return dict(self.connection.execute("SELECT hash, error FROM points WHERE version = ?", (version,)).fetchall())


def error_of(reply: bytes) -> dict[str, Any] | None:
    """`code` and `message` of an answer that is no Result."""
    return json.loads(reply)["error"] if _ERROR.match(reply) else None
