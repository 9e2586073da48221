"""Cells that seem to name several things parted by commas, where “; ” parts them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.findings import Finding, Severity
from kg.intake import cells
from kg.intake.entries import Entry
from kg.intake.matching import folded

_PART_OF_SOURCE = re.compile(
    "(the )?(title|abstract|summary|introduction|background|theory|aims?|methods?|methodology|design|results?|findings"
    "|analysis|discussion|conclusions?|limitations|references|notes?|full text|whole( text)?|all"
    "|(tables?|figures?|boxe?s?|appendix|appendices|supplements?|supplementary [a-z]+)( [0-9]+)?)"
)
"""What parts of a source are mostly called, as `folded` gives it: other commas belong to the name of one part."""
_INITIALS = r"[A-Z](?:[.-]? ?[A-Z]){0,2}\.?"
_FAMILY = r"[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+)*"
_NAMED = re.compile(f"{_FAMILY} {_INITIALS}|{_INITIALS} {_FAMILY}")
_WHOLE = re.compile(r"[A-Z][\w'’-]+(?: [A-Z][\w'’.-]*){1,2}")


def several(text: str) -> list[str]:
    """The pieces of a text between commas that do not stand in brackets."""
    return [piece.strip() for piece in re.split(r",(?![^(\[]*[)\]])", text) if piece.strip()]


def warnings(entry: Entry) -> Iterator[Finding]:
    """What seems to be several parts that were read, or several people, and is taken for one."""
    looks = {"Coding.read": (_parts, "part", "parts"), "Source.authors": (_people, "author", "authors")}
    for column, cell in entry.cells.items():
        if column.slot not in looks:
            continue
        alike, one, many = looks[column.slot]
        for text in cells.said(cell.text, column) or []:
            if alike(several(text)):
                what = f"“{text}” is read as one {one}."
                remedy = f"Separate {many} by “; ”."
                file = entry.table.file
                yield Finding(Severity.warning, "comma", file, None, what, remedy, entry.key[-1], spot=cell.spot)


def _parts(pieces: list[str]) -> bool:
    return len(pieces) > 1 and all(_PART_OF_SOURCE.fullmatch(folded(piece)) for piece in pieces)


def _people(pieces: list[str]) -> bool:
    """Whether each piece is somebody: `Lee K, Osei A`, but not `Abara, Ngozi` and not `Garcia Lopez, Ana Maria`."""
    if len(pieces) < 2:
        return False
    if all(_NAMED.fullmatch(piece) for piece in pieces):
        return True
    if len(pieces) > 2 and len(pieces) % 2 == 0 and all(re.fullmatch(_INITIALS, piece) for piece in pieces[1::2]):
        return True
    return len(pieces) > 2 and all(_WHOLE.fullmatch(piece) for piece in pieces)
