"""What cells say: values of the record model as texts that people read and write in sheets, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from kg import scheme
from kg.intake.matching import candidates
from kg.intake.sheets import NUMBERED, Column, Kind, Layout, layouts
from kg.intake.tables import folded

NONE = "(none)"
"""What a list says that is known to be empty, where a blank cell says that nothing is known."""
UNSEEN = "(not seen)"
"""What a coder's own bibliography says of a field that the coder did not see."""


def written(value: Any, column: Column) -> str:
    """The text of a cell that says a value, which `said` understands."""
    if value is None:
        return UNSEEN if column.unseen else ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        if not value:
            return NONE
        texts = [str(one).replace("\\", "\\\\").replace(";", "\\;") for one in value]
        return "\\" + texts[0] if texts in ([NONE], [UNSEEN]) else "; ".join(texts)
    return str(value)


def said(text: str, column: Column) -> Any:
    """The value that a cell says; text that is not of the column's kind stays text, for the record model to refuse."""
    bare = text.strip()
    if column.unseen and bare == UNSEEN:
        return None
    if column.kind == Kind.list:
        return [] if bare == NONE else _entries(bare)
    if column.kind == Kind.integer:
        return int(bare.partition(".")[0]) if re.fullmatch(r"-?[0-9]{1,15}(\.0+)?", bare, re.ASCII) else bare
    if column.kind == Kind.boolean:
        return {"true": True, "yes": True, "false": False, "no": False}.get(bare.casefold(), bare)
    return text if column.verbatim else bare


def in_spelling(value: Any, column: Column) -> Any:
    """A value, or each entry of a list, in the spelling of the one word of its column that it can only mean."""
    if isinstance(value, list):
        return [in_spelling(one, column) for one in value]
    if not isinstance(value, str) or not (column.values or column.concepts):
        return value
    return _spelling(value, column.values, column.concepts) or value


@lru_cache(maxsize=10_000)
def _spelling(text: str, values: tuple[str, ...], concepts: str) -> str:
    """The word that a text is but for case and what parts its words; or a concept's id by its label."""
    words = scheme.load()
    if concepts == "country":
        wanted = text.casefold()
        found = [code for code, name in words.countries.items() if wanted in (code.casefold(), name.casefold())]
    elif concepts:
        known = words.factors if concepts == "factor" else words.actors
        slot = "actor" if concepts == "actor" else "outcome"
        found = [text] if text in known else [one.concept for one in candidates(text, slot) if one.score == 1]
    else:
        found = [value for value in values if folded(value) == folded(text)]
    return found[0] if len(found) == 1 else ""


def _entries(text: str) -> list[str]:
    found = [""]
    for piece in re.findall(r"\\[\\;(]|;|[^\\;]+|\\", text):
        if piece == ";":
            found.append("")
        else:
            found[-1] += piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece
    return [entry.strip() for entry in found if entry.strip()]


def row_of(data: Mapping[str, Any], layout: Layout) -> dict[str, str]:
    """The cells of a record's row by the names of their columns; those that say nothing are left out.

    Args:
        data: The record as `kg.writing.plain` gives it, and the values of the layout's keys.
        layout: The sheet.
    """
    cells: dict[str, str] = {}
    for part in (*layout.keys, *layout.parts):
        if isinstance(part, Column):
            _write(cells, part, data)
            continue
        entries = data.get(part.key, [])
        head = part.fields[0].path[0]
        if part.key in cells and not all(isinstance(entry, str) for entry in entries):
            del cells[part.key]
        if part.key in cells:
            continue
        for number, entry in enumerate(entries, 1):
            for column in part.numbered(number):
                _write(cells, column, {head: entry} if isinstance(entry, str) else entry)
    return cells


def _write(cells: dict[str, str], column: Column, data: Any) -> None:
    for key in column.path:
        if not isinstance(data, Mapping) or key not in data:
            return
        data = data[key]
    text = written(data, column)
    if text:
        cells[column.name] = text


def counts(rows: list[dict[str, str]]) -> dict[str, int]:
    """How many entries of each group, by its key, the rows of a sheet go up to."""
    found: dict[str, int] = {}
    keys = {group.stem: group.key for layout in layouts().values() for group in layout.groups.values()}
    for name in {name for row in rows for name in row}:
        match = NUMBERED.fullmatch(name)
        if match and match.group(1) in keys:
            key = keys[match.group(1)]
            found[key] = max(found.get(key, 0), int(match.group(2)))
    return found
