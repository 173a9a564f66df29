# The studies that are shipped: each is a sweep that the simulator knows every path and figure of.
from pathlib import Path

import pytest
from attnsim_sweeps import plan, sweep_file
from sweep_parts import ROOT, SIMULATE

STUDIES = sorted((ROOT / "sweeps" / "studies").glob("*.yaml"))


def test_the_seven_studies_are_found():
    assert len(STUDIES) >= 7


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_a_study_can_run(file: Path):
    sweep = sweep_file.read(file)
    assert sweep.name == file.stem
    plan.check_size(sweep)
    plan.check_with_simulator(plan.make_plan(sweep, SIMULATE))


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_the_gallery_shows_a_study(file: Path):
    gallery = (ROOT / "README.md").read_text()
    assert f"](sweeps/studies/{file.stem}.png)" in gallery
    assert (file.with_suffix(".png")).read_bytes().startswith(b"\x89PNG")
    assert f"sweeps/studies/{file.name}" in gallery
