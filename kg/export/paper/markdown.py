"""Tables as Markdown, as GitHub lays it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kg.export.paper.sections import Document, Section

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&$])")


def write(document: Document, path: Path) -> None:
    """Writes tables as Markdown; raises OSError where that cannot be done."""
    told = [f"# {_escaped(document.title)}", *map(_escaped, document.caption)]
    for section in document.sections:
        told += _told(section)
    path.write_text("\n\n".join(told) + "\n", encoding="utf-8", newline="")


def _told(section: Section) -> Iterator[str]:
    yield f"## {_escaped(section.title)}"
    yield from map(_escaped, section.notes)
    if section.rows:
        rule = f"|{'---|' * len(section.columns)}"
        yield "\n".join([_row(section.columns), rule, *map(_row, section.rows)])


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(_escaped, texts))} |"


def _escaped(text: str) -> str:
    """A text that stands as it is: nothing in it is mark-up, ends its cell, or begins a line."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    return "<br>".join(line.strip() for line in re.split("[\n\x85\u2028\u2029]", escaped))
