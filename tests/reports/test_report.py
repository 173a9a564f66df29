# report.html of one run: numbers, figures, and what holds without a network, on a phone and for screen readers.
import copy
import json
import math
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from report_parts import Browser, Report, minimal, simulated

HEADLINES = ["seconds", "cycles", "bound.lower_bound_cycles", "bound.gap", "utilization.array_2d",
             "utilization.array_2d_macc", "utilization.array_1d", "utilization.dram", "dram_bytes.read",
             "dram_bytes.write"]
ENERGY = {"total": 7.9e15, "array_2d": 7.5e15, "array_1d": 1e14, "registers": 1e14, "buffer": 1.5e14, "dram": 5e13,
          "links": 0.0, "static": 0.0}
AREA = {"total": 1.3e9, "array_2d": 1.2e9, "array_1d": 1e7, "buffer": 9e7}
TIMELINE = {"cycles_from": 1000, "cycles_to": 1100, "events": [
    {"unit": "array_2d", "name": "BQK", "start": 990, "end": 1054, "tile": 7},
    {"unit": "array_1d", "name": "RM", "start": 1055, "end": 1056, "tile": 7},
    {"unit": "array_2d", "name": "BQK", "start": 1060, "end": 1124, "tile": 8}]}


def value_at(data: Any, path: str) -> Any:
    for key in path.split("."):
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data


def headline_of(text: str) -> dict[str, tuple[float, str]]:
    """Path -> (exact value, what is shown)."""
    found = re.findall(r'<data data-path="([^"]+)" value="([^"]+)">([^<]+)</data>', text)
    assert len({path for path, _, _ in found}) == len(found)
    return {path: (float(value), unescape(shown)) for path, value, shown in found}


def measured(shown: str) -> float:
    """The number that a reader sees, in base units."""
    scale = {"": 1, "%": 1e-2, "s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9,
             "TB": 1e12, "kJ": 1e15, "J": 1e12, "mJ": 1e9, "mm²": 1e6, "µm²": 1}
    number, _, unit = shown.lstrip("<").partition(" ")
    return float(number.replace(",", "")) * scale[unit]


def test_the_headline_holds_the_numbers_of_the_json(report: Report, bert: dict[str, Any]):
    data = bert | {"energy_pj": ENERGY, "area_um2": AREA}
    headline = headline_of(report(data).text)
    assert list(headline) == [*HEADLINES, "energy_pj.total", "area_um2.total"]
    for path, (value, shown) in headline.items():
        assert value == value_at(data, path), path
        if shown.startswith("<"):
            assert 0 < value < measured(shown), path
        else:
            assert measured(shown) == pytest.approx(value, rel=0.01, abs=0.0006), path


def test_the_page_needs_nothing_but_itself(report: Report, bert: dict[str, Any]):
    text = report(bert).text
    assert "<script" not in text
    outside = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?((?:https?:)?//[^"\')]+)', text)
    assert outside == []
    assert re.findall(r'@import|@font-face', text) == []
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert "@media print" in text


def test_the_page_is_small_and_quick_to_make(report: Report, bert: dict[str, Any]):
    page = report(bert)
    assert page.file.stat().st_size < 2_000_000
    assert page.cpu_seconds < 3


def test_the_same_result_makes_the_same_page(report: Report, bert: dict[str, Any]):
    pages = set()
    for _ in range(2):
        assert report.run(bert).code == 0
        pages.add((report.folder / "report.html").read_text(encoding="utf-8"))
    assert len(pages) == 1


def test_ids_are_unique_and_links_have_their_targets(report: Report, bert: dict[str, Any]):
    text = report(bert | {"energy_pj": ENERGY, "area_um2": AREA}).text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) > 100
    assert len(set(ids)) == len(ids)
    targets = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    assert targets
    assert targets <= set(ids)


def test_every_figure_has_an_alternative_text_and_a_caption(report: Report, bert: dict[str, Any]):
    text = report(bert | {"energy_pj": ENERGY, "area_um2": AREA, "timeline": TIMELINE}).text
    figures = re.findall(r"<figure id=\"figure-(\w+)\">(.*?)</figure>", text, flags=re.DOTALL)
    assert [name for name, _ in figures] == ["units", "waterfall", "einsums", "roofline", "energy", "area"]
    for name, body in figures:
        assert re.search(r"<figcaption><b>[^<]+</b> [^<]{10,}</figcaption>", body), name
        drawings = re.findall(r'<svg ([^>]*)><title id="([^"]+)">([^<]+)</title><desc id="([^"]+)">([^<]+)</desc>',
                              body)
        assert len(drawings) == body.count("<svg") == 2, name
        for attributes, title_id, title, description_id, description in drawings:
            assert 'role="img"' in attributes
            assert f'aria-labelledby="{title_id} {description_id}"' in attributes
            assert len(title) > 8
            assert len(description) > 40


def test_alternative_texts_carry_the_figures_of_the_result(report: Report, bert: dict[str, Any]):
    text = unescape(report(bert).text)
    shares = {unit["name"]: unit["busy_cycles"] / bert["cycles"] for unit in bert["units"]}
    assert f"1D array: busy {100 * shares['array_1d']:.1f} %" in text
    assert f"DRAM: busy {100 * shares['dram']:.1f} %" in text
    einsum = next(one for one in bert["einsums"] if one["name"] == "BQK")
    assert f"BQK {100 * einsum['pe_cycles'] / (65536 * bert['cycles']):.1f} %" in text
    maccs = bert["utilization"]["array_2d_macc"] * 65536 * bert["cycles"]
    intensity = maccs / (bert["dram_bytes"]["read"] + bert["dram_bytes"]["write"])
    stated = re.search(r"byte\. ([\d.,e]+) MACCs a byte, ([\d.,e]+) MACCs a second\.", text)
    assert stated
    assert float(stated[1].replace(",", "")) == pytest.approx(intensity, rel=0.005)
    assert float(stated[2]) == pytest.approx(maccs / bert["seconds"], rel=0.005)


def test_all_transfers_and_instructions_are_listed(report: Report, bert: dict[str, Any]):
    text = unescape(report(bert).text)
    for one in bert["transfers"]:
        row = re.search(rf"<tr><th>{one['name']}</th>.*?</tr>", text, flags=re.DOTALL)
        assert row, one["name"]
        assert f"{one['cycles']:,}" in row[0]
    for one in bert["instructions"]:
        row = re.search(rf"<tr><td>{one['name']}</td>.*?</tr>", text, flags=re.DOTALL)
        assert row, one["name"]
        for key in ("count", "first_start", "last_start", "busy_cycles"):
            assert f'<td class="n">{one[key]:,}</td>' in row[0], (one["name"], key)


def test_a_mapping_of_matrix_products_is_shown_where_there_is_one(report: Report):
    title = "<h3>Mapping of the matrix products</h3>"
    page = report(minimal() | {"scope": "layer", "layers": 1, "linear_mapping": {"name": "weight-stationary"}})
    assert "<td colspan=\"1\">weight-stationary</td>" in page.text.partition(title)[2]
    assert title not in report(minimal() | {"scope": "attention", "layers": 1, "linear_mapping": None}).text


def test_the_configuration_shows_every_resolved_value_and_the_documents(report: Report, bert: dict[str, Any]):
    documents = {"arch": "name: toy\nrows: 3", "workload": "heads: 12", "attention": "id: x < y",
                 "mapping": "fuse: all"}
    text = report(bert | {"inputs": documents}).text
    for section in ("arch", "workload", "attention", "mapping"):
        for key in bert[section]:
            assert f'<th class="key">{key}' in text, key
    assert "<td colspan=\"1\">429,496,729,600</td>" in text
    assert re.findall(r"<pre>(.*?)</pre>", text, flags=re.DOTALL) == [
        "name: toy\nrows: 3", "heads: 12", "id: x &lt; y", "fuse: all"]


def test_what_limits_is_said_in_words(report: Report, bert: dict[str, Any]):
    assert "<p>The 1D array limits this run." in report(bert).text
    waiting = report(minimal()).text
    assert ("<p>The 1D array has the most work, but the latency is 66.7 % above the lower bound: no unit is busy "
            "all the time, and waiting, not work, limits this run.</p>") in waiting
    assert "<p>The 1D array waits 30.0 % of the time: 30.0 % for A (for B).</p>" in waiting


def test_sections_without_data_are_left_out(report: Report):
    text = report(minimal()).text
    assert re.findall(r"<figure id=\"figure-(\w+)\">", text) == ["units"]
    for section in ("waterfall", "einsums", "roofline", "energy", "actions", "instructions"):
        assert f'id="{section}"' not in text, section
        assert f'href="#{section}"' not in text, section
    assert list(headline_of(text)) == ["seconds", "cycles", "bound.lower_bound_cycles", "bound.gap", "dram_bytes.read",
                                       "dram_bytes.write"]


def test_the_waterfall_draws_each_event_of_the_window(report: Report):
    text = report(minimal() | {"timeline": TIMELINE}).text
    drawing = re.search(r'<svg role="img" aria-labelledby="waterfall-wide-title.*?</svg>', text, flags=re.DOTALL)
    assert drawing
    assert "Cycles 1,000 to 1,100. Rows, by unit: 1D array: RM; 2D array: BQK. 3 executions of 2 tiles" in drawing[0]
    letters = re.findall(r">([a-z])</text>", drawing[0])
    assert letters == ["a", "b"], "two executions are wide enough for their tile's letter"


def test_energy_and_area_are_shown_by_component(report: Report):
    text = report(minimal() | {"energy_pj": ENERGY, "area_um2": AREA}).text
    assert "Bars, one a component: 2D array 7.5 kJ, Buffer 150 J, 1D array 100 J, Registers 100 J, DRAM 50 J; " \
           "total 7.9 kJ." in text
    assert "Bars, one a component: 2D array 1,200 mm², Buffer 90 mm², 1D array 10 mm²; total 1,300 mm²." in text


def test_names_cannot_break_the_page(report: Report, browser: Browser):
    data = minimal()
    data["workload"]["name"] = "<script>throw 1</script>"
    data["units"][0]["stall_cycles"] = {"<b> -> \"x\" & $y": 300}
    page = report(data)
    assert "<script" not in page.text
    assert browser.console(page.file) == []


def test_the_browser_reports_no_error(report: Report, browser: Browser, bert: dict[str, Any]):
    page = report(bert | {"energy_pj": ENERGY, "area_um2": AREA})
    assert browser.console(page.file) == []
    broken = page.file.with_name("broken.html")
    broken.write_text("<script>throw new Error('x')</script>")
    assert len(browser.console(broken)) == 1, "an error must be seen where there is one"


PROBE = """<script>
addEventListener("load", () => {
  const clipped = [];
  let drawings = 0;
  for (const svg of document.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    if (box.width === 0) continue;
    drawings += 1;
    for (const text of svg.querySelectorAll("text")) {
      const part = text.getBoundingClientRect();
      if (part.left < box.left - 1 || part.right > box.right + 1 || part.top < box.top - 1 ||
          part.bottom > box.bottom + 1) clipped.push(svg.querySelector("title").id + ": " + text.textContent);
    }
  }
  const sizes = [...document.querySelectorAll("svg text")].filter(text => text.getBoundingClientRect().width > 0)
    .map(text => parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a);
  const overflow = document.documentElement.scrollWidth - innerWidth;
  const smallest = Math.min(...sizes);
  parent.postMessage(JSON.stringify({width: innerWidth, drawings, clipped, overflow, smallest}), "*");
});
</script>"""


def probe(browser: Browser, page: Path, width: int) -> dict[str, Any]:
    """Opens the page in a frame of that width (a window cannot be narrower than 500) and measures what it shows."""
    child = page.with_name("probe.html")
    child.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    frame = page.with_name("frame.html")
    frame.write_text(f"<script>addEventListener('message', event => document.title = event.data)</script>"
                     f"<iframe src='probe.html' style='width:{width}px;height:900px;border:0'></iframe>")
    title = re.search(r"<title>(.*?)</title>", browser.open(frame, width=1400).out)
    assert title
    return json.loads(unescape(title[1]))


@pytest.mark.parametrize("width", [1200, 400])
def test_nothing_is_clipped_or_too_wide_or_tiny(report: Report, browser: Browser, bert: dict[str, Any], width: int):
    page = report(bert | {"energy_pj": ENERGY, "area_um2": AREA})
    seen = probe(browser, page.file, width)
    assert seen["width"] == width
    assert seen["drawings"] == len(re.findall("<figure", page.text))
    assert seen["clipped"] == []
    assert seen["overflow"] <= 0
    assert seen["smallest"] >= 7, "superscripts of a logarithmic axis are the smallest"


@pytest.mark.parametrize("width", [1200, 400])
def test_a_comparison_is_not_clipped_either(report: Report, browser: Browser, four_runs: list[dict[str, Any]],
                                            width: int):
    long_names = copy.deepcopy(four_runs)
    for index, run in enumerate(long_names):
        run["mapping"]["name"] = f"a mapping with a name that goes on and on, number {index}"
    seen = probe(browser, report(long_names).file, width)
    assert seen["clipped"] == []
    assert seen["overflow"] <= 0


def test_zero_work_does_not_break_the_page(report: Report):
    data = minimal()
    data["cycles"], data["seconds"] = 0, 0.0
    data["units"] = [{"name": "array_2d", "pes": 4, "busy_cycles": 0, "stall_cycles": {}}]
    data["einsums"] = [{"name": "A", "unit": "array_2d", "cycles": 0, "ops": 0, "pe_cycles": 0}]
    headline = headline_of(report(data).text)
    assert headline["cycles"] == (0, "0")
    assert not any(math.isnan(value) for value, _ in headline.values())


def test_a_model_shows_its_parts_with_what_limits_each(report: Report, browser: Browser):
    arguments = {"workload": "bert-base", "seq_len": "1K", "scope": "model"}
    page = report(simulated([arguments])[0])
    for name in ("QKV", "attention", "output", "FFN up", "FFN down", "head"):
        assert re.search(rf"<tr><th>{name}</th><td class=\"n\">1?[12]</td>", page.text), name
    head = re.search(r"<tr><th>head</th>.*?</tr>", page.text, flags=re.DOTALL)
    assert head is not None and head[0].endswith("<td>DRAM</td></tr>"), "64 tokens read all weights"
    assert "Bars, one a part, of the share of the time: QKV " in page.text
    assert browser.console(page.file) == []


def test_attention_alone_has_no_parts(report: Report, bert: dict[str, Any]):
    assert "Parts of the run" not in report(bert).text
