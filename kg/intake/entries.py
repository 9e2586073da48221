"""Sheets in the layout of evidence → entries: plain data of one row each, with the cell of every part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from kg.findings import Finding, Severity
from kg.intake import cells, sheets
from kg.intake.sheets import Column, Layout
from kg.intake.tables import Cell, Sheet, folded

Path = tuple[str | int, ...]

_QUOTED = re.compile("'+[=+@\\t\\r-]")
EXAMPLE = "EXAMPLE"
"""What the id of an example begins with: its rows are passed over."""


@dataclass(frozen=True)
class Place:
    """A cell that findings are about.

    Attributes:
        file: The file, as people would type it.
        spot: The cell; empty where the sheet has no such column.
        column: What the column is called, or empty where a whole row is meant.
        text: What stands there, or what of it is meant.
    """

    file: str
    spot: str
    column: str
    text: str = ""


@dataclass
class Table:
    """A sheet whose headings are understood.

    Attributes:
        file: The file that it stands in.
        sheet: The sheet.
        layout: What it is a sheet of.
        columns: What its headings mean.
        findings: What is wrong with them.
    """

    file: str
    sheet: Sheet
    layout: Layout
    columns: dict[str, Column] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        for heading in self.sheet.headings:
            column = self.layout.column(heading.text)
            spot = self.sheet.spot(heading.column, self.sheet.heading_row)
            if column is None:
                self._fault(
                    "unknown-column",
                    spot,
                    f"“{heading.text}” is no column of {self.layout.name}.",
                    self._near(heading.text),
                )
            else:
                self.columns[heading.text] = column
                self.letters[column.name] = heading.column
        spot = self.sheet.spot("A", self.sheet.heading_row)
        for column in self.layout.columns():
            if column.needed and column.name not in self.letters:
                what = f"the sheet {self.layout.name} has no column {column.name}, which is needed."
                self._fault("missing-column", spot, what, f"Add a column with the heading {column.name}.")

    def place(self, column: Column, number: int, text: str = "") -> Place:
        """The cell of a column in a row."""
        letters = self.letters.get(column.name)
        return Place(self.file, self.sheet.spot(letters, number) if letters else "", column.name, text)

    def entries(self) -> Iterator[Entry]:
        """The rows, but for examples."""
        first = (self.layout.keys or self.layout.columns())[0].name
        for row in self.sheet.rows:
            held = {
                self.columns[heading]: cell if self.sheet.prefix else _bared(cell)
                for heading, cell in row.cells.items()
                if heading in self.columns
            }
            entry = Entry(self, row.number, held)
            if not entry.said(first).startswith(EXAMPLE):
                yield entry

    def _near(self, heading: str) -> str:
        names = [column.name for column in self.layout.columns()]
        names += [column.name for group in self.layout.groups.values() for column in group.numbered(1)]
        near = get_close_matches(folded(heading), names, n=2, cutoff=0.6)
        if near:
            return f"Did you mean {' or '.join(near)}?"
        return "Remove it, or call it as the template does; what it holds would be lost."

    def _fault(self, rule: str, spot: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(Severity.error, rule, self.file, None, what, remedy, spot=spot))


def _bared(cell: Cell) -> Cell:
    """A cell of a CSV file without the apostrophe by which an export keeps spreadsheets from running it."""
    return Cell(cell.text[1:], cell.spot) if _QUOTED.match(cell.text) else cell


@dataclass(eq=False)
class Entry:
    """A row: its cells by their columns, what they say as the plain data of a record, and what is spelt otherwise."""

    table: Table
    number: int
    cells: Mapping[Column, Cell]
    data: dict[str, Any] = field(init=False)
    respelt: list[Cell] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data = {}
        lists: dict[str, dict[int, dict[str, Any]]] = {}
        keys = self.table.layout.keys
        for column, cell in self.cells.items():
            if column in keys:
                continue
            said = cells.said(cell.text, column)
            value = cells.in_spelling(said, column)
            if value != said:
                self.respelt.append(cell)
            if value == [] and cell.text.strip() != cells.NONE:
                continue
            into = self.data
            if column.group:
                into = lists.setdefault(column.group, {}).setdefault(column.number, {})
            for key in column.path[:-1]:
                into = into.setdefault(key, {})
            into[column.path[-1]] = value
        for key, entries in lists.items():
            self.data[key] = [*self.data.get(key, []), *(entries[number] for number in sorted(entries))]

    def dates(self) -> Iterator[Finding]:
        """The cells that Excel made dates of: what was typed there is lost, and no column is one of dates."""
        for column, cell in self.cells.items():
            if cell.dated:
                kind = {sheets.Kind.integer: "a whole number", sheets.Kind.boolean: "true or false"}
                what = f"Excel holds the date {cell.text} here, and {column.name} is {kind.get(column.kind, 'text')}."
                how = "a number" if column.kind == sheets.Kind.integer else "text"
                remedy = f"Format the cell as {how} and type it anew."
                yield Finding(Severity.error, "date", self.table.file, None, what, remedy, spot=cell.spot)

    def said(self, name: str) -> str:
        """What the cell of a column says, by the column's name; empty where it is blank."""
        return next((cell.text.strip() for column, cell in self.cells.items() if column.name == name), "")

    def place_of(self, name: str) -> Place:
        """The cell of a column by the column's name; the sheet need not have it."""
        column = self.table.layout.column(name)
        assert column is not None
        return self.table.place(column, self.number, self.said(name))

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the row from all others of its sheet."""
        return (*(self.said(column.name) for column in self.table.layout.keys), self.said(self.table.layout.id))

    @property
    def id_place(self) -> Place:
        """The cell of the row's own id."""
        return self.place_of(self.table.layout.id)

    def places(self) -> Iterator[tuple[Path, Place]]:
        """The cell of every part of the data, and where a part that is missing should stand."""
        layout = self.table.layout
        yield (), Place(self.table.file, self.id_place.spot or self.table.sheet.spot("A", self.number), "")
        yield from self._wholes([part for part in layout.parts if isinstance(part, Column)], ())
        for part in layout.parts:
            if isinstance(part, Column):
                yield from self._list_places(part)
                continue
            numbers = sorted({column.number for column in self.cells if column.group == part.key})
            alone = len(self.data.get(part.key, [])) - len(numbers)
            yield (part.key,), self.table.place(next(part.numbered(1)), self.number)
            if alone:  # a column that lists ids of such entries has its own place
                whole = layout.column(part.key)
                assert whole is not None
                yield from self._list_places(whole)
            for at, number in enumerate(numbers, alone):
                columns = list(part.numbered(number))
                yield (part.key, at), self._cell_place(columns[0])
                yield from self._wholes(columns, (part.key, at))
                for column in columns:
                    yield (part.key, at, *column.path), self._cell_place(column)
        for column in layout.keys:
            yield (column.name,), self._cell_place(column)

    def _wholes(self, columns: Iterable[Column], before: Path) -> Iterator[tuple[Path, Place]]:
        """The first cell of each record that several columns say."""
        seen = set()
        for column in columns:
            for length in range(1, len(column.path)):
                if column.path[:length] not in seen:
                    seen.add(column.path[:length])
                    yield (*before, *column.path[:length]), self._cell_place(column)

    def _list_places(self, column: Column) -> Iterator[tuple[Path, Place]]:
        yield column.path, self._cell_place(column)
        cell = self.cells.get(column)
        if cell is not None and column.kind == sheets.Kind.list:
            said = cells.said(cell.text, column)
            for at, one in enumerate(said if isinstance(said, list) else []):
                yield (*column.path, at), self.table.place(column, self.number, one)

    def _cell_place(self, column: Column) -> Place:
        cell = self.cells.get(column)
        return self.table.place(column, self.number, cell.text if cell else "")
