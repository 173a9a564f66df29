# What report.py refuses, in which words, and that it leaves nothing half-written.
import json
from pathlib import Path

import pytest
from report_parts import ROOT, Report, minimal, run_python


def without(path: str) -> dict:
    data = minimal()
    *outer, last = path.split(".")
    inner = data
    for key in outer:
        inner = inner[key]
    del inner[last]
    return data


@pytest.mark.parametrize(("data", "message"), [
    ("{", "is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
    ([], "holds no result"),
    (3, "the document: must be a result, a JSON object"),
    (without("bound.gap"), "bound.gap: missing; it must be a result of simulate run or compare"),
    ([minimal(), without("cycles")], "[1].cycles: missing; it must be a result of simulate run or compare"),
    (minimal() | {"cycles": "many"}, "cycles: must be int (got 'many')"),
    (minimal() | {"seconds": True}, "seconds: must be int or float (got True)"),
])
def test_a_wrong_result_is_refused_in_one_line(report: Report, data, message):
    outcome = report.run(data)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == f"{report.folder / 'result.json'}: {message}\n"
    assert [file.name for file in report.folder.iterdir()] == ["result.json"]


def test_a_missing_result_is_named(tmp_path: Path):
    outcome = run_python(ROOT / "reports" / "report.py", tmp_path / "none.json", "--out", tmp_path / "report.html")
    assert (outcome.code, outcome.err) == (3, f"{tmp_path}/none.json: cannot be read (No such file or directory)\n")


def test_a_page_that_cannot_be_written_is_named(report: Report):
    source = report.folder / "result.json"
    source.write_text(json.dumps(minimal()))
    target = report.folder / "none" / "report.html"
    outcome = run_python(ROOT / "reports" / "report.py", source, "--out", target)
    assert (outcome.code, outcome.err) == (3, f"{target}: cannot be written (No such file or directory)\n")


def test_a_missing_package_is_named_with_what_to_install(report: Report):
    # -S leaves out the folder of Debian's packages.
    outcome = report.run(minimal(), flags=("-S",))
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "python3-jinja2 is missing; install it with: apt-get install python3-jinja2\n"
    assert not (report.folder / "report.html").exists()
