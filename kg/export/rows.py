"""Records → the rows of each sheet, in the layout of `kg.intake.sheets`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kg import writing
from kg.intake import cells, sheets
from kg.intake.sheets import Column, Layout
from kg.records import Source, Studies, Theories

_ESCAPE = re.compile("_x(?=[0-9A-Fa-f]{4}_)")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What the XML of workbooks cannot hold."""


@dataclass(frozen=True)
class Filled:
    """A sheet with its rows: for each the texts of its cells by the names of their columns."""

    layout: Layout
    columns: tuple[Column, ...]
    rows: tuple[dict[str, str], ...]


def filled(
    sources: Iterable[Source], studies: Studies | None = None, theories: Theories | None = None
) -> dict[str, Filled]:
    """Every sheet by its name, with a row for each record."""
    rows: dict[str, list[dict[str, str]]] = {name: [] for name in sheets.layouts()}
    layouts = sheets.layouts()
    for source in sources:
        data = writing.plain(source)
        rows["sources"].append(cells.row_of(data, layouts["sources"]))
        for coding in data["codings"]:
            keys = {"source": source.source, "coder": coding["coder"]}
            rows["codings"].append(cells.row_of({**coding, **keys}, layouts["codings"]))
            for name in ("cases", "claims"):
                rows[name] += (cells.row_of({**entry, **keys}, layouts[name]) for entry in coding.get(name, []))
    for study in studies.studies if studies else ():
        rows["studies"].append(cells.row_of(writing.plain(study), layouts["studies"]))
    for theory in theories.theories if theories else ():
        rows["theories"].append(cells.row_of(writing.plain(theory), layouts["theories"]))
    return {
        name: Filled(layout, tuple(layout.columns(cells.counts(rows[name]))), tuple(rows[name]))
        for name, layout in layouts.items()
    }


def for_excel(text: str) -> str:
    """A text as the XML of workbooks has it, in which `_x0041_` stands for a character."""
    text = _ESCAPE.sub("_x005F_x", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _UNWRITABLE.sub("\ufffd", text)
