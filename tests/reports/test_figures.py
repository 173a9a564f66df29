# The figures of the published comparison: files, numbers and errors.
import csv
from pathlib import Path
from typing import Any

import pytest
from report_parts import ROOT, SIMULATE, Outcome, run_python, simulated

NAMES = ["utilization_1d", "utilization_2d", "breakdown_2d", "speed_over_unfused", "speed_over_flat",
         "energy_over_unfused", "layer_speed_over_unfused", "layer_speed_over_flat", "linear_latency",
         "layer_energy_over_unfused", "latency_area"]
FILES = [f"{name}.{suffix}" for name in NAMES for suffix in ("csv", "png", "svg")]


def figures(folder: Path, *arguments: str | Path) -> Outcome:
    return run_python(ROOT / "reports" / "fusemax_figures.py", "--out", folder, *arguments)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures") / "out"
    outcome = figures(folder, "--simulate", SIMULATE, "--models", "bert-base", "--seq-lens", "1K,4K")
    assert (outcome.code, outcome.err) == (0, "simulating 22 runs ...\n")
    assert outcome.out.splitlines() == [f"{folder}/{file}" for file in FILES]
    return folder


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


def test_each_figure_is_written_in_three_forms(drawn: Path):
    assert sorted(file.name for file in drawn.iterdir()) == sorted(FILES)
    for name in NAMES:
        assert (drawn / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (drawn / f"{name}.svg").read_text()
        assert len(rows(drawn, name)) >= 6, name


def test_the_numbers_are_those_of_the_simulator(drawn: Path):
    wanted: list[dict[str, Any]] = [{"workload": "bert-base", "seq_len": "4K", "mapping": "fusemax"},
                                    {"workload": "bert-base", "seq_len": "4K", "mapping": "flat", "arch": "flat-cloud"}]
    fusemax, flat = simulated(wanted)
    speed = next(row for row in rows(drawn, "speed_over_flat")
                 if (row["seq_len"], row["mapping"]) == ("4K", "fusemax"))
    assert float(speed["ours"]) == pytest.approx(flat["seconds"] / fusemax["seconds"], rel=1e-12)
    busy = next(row for row in rows(drawn, "utilization_2d") if (row["seq_len"], row["mapping"]) == ("4K", "fusemax"))
    assert float(busy["ours"]) == fusemax["utilization"]["array_2d"]
    parts = [float(row["utilization"]) for row in rows(drawn, "breakdown_2d") if row["seq_len"] == "4K"]
    assert sum(parts) == pytest.approx(fusemax["utilization"]["array_2d"], rel=1e-9)


def test_published_points_stand_beside_ours(drawn: Path):
    # BERT 4K: unfused 0.337927 s and its 1D utilisation, as published.csv has them.
    busy = next(row for row in rows(drawn, "utilization_1d") if (row["seq_len"], row["mapping"]) == ("4K", "unfused"))
    assert float(busy["published"]) == 0.633797
    curve = {row["pe_dim"]: row for row in rows(drawn, "latency_area")}
    assert list(curve) == ["16", "32", "64", "128", "256", "512"]
    assert float(curve["256"]["published_latency_s"]) == 118.279
    assert float(curve["256"]["published_area_um2"]) == 1.22089e9
    assert curve["32"]["published_latency_s"] == ""
    for size in ("16", "64", "256"):
        ours, published = float(curve[size]["latency_s"]), float(curve[size]["published_latency_s"])
        assert ours == pytest.approx(published, rel=0.01)
        area, published_area = float(curve[size]["arrays_area_um2"]), float(curve[size]["published_area_um2"])
        assert area == pytest.approx(published_area, rel=0.03)


def test_a_published_layer_is_attention_and_its_linear_part(drawn: Path):
    # BERT 1K and 4K, seconds: FLAT and FuseMax attention as published.csv has them, the linear part of linear.csv.
    speed = next(row for row in rows(drawn, "layer_speed_over_flat")
                 if (row["seq_len"], row["mapping"]) == ("4K", "fusemax"))
    assert float(speed["published"]) == pytest.approx((0.214172 + 0.0301187) / (0.0297006 + 0.0301187), rel=1e-3)
    assert float(speed["ours"]) == pytest.approx(float(speed["published"]), rel=0.01)
    linear = [row for row in rows(drawn, "linear_latency") if row["mapping"] == "fusemax"]
    assert [float(row["published"]) for row in linear] == [0.00752967, 0.0301187]
    for row in linear:
        assert float(row["ours"]) == pytest.approx(float(row["published"]), rel=0.01)
    for row in rows(drawn, "layer_energy_over_unfused"):
        if row["mapping"] == "fusemax":
            assert float(row["ours"]) == pytest.approx(float(row["published"]), abs=0.02)


def test_an_unknown_model_is_refused_in_the_simulators_words(tmp_path: Path):
    outcome = figures(tmp_path / "out", "--simulate", SIMULATE, "--models", "bert-bse", "--seq-lens", "1K")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.splitlines()[-1].startswith("unknown workload 'bert-bse'; did you mean 'bert-base'?; known: ")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_simulator_is_named(tmp_path: Path):
    outcome = figures(tmp_path / "out", "--simulate", tmp_path / "none")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.splitlines()[-1] == f"{tmp_path}/none: cannot be run (No such file or directory)"
