"""Tables as a workbook, a sheet each, in which nothing is run as a formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kg.export.paper.sections import Document, Section

MOST_IN_A_CELL = 32_767
"""Characters that Excel keeps of a cell."""
_CUT = " … (cut: a cell holds no more)"


def write(document: Document, path: Path) -> None:
    """Writes tables as a workbook; raises OSError where that cannot be done."""
    from openpyxl import Workbook

    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "About"
    first.column_dimensions["A"].width = 120
    about = [document.title, *document.caption]
    about += [f"{section.title}: {note}" for section in document.sections for note in section.notes]
    for text in about:
        _append(first, [text])
    for section in document.sections:
        _add(book.create_sheet(section.name), section)
    book.save(path)


def _add(sheet: Any, section: Section) -> None:
    from openpyxl.styles import Font

    _append(sheet, section.columns)
    for row in section.rows:
        _append(sheet, row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    whole = sum(section.widths)
    for cell, width in zip(sheet[1], section.widths, strict=True):
        sheet.column_dimensions[cell.column_letter].width = max(160 * width / whole, 6)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"


def _append(sheet: Any, texts: Any) -> None:
    from openpyxl.styles import Alignment

    row = sheet.max_row + 1 if sheet["A1"].value is not None else 1
    for column, text in enumerate(texts, 1):
        cell = sheet.cell(row, column)
        cell.value = neutral(text)
        cell.data_type = "s"  # whatever it looks like
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula (CWE-1236), also once it is saved as CSV.

    >>> neutral("=1+1"), neutral("trust")
    ("'=1+1", 'trust')
    """
    if text.startswith(("=", "+", "-", "@", "\t", "\r")):
        text = f"'{text}"
    return text if len(text) <= MOST_IN_A_CELL else text[: MOST_IN_A_CELL - len(_CUT)] + _CUT
