"""A workbook with its faulty cells marked, for the person who filled it in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from kg.errors import EvidenceError, Failure, UsageError
from kg.export.rows import for_excel
from kg.findings import Finding, Severity
from kg.intake import spreadsheet
from kg.intake.archive import Archive
from kg.intake.grid import position_of
from kg.intake.markup import BadMarkup, refuse_declarations
from kg.intake.spreadsheet import MOST_BYTES

if TYPE_CHECKING:
    from openpyxl import Workbook

SHEET = "findings"
"""The sheet that lists everything, also what has no cell."""
_FILLS = {Severity.error: "FFF8CBAD", Severity.warning: "FFFFE699", Severity.note: "FFDDEBF7"}


def annotate(path: Path, findings: Sequence[Finding], out: Path) -> None:
    """Copies a workbook with every cell that has findings filled with a colour and commented, and lists them all.

    What has no cell stands in the sheet `findings` alone. The workbook itself is left as it is.

    Raises:
        UsageError: It is no workbook, or the copy would take its place, or that of a file which is no marked copy.
        EvidenceError: It is damaged or unsafe.
        Failure: The copy cannot be written.
    """
    if path.suffix.lower() != ".xlsx" or not path.is_file():
        raise UsageError(f"{path} is no workbook: only cells of an .xlsx file can be marked")
    if out.exists() and out.samefile(path):
        raise UsageError(f"{out} is the workbook itself: name another file for the marked copy")
    if out.exists() and (out.suffix.lower() != ".xlsx" or SHEET not in spreadsheet.names(out)):
        raise UsageError(f"{out} is there already, and is no marked copy: name another file")
    book = _opened(path)
    by_cell: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda one: one.sort_key):
        sheet, _, cell = finding.spot.rpartition("!")
        if sheet in book.sheetnames and position_of(cell.rstrip("0123456789")) >= 0 and cell[-1:].isdigit():
            by_cell.setdefault((sheet, cell), []).append(finding)
    for (sheet, cell), found in by_cell.items():
        _mark(book[sheet], cell, found)
    _list(book, findings)
    try:
        book.save(out)
    except OSError as error:
        raise Failure(f"{out} cannot be written: {error.strerror or error}") from error


def _opened(path: Path) -> Workbook:
    from openpyxl import load_workbook

    try:
        with Archive(path, MOST_BYTES) as archive:
            for name in archive.names:
                if name.lower().endswith((".xml", ".rels", ".vml")):
                    refuse_declarations(archive.read(name))
        return load_workbook(path)
    except BadMarkup as error:
        raise EvidenceError([_refusal(path, str(error))]) from error
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError) as error:
        raise EvidenceError([_refusal(path, f"{type(error).__name__}: {error}")]) from error


def _mark(sheet: Any, name: str, findings: Sequence[Finding]) -> None:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell = sheet[name]
    if isinstance(cell, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if name in area)
        cell = sheet.cell(area.min_row, area.min_col)
    cell.fill = PatternFill("solid", fgColor=_FILLS[findings[0].severity])
    told = [f"{finding.severity.upper()}: {finding.what} {finding.remedy}".strip() for finding in findings]
    before = [cell.comment.text] if cell.comment else []
    comment = Comment(for_excel("\n\n".join([*told, *before])), "kg")
    comment.width, comment.height = 360, 60 + 60 * len(told)
    cell.comment = comment


def _list(book: Workbook, findings: Sequence[Finding]) -> None:
    if SHEET in book.sheetnames:
        del book[SHEET]
    sheet: Any = book.create_sheet(SHEET)
    sheet.append(["severity", "place", "what", "remedy"])
    for finding in sorted(findings, key=lambda one: one.sort_key):
        row = [finding.severity.value, finding.spot or finding.file, finding.what, finding.remedy]
        for position, text in enumerate(row, 1):
            cell = sheet.cell(sheet.max_row + (position == 1), position, for_excel(text))
            cell.data_type = "s"
        if finding.spot and "!" in finding.spot and finding.spot.rpartition("!")[0] in book.sheetnames:
            link = sheet.cell(sheet.max_row, 2)
            where, _, at = finding.spot.rpartition("!")
            quoted = where.replace("'", "''")
            link.hyperlink = f"#'{quoted}'!{at}"
    for column, width in (("A", 10), ("B", 18), ("C", 80), ("D", 60)):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"


def _refusal(path: Path, why: str) -> Finding:
    what = f"the workbook cannot be opened to mark its cells ({why})."
    return Finding(Severity.error, "damaged", str(path), None, what, "Open it in Excel and save it anew.")
