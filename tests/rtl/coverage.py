# coverage.py SUMMARY DATA...: sums Verilator's counters, lines reached and toggles seen of each module of rtl/ but those of
# models/, which stand in for gates; exit 1 below 95 % of lines.
from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

LEAST_PERCENT = 95


def main(summary: Path, data: list[Path]) -> int:
    # One point a line: C '<key\2value\1...>' count. A point of several instances is reached where one reached it.
    reached: dict[tuple[str, str, str], bool] = defaultdict(bool)
    for line in (line for file in data for line in file.read_text().splitlines()):
        match = re.match(r"C '(.*)' (\d+)$", line)
        if not match:
            continue
        keys = dict(part.split("\2", 1) for part in match.group(1).split("\1") if "\2" in part)
        if Path(keys["f"]).parent.name == "models":
            continue
        kind = "toggle" if keys["page"].startswith("v_toggle") else "line"
        point = f"{keys['l']}:{keys.get('n', '')}:{keys.get('o', '')}"
        reached[kind, Path(keys["f"]).stem, point] |= int(match.group(2)) > 0
    modules: dict[str, dict[str, list[int]]] = defaultdict(lambda: {"line": [0, 0], "toggle": [0, 0]})
    for (kind, module, point), hit in reached.items():
        for name in (module, "all"):
            modules[name][kind][0] += hit
            modules[name][kind][1] += 1
        if not hit and kind == "line":
            print(f"{module}: line {point.split(':')[0]} is not reached")
    percent = {name: {kind: 100 * hits / points for kind, (hits, points) in kinds.items() if points}
               for name, kinds in sorted(modules.items())}
    for name, kinds in percent.items():
        print(f"{name:<16} " + "  ".join(f"{kind}s {share:6.2f} %" for kind, share in kinds.items()))
    summary.write_text(json.dumps(percent, indent=2) + "\n")
    return 0 if modules and all(kinds.get("line", 100) >= LEAST_PERCENT for kinds in percent.values()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
