# Expressions over figures: against Python's own arithmetic, and what they refuse.
import math

import pytest
from attnsim_sweeps import expression
from attnsim_sweeps.expression import ExpressionError
from attnsim_sweeps.quantities import canonical, exact, short
from hypothesis import given, settings
from hypothesis import strategies as st

FIGURES = {"a": 3.0, "b.c": 0.5, "b.d": 7.0}


def terms() -> st.SearchStrategy[str]:
    leaves = st.one_of(st.integers(1, 99).map(str), st.sampled_from(list(FIGURES)))
    return st.recursive(leaves, lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"), max_leaves=6)


@given(terms())
@settings(max_examples=50, deadline=None)
def test_values_are_those_of_pythons_arithmetic(text):
    plain = text.replace("b.c", "0.5").replace("b.d", "7.0").replace("a", "3.0")
    try:
        expected = eval(plain)
    except ZeroDivisionError:
        with pytest.raises(ExpressionError):
            expression.parse(text, comparison=False).value(FIGURES.__getitem__)
        return
    assert math.isclose(expression.parse(text, comparison=False).value(FIGURES.__getitem__), expected, rel_tol=1e-12)


@given(st.integers(-50, 50), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(-50, 50))
def test_a_comparison_holds_exactly_where_nothing_is_violated(left, symbol, right):
    condition = expression.parse(f"x {symbol} {right}", comparison=True)
    assert condition.holds(lambda _: left) == eval(f"{left} {symbol} {right}")
    assert (condition.violation(lambda _: left) == 0) == condition.holds(lambda _: left)


def test_numbers_take_units():
    condition = expression.parse("arch.buffer.bytes <= 2 * 16MiB", comparison=True)
    assert condition.paths == ("arch.buffer.bytes",)
    assert condition.holds(lambda _: 2 ** 25) and not condition.holds(lambda _: 2 ** 25 + 1)


@pytest.mark.parametrize("text, interval", [
    ("cycles < 5", ("cycles", -math.inf, 5)), ("5 <= cycles", ("cycles", 5, math.inf)),
    ("a.b == 2K", ("a.b", 2048, 2048)), ("a.b + 1 < 5", None), ("a < b", None), ("a != 5", None)])
def test_bounds_of_a_single_figure_are_found(text, interval):
    assert expression.parse(text, comparison=True).interval() == interval


@pytest.mark.parametrize("text", ["", "a +", "a if b else c", "__import__('os')", "a[0]", "'text'", "a and b", "True"])
def test_anything_but_arithmetic_is_refused(text):
    with pytest.raises(ExpressionError):
        expression.parse(text, comparison=False)


def test_equal_numbers_are_the_same_value():
    assert canonical("4MiB") == canonical("4194304") == canonical("4.0MiB")
    assert canonical("400e9") == canonical("400GB") == "400000000000"
    assert canonical("fusemax") == "fusemax"
    assert exact("16 MiB") == 2 ** 24 and exact("x") is None
    assert [short(text) for text in ("1048576", "400e9", "3000", "fusemax", "0.25")] == ["1M", "400e9", "3000",
                                                                                         "fusemax", "0.25"]
