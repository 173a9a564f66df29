# The cells of a Liberty file as far as energy needs them: area, input capacitances, energy of a change of the output.
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Cell:
    area_um2: float
    outputs: list[str] = field(default_factory=list)
    input_pf: dict[str, float] = field(default_factory=dict)
    change_pj: float = 0.0  # inside the cell, the mean of its internal_power tables' middle entries

    @property
    def is_register(self) -> bool:
        return "CLK" in self.input_pf and "D" in self.input_pf


def blocks(text: str, keyword: str) -> list[tuple[str, str]]:
    """The (name, body) of each `keyword (name) { body }`, braces balanced."""
    found = []
    for match in re.finditer(rf"\b{keyword}\s*\(([^)]*)\)\s*{{", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        found.append((match.group(1).strip('" '), text[match.end():end - 1]))
    return found


def middle(table: str) -> float:
    """The entry in the middle of a table's values: a load of a few gates, an ordinary slope."""
    values = re.search(r"values\s*\(([^)]*)\)", table)
    rows = re.findall(r'"([^"]*)"', values.group(1)) if values else []
    row = [float(number) for number in rows[len(rows) // 2].split(",")]
    return row[len(row) // 2]


def number(body: str, key: str) -> float:
    return float(re.search(rf"\b{key}\s*:\s*([-\d.eE]+)", body).group(1))


def read_cells(file: Path) -> dict[str, Cell]:
    cells = {}
    for name, body in blocks(file.read_text(), "cell"):
        cell = Cell(number(body, "area"))
        energies = []
        for pin, pin_body in blocks(body, "pin"):
            if re.search(r"direction\s*:\s*output", pin_body):
                cell.outputs.append(pin)
                tables = blocks(pin_body, "rise_power") + blocks(pin_body, "fall_power")
                energies += [middle(table) for _, table in tables]
            else:
                cell.input_pf[pin] = number(pin_body, "capacitance")
        cell.change_pj = sum(energies) / len(energies) if energies else 0.0
        cells[name] = cell
    return cells
