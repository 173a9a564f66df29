# What goes wrong in the user's hands, as one line and an exit code.
import difflib
from collections.abc import Iterable
from pathlib import Path

DEFECT, USAGE, BAD_INPUT, FAILED = 1, 2, 3, 4  # the exit codes of simulate
INTERRUPTED = 130  # as shells count Ctrl-C


class SweepError(Exception):
    """Its text is one line that says what would be right; its code is the command's exit code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def input_error(file: Path, line: int, key: str, what: str) -> SweepError:
    return SweepError(BAD_INPUT, f"{file}:{line}: " + (f"{key}: " if key else "") + what)


def unknown_name(kind: str, name: str, known: Iterable[str], listed: int = 20) -> str:
    """"unknown key 'axs'; did you mean 'axes'?; known: ...", the nearest ones first where there are many."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=listed, cutoff=0.6)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    shown = names if len(names) <= listed else near or names[:listed]
    more = ", ..." if len(shown) < len(names) else ""
    return f"unknown {kind} '{name}'{hint}; known: {', '.join(shown)}{more}"
