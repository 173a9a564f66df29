# report.html of several runs side by side.
import copy
import re
from html import unescape
from typing import Any

from report_parts import Browser, Report, minimal

Runs = list[dict[str, Any]]


def headline_rows(text: str) -> list[list[str]]:
    body = re.search(r'<h2 id="headline">.*?<tbody>(.*?)</tbody>', text, flags=re.DOTALL)
    assert body
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], flags=re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.DOTALL) for row in rows]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def test_every_run_has_its_row_its_section_and_its_point(report: Report, four_runs: Runs):
    text = report(four_runs).text
    names = ["unfused", "flat", "fusemax-arch", "fusemax"]
    assert [row[0] for row in headline_rows(text)] == names
    assert re.findall(r'<h2 id="run-\d+">([^<]+)</h2>', text) == names
    assert re.findall(r'<figure id="figure-(\w+)">', text)[:4] == ["latency", "utilisation", "roofline", "traffic"]
    roofline = re.search(r'<desc id="roofline-wide-desc">([^<]+)</desc>', text)
    assert roofline
    assert re.findall(r"([\w-]+): [\d.,e]+ MACCs a byte", roofline[1]) == names


def test_the_headline_holds_the_seconds_of_the_json_and_the_speed_over_the_first(report: Report, four_runs: Runs):
    text = report(four_runs).text
    exact = re.findall(r'<data data-path="(\d)\.seconds" value="([^"]+)">', text)
    assert [(int(index), float(value)) for index, value in exact] == [
        (index, run["seconds"]) for index, run in enumerate(four_runs)]
    for row, run in zip(headline_rows(text), four_runs, strict=True):
        assert row[2] == f"{four_runs[0]['seconds'] / run['seconds']:.3g}x"
        assert row[5] == f"{100 * run['utilization']['array_2d']:.1f} %"


def test_equal_runs_are_numbered(report: Report):
    text = report([minimal(), minimal()]).text
    assert [row[0] for row in headline_rows(text)] == ["run 1", "run 2"]


def test_energy_is_compared_where_a_run_has_it(report: Report, four_runs: Runs):
    runs = copy.deepcopy(four_runs[:2])
    runs[0]["energy_pj"] = {"total": 3e12, "array_2d": 2e12, "buffer": 1e12}
    runs[1]["energy_pj"] = None
    text = report(runs).text
    assert [row[9] for row in headline_rows(text)] == ["3 J", "none"]
    assert "unfused: 2D array 2 J, Buffer 1 J; flat: not modelled." in text
    for run in runs:
        run["energy_pj"] = None
    assert 'id="figure-energy"' not in report(runs).text


def test_the_configuration_puts_differences_side_by_side(report: Report, four_runs: Runs):
    runs = copy.deepcopy(four_runs[:2])
    for run in runs:
        run["inputs"] = {"arch": "name: flat-cloud", "mapping": f"name: {run['mapping']['name']}"}
    text = report(runs).text
    assert '<tr><th class="key">clock_hz</th><td colspan="2">940,000,000</td>' in text
    assert '<tr><th class="key">name</th><td>unfused</td><td>flat</td></tr>' in text
    assert re.findall(r"<pre>(.*?)</pre>", text) == ["name: flat-cloud", "name: unfused", "name: flat"]


def test_the_browser_reports_no_error_for_a_comparison(report: Report, browser: Browser, four_runs: Runs):
    assert browser.console(report(four_runs).file) == []


def test_a_comparison_is_small_and_quick_too(report: Report, four_runs: Runs):
    page = report(four_runs * 3)
    assert page.file.stat().st_size < 2_000_000
    assert page.cpu_seconds < 4
