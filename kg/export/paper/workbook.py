"""Tables as a workbook, a sheet each, in which nothing is run as a formula."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kg.export.paper.sections import Document, Section

MOST_IN_A_CELL = 32_767
"""Characters that Excel keeps of a cell."""
_DIGITS = 15
"""Digits that Excel keeps of a number."""
_NUMBER = re.compile(r"(?!-0(\.0+)?$)-?(0|[1-9][0-9]*)(\.[0-9]+)?|(0|[1-9][0-9]*)%")
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
        if found := number(text):
            cell.value, cell.number_format = found
        else:
            cell.value = neutral(text)
            cell.data_type = "s"  # whatever it looks like
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def number(text: str) -> tuple[int | float, str] | None:
    """What a text is as a number, and the format that shows it as it was written; None where it is no number.

    >>> number("310"), number("-0.10"), number("62%"), number("007"), number("+1")
    ((310, '0'), (-0.1, '0.00'), (0.62, '0%'), None, None)
    """
    if not _NUMBER.fullmatch(text) or sum(map(str.isdigit, text)) > _DIGITS:
        return None
    if text.endswith("%"):
        return int(text[:-1]) / 100, "0%"
    whole, point, decimals = text.partition(".")
    return (float(text), f"0.{'0' * len(decimals)}") if point else (int(whole), "0")


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula (CWE-1236), also once it is saved as CSV.

    >>> neutral("=1+1"), neutral("trust")
    ("'=1+1", 'trust')
    """
    if text.startswith(("=", "+", "-", "@", "\t", "\r")):
        text = f"'{text}"
    return text if len(text) <= MOST_IN_A_CELL else text[: MOST_IN_A_CELL - len(_CUT)] + _CUT
