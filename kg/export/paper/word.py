"""Tables as a Word document: landscape, with captions, and headings that are repeated on every page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kg.export.paper.sections import Document, Section

_STYLE = "Cell Text"
_MOST_IN_A_PROPERTY = 255
"""Characters that python-docx takes of a property."""
_ROOM = 15_137
"""What is left of a page between its margins, in twentieths of a point."""
_TWIP = 635
"""Word's smallest unit of length in a twentieth of a point."""


def write(document: Document, path: Path) -> None:
    """Writes tables as a Word document; raises OSError where that cannot be done."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm, Pt

    made = docx.Document()
    page = made.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(1.5)
    style = made.styles.add_style(_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = made.styles["Normal"]
    style.font.size = Pt(8)
    style.paragraph_format.space_after = Pt(0)
    _describe(made.core_properties, document)
    made.add_heading(document.title, 1)
    for paragraph in document.caption:
        made.add_paragraph(paragraph)
    number = 0
    for section in document.sections:
        number += bool(section.rows)  # what has no table takes no number
        _add(made, number, section)
    made.save(str(path))


def now() -> datetime:
    """When a document is written."""
    return datetime.now(UTC)


def _describe(properties: Any, document: Document) -> None:
    """Says what a document is and when it was written, in place of what python-docx says of its template."""
    properties.title = document.title[:_MOST_IN_A_PROPERTY]
    properties.subject = document.caption[0][:_MOST_IN_A_PROPERTY] if document.caption else ""
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.created = properties.modified = now().replace(microsecond=0, tzinfo=None)


def _add(made: Any, number: int, section: Section) -> None:
    made.add_heading(section.title, 2)
    for note in section.notes:
        made.add_paragraph(note)
    if not section.rows:
        return
    caption = made.add_paragraph(f"Table {number}. {section.title}", style="Caption")
    caption.paragraph_format.keep_with_next = True
    table = made.add_table(rows=0, cols=len(section.columns), style="Table Grid")
    table.autofit = False
    whole = sum(section.widths)
    widths = [round(_ROOM * width / whole) for width in section.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width * _TWIP
    _add_row(table._tbl, section.columns, widths, head=True)
    for texts in section.rows:
        _add_row(table._tbl, texts, widths, head=False)


def _add_row(table: Any, texts: Sequence[str], widths: Sequence[int], head: bool) -> None:
    """Adds a row as Word writes it, since python-docx takes ten times as long over a thousand; a head is repeated."""
    row = _below(table, "tr")
    if head:
        _below(_below(row, "trPr"), "tblHeader", val="true")
    for text, width in zip(texts, widths, strict=True):
        cell = _below(row, "tc")
        _below(_below(cell, "tcPr"), "tcW", w=str(width), type="dxa")
        paragraph = _below(cell, "p")
        _below(_below(paragraph, "pPr"), "pStyle", val=_STYLE.replace(" ", ""))
        run = _below(paragraph, "r")
        if head:
            _below(_below(run, "rPr"), "b")
        for at, line in enumerate(text.split("\n")):
            if at:
                _below(run, "br")
            _below(run, "t", space="preserve").text = line.replace("\t", " ")


def _below(parent: Any, name: str, **attributes: str) -> Any:
    """A new element of WordprocessingML at the end of another."""
    from docx.oxml.ns import qn

    element = parent.makeelement(qn(f"w:{name}"))
    for key, value in attributes.items():
        element.set(qn("xml:space" if key == "space" else f"w:{key}"), value)
    parent.append(element)
    return element
