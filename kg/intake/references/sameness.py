"""Whether two values of a bibliographic field say the same, however tools write it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from kg.intake.matching import folded
from kg.intake.references.reference import plain_doi

_SMALL = frozenset({"a", "an", "and", "for", "in", "of", "on", "the", "to"})
"""Words that an abbreviated journal leaves out."""


def same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field differ in form only, such as capitals, a full stop, or an abbreviated given name.

    >>> same("title", "Trust in links.", "Trust in Links"), same("journal", "Soc Sci Med", "Social Science & Medicine")
    (True, True)
    """
    if name == "authors":
        return same_authors(one, other)
    if name == "doi":
        return plain_doi(str(one)) == plain_doi(str(other))
    if name == "journal":
        return same_journal(one, other)
    return bare(str(one)) == bare(str(other))


def bare(text: str) -> str:
    """A text without what makes no difference: case, punctuation, accents, `&` for “and”."""
    decomposed = unicodedata.normalize("NFKD", folded(text.replace("&", " and ")))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def same_journal(one: str, other: str) -> bool:
    """Whether two names of a journal may be one, the other or none abbreviated (words are cut, small ones left out)."""
    short, long = sorted(
        ([word for word in bare(name).split() if word not in _SMALL] for name in (one, other)), key=_size
    )
    return len(short) == len(long) and all(full.startswith(cut) for cut, full in zip(short, long, strict=True))


def _size(words: Sequence[str]) -> int:
    return sum(map(len, words))


def same_authors(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two bylines name the same people in the same order, their given names abbreviated or not."""
    return len(one) == len(other) and all(_same_person(a, b) for a, b in zip(one, other, strict=True))


def _same_person(one: str, other: str) -> bool:
    surname, given = _named(one)
    family, first = _named(other)
    if surname != family:
        return bare(one) == bare(other)
    # Given names that one of the two leaves out say nothing against the other's
    return all(a.startswith(b) or b.startswith(a) for a, b in zip(given, first, strict=False))


def _named(author: str) -> tuple[str, list[str]]:
    """The surname, and each given name; letters written together, such as JA, are initials."""
    surname, _, given = author.partition(",")
    words = given.replace(".", " ").replace("-", " ").split()
    apart = [letter for word in words for letter in (word if word.isupper() and len(word) <= 4 else [word])]
    return bare(surname), [bare(word) for word in apart]
