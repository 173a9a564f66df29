# Fixtures of the reports' tests; the package that they test lies in reports/.
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from report_parts import BERT, ROOT, Browser, Report, simulated

sys.path.insert(0, str(ROOT / "reports"))


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report(tmp_path)


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    command = shutil.which("chromium")
    if command is None:
        pytest.skip("chromium is not installed")
    return Browser(command, tmp_path)


@pytest.fixture(scope="session")
def bert() -> dict[str, Any]:
    return simulated([BERT])[0]


@pytest.fixture(scope="session")
def four_runs() -> list[dict[str, Any]]:
    mappings = {"unfused": "flat-cloud", "flat": "flat-cloud", "fusemax-arch": "fusemax-cloud",
                "fusemax": "fusemax-cloud"}
    return simulated([BERT | {"mapping": mapping, "arch": arch} for mapping, arch in mappings.items()])
