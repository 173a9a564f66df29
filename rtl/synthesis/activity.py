# Energy of an operation from the changes of every net of a mapped netlist, as Icarus simulates it with cell delays.
from __future__ import annotations

import random
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from liberty import Cell

PERIOD_NS = 200  # longer than every block's path


@dataclass
class Instance:
    cell: str
    pins: dict[str, str]


def read_netlist(file: Path) -> list[Instance]:
    """The instances of Yosys's output; a net of a vector is `name[3]`."""
    instances = []
    for match in re.finditer(r"^  (\w+) (\S+) \(\n(.*?)\n  \);", file.read_text(), flags=re.MULTILINE | re.DOTALL):
        pins = {pin: net.strip() for pin, net in re.findall(r"\.(\w+)\(([^)]*)\)", match.group(3))}
        instances.append(Instance(match.group(1), pins))
    return instances


def like_operand(chooser: random.Random, width: int, fraction_bits: int | None) -> int:
    """Any bits; of a floating-point operand an exponent in 112 to 143, so that sums align and do not overflow."""
    word = chooser.getrandbits(width)
    if fraction_bits is None:
        return word
    exponent = 112 + chooser.getrandbits(5)
    return (word & ~(0xFF << fraction_bits)) | exponent << fraction_bits


def random_words(ports: list[tuple[str, int]], vectors: int, floats: dict[str, int], fixed: dict[str, int]) -> list[int]:
    """New operands in each; the ports in their order."""
    chooser = random.Random(1)
    words = []
    for _ in range(vectors):
        word = 0
        for name, bits in ports:
            value = chooser.randrange(fixed[name]) if name in fixed else like_operand(chooser, bits, floats.get(name))
            word = word << bits | value
        words.append(word)
    return words


def bench(module: str, ports: list[tuple[str, int]], outputs: list[tuple[str, int]], words: list[int], unseen: int,
          is_clocked: bool, folder: Path) -> str:
    """A test bench that gives the block the next word every period; changes are seen after the first `unseen` ones."""
    width = sum(bits for _, bits in ports)
    (folder / "vectors.hex").write_text("".join(f"{word:x}\n" for word in words))
    names = ", ".join(name for name, _ in ports)
    wires = "".join(f"  wire [{bits - 1}:0] {name};\n" for name, bits in ports + outputs)
    connections = ", ".join(f".{name}({name})" for name, _ in ports + outputs)
    period = f"#{PERIOD_NS};"
    if is_clocked:
        wires += "  reg clk_i = 0;\n"
        connections += ", .clk_i(clk_i)"
        period = f"#{PERIOD_NS // 2} clk_i = 1; #{PERIOD_NS // 2} clk_i = 0;"
    return f"""`timescale 1ns/10ps
module bench;
  reg [{width - 1}:0] vectors [0:{len(words) - 1}];
  reg [{width - 1}:0] vector;
{wires}  assign {{{names}}} = vector;
  {module} u_block ({connections});
  integer i;
  initial begin
    $readmemh("{folder / 'vectors.hex'}", vectors);
    for (i = 0; i < {unseen}; i = i + 1) begin vector = vectors[i]; {period} end
    $dumpfile("{folder / 'changes.vcd'}");
    $dumpvars(1, u_block);
    for (i = {unseen}; i < {len(words)}; i = i + 1) begin vector = vectors[i]; {period} end
    $finish;
  end
endmodule
"""


def count_changes(vcd: Path) -> Counter[str]:
    """Changes a net after the first dump; nets by name, bits of a vector as name[i]."""
    names: dict[str, tuple[str, int]] = {}
    counts: Counter[str] = Counter()
    last: dict[str, str] = {}
    with vcd.open() as lines:
        for line in lines:
            if line.startswith("$var"):
                _, _, width, symbol, name, *_ = line.split()
                names[symbol] = (name.lstrip("\\"), int(width))
            elif line[0] in "01x" and line[1:].strip() in names:
                symbol = line[1:].strip()
                if symbol in last:
                    counts[names[symbol][0]] += 1
                last[symbol] = line[0]
            elif line[0] == "b":
                bits, symbol = line[1:].split()
                name, width = names[symbol]
                bits = bits.rjust(width, "0")
                for position, (before, after) in enumerate(zip(last.get(symbol, bits), bits)):
                    if before != after:
                        counts[f"{name}[{width - 1 - position}]"] += 1
                last[symbol] = bits
    return counts


def energy_pj(netlist: Path, cells: dict[str, Cell], changes: Counter[str], operations: int, volts: float) -> float:
    """Of one operation: a change costs the driver's internal energy and half C V^2 of the inputs that the net feeds."""
    load_pf: Counter[str] = Counter()
    instances = read_netlist(netlist)
    for instance in instances:
        for pin, net in instance.pins.items():
            load_pf[net] += cells[instance.cell].input_pf.get(pin, 0.0)
    internal = {instance.pins[pin]: cells[instance.cell].change_pj for instance in instances
                for pin in cells[instance.cell].outputs if pin in instance.pins}
    total = sum(count * (internal.get(net, 0.0) + 0.5 * load_pf[net] * volts**2) for net, count in changes.items())
    return total / operations


def simulate(module: str, netlist: Path, cell_models: Path, bench_text: str, folder: Path) -> Counter[str]:
    (folder / "bench.v").write_text(bench_text)
    subprocess.run(["iverilog", "-g2012", "-gspecify", "-o", folder / f"{module}.vvp", folder / "bench.v", netlist,
                    cell_models], check=True, capture_output=True)
    subprocess.run(["vvp", "-n", folder / f"{module}.vvp"], check=True, capture_output=True)
    return count_changes(folder / "changes.vcd")
