# Axes as a sweep file writes them: lists, ranges, powers of two, and several paths that change together.
from fractions import Fraction

from attnsim_sweeps.errors import unknown_name
from attnsim_sweeps.lined_yaml import Mapping, Scalar, Sequence, Tree, text_of, wrong
from attnsim_sweeps.quantities import canonical, exact, in_units
from attnsim_sweeps.space import DOCUMENTS, NAMES, Axis

MOST_VALUES = 100_000  # of one axis
FORMS = ["range", "powers_of_two"]


def check_path(path: str, tree: Tree) -> None:
    """What can be said of a path without the simulator: how it begins."""
    document, _, rest = path.partition(".")
    if not rest and path in NAMES:
        return
    if document in DOCUMENTS and rest and all(rest.split(".")):
        return
    if rest:
        raise wrong(tree, unknown_name("document", document, DOCUMENTS))
    raise wrong(tree, unknown_name("path", path, NAMES + [f"{name}.KEY" for name in DOCUMENTS]))


def _numbers(tree: Tree, count: tuple[int, ...], shape: str) -> list[Fraction]:
    if not isinstance(tree, Sequence) or len(tree.items) not in count:
        raise wrong(tree, f"must be {shape}")
    numbers = []
    for item in tree.items:
        value = exact(text_of(item))
        if value is None:
            raise wrong(item, f"must be a number such as 64, 16MiB or 1e9 (got {text_of(item)})")
        numbers.append(value)
    return numbers


def _range(tree: Tree) -> list[Fraction]:
    first, last, *rest = _numbers(tree, (2, 3), "[first, last] or [first, last, step]")
    step = rest[0] if rest else Fraction(1)
    if step <= 0 or last < first:
        raise wrong(tree, "the last value must not be below the first, and the step must be above 0")
    count = (last - first) // step + 1
    if count > MOST_VALUES:
        raise wrong(tree, f"{count} values are more than {MOST_VALUES}; take a larger step")
    return [first + position * step for position in range(count)]


def _powers_of_two(tree: Tree) -> list[Fraction]:
    first, last = _numbers(tree, (2,), "[first, last]: the first value is doubled until it would pass the last")
    if first <= 0 or last < first:
        raise wrong(tree, "the first value must be above 0, and the last not below it")
    values = [first]
    while values[-1] * 2 <= last:
        values.append(values[-1] * 2)
    return values


def read_values(tree: Tree) -> list[str]:
    """The values of one path, at least one, none twice."""
    if isinstance(tree, Scalar):
        raise wrong(tree, "must be a list such as [1, 2, 4], {range: [first, last, step]} or "
                          "{powers_of_two: [first, last]}; a single value belongs under 'fixed'")
    if isinstance(tree, Mapping):
        tree.check_keys(FORMS)
        if len(tree.entries) != 1:
            raise wrong(tree, f"must have one of {', '.join(FORMS)}")
        form, values = next(iter(tree.entries.items()))
        return [in_units(value) for value in (_range if form == "range" else _powers_of_two)(values)]
    if not tree.items:
        raise wrong(tree, "the axis is empty; give at least one value")
    return [text_of(item) for item in tree.items]


def _check_unique(values: list[tuple[str, ...]], tree: Tree) -> None:
    seen = set()
    for value in values:
        key = tuple(canonical(text) for text in value)
        if key in seen:
            raise wrong(tree, f"{', '.join(value)} stands there twice")
        seen.add(key)


def read_axis(path: str, tree: Tree) -> Axis:
    check_path(path, tree)
    values = [(value,) for value in read_values(tree)]
    _check_unique(values, tree)
    return Axis((path,), tuple(values))


def read_zipped(tree: Tree) -> Axis:
    """Several paths with as many values each: the first ones together, the second ones together, and so on."""
    if not isinstance(tree, Mapping) or not tree.entries:
        raise wrong(tree, "must be a map of paths to as many values each")
    columns: dict[str, list[str]] = {}
    for path, values in tree.entries.items():
        check_path(path, values)
        columns[path] = read_values(values)
        first = next(iter(columns))
        if len(columns[path]) != len(columns[first]):
            raise wrong(values, f"{len(columns[path])} values, but {first} has {len(columns[first])}; zipped axes need "
                                "as many each")
    rows = list(zip(*columns.values(), strict=True))
    _check_unique(rows, tree)
    return Axis(tuple(columns), tuple(rows))
