# Fixtures of the sweeps' tests; the package that they test lies in sweeps/.
import sys
from pathlib import Path

import hypothesis
import pytest
from sweep_parts import ROOT, SIMULATE, Sweep

sys.path.insert(0, str(ROOT / "sweeps"))
sys.path.insert(0, str(ROOT / "reports"))

# No folder of earlier examples in the tree, and the same examples in every run.
hypothesis.settings.register_profile("attnsim", database=None, derandomize=True, deadline=None)
hypothesis.settings.load_profile("attnsim")


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    assert SIMULATE.exists(), f"{SIMULATE} is not built"
    return Sweep(tmp_path)
