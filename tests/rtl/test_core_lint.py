# The modules of the core: each linted as its own top without a waiver.
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "rtl"
PACKAGES = ["array/pe_control_pkg.sv", "array/lane_control_pkg.sv"]
MODULES = sorted(file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*.sv")
                 if not file.stem.endswith("_pkg") and file.parent.name != "models")


def test_the_modules_are_found():
    assert {"core.sv", "array/pe_2d.sv", "sequencer/token_counter.sv"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_verilator_finds_nothing_to_warn_of(module):
    if not shutil.which("verilator"):
        pytest.skip("verilator is not installed")
    others = [other for other in MODULES if other != module] + [f"arithmetic/{file.name}" for file in
                                                                sorted((FOLDER / "arithmetic").glob("*.v"))]
    command = ["verilator", "--lint-only", "-Wall", "--assert", "--top-module", Path(module).stem, *PACKAGES, module]
    done = subprocess.run([*command, *others], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "lint_off" not in (FOLDER / module).read_text()
