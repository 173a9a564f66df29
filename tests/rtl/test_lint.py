# Every Verilog module: linted as its own top without a waiver, read by Yosys and Icarus, with an assertion in it.
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "rtl" / "arithmetic"
MODULES = sorted(file.stem for file in FOLDER.glob("*.v"))


def text(module: str) -> str:
    return (FOLDER / f"{module}.v").read_text()


def run(tool: str, *arguments: str) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([tool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_modules_are_found():
    assert {"macc_bf16", "divide_fp32", "exp_step"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_the_file_of_its_name_and_says_what_it_is(module):
    assert re.findall(r"^module (\w+)", text(module), flags=re.MULTILINE) == [module]
    assert text(module).startswith("// ")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_assertions_and_no_waiver(module):
    assert "assert (" in text(module)
    assert "lint_off" not in text(module)


@pytest.mark.parametrize("module", MODULES)
def test_ports_end_in_i_or_o(module):
    ports = re.findall(r"^\s*(input|output)\s.*?(\w+)\s*,?\s*(?://.*)?$", text(module), flags=re.MULTILINE)
    assert ports
    assert [name for side, name in ports if not name.endswith("_i" if side == "input" else "_o")] == []


@pytest.mark.parametrize("module", MODULES)
def test_verilator_finds_nothing_to_warn_of(module):
    run("verilator", "--lint-only", "-Wall", "--assert", "-y", ".", f"{module}.v", "--top-module", module)


@pytest.mark.parametrize("module", MODULES)
def test_icarus_elaborates_it(module):
    run("iverilog", "-g2012", "-y", ".", "-o", "/dev/null", "-s", module, f"{module}.v")


@pytest.mark.parametrize("module", MODULES)
def test_yosys_finds_neither_latch_nor_loop(module):
    run("yosys", "-q", "-p", f"read_verilog -sv *.v; hierarchy -check -top {module}; proc; check -assert; "
        "select -assert-none t:$dlatch t:$dff")
