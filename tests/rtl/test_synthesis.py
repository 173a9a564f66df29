# The energy table of the synthesised PE functions is what the measures give, and a block measured again is the same.
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SYNTHESIS = ROOT / "rtl" / "synthesis"
sys.path.insert(0, str(SYNTHESIS))
import activity  # noqa: E402
import table  # noqa: E402
from liberty import Cell, read_cells  # noqa: E402


def measured() -> list[dict]:
    return json.loads((SYNTHESIS / "measured.json").read_text())["blocks"]


def test_the_table_is_what_the_measures_give():
    assert (ROOT / "arch" / "tables" / "osu018-synthesised.yaml").read_text() == table.as_energy_table(measured())


def test_the_readme_shows_the_measures():
    rows = {row[0]: [float(cell) for cell in row[1:]] for row in
            ([cell.strip(" `") for cell in line.strip("|").split("|")] for line in
             (ROOT / "rtl" / "README.md").read_text().split("| block |")[1].split("\n\n")[0].splitlines()[2:])}
    wanted = {block["name"]: [block["cells"], block["registers"], round(block["area_um2"]),
                              round(block["area_um2"] * table.area_scale(45)), round(block["area_um2"] * table.area_scale(16)),
                              block["critical_path_ns"], round(block["pj_per_operation"], 1),
                              round(block["pj_per_operation"] * table.energy_scale(45), 2),
                              round(block["pj_per_operation"] * table.energy_scale(16), 3)] for block in measured()}
    assert rows == wanted


def test_small_blocks_measured_again_are_the_same():
    for tool in ("yosys", "sta", "iverilog"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    command = [sys.executable, SYNTHESIS / "synthesise.py", "--check", "--blocks", "max_fp32", "token_counter"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_scaling_keeps_180_nm_and_falls_to_16_nm():
    assert table.area_scale(180) == table.energy_scale(180) == 1
    assert table.area_scale(45) == 1 / 16
    assert table.area_scale(16) < table.area_scale(45)
    assert table.energy_scale(16) < table.energy_scale(45) == pytest.approx(0.25 / 3.24)


LIBRARY = """library(small) {
  cell (INV) {
    area : 16;
    pin(A) { direction : input; capacitance : 0.01; }
    pin(Y) { direction : output; capacitance : 0;
      internal_power() { related_pin : "A";
        rise_power(t) { values ("1, 2, 3", "4, 0.5, 6", "7, 8, 9"); }
        fall_power(t) { values ("1, 2, 3", "4, 0.1, 6", "7, 8, 9"); }
      }
    }
  }
}
"""


def test_a_cell_has_its_area_its_load_and_the_mean_of_its_middle_energies(tmp_path):
    file = tmp_path / "small.lib"
    file.write_text(LIBRARY)
    cells = read_cells(file)
    assert cells == {"INV": Cell(16.0, ["Y"], {"A": 0.01}, 0.3)}
    assert not cells["INV"].is_register


def test_energy_is_internal_energy_and_half_c_v_squared_of_every_change(tmp_path):
    cells = {"INV": Cell(16.0, ["Y"], {"A": 0.01}, 0.3)}
    netlist = tmp_path / "netlist.v"
    netlist.write_text("module top (a, y);\n"
                       "  INV u1 (\n    .A(a),\n    .Y(n)\n  );\n  INV u2 (\n    .A(n),\n    .Y(y)\n  );\nendmodule\n")
    changes = tmp_path / "changes.vcd"
    changes.write_text("$var wire 1 ! a $end\n$var wire 1 \" n $end\n$var wire 1 # y $end\n"
                       "#0\n0!\n1\"\n0#\n#1\n1!\n0\"\n1#\n#2\n1\"\n0#\n")
    counts = activity.count_changes(changes)
    assert counts == {"a": 1, "n": 2, "y": 2}
    wanted = (1 * 0.5 * 0.01 * 4 + 2 * (0.3 + 0.5 * 0.01 * 4) + 2 * 0.3) / 2
    assert activity.energy_pj(netlist, cells, counts, 2, 2.0) == pytest.approx(wanted)
