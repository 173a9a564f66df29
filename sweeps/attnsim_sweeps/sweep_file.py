# Reads a sweep file: names, axes, fixed values, constraints and objectives. README.md lists the keys.
from dataclasses import dataclass
from pathlib import Path

from attnsim_sweeps import axes as axis_reader
from attnsim_sweeps import expression, lined_yaml
from attnsim_sweeps.errors import BAD_INPUT, SweepError, unknown_name
from attnsim_sweeps.expression import Expression, ExpressionError
from attnsim_sweeps.lined_yaml import Mapping, Scalar, Sequence, Tree, text_of, wrong
from attnsim_sweeps.space import NAMES, Axis, Settings, Space, number_at

KEYS = ["name", "title", *NAMES, "axes", "zipped", "fixed", "constraints", "objectives", "for_each", "pictures"]
PICTURE_KEYS = ["map", "colour"]


@dataclass(frozen=True)
class Objective:
    figure: Expression
    maximize: bool
    where: Tree

    @property
    def text(self) -> str:
        return self.figure.text

    def sign(self) -> float:
        """Times the figure: what is to be small."""
        return -1.0 if self.maximize else 1.0


@dataclass(frozen=True)
class Constraint:
    """On what a run finds; those on inputs are the space's rules."""
    condition: Expression
    where: Tree


@dataclass(frozen=True)
class Sweep:
    file: Path
    text: str
    name: str
    title: str
    space: Space
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    for_each: str              # an axis's name: its values are not alternatives, each has a front of its own; or empty
    map_axes: tuple[str, ...]  # of the pictures: names of two axes; empty: those that matter most
    colour: str                # of the pictures: an axis's name; empty: the first one
    where: dict[str, Tree]     # path -> where the file sets it

    @property
    def folder(self) -> Path:
        return self.file.parent


def _list(top: Mapping, key: str) -> list[Tree]:
    tree = top.entries.get(key)
    if tree is None:
        return []
    if isinstance(tree, Scalar) and key in ("constraints", "objectives"):
        return [tree]
    if not isinstance(tree, Sequence):
        raise wrong(tree, "must be a list")
    return tree.items


def _settings(top: Mapping, where: dict[str, Tree]) -> Settings:
    fixed: Settings = {}
    for name in NAMES:
        if name in top.entries:
            fixed[name] = text_of(top.entries[name])
            where[name] = top.entries[name]
    tree = top.entries.get("fixed", Mapping(top.file, top.line, "fixed", {}))
    if not isinstance(tree, Mapping):
        raise wrong(tree, "must be a map of paths to values")
    for path, value in tree.entries.items():
        axis_reader.check_path(path, value)
        _claim(path, value, where)
        fixed[path] = text_of(value)
    return fixed


def _claim(path: str, tree: Tree, where: dict[str, Tree]) -> None:
    if path in where:
        raise wrong(tree, f"{path} is set in line {where[path].line} already; it can have one value or one axis")
    where[path] = tree


def _axes(top: Mapping, where: dict[str, Tree]) -> list[Axis]:
    axes: list[Axis] = []
    tree = top.entries.get("axes")
    if tree is not None:
        if not isinstance(tree, Mapping):
            raise wrong(tree, "must be a map of paths to values")
        for path, values in tree.entries.items():
            axis = axis_reader.read_axis(path, values)
            _claim(path, values, where)
            axes.append(axis)
    for zipped in _list(top, "zipped"):
        axis = axis_reader.read_zipped(zipped)
        assert isinstance(zipped, Mapping)
        for path, values in zipped.entries.items():
            _claim(path, values, where)
        axes.append(axis)
    if not axes:
        raise wrong(tree or top, "no axes; give at least one path with its values under 'axes'")
    return axes


def _expression(tree: Tree, comparison: bool) -> Expression:
    try:
        return expression.parse(text_of(tree), comparison)
    except ExpressionError as error:
        raise wrong(tree, f"'{text_of(tree)}': {error}") from error


def _objectives(top: Mapping) -> list[Objective]:
    objectives: list[Objective] = []
    for tree in _list(top, "objectives"):
        maximize = False
        figure = tree
        if isinstance(tree, Mapping):
            tree.check_keys(["minimize", "maximize"])
            if len(tree.entries) != 1:
                raise wrong(tree, "must be a figure, {minimize: figure} or {maximize: figure}")
            maximize = "maximize" in tree.entries
            figure = next(iter(tree.entries.values()))
        objective = Objective(_expression(figure, comparison=False), maximize, figure)
        for other in objectives:
            if other.text == objective.text:
                raise wrong(figure, f"'{objective.text}' is an objective in line {other.where.line} already")
        objectives.append(objective)
    if not objectives:
        raise wrong(top.entries.get("objectives", top), "no objectives; give at least one figure, such as seconds")
    return objectives


def _check_contradictions(conditions: list[tuple[Tree, Expression]]) -> None:
    """Two bounds of one figure that nothing can meet."""
    known: dict[str, tuple[float, float, Tree]] = {}
    for tree, condition in conditions:
        interval = condition.interval()
        if interval is None:
            continue
        path, low, high = interval
        before = known.get(path)
        if before is not None:
            low, high = max(low, before[0]), min(high, before[1])
            if low > high:
                raise wrong(tree, f"'{condition.text}' contradicts line {before[2].line}: no {path} meets both")
        known[path] = (low, high, tree)


def _check_rules(space: Space, trees: list[Tree]) -> None:
    """Each rule must be about numbers, and all of them must leave a point."""
    first = space.point(tuple(0 for _ in space.axes))
    for rule, tree in zip(space.rules, trees, strict=True):
        for path in rule.paths:
            for settings in _all_values(space, path, first.settings):
                try:
                    number_at(settings, path)
                except KeyError as error:
                    raise wrong(tree, f"'{rule.text}': {path} is no number (got {settings[path]})") from error
    if space.size <= axis_reader.MOST_VALUES * 10 and space.rules and next(space.points(), None) is None:
        raise wrong(trees[-1], "the constraints contradict the axes: not one point is left")


def _all_values(space: Space, path: str, settings: Settings) -> list[Settings]:
    for axis in space.axes:
        if path in axis.paths:
            return [axis.settings(position) for position in range(len(axis.values))]
    return [settings]


def _axis_of(tree: Tree, axes: list[Axis]) -> str:
    names = {path: axis.name for axis in axes for path in axis.paths}
    path = text_of(tree)
    if path not in names:
        raise wrong(tree, unknown_name("axis", path, names))
    return names[path]


def _pictures(top: Mapping, axes: list[Axis]) -> tuple[tuple[str, ...], str]:
    tree = top.entries.get("pictures")
    if tree is None:
        return (), ""
    if not isinstance(tree, Mapping):
        raise wrong(tree, "must be a map")
    tree.check_keys(PICTURE_KEYS)
    colour = _axis_of(tree.entries["colour"], axes) if "colour" in tree.entries else ""
    plane = tree.entries.get("map")
    if plane is None:
        return (), colour
    if not isinstance(plane, Sequence) or len(plane.items) != 2:
        raise wrong(plane, "must be two axes: [x, y]")
    chosen = tuple(_axis_of(item, axes) for item in plane.items)
    if chosen[0] == chosen[1]:
        raise wrong(plane, "must be two different axes")
    return chosen, colour


def parse(text: str, file: Path) -> Sweep:
    """Throws SweepError with file and line; what only the simulator knows is checked by `probe`."""
    top = lined_yaml.parse(text, file)
    top.check_keys(KEYS)
    where: dict[str, Tree] = {}
    fixed = _settings(top, where)
    axes = _axes(top, where)
    if "workload" not in where:
        raise wrong(top, "no workload; give a model's name or file, such as workload: bert-base")
    objectives = _objectives(top)
    conditions = [(tree, _expression(tree, comparison=True)) for tree in _list(top, "constraints")]
    _check_contradictions(conditions)
    is_rule = [all(path in where for path in condition.paths) for _, condition in conditions]
    rules = [pair for pair, rule in zip(conditions, is_rule, strict=True) if rule]
    space = Space(tuple(axes), fixed, tuple(condition for _, condition in rules))
    _check_rules(space, [tree for tree, _ in rules])
    map_axes, colour = _pictures(top, axes)
    for_each = _axis_of(top.entries["for_each"], axes) if "for_each" in top.entries else ""
    name = text_of(top.entries["name"]) if "name" in top.entries else file.stem
    title = text_of(top.entries["title"]) if "title" in top.entries else _first_comment(text) or name
    return Sweep(file, text, name, title, space, tuple(objectives),
                 tuple(Constraint(condition, tree) for (tree, condition), rule in zip(conditions, is_rule, strict=True)
                       if not rule), for_each, map_axes, colour, where)


def _first_comment(text: str) -> str:
    first = text.splitlines()[0] if text else ""
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def read(file: Path) -> Sweep:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SweepError(BAD_INPUT, f"{file}: cannot be read ({reason})") from error
    return parse(text, file)

