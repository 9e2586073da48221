"""Excel workbooks → the cells of every sheet as Excel shows them, read from the XML in one pass and without formulas.

A formula counts as what it last came to. Dates become ISO 8601, and a number that Excel cannot hold is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from kg.errors import EvidenceError
from kg.findings import Finding, Severity
from kg.intake.archive import Archive
from kg.intake.grid import Grid, letters, position_of, ranges
from kg.intake.markup import BadMarkup, elements

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_BYTES = 300_000_000
"""Of all parts of a workbook together, unpacked."""
_DIGITS = 15
"""How many digits of a number Excel keeps."""
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_REL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

Shown = Callable[[float], str]


class _Workbook:
    """The parts of a workbook that its sheets refer to."""

    def __init__(self, path: Path, archive: Archive) -> None:
        self.path = path
        self._archive = archive
        self.findings: list[Finding] = []
        main = self._main()
        self.since_1904 = False
        self.sheets: list[tuple[str, str, str]] = []
        parts = self._related(main)
        for element in self._elements(main, "workbookPr", "sheet"):
            if _local(element) == "workbookPr":
                self.since_1904 = element.get("date1904") in ("1", "true")
            else:
                part = parts.get(str(element.get(_REL) or element.get(_STRICT_REL)), ("", ""))
                if not part[0].endswith("chartsheet"):
                    self.sheets.append((str(element.get("name", "")), str(element.get("state", "visible")), part[1]))
        by_kind = {kind.rpartition("/")[2]: name for kind, name in parts.values()}
        self.strings = self._strings(by_kind.get("sharedStrings", ""))
        self.shown = self._styles(by_kind.get("styles", ""))

    def grid(self, name: str, state: str, part: str) -> Grid:
        """The cells of a sheet."""
        found = Grid(name, str(self.path), f"{name}!", ragged=False)
        if state != "visible":
            found.note("hidden", "", f"the sheet {name} is hidden, and is read all the same.")
        if part not in self._archive:
            found.fault("damaged", f"{name}!A1", f"the sheet {name} is missing in the file.", "Save the workbook anew.")
            return found
        rows = _Rows(self, found)
        for element in self._elements(part, "row", "mergeCell", "col"):
            kind = _local(element)
            if kind == "row":
                if not rows.add(element):
                    break
            elif kind == "mergeCell":
                rows.merged.append(str(element.get("ref", "")))
            elif element.get("hidden") in ("1", "true"):
                rows.hidden_columns.append(str(element.get("min", "0")))
        rows.finish()
        return found

    def _main(self) -> str:
        name = "xl/workbook.xml"
        for element in self._elements("_rels/.rels", "Relationship") if "_rels/.rels" in self._archive else ():
            if str(element.get("Type")).endswith("/officeDocument"):
                name = str(element.get("Target", "")).lstrip("/")
        kind = ""
        for element in self._elements("[Content_Types].xml", "Override", "Default"):
            if str(element.get("PartName", "")).lstrip("/").casefold() == name.casefold():
                kind = str(element.get("ContentType", ""))
        macros = "macroEnabled" in kind or any(entry.endswith("vbaProject.bin") for entry in self._archive.names)
        if macros:
            raise self._refusal("other-kind", "the workbook holds macros; none was run.", "Save it as .xlsx.")
        if name not in self._archive or (kind and "spreadsheetml" not in kind):
            what = "the file is called .xlsx and is not a workbook of that kind."
            raise self._refusal("misnamed", what, "Open it with what made it, and save it as .xlsx.")
        return name

    def _related(self, name: str) -> dict[str, tuple[str, str]]:
        """The kind and the name of each part that another refers to, by the id of the reference."""
        part = PurePosixPath(name)
        references = f"{part.parent}/_rels/{part.name}.rels"
        found = {}
        for element in self._elements(references, "Relationship") if references in self._archive else ():
            target = str(element.get("Target", ""))
            whole = target.lstrip("/") if target.startswith("/") else str(part.parent / target)
            if element.get("TargetMode") != "External":
                found[str(element.get("Id"))] = (str(element.get("Type", "")), whole)
        return found

    def _strings(self, name: str) -> list[str]:
        return [_string(element) for element in self._elements(name, "si")] if name in self._archive else []

    def _styles(self, name: str) -> list[Shown | None]:
        """How each style shows a number, where that is not as a number."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        codes: dict[int, str] = dict(BUILTIN_FORMATS)
        shown: list[Shown | None] = []
        for element in self._elements(name, "numFmt", "cellXfs") if name in self._archive else ():
            if _local(element) == "numFmt":
                codes[_int(element.get("numFmtId"))] = str(element.get("formatCode", ""))
            else:
                shown = [self._format(codes.get(_int(style.get("numFmtId")), "")) for style in element]
        return shown

    def _format(self, code: str) -> Shown | None:
        from openpyxl.styles.numbers import is_date_format, is_timedelta_format

        if re.fullmatch("0{2,15}", code):
            return lambda value: f"{value:0{len(code)}.0f}"
        if is_date_format(code) and not is_timedelta_format(code):
            return self._date
        return None

    def _date(self, value: float) -> str:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

        found = from_excel(value, CALENDAR_MAC_1904 if self.since_1904 else CALENDAR_WINDOWS_1900)
        if isinstance(found, datetime):
            return found.date().isoformat() if found.time() == time() else found.isoformat(timespec="seconds")
        assert isinstance(found, date | time)
        return found.isoformat()

    def _elements(self, name: str, *names: str) -> Any:
        try:
            yield from elements(self._archive.read(name), *names)
        except (BadMarkup, KeyError) as error:
            what = (
                f"{name} in the workbook cannot be read: {error if isinstance(error, BadMarkup) else 'it is missing'}."
            )
            raise self._refusal("damaged", what, "Open the workbook in Excel and save it anew.") from error

    def _refusal(self, rule: str, what: str, remedy: str) -> EvidenceError:
        return EvidenceError([Finding(Severity.error, rule, str(self.path), None, what, remedy)])


class _Rows:
    """The rows of one sheet as they are met, and what concerns several of them."""

    def __init__(self, book: _Workbook, grid: Grid) -> None:
        self.merged: list[str] = []
        self.hidden_columns: list[str] = []
        self._book = book
        self._grid = grid
        self._number = 0
        self._hidden: list[int] = []
        self._dates: list[str] = []

    def add(self, row: _Element) -> bool:
        """Adds a row; says whether another may follow."""
        number = _int(row.get("r"), self._number + 1)
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
            name = _name(part.tag)
            if name == "v":
                value = part.text
            elif name == "is":
                return _string(part)
            elif name == "f":
                formula = True
        if value is None:
            if formula and kind != "str":
                remedy = "Open the workbook in Excel and save it, or write the value in place of the formula."
                self._fault("formula", position, number, "the cell holds a formula without a saved result.", remedy)
            return ""
        if kind == "s":
            at = _int(value, -1)
            if 0 <= at < len(self._book.strings):
                return self._book.strings[at]
            self._fault("damaged", position, number, "the cell refers to a text that is not there.", "Type it anew.")
            return ""
        if kind == "str":
            return _unescaped(value)
        if kind == "e":
            self._fault(
                "excel-error", position, number, f"the cell shows {value}.", "Mend the formula, or write the value."
            )
            return ""
        if kind == "b":
            return "true" if value.strip() in ("1", "true") else "false"
        return value if kind == "d" else self._number_shown(value, cell.get("s"), position, number)

    def _number_shown(self, value: str, style: str | None, position: int, number: int) -> str:
        try:
            amount = float(value)
            whole = amount == int(amount)
        except (ValueError, OverflowError):
            self._fault("damaged", position, number, f"the cell holds “{value[:40]}” as a number.", "Type it anew.")
            return ""
        at = _int(style, -1)
        shown = self._book.shown[at] if 0 <= at < len(self._book.shown) else None
        if shown is not None:
            try:
                text = shown(amount)
            except (ValueError, OverflowError):
                self._fault("date", position, number, f"{value} is no date that there is.", "Write it like 2026-01-31.")
                return ""
            if "-" in text:
                self._dates.append(self._grid.spot(position, number))
            return text
        if whole and abs(amount) >= 10**_DIGITS:
            what = f"the number has more than {_DIGITS} digits, of which Excel keeps {_DIGITS}: the others are lost."
            self._fault("precision", position, number, what, "Format the cell as text, and type the number anew.")
            return ""
        return str(int(amount)) if whole else f"{amount:.{_DIGITS}g}"

    def finish(self) -> None:
        """Joins merged cells with what they span, and reports what is hidden and what was a date."""
        for area in self.merged:
            self._spread(area)
        grid = self._grid
        if self._hidden:
            what = f"hidden rows are read all the same: {', '.join(ranges(self._hidden))}."
            grid.note("hidden", grid.spot(0, self._hidden[0]), what)
        if self.hidden_columns and grid.rows:
            shown = ", ".join(letters(max(_int(column), 1) - 1) for column in self.hidden_columns)
            grid.note("hidden", "", f"hidden columns of the sheet {grid.name} are read all the same, from {shown} on.")
        if self._dates:
            count = "1 cell is a date" if len(self._dates) == 1 else f"{len(self._dates)} cells are dates"
            what = f"{count} to Excel, first {self._dates[0]}, and read like 2026-01-31."
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


def grids(path: Path) -> tuple[list[Grid], list[Finding]]:
    """The cells of every sheet of a workbook.

    Raises:
        EvidenceError: It is damaged, unsafe, or no workbook.
    """
    with Archive(path, MOST_BYTES) as archive:
        book = _Workbook(path, archive)
        return [book.grid(*sheet) for sheet in book.sheets], book.findings


@cache
def _name(tag: str) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""  # a comment's tag is no text


def _local(element: _Element) -> str:
    return _name(element.tag)


def _string(element: _Element) -> str:
    """A text that may be of several runs, without how it is to be read aloud."""
    if len(element) == 1 and _name(element[0].tag) == "t":
        return _unescaped(element[0].text or "")
    runs = []
    for part in element:
        name = _local(part)
        if name == "t":
            runs.append(part.text or "")
        elif name == "r":
            runs += [piece.text or "" for piece in part if _local(piece) == "t"]
    return _unescaped("".join(runs))


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    whole = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not whole.isascii() else whole


def _int(text: str | None, otherwise: int = 0) -> int:
    try:
        return int(text) if text is not None and len(text) < 12 else otherwise
    except ValueError:
        return otherwise
