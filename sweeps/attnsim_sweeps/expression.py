# Arithmetic over the figures of a point: paths such as area_um2.total, numbers with units, + - * / ** and comparisons.
import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from attnsim_sweeps.quantities import NUMBER, exact

Lookup = Callable[[str], float]

_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.Mod: operator.mod}
_COMPARISONS: dict[type, tuple[str, Callable[[float, float], bool]]] = {
    ast.Lt: ("<", operator.lt), ast.LtE: ("<=", operator.le), ast.Gt: (">", operator.gt), ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq), ast.NotEq: ("!=", operator.ne)}
_WITH_UNIT = re.compile(rf"(?<![\w.]){NUMBER}(?:[KMGT](?:iB|B)?|B)(?!\w)")


class ExpressionError(ValueError):
    """What is wrong with an expression, in a few words."""


@dataclass(frozen=True)
class Expression:
    """`paths` are the figures that it looks up."""
    text: str
    tree: ast.expr
    paths: tuple[str, ...]

    def value(self, lookup: Lookup) -> float:
        """Throws KeyError for a figure that is missing, ExpressionError for a division by zero and the like."""
        try:
            return float(_value(self.tree, lookup))
        except (ZeroDivisionError, OverflowError, TypeError) as error:
            raise ExpressionError(f"{self.text}: {error}") from error

    def holds(self, lookup: Lookup) -> bool:
        return self.violation(lookup) <= 0

    def violation(self, lookup: Lookup) -> float:
        """Of comparisons: 0 where all hold, else by how much the worst is off, relative to the larger side."""
        assert isinstance(self.tree, ast.Compare)
        worst = 0.0
        left = _value(self.tree.left, lookup)
        for kind, node in zip(self.tree.ops, self.tree.comparators, strict=True):
            right = _value(node, lookup)
            if not _COMPARISONS[type(kind)][1](left, right):
                worst = max(worst, abs(left - right) / max(abs(left), abs(right), 1e-300), 1e-9)
            left = right
        return worst

    def rises_with(self, path_rises: Callable[[str], bool]) -> bool:
        """Whether it is a sum or product of positive numbers and of paths of that kind alone."""
        return _rises(self.tree, path_rises)

    def interval(self) -> tuple[str, float, float] | None:
        """(path, low, high) of a comparison of one path with a number; None for anything else."""
        tree = self.tree
        if not isinstance(tree, ast.Compare) or len(self.paths) != 1 or len(tree.ops) != 1:
            return None
        symbol, (left, right) = _COMPARISONS[type(tree.ops[0])][0], (tree.left, tree.comparators[0])
        if _path(right) is not None:
            left, right = right, left
            symbol = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(symbol, symbol)
        if _path(left) is None:
            return None
        bound = _value(right, lambda path: math.nan)
        if math.isnan(bound) or symbol == "!=":
            return None
        return self.paths[0], bound if symbol in (">", ">=", "==") else -math.inf, \
            bound if symbol in ("<", "<=", "==") else math.inf


def parse(text: str, comparison: bool) -> Expression:
    """Throws ExpressionError; `comparison` says whether it must compare, or must not."""
    plain = _WITH_UNIT.sub(lambda match: repr(_whole(match.group(0))), text.strip())
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ExpressionError("cannot be read") from error
    if isinstance(tree, ast.Compare) != comparison:
        raise ExpressionError("must compare, as in 'area_um2.total < 500e6'" if comparison else
                              "must be a figure, as in 'energy_pj.total', not a comparison")
    paths: list[str] = []
    _check(tree, paths)
    return Expression(text.strip(), tree, tuple(dict.fromkeys(paths)))


def _whole(text: str) -> float | int:
    value = exact(text)
    assert value is not None
    return value.numerator if value.denominator == 1 else float(value)


def _path(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        front = _path(node.value)
        return None if front is None else f"{front}.{node.attr}"
    return None


def _check(node: ast.AST, paths: list[str]) -> None:
    path = _path(node)
    if path is not None:
        paths.append(path)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        pass
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        _check(node.left, paths)
        _check(node.right, paths)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        _check(node.operand, paths)
    elif isinstance(node, ast.Compare) and all(type(kind) in _COMPARISONS for kind in node.ops):
        for side in (node.left, *node.comparators):
            if isinstance(side, ast.Compare):
                raise ExpressionError("a comparison of comparisons")
            _check(side, paths)
    else:
        raise ExpressionError("only figures, numbers, + - * / % ** and comparisons are known")


def _rises(node: ast.AST, path_rises: Callable[[str], bool]) -> bool:
    path = _path(node)
    if path is not None:
        return path_rises(path)
    if isinstance(node, ast.Constant):
        return node.value >= 0
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mult)) and \
        _rises(node.left, path_rises) and _rises(node.right, path_rises)


def _value(node: ast.AST, lookup: Lookup) -> Any:
    path = _path(node)
    if path is not None:
        return lookup(path)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, lookup)
        return -value if isinstance(node.op, ast.USub) else value
    assert isinstance(node, ast.BinOp)
    return _OPERATORS[type(node.op)](_value(node.left, lookup), _value(node.right, lookup))
