# The how-to of workloads/README.md, run as it is written.
import re
import shlex
import textwrap
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "workloads" / "README.md"
HEADING = "## A variant of your own in ten minutes\n"


@pytest.fixture
def blocks() -> list[tuple[str, str]]:
    """The code blocks of the section: what they are (yaml or nothing) and their text."""
    section = README.read_text(encoding="utf-8").split(HEADING)[1].split("\n## ")[0]
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", section, flags=re.MULTILINE | re.DOTALL)
    return [(kind, textwrap.dedent(text)) for kind, text in found]


def cycles(text: str) -> float:
    return float(re.search(r"([\d.e+]+) cycles at", text).group(1))


def test_a_variant_of_ones_own_takes_one_file(simulate, blocks):
    files = [text for kind, text in blocks if kind == "yaml"]
    assert len(files) == 1
    (simulate.folder / "stripes.yaml").write_text(files[0])
    commands = [shlex.split(line) for kind, text in blocks if kind == "" for line in text.splitlines()]
    assert len(commands) == 5
    outputs = []
    for command in commands:
        assert command[0] == "./simulate"
        outcome = simulate(*command[1:])
        assert (outcome.code, outcome.err) == (0, ""), command
        outputs.append(outcome.out)
    analysis, own, causal, on_data, fewer = outputs
    assert "static-sparse" in analysis
    assert cycles(own) < cycles(causal) / 3
    assert cycles(fewer) < cycles(own)
    left, of = (float(number) for number in re.search(r"([\d.e+]+) of ([\d.e+]+) points", own).groups())
    assert 0.2 < left / (of / 2) < 0.27
    assert "correct" in on_data and "against the interpreter" in on_data
