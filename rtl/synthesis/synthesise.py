# Maps every PE function, the PE, the lane, the sequencer and a token counter to the OSU 0.18 um cells and prints area,
# critical path, registers and energy of an operation; with --write also to measured.json and, scaled to 45 nm, as the
# energy table osu018-synthesised.
# Needs yosys, sta (opensta), iverilog, qflow-tech-osu018.
from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import activity  # noqa: E402
import core_blocks  # noqa: E402
import plain  # noqa: E402
import table  # noqa: E402
from liberty import Cell, read_cells  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
RTL = ROOT / "rtl"
SOURCES = sorted((RTL / "arithmetic").glob("*.v"))
CORE_SOURCES = [RTL / "array" / "pe_control_pkg.sv", RTL / "array" / "lane_control_pkg.sv", RTL / "array" / "pe_2d.sv",
                RTL / "array" / "lane.sv", RTL / "sequencer" / "sequencer.sv", RTL / "sequencer" / "token_counter.sv"]
TECHNOLOGY = Path("/usr/share/qflow/tech/osu018")
LIBERTY = TECHNOLOGY / "osu018_stdcells.lib"
CELL_MODELS = TECHNOLOGY / "osu018_stdcells.v"
MEASURED = ROOT / "rtl" / "synthesis" / "measured.json"
TABLE = ROOT / "arch" / "tables" / "osu018-synthesised.yaml"
VOLTS = 1.8
VECTORS = 100

# The blocks; of their inputs, those that are floating-point operands (fraction bits) and those below a bound.
FP32 = dict.fromkeys(["a_i", "b_i", "sum_i", "x_i", "running_i", "kept_i", "unit_i", "value_i", "p_i"], 23)
BF16 = {"a_i": 7, "b_i": 7, "sum_i": 23}
STEPS = {"exp_step": 6, "sigmoid_step": 3, "tanh_step": 7, "rsqrt_step": 8}
BLOCKS = ["macc_bf16", "macc_fp32", "add_fp32", "max_fp32", "divide_fp32", "round_bf16", "exp_step", "exp_scale",
          "sigmoid_step", "tanh_step", "rsqrt_step", "int8_to_bf16", "int4_to_bf16", *core_blocks.INPUTS]


@dataclass
class Block:
    name: str
    cells: int
    registers: int
    area_um2: float
    critical_path_ns: float
    pj_per_operation: float


def shown(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"synthesise: {' '.join(command[:1])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def map_to_cells(module: str, folder: Path) -> Path:
    """Yosys and abc: a flat netlist of cells, buffered and sized for a load of four inverters."""
    (folder / "abc.constr").write_text("set_driving_cell INVX4\nset_load 0.04\n")
    # What is read besides changes abc's choices.
    others = plain.rewrite(CORE_SOURCES, folder) if module in core_blocks.INPUTS else []
    sources = " ".join(str(source) for source in SOURCES + others)
    run(["yosys", "-q", "-p",
         f"read_verilog -sv {sources}; synth -flatten -top {module}; dfflibmap -liberty {LIBERTY}; "
         f"abc -liberty {LIBERTY} -constr abc.constr -D 1000; opt_clean -purge; splitnets; "
         f"write_verilog -noattr -noexpr -simple-lhs netlist.v; write_json netlist.json"], folder)
    return folder / "netlist.v"


def ports_of(module: str, folder: Path) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    ports = json.loads((folder / "netlist.json").read_text())["modules"][module]["ports"]
    sides = {"input": [], "output": []}
    for name, port in ports.items():
        if name == "clk_i":
            continue
        sides[port["direction"]].append((name, len(port["bits"])))
    return sides["input"], sides["output"]


def critical_path_ns(module: str, is_clocked: bool, folder: Path) -> float:
    """OpenSTA, inputs at 0 with ideal slopes, no wires; from and to registers with their delay and setup."""
    (folder / "sta.tcl").write_text(f"""read_liberty {LIBERTY}
read_verilog netlist.v
link_design {module}
create_clock -name clock -period 1000 {'[get_ports clk_i]' if is_clocked else ''}
set_input_delay 0 -clock clock [all_inputs]
set_output_delay 0 -clock clock [all_outputs]
report_checks -path_delay max
exit
""")
    report = run(["sta", "-no_splash", "-exit", "sta.tcl"], folder)
    return round(1000 - float(re.search(r"([\d.]+)\s+slack", report).group(1)), 2)


def measure(module: str, cells: dict[str, Cell], folder: Path) -> Block:
    netlist = map_to_cells(module, folder)
    instances = activity.read_netlist(netlist)
    inputs, outputs = ports_of(module, folder)
    is_clocked = module in core_blocks.INPUTS
    if is_clocked:
        unseen = core_blocks.PREAMBLE
        words = core_blocks.words_of(module, inputs, unseen + VECTORS - 1, RTL / "array")
    else:
        unseen = 1
        floats = BF16 if module == "macc_bf16" else {} if module.startswith("int") else FP32
        fixed = {"step_i": STEPS[module]} if module in STEPS else {}
        words = activity.random_words(inputs, VECTORS, floats, fixed)
    bench = activity.bench(module, inputs, outputs, words, unseen, is_clocked, folder)
    changes = activity.simulate(module, netlist, CELL_MODELS, bench, folder)
    return Block(
        name=module,
        cells=len(instances),
        registers=sum(cells[instance.cell].is_register for instance in instances),
        area_um2=sum(cells[instance.cell].area_um2 for instance in instances),
        critical_path_ns=critical_path_ns(module, is_clocked, folder),
        pj_per_operation=round(activity.energy_pj(netlist, cells, changes, VECTORS - 1, VOLTS), 4),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Synthesises the PE functions and measures them.")
    parser.add_argument("--blocks", nargs="+", default=BLOCKS, choices=BLOCKS, metavar="BLOCK", help="only these")
    parser.add_argument("--write", action="store_true", help=f"write {shown(MEASURED)} and {shown(TABLE)}")
    parser.add_argument("--check", action="store_true", help=f"exit 1 where {shown(MEASURED)} has other measures")
    arguments = parser.parse_args()
    if arguments.write and arguments.blocks != BLOCKS:
        parser.error("--write takes all blocks")
    if not LIBERTY.exists():
        raise SystemExit(f"synthesise: {LIBERTY} is missing; install it with: apt-get install qflow-tech-osu018")
    cells = read_cells(LIBERTY)
    blocks = []
    for name in arguments.blocks:
        with tempfile.TemporaryDirectory() as folder:
            blocks.append(asdict(measure(name, cells, Path(folder))))
    print(table.as_text(blocks))
    if arguments.write:
        MEASURED.write_text(json.dumps({"blocks": blocks}, indent=2) + "\n")
        TABLE.write_text(table.as_energy_table(blocks))
    if arguments.check:
        stored = json.loads(MEASURED.read_text())["blocks"]
        others = [block["name"] for block in blocks if block not in stored]
        if others:
            print(f"{shown(MEASURED)} has other measures of {', '.join(others)}; synthesise.py --write renews it")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
