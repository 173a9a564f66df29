# What the report says of a mask: points, tiles that it cuts, and where the time of the busiest unit goes.
import copy
import re
from html import unescape
from typing import Any

import pytest
from report_parts import BERT, Report, minimal, simulated

WINDOW = BERT | {"attention": "natten_fna", "set": {"attention.parameters.kernel_x": 2047}}


@pytest.fixture(scope="module")
def window() -> dict[str, Any]:
    return simulated([WINDOW])[0]


def section(text: str) -> str:
    found = re.search(r'<h3 id="mask">.*?(?=<h[23])', text, re.DOTALL)
    return unescape(found.group()) if found else ""


def shares(text: str) -> list[float]:
    return [float(share) / 100 for share in re.findall(r'<td class="n">([\d.]+) %</td>', text)]


def test_a_window_says_what_its_tiles_compute_besides(report: Report, window: dict[str, Any]):
    mask = window["mask"]
    tokens, heads = 64 * 1024, 12 * 64
    assert mask["points"] == heads * tokens * 2047
    assert mask["all_points"] == heads * tokens * tokens
    (block,) = mask["blocks"]
    assert block["einsums"] == ["BQK", "LM", "SLN", "SLD", "SLNV"]
    text = section(report(window).text)
    assert f"{100 * (block['computed_points'] / mask['points'] - 1):.1f} % more points than it leaves" in text
    in_mask, in_cut, *spent = shares(text)
    assert in_mask == pytest.approx(mask["points"] / block["computed_points"], abs=6e-4)
    assert in_cut == pytest.approx(block["cut_points"] / block["computed_points"], abs=6e-4)
    assert len(spent) == 4 and sum(spent) == pytest.approx(1, abs=2e-3)


def test_a_mask_that_tiles_cover_exactly_says_so(report: Report, window: dict[str, Any]):
    exact = copy.deepcopy(window)
    exact["mask"]["blocks"][0] |= {"computed_points": exact["mask"]["points"], "cut_points": 0}
    text = section(report(exact).text)
    assert "nothing else is computed" in text


def test_a_run_without_a_mask_says_nothing_of_one(report: Report, bert: dict[str, Any]):
    assert "mask" not in bert
    assert section(report(bert).text) == ""


def test_a_mask_that_leaves_nothing_is_shown(report: Report):
    empty = minimal() | {"mask": {"points": 0, "all_points": 12, "blocks": []}}
    assert "leaves 0.0 % of all points" in section(report(empty).text)
