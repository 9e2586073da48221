"""A table for a paper, whatever it is of and whatever kind of file it goes into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MISSING = "not recorded"
"""What stands where a record is silent: an empty cell could mean that somebody looked and saw nothing."""
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Section:
    """One table with what is to be said of it.

    Attributes:
        name: Its name in one or two words, as a sheet's tab has it.
        title: What it is.
        notes: What is to be said of it, each a sentence or more.
        columns: Headings.
        widths: How wide each column is, in parts of the whole.
        rows: Cells, each a text of one line or more; none where there is nothing to show, which the notes then say.
    """

    name: str
    title: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Document:
    """Tables that go out together.

    Attributes:
        title: What they are of.
        caption: What is to be said before all of them, a paragraph each.
        sections: The tables.
    """

    title: str
    caption: tuple[str, ...]
    sections: tuple[Section, ...]


def lines(told: Sequence[str]) -> str:
    """What a cell says, a line each; that it is not recorded where it says nothing."""
    return "\n".join(fit(one) for one in told if one) or MISSING


def fit(text: str) -> str:
    """A text without characters that no document can hold; a mark stands where each was."""
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
