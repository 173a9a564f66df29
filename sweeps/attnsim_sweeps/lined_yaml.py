# YAML that remembers its lines, so that errors can name them. Scalars stay the texts that stand in the file.
from dataclasses import dataclass
from pathlib import Path
from typing import Union

import yaml

from attnsim_sweeps.errors import BAD_INPUT, SweepError, input_error, unknown_name


@dataclass(frozen=True)
class Scalar:
    file: Path
    line: int
    key: str
    text: str


@dataclass(frozen=True)
class Sequence:
    file: Path
    line: int
    key: str
    items: list["Tree"]


@dataclass(frozen=True)
class Mapping:
    file: Path
    line: int
    key: str
    entries: dict[str, "Tree"]

    def check_keys(self, known: list[str]) -> None:
        for name, tree in self.entries.items():
            if name not in known:
                raise input_error(self.file, tree.line, self.key, unknown_name("key", name, known))


Tree = Union[Scalar, Sequence, Mapping]


def wrong(tree: Tree, what: str) -> SweepError:
    return input_error(tree.file, tree.line, tree.key, what)


def text_of(tree: Tree) -> str:
    if not isinstance(tree, Scalar):
        raise wrong(tree, "must be a single value")
    return tree.text


def _convert(node: yaml.Node, file: Path, key: str, line: int) -> Tree:
    if isinstance(node, yaml.ScalarNode):
        return Scalar(file, line, key, node.value)
    if isinstance(node, yaml.SequenceNode):
        items = [_convert(item, file, f"{key}[{index}]", item.start_mark.line + 1) for index, item in
                 enumerate(node.value)]
        return Sequence(file, line, key, items)
    entries: dict[str, Tree] = {}
    for name, value in node.value:
        at = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode):
            raise input_error(file, at, key, "keys must be plain texts")
        path = f"{key}.{name.value}" if key else name.value
        if name.value in entries:
            raise input_error(file, at, path, f"given twice; the first is in line {entries[name.value].line}")
        entries[name.value] = _convert(value, file, path, at)
    return Mapping(file, line, key, entries)


def parse(text: str, file: Path) -> Mapping:
    """The document, whose top must be a map. Throws SweepError with file and line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise input_error(file, line, "", f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise SweepError(BAD_INPUT, f"{file}: not YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(node, yaml.MappingNode):
        raise input_error(file, 1, "", "must be a map with keys such as 'axes' and 'objectives'")
    return _convert(node, file, "", 1)
