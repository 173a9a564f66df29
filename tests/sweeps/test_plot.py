# ./sweep plot: pictures, and one page that needs nothing else.
import re

import pytest
from sweep_parts import SMALL, Sweep

PICTURES = ["front", "bottlenecks", "map_0", "map_1", "tornado", "parallel"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    sweep = Sweep(tmp_path_factory.mktemp("drawn"))
    sweep.run(SMALL.replace("objectives", "for_each: workload.seq_len\nobjectives"), "small.db")
    outcome = sweep("plot", "small.db", "--out", "pictures", "--reports", "1")
    assert (outcome.code, outcome.err) == (0, "")
    names = [f"pictures/{name}.{suffix}" for name in PICTURES for suffix in ("png", "svg")]
    assert outcome.out.splitlines() == [*names, "pictures/index.html"]
    return sweep


def test_each_picture_is_a_png_and_an_svg(drawn):
    for name in PICTURES:
        assert (drawn.folder / "pictures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (drawn.folder / "pictures" / f"{name}.svg").read_text()


def test_the_page_holds_the_fronts_and_every_picture(drawn):
    page = (drawn.folder / "pictures" / "index.html").read_text()
    assert re.findall(r'<figure>\n<svg role="img" aria-labelledby="(\w+)-title', page) == PICTURES
    for outside in ("<script", "http://www.example", 'src="http', "<img"):
        assert outside not in page
    table = drawn("pareto", "small.db").out.splitlines()[1:]
    assert page.count("<tr><td>") == len(table)
    values = {f"{float(value):.5g}" for value in re.findall(r'<data value="([^"]+)"', page)}
    assert {row.split()[3] for row in table} <= values
    assert {row.split()[2] for row in table} == {"128", "256", "512", "1K"}


def test_reports_of_points_are_one_click_away_and_others_have_their_command(drawn):
    page = (drawn.folder / "pictures" / "index.html").read_text()
    links = re.findall(r'href="(points/[0-9a-f]+/report\.html)"', page)
    assert len(links) == 1
    report = (drawn.folder / "pictures" / links[0]).read_text()
    assert "bert-base on tiny-16x16" in report
    assert "<pre>./simulate run --workload bert-base --arch tiny-16x16 --mapping fusemax --batch 1 " in page or \
        "<pre>./simulate run --arch tiny-16x16 --workload bert-base --mapping fusemax --batch 1 " in page


def test_equal_results_make_equal_pages(drawn):
    before = (drawn.folder / "pictures" / "index.html").read_bytes()
    assert drawn("plot", "small.db", "--out", "pictures", "--reports", "1").code == 0
    assert (drawn.folder / "pictures" / "index.html").read_bytes() == before


def test_nothing_to_draw_is_said_in_one_line(sweep):
    sweep.run(SMALL.replace("1024]", "128]") + "constraints: ['cycles < 5']\n", "small.db")
    outcome = sweep("plot", "small.db", "--out", "pictures")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == ("small.db: nothing to plot: 6 points ran, none meets the constraints; see ./sweep status\n")
    assert not (sweep.folder / "pictures").exists()
