# Runs the row tests and records in workloads/checked.yaml which variants ran as their oracles say, and where:
# /usr/bin/python3 tests/sim/rows/record.py build/dev/tests/attnsim_sim_rows_tests [VARIANT...]; default: all variants.
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VARIANTS = ROOT / "workloads" / "variants"
RECORD = ROOT / "workloads" / "checked.yaml"
TITLE = "# Variants that ran as their oracles say, and where; made by tests/sim/rows/record.py (workloads/README.md)."
CASE = re.compile(r"\w+/(?P<row>\w+?)_(?P<arch>tiny_16x16|fusemax_cloud)_(?P<phase>prefill|decode)")


def fingerprint(variant: str) -> str:
    """As workloads/checked.h has it."""
    value = 0xcbf29ce484222325
    for byte in text_with_bases(variant).encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return f"{value:016x}"


def text_with_bases(variant: str) -> str:
    text = (VARIANTS / f"{variant}.yaml").read_text(encoding="utf-8")
    base = re.search(r"^base: (.*)$", text, flags=re.MULTILINE)
    return text + (text_with_bases(base.group(1)) if base else "")


def run(program: str, rows: list[str]) -> list[dict]:
    """The suites' reports, from a process a core."""
    tests = ":".join(f"Rows/*/{row}_{arch}_*" for row in rows for arch in ("tiny", "fusemax")) if rows else "Rows/*"
    shards = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{shard}.json" for shard in range(shards)]
        processes = [subprocess.Popen([program, f"--gtest_filter={tests}", f"--gtest_output=json:{file}"],
                                      stdout=subprocess.DEVNULL,
                                      env=os.environ | {"GTEST_TOTAL_SHARDS": str(shards),
                                                        "GTEST_SHARD_INDEX": str(shard)})
                     for shard, file in enumerate(files)]
        for process in processes:
            process.wait()
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def passed_runs(reports: list[dict]) -> dict[str, list[str]]:
    """By variant, the runs all of whose tests passed."""
    outcomes: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for report in reports:
        for test in (test for suite in report["testsuites"] for test in suite["testsuite"]):
            case = CASE.fullmatch(test["name"])
            if case is None:
                raise SystemExit(f"{test['name']}: names no row, architecture and phase")
            run_name = f"{case['arch'].replace('_', '-')} {case['phase']}"
            outcomes[case["row"], run_name].append("failures" not in test)
    runs: dict[str, list[str]] = defaultdict(list)
    for (row, run_name), good in sorted(outcomes.items()):
        if all(good):
            runs[row].append(run_name)
    return runs


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: record.py build/dev/tests/attnsim_sim_rows_tests [VARIANT...]", file=sys.stderr)
        return 2
    rows = arguments[1:]
    lines = {row: f'{row}: {{text: "{fingerprint(row)}", runs: [{", ".join(where)}]}}\n'
             for row, where in passed_runs(run(arguments[0], rows)).items()}
    if rows:
        kept = {line.split(":")[0]: line + "\n" for line in RECORD.read_text(encoding="utf-8").splitlines()[1:]}
        lines = {row: line for row, line in kept.items() if row not in rows} | lines
    RECORD.write_text(TITLE + "\n" + "".join(lines[row] for row in sorted(lines)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
