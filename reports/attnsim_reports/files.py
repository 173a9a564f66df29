# Files that are there whole or not at all.
import os
from collections.abc import Callable
from pathlib import Path


def make_whole(file: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` make a file under a temporary name and renames it, so that no reader ever sees a part of it."""
    temporary = file.with_name(f"{file.name}.part{os.getpid()}")
    try:
        write(temporary)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(file: Path, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    make_whole(file, lambda temporary: temporary.write_bytes(data))
