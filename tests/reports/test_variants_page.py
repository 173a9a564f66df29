# The comparison of all variants, made of a few of them.
import json
from pathlib import Path

import pytest
from report_parts import ROOT, SIMULATE, Outcome, run_python

ROWS = "gqa_causal,gla,moh"


def make(folder: Path, *arguments: str, rows: str = ROWS, simulate: str = str(SIMULATE)) -> Outcome:
    return run_python(ROOT / "reports" / "variants_page.py", "--simulate", simulate, "--out", folder, "--lengths", "4K",
                      "--rows", rows, *arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    outcome = make(folder)
    assert (outcome.code, outcome.err) == (0, "")
    return folder


def cells(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "comparison.jsonl").read_text().splitlines()]


def test_every_row_has_its_cells_and_the_page_their_figures(folder):
    assert {(one["cell"]["row"], one["cell"]["phase"]) for one in cells(folder)} == {
        (row, phase) for row in ROWS.split(",") for phase in ("prefill", "decode")}
    page = (folder / "README.md").read_text()
    assert "Made by `/usr/bin/python3 reports/variants_page.py`" in page.splitlines()[1]
    for one in cells(folder):
        assert one["reason"] == "" and one["figures"]["cycles"] > 0
        assert f"`{one['cell']['row']}`" in page
    assert "All cells run." in page


def test_figures_are_drawn_as_png_and_svg(folder):
    for name in ("prefill", "decode", "growth"):
        assert (folder / f"{name}.png").stat().st_size > 10_000
        assert (folder / f"{name}.svg").read_text().startswith("<?xml")


def test_cells_that_have_run_are_kept(folder):
    before = {name: (folder / name).read_bytes() for name in ("comparison.jsonl", "README.md", "prefill.svg")}
    (folder / "README.md").unlink()
    assert make(folder).code == 0
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_a_cell_that_takes_too_long_says_so_and_runs_again_with_more_time(tmp_path):
    assert make(tmp_path, "--limit", "0.001", rows="gla").code == 0
    assert {one["reason"] for one in cells(tmp_path)} == {"out of time"}
    assert "*out of time*" in (tmp_path / "README.md").read_text()
    assert make(tmp_path, "--limit", "60", rows="gla").code == 0
    assert {one["reason"] for one in cells(tmp_path)} == {""}


@pytest.mark.parametrize("rows, message", [("gla,nothing", "--rows: unknown 'nothing'; known: aaren_scan, ")])
def test_unknown_rows_are_refused(tmp_path, rows, message):
    outcome = make(tmp_path, rows=rows)
    assert outcome.code == 2
    assert outcome.err.startswith(message)
    assert not list(tmp_path.iterdir())


def test_a_simulator_that_is_not_there_is_named(tmp_path):
    outcome = make(tmp_path, simulate=str(tmp_path / "none"))
    assert outcome.code == 3
    assert outcome.err.startswith(f"{tmp_path / 'none'}: cannot be run")
