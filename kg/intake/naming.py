"""Ids from the names that people give in other tools: the same on every import, and no two alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from kg import iris

MOST = 60
"""Characters of an id that is made from a name."""
_IS_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,3}$", re.ASCII)


def slug(name: str, otherwise: str = "unnamed") -> str:
    """A name as an id: letters, digits and hyphens; one that is an id already stays as it is.

    >>> slug("Dr. Ngozi Abara"), slug("case01_interview"), slug("…")
    ('dr-ngozi-abara', 'case01_interview', 'unnamed')
    """
    if _IS_ID.fullmatch(name) and len(name) <= MOST:
        return name
    made = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", name).casefold()).strip("-")
    return made[:MOST].strip("-") or otherwise


def document_id(name: str, guid: str, taken: Collection[str]) -> str:
    """The id of a document by its name without the extension; its GUID tells documents of one name apart."""
    stem = _EXTENSION.sub("", name.strip())
    return _unlike(slug(stem, "document"), guid, taken, iris.RESERVED_SOURCE_IDS, "document")


def coder_id(name: str, guid: str, taken: Collection[str]) -> str:
    """The id of a coder by name."""
    return _unlike(slug(name.strip()), guid, taken, iris.RESERVED_CODER_IDS, "coder")


def _unlike(made: str, guid: str, taken: Collection[str], reserved: Collection[str], kind: str) -> str:
    if made.casefold() in reserved:
        made = f"{made}-{kind}"
    gone = {one.casefold() for one in taken}
    if made.casefold() not in gone:
        return made
    short = f"{made}-{guid[:4]}" if guid[:4] else made
    number = 2
    while short.casefold() in gone:
        short, number = f"{made}-{number}", number + 1
    return short
