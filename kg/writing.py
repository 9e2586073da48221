"""Records → evidence files: the YAML that people edit, written as a careful person would.

What `kg.evidence` reads of a text written here is the record that it was written from.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from kg.records import ActorRole, Link, Record, RecordedAs, Source

WIDTH = 120
"""Columns of a line, as far as words allow."""
SCHEMA = "# yaml-language-server: $schema=../schema.json\n"
"""What tells an editor how to complete and check a source's file."""
_IN_ONE_LINE = frozenset({"actors", "countries", "reasoners", "links", "includes"})
"""Lists that stand in one line where their entries are ids."""
_FIRST = ("source", "type")
"""What says which record this is stands before what it says."""
_ID = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z][\w ()'/-]*(?:[.,;][\w ()'/-]+)*\.?", re.ASCII)
"""Text that YAML takes for nothing but text: a cheap test before the thorough one."""
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null"})


def text_of(record: Record) -> str:
    """The text of the evidence file that holds a record; what it leaves empty is left out."""
    return text(plain(record))


def text(keys_and_values: Mapping[str, Any]) -> str:
    """The text of an evidence file, from what `plain` gives of its record."""
    lines = _mapping(keys_and_values, "")
    return (SCHEMA if "source" in keys_and_values else "") + "\n".join(lines) + "\n"


def plain(record: Record) -> dict[str, Any]:
    """A record as the keys and values of an evidence file, in the order of the model, without what is empty.

    An actor or a link of which nothing else is recorded stands by its id alone. A field that `recorded_as` says was
    not seen is kept, as None.
    """
    found: dict[str, Any] = {}
    fields = type(record).model_fields
    first = _FIRST if isinstance(record, Source) else ()
    for name in [*first, *(name for name in fields if name not in first)]:
        value = getattr(record, name)
        unseen = isinstance(record, RecordedAs) and name in record.model_fields_set
        if value == fields[name].default and not unseen:
            continue
        found[fields[name].alias or name] = [_plain(one) for one in value] if isinstance(value, list) else _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, ActorRole | Link):
        told = plain(value)
        return next(iter(told.values())) if len(told) == 1 else told
    return plain(value) if isinstance(value, Record) else value


def _mapping(record: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _mapping(value, indent + "  ")
        elif isinstance(value, list):
            if not value or (key in _IN_ONE_LINE and all(map(_is_id, value))):
                one_line = f"{indent}{key}: [{', '.join(map(_scalar, value))}]"
                if len(one_line) <= WIDTH:
                    yield one_line
                    continue
            yield f"{indent}{key}:"
            yield from _sequence(value, indent + "  ")
        else:
            yield from _folded(f"{indent}{key}: ", _scalar(value), indent + "  ")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _sequence(entries: Sequence[Any], indent: str) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, dict):
            first, *rest = _mapping(entry, indent + "  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
        else:
            yield from _folded(f"{indent}- ", _scalar(entry), indent + "  ")


def _folded(start: str, scalar: str, indent: str) -> Iterator[str]:
    """A scalar in as many lines as it needs: YAML joins them again by a space each."""
    if len(start) + len(scalar) <= WIDTH or scalar.startswith('"') or "  " in scalar:
        yield start + scalar
        return
    line = start
    for at, word in enumerate(scalar.split(" ")):
        if at and len(line) + 1 + len(word) > WIDTH:
            yield line
            line = indent + word
        else:
            line += f" {word}" if at else word
    yield line


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML and not text.endswith(" "):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    analysis = _emitter().analyze_scalar(text)
    if analysis.allow_block_plain and _resolved(text) == "tag:yaml.org,2002:str" and not analysis.multiline:
        return text
    if analysis.allow_single_quoted and not analysis.multiline:
        return "'" + text.replace("'", "''") + "'"
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in escaped)


def _resolved(text: str) -> str:
    """What YAML takes a plain text for, by its tag."""
    return str(yaml.resolver.Resolver().resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]


@cache
def _emitter() -> yaml.emitter.Emitter:
    """PyYAML's own judgement of what a text may be written as."""
    return yaml.emitter.Emitter(io.StringIO(), allow_unicode=True)
