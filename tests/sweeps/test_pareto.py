# Fronts, knees and hypervolumes against their definitions.
import itertools

import pytest
from attnsim_sweeps.pareto import Box, dominates, front, hypervolume, knee
from hypothesis import given, settings
from hypothesis import strategies as st

POINTS = st.integers(1, 3).flatmap(
    lambda size: st.lists(st.tuples(*[st.integers(0, 6)] * size), min_size=1, max_size=14))


@given(POINTS)
@settings(max_examples=60, deadline=None)
def test_the_front_is_what_nothing_dominates(points):
    kept = [points[index] for index in front(points)]
    assert len(set(kept)) == len(kept)
    assert set(kept) == {one for one in points if not any(dominates(other, one) for other in points)}


@given(POINTS)
@settings(max_examples=60, deadline=None)
def test_the_hypervolume_is_the_number_of_unit_cells_that_are_dominated(points):
    size = len(points[0])
    cells = sum(any(all(value <= corner for value, corner in zip(point, cell, strict=True)) for point in points)
                for cell in itertools.product(range(5), repeat=size))
    assert hypervolume(points, [5] * size) == cells


def test_the_knee_is_where_the_curve_bends():
    assert knee([(1, 1000), (2, 30), (4, 20), (30, 2)]) == 1
    assert knee([(1, 2), (2, 1)]) is None


def test_a_box_measures_parts_of_its_front():
    values = [(1.0, 100.0), (10.0, 10.0), (100.0, 1.0), (100.0, 100.0)]
    box = Box(values)
    assert box.part(values) == 1.0
    # In logarithms the corners are (0, 1), (0.5, 0.5), (1, 0) below 1.1: 0.11 + 0.3 + 0.05 of 0.11 + 0.3 + 0.05.
    assert box.part([(10.0, 10.0)]) == pytest.approx(0.36 / (0.6 * 0.6 + 2 * 0.5 * 0.1), rel=1e-9)
    assert box.part([(100.0, 100.0)]) == pytest.approx(0.01 / 0.46, rel=1e-9)
