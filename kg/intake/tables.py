"""Tables from elsewhere (.csv, .tsv, .xlsx) → sheets with headings and rows, every cell with its place.

What cannot be trusted is refused by name, what is odd is reported at its cell, and no cell is lost without a finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kg.errors import EvidenceError, Failure, UsageError
from kg.findings import Finding, Severity
from kg.intake import separated
from kg.intake.grid import Grid, letters

SUFFIXES = (".csv", ".tsv", ".xlsx")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What old Office files begin with, and new ones that are encrypted."""
_REFUSED = {
    ".xls": "is a workbook of Excel 97–2003",
    ".xlsb": "is a binary workbook",
    ".xlsm": "is a workbook that can hold macros",
    ".xltm": "is a template that can hold macros",
    ".ods": "is a workbook of OpenDocument",
    ".numbers": "is a workbook of Numbers",
}


class Cell(NamedTuple):
    """What a cell says, where it stands (`claims!D12`; `D12` in a CSV file), and whether Excel holds it as a date."""

    text: str
    spot: str
    dated: bool = False


@dataclass(frozen=True)
class Heading:
    """What a column is called, and the letters that spreadsheets give it."""

    text: str
    column: str


@dataclass(frozen=True)
class Row:
    """A row that holds anything: its number in the spreadsheet, and its cells by heading; empty ones are left out."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Sheet:
    """A sheet, or a CSV file.

    Attributes:
        name: The sheet's name; of a CSV file its name without the suffix.
        headings: The columns from the left; each heading stands once.
        rows: The rows below the headings that hold anything.
        prefix: What stands before a cell in a spot: `claims!` in a workbook, nothing in a CSV file.
        heading_row: The number of the row with the headings.
    """

    name: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    prefix: str = field(default="", repr=False)
    heading_row: int = 1

    def spot(self, column: str, number: int) -> str:
        """A cell as people name it, whether or not it holds anything."""
        return f"{self.prefix}{column}{number}"


@dataclass(frozen=True)
class Book:
    """A file of one or more sheets, and what is wrong or worth knowing in it."""

    file: str
    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...]


def read(path: Path, encoding: str | None = None) -> Book:
    """Reads a table or a workbook.

    Args:
        path: A .csv, .tsv or .xlsx file.
        encoding: How a .csv or .tsv file is encoded, where it is neither UTF-8 nor says so itself.

    Raises:
        EvidenceError: It is not what its name says, or is empty, encrypted, damaged or unsafe.
        UsageError: There is no such file, it is of another kind, or there is no such encoding.
        Failure: It cannot be opened.
    """
    data = _bytes(path)
    suffix = path.suffix.lower()
    _refuse_other_kinds(path, suffix, data)
    if suffix == ".xlsx":
        from kg.intake import spreadsheet

        grids = spreadsheet.grids(path)
    else:
        grids = [separated.grid(path, data, encoding)]
    sheets, findings = [], list[Finding]()
    for grid in grids:
        if grid.rows:
            sheets.append(_sheet(grid))
        findings += grid.findings
    if not sheets and not any(finding.severity == Severity.error for finding in findings):
        raise EvidenceError([_refusal(path, "empty", "the file is empty.", "Write headings and rows.")])
    return Book(str(path), tuple(sheets), tuple(sorted(findings, key=lambda finding: finding.sort_key)))


def sheet_names(path: Path) -> list[str]:
    """What the sheets of a workbook are called, or a .csv or .tsv file without its ending; cells are not read.

    Raises:
        EvidenceError: It is not what its name says, or is empty, encrypted, damaged or unsafe.
        UsageError: There is no such file, or it is of another kind.
        Failure: It cannot be opened.
    """
    if path.suffix.lower() != ".xlsx":
        return [path.stem]
    _refuse_other_kinds(path, ".xlsx", _bytes(path))
    from kg.intake import spreadsheet

    return spreadsheet.names(path)


def folded(heading: str) -> str:
    """A heading without what makes no difference: case, and whether spaces, hyphens or underscores part its words."""
    return re.sub(r"[\s_-]+", "_", heading.strip().casefold())


def _bytes(path: Path) -> bytes:
    if path.is_dir() or not path.exists():
        raise UsageError(f"{path} is a folder: name a file" if path.is_dir() else f"there is no file {path}")
    if path.suffix.lower() not in (*SUFFIXES, *_REFUSED):
        raise UsageError(f"{path} is not a table that can be read: expected {', '.join(SUFFIXES)}")
    try:
        with path.open("rb") as opened:
            return opened.read(separated.MOST_BYTES + 1)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error


def _refuse_other_kinds(path: Path, suffix: str, data: bytes) -> None:
    rule, what, remedy = "", "", "Save it as an Excel workbook (.xlsx) or as CSV UTF-8."
    page = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype html"))
    if not data.strip():
        rule, what, remedy = "empty", "the file is empty.", "Export or save it anew."
    elif data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        rule, what, remedy = "encrypted", "the workbook is encrypted.", "Save it without a password."
    elif suffix in _REFUSED:
        rule, what = "other-kind", f"the file {_REFUSED[suffix]}, which is not read."
        if suffix in (".xlsm", ".xltm"):
            remedy = "Save it as .xlsx, which leaves the macros out; none was run."
    elif data.startswith(_OLE):
        rule, what = "misnamed", f"the file is called {suffix} and is an Office file of before 2007."
    elif page:
        rule, what = "misnamed", f"the file is called {suffix} and is a web page."
    elif suffix == ".xlsx" and not data.startswith(b"PK"):
        rule, what = "misnamed", "the file is called .xlsx and is not a workbook."
        remedy = "If it is text, call it .csv; else save it anew."
    elif suffix != ".xlsx" and data.startswith(b"PK\x03\x04"):
        rule, what, remedy = (
            "misnamed",
            f"the file is called {suffix} and is a zip archive.",
            "Is it a workbook? Call it .xlsx.",
        )
    if rule:
        raise EvidenceError([_refusal(path, rule, what, remedy)])


def _sheet(grid: Grid) -> Sheet:
    """The sheet of a grid, whose first row with any content holds the headings."""
    while len(grid.rows) > 1 and len(grid.rows[0][1]) == 1 and len(grid.rows[1][1]) > 2:
        number, title, _ = grid.rows.pop(0)
        (said,) = title.values()
        grid.note(
            "title", grid.spot(next(iter(title)), number), f"“{said[:40]}” is read as a title above the headings."
        )
    (top, first, _), *rest = grid.rows
    headings: dict[int, str] = {}
    taken: dict[str, int] = {}
    for position, text in sorted(first.items()):
        heading = " ".join(text.split())
        same = taken.setdefault(folded(heading), position)
        if same != position:
            what = f"“{heading}” stands over two columns, {letters(same)} and {letters(position)}."
            grid.fault("repeated-heading", grid.spot(position, top), what, "Call them differently, or remove one.")
        else:
            headings[position] = heading
    width = max(first) + 1
    columns = {position: f"{grid.prefix}{letters(position)}" for position in headings}
    doubled = set(first) - set(headings)
    rows, nameless = [], set[int]()
    for number, cells, held in rest:
        if grid.ragged and held < width:
            what = f"the row has {held} cells, and there are {width} headings."
            remedy = "Is a separator missing, or a quotation mark not closed in the rows before?"
            grid.fault("ragged-row", grid.spot(0, number), what, remedy)
        found, outside = {}, False
        for position, text in cells.items():
            if position in headings:
                dated = (number, position) in grid.dated
                found[headings[position]] = Cell(text, f"{columns[position]}{number}", dated)
            elif grid.ragged and position >= width:
                if not outside:
                    _outside(grid, position, number, text)
                outside = True
            elif position not in doubled and position not in nameless:
                nameless.add(position)
                what = f"column {letters(position)} holds “{text[:40]}” and has no heading."
                grid.fault("no-heading", grid.spot(position, number), what, "Give it a heading, or empty it.")
        rows.append(Row(number, found))
    if not rows and not any(finding.severity == Severity.error for finding in grid.findings):
        what = f"{'the sheet ' + grid.name if grid.prefix else 'the file'} has headings and 0 rows."
        spot = grid.spot(0, top)
        grid.findings.append(Finding(Severity.warning, "no-rows", grid.file, None, what, "", grid.name, spot=spot))
    named = tuple(Heading(text, letters(position)) for position, text in headings.items())
    return Sheet(grid.name, named, tuple(rows), grid.prefix, top)


def _outside(grid: Grid, position: int, number: int, text: str) -> None:
    what = f"the row has more cells than there are headings, beginning with “{text[:40]}”."
    remedy = "Put a cell that holds the separator in quotation marks."
    grid.fault("ragged-row", grid.spot(position, number), what, remedy)


def _refusal(path: Path, rule: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.error, rule, str(path), None, what, remedy)
