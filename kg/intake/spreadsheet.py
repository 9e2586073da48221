"""Excel workbooks → the cells of every sheet as Excel shows them, read from the XML in one pass and without formulas.

A formula counts as what it last came to. Dates become ISO 8601, and a number that Excel cannot hold is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from kg.intake.archive import Archive
from kg.intake.grid import Grid, letters, position_of, ranges
from kg.intake.office import DIGITS, Parts, local, name_of, string, unescaped, whole

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_BYTES = 300_000_000
"""Of all parts of a workbook together, unpacked."""


def grids(path: Path) -> list[Grid]:
    """The cells of every sheet of a workbook.

    Raises:
        EvidenceError: It is damaged, unsafe, or no workbook.
    """
    with Archive(path, MOST_BYTES) as archive:
        book = Parts(path, archive)
        return [_grid(book, *sheet) for sheet in book.sheets]


def names(path: Path) -> list[str]:
    """What the sheets of a workbook are called; their cells are not read.

    Raises:
        EvidenceError: It is damaged, unsafe, or no workbook.
    """
    with Archive(path, MOST_BYTES) as archive:
        return [name for name, *_ in Parts(path, archive).sheets]


def _grid(book: Parts, name: str, state: str, part: str) -> Grid:
    """The cells of a sheet."""
    found = Grid(name, str(book.path), f"{name}!", ragged=False)
    if state != "visible":
        found.note("hidden", "", f"the sheet {name} is hidden, and is read all the same.")
    if part not in book:
        found.fault("damaged", f"{name}!A1", f"the sheet {name} is missing in the file.", "Save the workbook anew.")
        return found
    rows = _Rows(book, found)
    for element in book.elements(part, "row", "mergeCell", "col"):
        kind = local(element)
        if kind == "row":
            if not rows.add(element):
                break
        elif kind == "mergeCell":
            rows.merged.append(str(element.get("ref", "")))
        elif element.get("hidden") in ("1", "true"):
            rows.hidden_columns.append(str(element.get("min", "0")))
    rows.finish()
    return found


class _Rows:
    """The rows of one sheet as they are met, and what concerns several of them."""

    def __init__(self, book: Parts, grid: Grid) -> None:
        self.merged: list[str] = []
        self.hidden_columns: list[str] = []
        self._book = book
        self._grid = grid
        self._number = 0
        self._hidden: list[int] = []
        self._dates: list[str] = []

    def add(self, row: _Element) -> bool:
        """Adds a row; says whether another may follow."""
        number = whole(row.get("r"), self._number + 1)
        if number <= self._number:
            self._grid.fault(
                "damaged", self._grid.spot(0, number), "rows stand out of order.", "Save the workbook anew."
            )
            return False
        self._number = number
        cells: dict[int, str] = {}
        position = -1
        for cell in row:
            named = cell.get("r")
            position = position_of(str(named).rstrip("0123456789")) if named else position + 1
            if position < 0:
                self._grid.fault("damaged", self._grid.spot(0, number), f"a cell is called {named}.", "Save it anew.")
                continue
            text = self._text(cell, position, number)
            if text and not text.isspace():
                cells[position] = self._grid.text(text, position, number)
        if cells and row.get("hidden") in ("1", "true"):
            self._hidden.append(number)
        return self._grid.add(number, cells, len(cells))

    def _text(self, cell: _Element, position: int, number: int) -> str:
        kind = cell.get("t", "n")
        value, formula = None, False
        for part in cell:
            name = name_of(part.tag)
            if name == "v":
                value = part.text
            elif name == "is":
                return string(part)
            elif name == "f":
                formula = True
        if value is None:
            if formula and kind != "str":
                remedy = "Open the workbook in Excel and save it, or write the value in place of the formula."
                self._fault("formula", position, number, "the cell holds a formula without a saved result.", remedy)
            return ""
        if kind == "s":
            at = whole(value, -1)
            if 0 <= at < len(self._book.strings):
                return self._book.strings[at]
            self._fault("damaged", position, number, "the cell refers to a text that is not there.", "Type it anew.")
            return ""
        if kind == "str":
            return unescaped(value)
        if kind == "e":
            self._fault(
                "excel-error", position, number, f"the cell shows {value}.", "Mend the formula, or write the value."
            )
            return ""
        if kind == "b":
            return "true" if value.strip() in ("1", "true") else "false"
        if kind == "d":
            self._grid.dated.add((number, position))
            return value.removesuffix("Z").removesuffix(".000").removesuffix("T00:00:00")
        return self._number_shown(value, cell.get("s"), position, number)

    def _number_shown(self, value: str, style: str | None, position: int, number: int) -> str:
        try:
            amount = float(value)
            integral = amount == int(amount)
        except (ValueError, OverflowError):
            self._fault("damaged", position, number, f"the cell holds “{value[:40]}” as a number.", "Type it anew.")
            return ""
        at = whole(style, -1)
        shown = self._book.shown[at] if 0 <= at < len(self._book.shown) else None
        if shown is not None:
            try:
                text = shown(amount)
            except (ValueError, OverflowError):
                self._fault("date", position, number, f"{value} is no date that there is.", "Write it like 2026-01-31.")
                return ""
            if "-" in text:
                self._dates.append(self._grid.spot(position, number))
                self._grid.dated.add((number, position))
            return text
        if integral and abs(amount) >= 10**DIGITS:
            what = f"the number has more than {DIGITS} digits, of which Excel keeps {DIGITS}: the others are lost."
            self._fault("precision", position, number, what, "Format the cell as text, and type the number anew.")
            return ""
        return str(int(amount)) if integral else f"{amount:.{DIGITS}g}"

    def finish(self) -> None:
        """Joins merged cells with what they span, and reports what is hidden and what was a date."""
        for area in self.merged:
            self._spread(area)
        grid = self._grid
        if self._hidden:
            what = f"hidden rows are read all the same: {', '.join(ranges(self._hidden))}."
            grid.note("hidden", grid.spot(0, self._hidden[0]), what)
        if self.hidden_columns and grid.rows:
            shown = ", ".join(letters(max(whole(column), 1) - 1) for column in self.hidden_columns)
            grid.note("hidden", "", f"hidden columns of the sheet {grid.name} are read all the same, from {shown} on.")
        if self._dates:
            count = "1 cell is a date" if len(self._dates) == 1 else f"{len(self._dates)} cells are dates"
            cells = ", ".join(self._dates[:20]) + (" and more" if len(self._dates) > 20 else "")
            what = f"{count} to Excel, and read as year, month and day: {cells}."
            grid.note(
                "date", self._dates[0], what, "Excel takes 1-2 for a date: format the cell as text if it is none."
            )

    def _spread(self, area: str) -> None:
        """Gives each cell of a merged column what stands in the first; what spans several columns is refused."""
        match = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})", area)
        if match is None:
            return
        left, right = position_of(match.group(1)), position_of(match.group(3))
        top, bottom = int(match.group(2)), int(match.group(4))
        rows = {number: cells for number, cells, _ in self._grid.rows}
        held = {position: text for position, text in rows.get(top, {}).items() if left <= position <= right}
        if not held:
            return
        first = self._grid.rows[0][0]
        if left != right or top == first:
            what = f"the cells {area} are merged, and it is not clear which of them the text is for."
            self._fault("merged", left, top, what, "Undo the merging, and write in each cell what belongs there.")
            return
        reached = [number for number in rows if top < number <= bottom]
        for number in reached:
            rows[number].setdefault(left, held[left])
        self._grid.note(
            "merged", self._grid.spot(left, top), f"the cells {area} are merged: each is read as the first."
        )

    def _fault(self, rule: str, position: int, number: int, what: str, remedy: str) -> None:
        self._grid.fault(rule, self._grid.spot(position, number), what, remedy)
