"""Reads YAML and JSON with the line of every part, so that whatever is wrong can be found again.

YAML is read by the core schema of YAML 1.2 (YAML 1.1 takes `no` for false and `012` for ten), and numbers with a
decimal point stay text, as somebody wrote them. What would hide evidence is refused: keys given twice, anchors and
aliases, tags, several documents in one file.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]

try:
    _Loader: Any = yaml.CSafeLoader
except AttributeError:  # PyYAML without libyaml: slower, and the same nodes
    _Loader = yaml.SafeLoader

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
MAX_DEPTH = 32


@dataclass
class Problem:
    """What keeps a text from being read at a line, and how to mend it."""

    line: int
    what: str
    remedy: str


@dataclass
class Marked:
    """A text as plain data, with the line (from 1) of every part, and whatever could not be read."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest whole that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Marked:
    """Reads one YAML document."""
    marked = Marked()
    lines = _Lines(text)
    loader = _Loader(text)
    try:
        if not loader.check_node():
            marked.problems.append(Problem(1, "the file is empty.", "Write the record, or remove the file."))
            return marked
        if not _scan(text, lines, marked.problems):
            return marked
        node = loader.get_node()
    except yaml.YAMLError as error:
        marked.problems.append(_yaml_problem(error, text, lines))
        return marked
    finally:
        loader.dispose()
    marked.data = _plain(node, (), marked, lines)
    return marked


class _Lines:
    """Lines as editors count them: YAML 1.1, which libyaml follows, also breaks at U+0085, U+2028 and U+2029."""

    def __init__(self, text: str) -> None:
        self.ends = [place.start() for place in re.finditer(r"\r\n?|\n", text)]

    def of(self, mark: Any) -> int:
        return bisect_left(self.ends, mark.index) + 1


def _scan(text: str, lines: _Lines, problems: list[Problem]) -> bool:
    """Whether the text can be composed; notes whatever is not read. Events cost no stack, nodes do."""
    depth = documents = 0
    event: Any
    for event in yaml.parse(text, Loader=_Loader):
        line = lines.of(event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                what = "a second document begins (---)."
                problems.append(Problem(line, what, "Put each source in a file of its own."))
                return True
        elif getattr(event, "anchor", None):
            problems.append(Problem(line, "YAML anchors and aliases (& and *) are not read.", "Write it out."))
            return False
        elif getattr(event, "tag", None):
            problems.append(Problem(line, f"the tag {event.tag} is not read.", "Write the plain value."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                problems.append(Problem(line, "the YAML is nested too deeply.", "See CODING.md for the format."))
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return True


def _yaml_problem(error: yaml.YAMLError, text: str, lines: _Lines) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        unclosed = error.context_mark is not None and "end of stream" in (error.problem or "")
        mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        tab = "'\\t'" in what or "\t" in what
        remedy = "Check indentation, and put text with a colon or a quote in quotes."
        return Problem(
            lines.of(mark) if mark else 1, f"this is not YAML: {what}.", "Use spaces, not tabs." if tab else remedy
        )
    line = 1
    if isinstance(error, yaml.reader.ReaderError):  # libyaml counts bytes
        line = text.encode()[: error.position].count(b"\n") + 1
    return Problem(
        line, f"this is not YAML: {' '.join(str(error).split())}.", "Check for characters that do not print."
    )


def _plain(node: yaml.Node, path: Path, marked: Marked, lines: _Lines) -> Any:
    line = lines.of(node.start_mark)
    marked.lines.setdefault(path, line)
    if isinstance(node, yaml.MappingNode):
        record: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = lines.of(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                marked.problems.append(Problem(key_line, "a key is not plain text.", "Write a word before the colon."))
                continue
            key = key_node.value
            if key in record:
                first = marked.lines[(*path, key)]
                marked.problems.append(
                    Problem(key_line, f"{key} is given twice (first in line {first}).", "Keep one of them.")
                )
                continue
            marked.lines[(*path, key)] = key_line
            record[key] = _plain(value_node, (*path, key), marked, lines)
        return record
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), marked, lines) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    value: str = node.value
    if node.style:  # quoted or block text stays text; plain is None or empty, by loader
        return value
    if value in _NULL:
        return None
    if value in _BOOLEAN:
        return _BOOLEAN[value]
    if _INTEGER.fullmatch(value):
        return int(value) if len(value) < 19 else value
    return value


def read_json(text: str) -> Marked:
    """Reads one JSON text; every part of it lies on line 1."""
    marked = Marked()
    repeated: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            repeated.extend(key for key in record if sum(key == other for other, _ in pairs) > 1)
        return record

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a JSON number")

    try:
        marked.data = json.loads(text, object_pairs_hook=once, parse_constant=refuse, parse_float=str)
        text.encode() if "\\" not in text else json.dumps(marked.data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        marked.data = None
        marked.problems.append(Problem(1, f"this is not JSON: {what}.", "Write one whole record on the line."))
    for key in repeated:
        marked.problems.append(Problem(1, f"{key} is given twice.", "Keep one of them."))
    return marked
