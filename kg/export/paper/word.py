"""Tables as a Word document: landscape, with captions, and headings that are repeated on every page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kg.export.paper.sections import Document, Section


def write(document: Document, path: Path) -> None:
    """Writes tables as a Word document; raises OSError where that cannot be done."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    made = docx.Document()
    page = made.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(1.5)
    made.core_properties.title = document.title
    made.core_properties.author = ""
    made.add_heading(document.title, 1)
    for paragraph in document.caption:
        made.add_paragraph(paragraph)
    for number, section in enumerate(document.sections, 1):
        _add(made, number, section)
    made.save(str(path))


def _add(made: Any, number: int, section: Section) -> None:
    from docx.shared import Cm, Pt

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
    widths = [Cm(26.7 * width / whole) for width in section.widths]
    for at, texts in enumerate((section.columns, *section.rows)):
        cells = table.add_row().cells
        for cell, text, width in zip(cells, texts, widths, strict=True):
            cell.width = width
            run = cell.paragraphs[0].add_run(text)
            run.font.size = Pt(8)
            run.bold = at == 0
    _repeat(table.rows[0])


def _repeat(row: Any) -> None:
    """Has a row stand again at the top of every page; python-docx has no word for it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
