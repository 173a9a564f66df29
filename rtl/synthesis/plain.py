# Rewrites modules of rtl/ so that Yosys 0.23 reads them, and Icarus 11 what Yosys writes: packages become global types,
# unpacked arrays vectors, and a field of an array's element a range of bits. Arrays named `_q` stay memories.
# plain.py FOLDER FILE... writes FOLDER/<name of each file>; packages first.
from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Array:
    width: str
    dimensions: list[str]
    fields: dict[str, tuple[int, int]] = field(default_factory=dict)  # lowest bit and bits of each


def width_of(range_text: str | None) -> str:
    """The bits of `[high:0]`; 1 without a range."""
    if not range_text:
        return "1"
    high = range_text.strip("[] ").split(":")[0].strip()
    return str(int(high) + 1) if high.isdigit() else f"({high}+1)"


class Types:
    """Enumerations and structs of the packages, by name."""

    def __init__(self) -> None:
        self.widths: dict[str, int] = {}
        self.fields: dict[str, dict[str, tuple[int, int]]] = {}

    def read(self, text: str) -> None:
        text = re.sub(r"//.*", "", text)
        for bits, name in re.findall(r"typedef enum logic (\[[^\]]*\])\s*\{[^}]*\}\s*(\w+);", text):
            self.widths[name] = int(width_of(bits))
        for body, name in re.findall(r"typedef struct packed\s*\{([^}]*)\}\s*(\w+);", text):
            low, fields = 0, {}
            for kind, bits, member in reversed(re.findall(r"(\w+)\s*(\[[^\]]*\])?\s+(\w+)\s*;", body)):
                width = int(width_of(bits)) if kind == "logic" else self.widths[kind]
                fields[member] = (low, width)
                low += width
            self.widths[name], self.fields[name] = low, fields


def closing(text: str, opening: int) -> int:
    """Where the bracket at `opening` closes."""
    depth = 0
    for position in range(opening, len(text)):
        depth += {"[": 1, "]": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise SystemExit(f"plain: a bracket stays open: {text[opening:opening + 40]}")


def brackets(text: str, start: int, most: int) -> tuple[list[str], int]:
    """Up to `most` bracketed texts from `start` on, and where they end."""
    found = []
    while len(found) < most and start < len(text) and text[start] == "[":
        end = closing(text, start)
        found.append(text[start + 1:end])
        start = end + 1
    return found, start


def part_of(select: str, first: str) -> str:
    """`[select]` of an element whose lowest bit is `first`."""
    for sign in ("+:", "-:"):
        if sign in select:
            base, bits = select.split(sign)
            return f"[{first}+({base}){sign}{bits}]"
    if ":" in select:
        high, low = select.split(":")
        return f"[{first}+({low})+:({high})-({low})+1]"
    return f"[{first}+({select})]"


def flat_use(text: str, name: str, array: Array) -> str:
    """Every use of the array, its element or part of an element, as a range of the vector."""
    pieces, position = [], 0
    for match in re.finditer(rf"(?<![\w.$]){name}(?=\[)", text):
        if match.start() < position:
            continue
        indexes, end = brackets(text, match.end(), len(array.dimensions))
        if len(indexes) != len(array.dimensions):
            raise SystemExit(f"plain: {name} with {len(indexes)} indexes")
        indexes = [flat_use(index, name, array) for index in indexes]
        place = f"({indexes[0]})"
        for index, size in zip(indexes[1:], array.dimensions[1:]):
            place = f"({place}*({size})+({index}))"
        first = f"{place}*{array.width}"
        member = re.match(r"\.(\w+)", text[end:])
        if member and array.fields:
            low, bits = array.fields[member.group(1)]
            end += member.end()
            use = f"[{first}+{low}+:{bits}]"
        else:
            selects, end = brackets(text, end, 1)
            use = part_of(selects[0], first) if selects else f"[{first}+:{array.width}]"
        pieces += [text[position:match.start()], name, use]
        position = end
    return "".join(pieces) + text[position:]


def arrays_of(text: str, types: Types) -> tuple[str, dict[str, Array]]:
    """Declares the unpacked arrays as vectors."""
    arrays: dict[str, Array] = {}

    def declare(match: re.Match[str]) -> str:
        indent, kind, bits, name, dimensions = match.groups()
        if name.endswith("_q") or (kind != "logic" and kind not in types.widths):
            return match.group(0)
        width = width_of(bits) if kind == "logic" else str(types.widths[kind])
        sizes, _ = brackets(dimensions.replace(" ", ""), 0, 9)
        arrays[name] = Array(width, sizes, types.fields.get(kind, {}))
        return f"{indent}logic [{'*'.join(f'({size})' for size in sizes)}*{width}-1:0] {name};"

    pattern = r"^( *)(\w+)\s*(\[[^\]]*\])?\s+(\w+)\s*((?:\[[^\]:]*\]\s*)+);"
    return re.sub(pattern, declare, text, flags=re.MULTILINE), arrays


def one_a_line(match: re.Match[str]) -> str:
    return "\n".join(f"{match.group(1)} {name.strip()};" for name in match.group(2).split(","))


def plain(text: str, types: Types) -> str:
    text = re.sub(r"^ *(import \w+::\*;|package \w+;|endpackage)\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\bint unsigned\b", "int", re.sub(r"\bint'\(", "(", text)).replace("unique case", "case")
    if types.widths:
        text = re.sub(rf"\b({'|'.join(types.widths)})'\(", "(", text)
    text = re.sub(r"^( *\w+\s*\[[^\]]*\]) (\w+(?:,.*)?, \w+ \[.*);", one_a_line, text, flags=re.MULTILINE)
    text, arrays = arrays_of(text, types)
    for name, array in arrays.items():
        text = flat_use(text, name, array)
    return text


def rewrite(files: list[Path], folder: Path) -> list[Path]:
    types = Types()
    written = []
    for file in files:
        text = file.read_text()
        types.read(text)
        written.append(folder / file.name)
        written[-1].write_text(plain(text, types))
    return written


if __name__ == "__main__":
    rewrite([Path(name) for name in sys.argv[2:]], Path(sys.argv[1]))
