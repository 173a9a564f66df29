# The blocks with registers: what is on their inputs, cycle by cycle, while their energy is measured.
from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from activity import like_operand
from plain import Types

Inputs = dict[str, int]


class Words:
    """Control words of a package, by the names of their fields and operations."""

    def __init__(self, package: Path, name: str) -> None:
        types = Types()
        text = package.read_text()
        types.read(text)
        self.fields = types.fields[name]
        self.names = {name: number for enumeration in re.findall(r"typedef enum logic[^{]*{([^}]*)}", text)
                      for number, name in enumerate(re.findall(r"\w+", re.sub(r"//.*", "", enumeration)))}

    def word(self, **fields: int | str) -> int:
        """A field of an operation or a source may be its name."""
        return sum((self.names[value] if isinstance(value, str) else value) << self.fields[name][0]
                   for name, value in fields.items())


def pe_2d(array: Path, chooser: random.Random) -> Iterator[Inputs]:
    """Sixteen sums into the registers, then MACCs."""
    words = Words(array / "pe_control_pkg.sv", "pe_control_t")
    for cycle in range(10**9):
        fills = cycle < 16
        control = words.word(op="PeMacc", first=fills, write=fills, to=cycle % 16, rows=1, columns=1, left=cycle, top=cycle)
        yield {"control_i": control, "left_i": like_operand(chooser, 16, 7), "top_i": like_operand(chooser, 32, 23)}


def lane(array: Path, chooser: random.Random) -> Iterator[Inputs]:
    """One exponential, then products."""
    words = Words(array / "lane_control_pkg.sv", "lane_control_t")
    steps = Words(array / "lane_control_pkg.sv", "lane_step_t")
    for cycle in range(10**9):
        operands = {"a_data_i": like_operand(chooser, 32, 23), "b_data_i": like_operand(chooser, 32, 23)}
        operation = "LaneSubtract" if cycle == 0 else "LaneExp" if cycle < 7 else "LaneMultiply"
        step = steps.word(op=operation, a="LaneBankA", b="LaneBankB", scratch=cycle % 2)
        done = operation == "LaneMultiply" or cycle == 6
        control = words.word(step=step, exp_step=cycle - 1 if operation == "LaneExp" else 0, done=done, adds_up=done,
                             write=done, lanes=1, a=cycle, b=cycle, to=cycle)
        yield {"control_i": control, **operands}


def token_counter(_: Path, __: random.Random) -> Iterator[Inputs]:
    """Latency 1, and a token in every second cycle."""
    for cycle in range(10**9):
        yield {"rst_i": cycle == 0, "set_i": cycle == 1, "latency_i": 1, "initial_i": 4,
               "post_i": cycle > 2 and cycle % 2, "take_i": cycle > 2 and 1 - cycle % 2}


def sequencer(_: Path, chooser: random.Random) -> Iterator[Inputs]:
    """Instructions of four cycles each, with tokens of any channels."""
    tokens: Inputs = {}
    for cycle in range(10**9):
        if cycle % 4 == 0:
            tokens = {name: chooser.getrandbits(32) for name in ("waits_i", "end_posts_i", "offset_posts_i")}
        yield {"rst_i": cycle == 0, "valid_i": 1, "offset_i": 2, "available_i": 2**32 - 1, "last_i": cycle % 4 == 3, **tokens}


PREAMBLE = 16  # cycles until every register has a number
INPUTS: dict[str, Callable[[Path, random.Random], Iterator[Inputs]]] = {
    "token_counter": token_counter, "sequencer": sequencer, "pe_2d": pe_2d, "lane": lane}


def words_of(module: str, ports: list[tuple[str, int]], cycles: int, array: Path) -> list[int]:
    """A word a cycle, the ports in their order; a port that nothing is said of is 0."""
    words = []
    for _, inputs in zip(range(cycles), INPUTS[module](array, random.Random(1))):
        word = 0
        for name, bits in ports:
            word = word << bits | int(inputs.get(name, 0))
        words.append(word)
    return words
