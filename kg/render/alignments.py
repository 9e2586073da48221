"""Which terms of other vocabularies match ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kg.render.layout import UNFOLDED, console_on, new_table, write_paragraph, write_text

if TYPE_CHECKING:
    from kg.alignment_listing import Alignments


def write_alignments(found: Alignments, out: TextIO) -> None:
    """The matches, a line each, with whether anybody but their author looked at them."""
    if not found.alignments:
        write_paragraph("The graph publishes no matches with other vocabularies.", out)
        return
    table = new_table()
    for heading in ("term", "match", "there", "identifier", "vocabulary", "sure", "review"):
        table.add_column(heading, overflow="fold")
    for one in found.alignments:
        sure = "" if one.confidence is None else f"{one.confidence:g}"
        table.add_row(one.label, one.match, one.other_label, _local(one.other), one.vocabulary, sure, str(one.review))
    console_on(out, piped=UNFOLDED).print(table)
    if found.notice:
        write_text(found.notice, out)


def _local(iri: str) -> str:
    return iri[max(iri.rfind("/"), iri.rfind("#")) + 1 :]
