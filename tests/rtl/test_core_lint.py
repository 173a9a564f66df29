# The modules of the core: each linted as its own top without a waiver, read by Yosys, and with a bench.
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "rtl"
PACKAGES = ["array/pe_control_pkg.sv", "array/lane_control_pkg.sv"]
MODULES = sorted(file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*.sv")
                 if not file.stem.endswith("_pkg") and file.parent.name != "models")
sys.path.insert(0, str(FOLDER / "synthesis"))
import plain  # noqa: E402


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


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_assertions(module):
    assert "assert (" in (FOLDER / module).read_text()


def test_yosys_finds_neither_latch_nor_loop_in_the_core(tmp_path):
    if not shutil.which("yosys"):
        pytest.skip("yosys is not installed")
    sources = plain.rewrite([FOLDER / file for file in PACKAGES + MODULES], tmp_path)
    script = (f"read_verilog -sv {FOLDER}/arithmetic/*.v {' '.join(map(str, sources))}; hierarchy -check -top core; proc; "
              "check -assert; select -assert-none t:$dlatch")
    done = subprocess.run(["yosys", "-q", "-p", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_below_the_core_has_a_bench():
    tests = Path(__file__).parent
    benches = re.findall(r"^attnsim_bench\((\w+)", (tests / "core" / "CMakeLists.txt").read_text(), flags=re.MULTILINE)
    benches += [file.stem.removesuffix("_bench") for file in (tests / "sequencer").glob("*_bench.sv")]
    assert sorted(benches) == sorted(Path(module).stem for module in MODULES if module != "core.sv")
