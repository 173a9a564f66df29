# What --out leaves in its folder, and what happens where the report cannot be made.
import csv
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BERT = ("--workload", "bert-base", "--seq-len", "1K")


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_run_writes_the_result_the_summary_and_the_report(simulate):
    outcome = simulate("run", *BERT, "--out", "out/bert")
    assert (outcome.code, outcome.err) == (0, "")
    folder = simulate.folder / "out" / "bert"
    assert names(folder) == ["report.html", "result.json", "summary.csv"]
    assert outcome.out.endswith("wrote out/bert/report.html\n")
    result = json.loads((folder / "result.json").read_text())
    page = (folder / "report.html").read_text()
    assert f'<data data-path="cycles" value="{result["cycles"]}">' in page


def test_the_summary_has_one_line_with_the_digits_of_the_result(simulate):
    simulate("run", *BERT, "--out", "out")
    result = json.loads((simulate.folder / "out" / "result.json").read_text())
    with (simulate.folder / "out" / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert rows[0]["workload"] == "bert-base"
    assert int(rows[0]["cycles"]) == result["cycles"]
    assert float(rows[0]["utilization_array_2d"]) == result["utilization"]["array_2d"]


def test_the_stored_result_says_what_made_it(simulate):
    simulate("run", *BERT, "--set", "arch.buffer.bytes=8MiB", "--out", "out")
    inputs = json.loads((simulate.folder / "out" / "result.json").read_text())["inputs"]
    assert list(inputs) == ["arch", "workload", "attention", "mapping"]
    assert "bytes: 8MiB" in inputs["arch"]
    assert "id: fusemax_1pass" in inputs["attention"]
    assert "name: fusemax" in inputs["mapping"]
    assert "name: bert-base" in inputs["workload"]


def test_json_goes_to_stdout_beside_the_files(simulate):
    outcome = simulate("run", *BERT, "--out", "out", "--json")
    assert outcome.json() == json.loads((simulate.folder / "out" / "result.json").read_text())


def test_compare_writes_all_results_and_one_report(simulate):
    outcome = simulate("compare", *BERT, "--mapping", "fusemax-arch,fusemax", "--out", "out")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("wrote out/report.html\n")
    results = json.loads((simulate.folder / "out" / "result.json").read_text())
    assert [result["mapping"]["name"] for result in results] == ["fusemax-arch", "fusemax"]
    assert (simulate.folder / "out" / "summary.csv").read_text().count("\n") == 3
    page = (simulate.folder / "out" / "report.html").read_text()
    for index, result in enumerate(results):
        assert f'<data data-path="{index}.seconds" value="{result["seconds"]}">' in page


@pytest.fixture
def other_report(simulate, monkeypatch: pytest.MonkeyPatch):
    """Runs with the shipped inputs and a reports/report.py of the test's own."""
    def run(script: str):
        root = simulate.folder / "root"
        (root / "reports").mkdir(parents=True)
        for folder in ("arch", "workloads", "mapping"):
            (root / folder).symlink_to(ROOT / folder)
        (root / "reports" / "report.py").write_text(script)
        monkeypatch.setenv("ATTNSIM_ROOT", str(root))
        return simulate("run", *BERT, "--out", "out")

    return run


def test_a_report_that_cannot_be_made_costs_a_warning_not_the_result(simulate, other_report):
    message = "python3-jinja2 is missing; install it with: apt-get install python3-jinja2"
    outcome = other_report(f"import sys\nprint('noise\\n{message}', file=sys.stderr)\nsys.exit(1)\n")
    assert outcome.code == 0
    assert outcome.err == f"warning: no out/report.html: {message}\n"
    assert outcome.out.endswith("wrote out/result.json\n")
    assert names(simulate.folder / "out") == ["result.json", "summary.csv"]


def test_a_report_that_dies_silently_is_said_to(simulate, other_report):
    outcome = other_report("import os\nos.abort()\n")
    assert outcome.code == 0
    assert outcome.err == "warning: no out/report.html: reports/report.py ended early\n"


def test_an_earlier_report_does_not_outlive_its_result(simulate, other_report):
    (simulate.folder / "out").mkdir()
    (simulate.folder / "out" / "report.html").write_text("of another run")
    outcome = other_report("import sys\nsys.exit(1)\n")
    assert outcome.code == 0
    assert names(simulate.folder / "out") == ["result.json", "summary.csv"]
