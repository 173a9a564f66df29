# The record of checked variants (workloads/checked.yaml) is that of the files as they are.
import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKE = "make it again with: /usr/bin/python3 tests/sim/rows/record.py build/dev/tests/attnsim_sim_rows_tests"

spec = importlib.util.spec_from_file_location("record", ROOT / "tests" / "sim" / "rows" / "record.py")
record = importlib.util.module_from_spec(spec)
sys.modules["record"] = record
spec.loader.exec_module(record)

LINE = re.compile(r'(?P<row>\w+): {text: "(?P<text>[0-9a-f]{16})", runs: \[(?P<runs>[^\]]*)\]}')
CHECKED = {found["row"]: found for found in map(LINE.fullmatch, record.RECORD.read_text().splitlines()) if found}
# `linear` is a matrix product of a layer, no attention.
VARIANTS = sorted(file.stem for file in record.VARIANTS.glob("*.yaml") if file.stem != "linear")


def test_every_variant_is_recorded_and_nothing_else():
    assert sorted(CHECKED) == VARIANTS, MAKE


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_record_is_of_the_file_as_it_is(variant):
    assert CHECKED[variant]["text"] == record.fingerprint(variant), MAKE


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_ran_on_both_architectures_in_every_phase_that_it_has(variant):
    # Without a rank of queries there is no decode.
    ranks = re.search(r"^ranks:(.*?)^\w", record.text_with_bases(variant), flags=re.MULTILINE | re.DOTALL).group(1)
    phases = ["prefill", "decode"] if "queries" in ranks else ["prefill"]
    expected = sorted(f"{arch} {phase}" for arch in ("tiny-16x16", "fusemax-cloud") for phase in phases)
    assert sorted(CHECKED[variant]["runs"].split(", ")) == expected, MAKE
