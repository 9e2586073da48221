"""Evidence as an Excel workbook: empty for somebody to fill in, or filled with what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import scheme
from kg.errors import EvidenceError, Failure
from kg.export import examples, meanings
from kg.export.instructions import INSTRUCTIONS
from kg.export.marking import annotate
from kg.export.notice import notice
from kg.export.package import write_csv
from kg.export.rows import Filled, filled, for_excel
from kg.findings import Finding, Severity
from kg.formulas import runs
from kg.intake import sheets
from kg.intake.cells import UNSEEN
from kg.intake.grid import letters
from kg.intake.sheets import Column, Kind
from kg.records import FIRST_YEAR, LAST_YEAR, Source, Studies, Theories

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["annotate", "template", "write", "write_csv"]

MOST_TEXT = 32_767
"""Characters that Excel keeps of a cell."""
_SPARE_ROWS = 1_000
"""Rows below the last that have drop-downs, for what is still to come."""
_WIDE = frozenset({"title", "authors", "paraphrase", "quote", "resource", "reasoning", "note", "label", "locator"})
_PLAIN = frozenset({"Context.level"})
"""Slots without a drop-down, so that a context has three at most."""
_NEEDED, _OPTIONAL, _EXAMPLE = "FF1F4E78", "FF5B7F95", "FF7F7F7F"
_WRITTEN = datetime(2026, 1, 1)
"""Stands for when a workbook was written, which would make two of the same evidence differ."""


def template(path: Path) -> None:
    """Writes an empty workbook with instructions, drop-downs and a few examples that an import passes over.

    Raises:
        Failure: The file cannot be written.
    """
    _save(_workbook(filled([examples.SOURCE], examples.STUDIES, examples.THEORIES), greyed=True), path)


def write(
    sources: Iterable[Source], path: Path, studies: Studies | None = None, theories: Theories | None = None
) -> None:
    """Writes evidence as a workbook in the layout of `kg.intake.sheets`, which `kg.intake.workbook` reads.

    Raises:
        EvidenceError: A text is longer than a cell of Excel may be; every such text at once.
        Failure: The file cannot be written.
    """
    sources = list(sources)
    tables = filled(sources, studies, theories)
    long = [
        Finding(
            Severity.error,
            "too-long",
            str(path),
            None,
            f"{name} says {len(text):,} characters, and a cell of Excel holds {MOST_TEXT:,}.",
            "Export it as CSV, which has no such limit.",
            "/".join(row.get(key, "") for key in ("source", "coder", "id") if key in row),
        )
        for table in tables.values()
        for row in table.rows
        for name, text in row.items()
        if len(text) > MOST_TEXT
    ]
    if long:
        raise EvidenceError(long)
    _save(_workbook(tables, greyed=False, coded=notice(sources)), path)


def _save(book: Workbook, path: Path) -> None:
    try:
        book.save(path)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror or error}") from error


def _workbook(tables: dict[str, Filled], greyed: bool, coded: str = "") -> Workbook:
    from openpyxl import Workbook

    book = Workbook()
    book.properties.created = book.properties.modified = _WRITTEN
    book.properties.creator = "kg"
    first = book.active
    assert first is not None
    _instruct(first, coded)
    vocabulary = book.create_sheet("vocabulary")
    ranges: dict[tuple[str, ...], str] = {}
    for name, table in tables.items():
        sheet = book.create_sheet(name, len(book.sheetnames) - 1)
        _head(sheet, table)
        _fill(sheet, table, greyed)
        _drop_downs(sheet, table, vocabulary, ranges)
    _complete(vocabulary, len(ranges))
    return book


def _complete(vocabulary: Worksheet, position: int) -> None:
    """Adds what cells with several words may name, which no drop-down can offer, and makes the sheet one to read."""
    from openpyxl.styles import Font

    words = scheme.load()
    countries = sorted(words.countries.items())
    lists = {
        "actors": sorted(words.actors),
        "countries": [code for code, _ in countries],
        "names of countries": [name for _, name in countries],
    }
    there = {cell.value for cell in vocabulary[1]}
    missing = {heading: held for heading, held in lists.items() if heading not in there}
    for column, (heading, held) in enumerate(missing.items(), position + 1):
        for number, word in enumerate((heading, *held), 1):
            vocabulary.cell(number, column, word)
    for at, cell in enumerate(vocabulary[1]):
        cell.font = Font(bold=True)
        vocabulary.column_dimensions[letters(at)].width = 28
    vocabulary.freeze_panes = "A2"


def _instruct(sheet: Any, coded: str) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = "instructions"
    sheet.column_dimensions["A"].width = 110
    title, *rest = INSTRUCTIONS
    for number, line in enumerate([title, *([coded] if coded else []), *rest], 1):
        cell = sheet.cell(number, 1, line.removeprefix("# "))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if line.startswith("# "):
            cell.font = Font(bold=True, size=14 if number == 1 else 12)


def _head(sheet: Worksheet, table: Filled) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill

    for position, column in enumerate(table.columns):
        cell = sheet.cell(1, position + 1, column.name)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=_NEEDED if column.needed else _OPTIONAL)
        cell.alignment = Alignment(vertical="top")
        comment = Comment(meanings.meaning(column, table.layout), "kg")
        comment.width, comment.height = 320, 140
        cell.comment = comment
        wide = column.path[-1] in _WIDE
        sheet.column_dimensions[letters(position)].width = 40 if wide else max(14, len(column.name) + 3)
    own = [column.name for column in table.columns].index(table.layout.id)
    sheet.freeze_panes = f"{letters(own + 1)}2"


def _fill(sheet: Worksheet, table: Filled, greyed: bool) -> None:
    from openpyxl.styles import Font

    grey = Font(italic=True, color=_EXAMPLE)
    positions = {column.name: (at, column) for at, column in enumerate(table.columns, 1)}
    for number, row in enumerate(table.rows, 2):
        for name, text in row.items():
            at, column = positions[name]
            cell = sheet.cell(number, at)
            if column.kind == Kind.integer and text.isascii() and text.isdecimal() and len(text) < 15:
                cell.value = int(text)
            else:
                cell.value = for_excel(text)
                cell.data_type = "s"  # else what begins with = is a formula
                cell.number_format = "@"  # else Excel makes numbers and dates of what people type over it
                if runs(text):
                    cell.quotePrefix = True
            if greyed:
                cell.font = grey


def _drop_downs(sheet: Worksheet, table: Filled, vocabulary: Worksheet, ranges: dict[tuple[str, ...], str]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    last = len(table.rows) + 1 + _SPARE_ROWS
    checks: dict[str, DataValidation] = {}
    for position, column in enumerate(table.columns):
        cells = f"{letters(position)}2:{letters(position)}{last}"
        if column.kind == Kind.text or column.kind == Kind.boolean:
            sheet.column_dimensions[letters(position)].number_format = "@"
        words = () if column.kind == Kind.list or column.slot in _PLAIN else tuple(sheets.words_of(column))
        if words:
            words = (*words, UNSEEN) if column.unseen else words
            found = _range(vocabulary, words, column, ranges)
            check = checks.setdefault(found, _check(type="list", formula1=found))
            check.errorTitle, check.error = "Not on the list", "Choose one from the list, or leave the cell empty."
        elif column.kind == Kind.integer and not column.unseen:
            year = column.path[-1] in ("year", "start", "end") and not column.group
            least, most = (FIRST_YEAR, LAST_YEAR) if year else (0, 2**31 - 1)
            key = f"{least}-{most}"
            check = checks.setdefault(
                key, _check(type="whole", operator="between", formula1=str(least), formula2=str(most))
            )
            check.errorTitle, check.error = "Not a number here", f"Write a whole number from {least} to {most}."
        else:
            continue
        check.add(cells)
    for check in checks.values():
        sheet.add_data_validation(check)


def _check(**how: str) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    return DataValidation(allow_blank=True, showErrorMessage=True, **how)  # type: ignore[arg-type]


def _range(vocabulary: Worksheet, words: tuple[str, ...], column: Column, ranges: dict[tuple[str, ...], str]) -> str:
    """Where a list of words stands in the sheet vocabulary, written there when it is first asked for."""
    if words not in ranges:
        position = len(ranges)
        heading = sheets.LISTED[column.concepts] if column.concepts else re.sub(r"_[0-9]+", "", column.name)
        for number, word in enumerate((heading, *words), 1):
            vocabulary.cell(number, position + 1, word)
        ranges[words] = f"vocabulary!${letters(position)}$2:${letters(position)}${len(words) + 1}"
    return ranges[words]
