# The port table of rtl/core.md names the ports of every module of the core, and no others.
import re
from collections import defaultdict
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "rtl"
MODULES = {file.stem: file for file in FOLDER.rglob("*.sv") if not file.stem.endswith("_pkg") and file.parent.name != "models"}
EVERYWHERE = {"clk_i", "rst_i"}


def table() -> dict[str, list[str]]:
    text = (FOLDER / "core.md").read_text().split("## Ports\n")[1].split("\n## ")[0]
    ports: dict[str, list[str]] = defaultdict(list)
    module = ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if len(cells) == 4 and "`" in cells[1]:
            module = cells[0].strip("| `") or module
            ports[module] += re.findall(r"`(\w+)`", cells[1])
    return ports


def ports_of(file: Path) -> list[str]:
    header = re.search(r"^module .*?^\);", file.read_text(), flags=re.MULTILINE | re.DOTALL).group(0)
    header = re.sub(r"//.*", "", header)
    return [name for name in re.findall(r"^\s*(?:input|output)\b.*?(\w+),?\s*$", header, flags=re.MULTILINE)
            if name not in EVERYWHERE]


def test_the_table_is_of_the_modules():
    assert set(table()) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_the_table_has_the_ports_of_a_module(module):
    assert sorted(table()[module]) == sorted(ports_of(MODULES[module]))
