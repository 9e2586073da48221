"""Names that may be one name: equal but for how they are spelt. Pure; nothing is looked up, and order is kept.

Every two names of a corpus are not compared: names are sorted, and each is compared with the few that come after it,
once from their beginnings and once from their ends (the sorted-neighbourhood method of Hernández & Stolfo 1995,
doi:10.1145/223784.223807), so that the work grows with the corpus and not with its square.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WINDOW = 8
"""How many of the sorted names that follow a name it is compared with."""
SAME_WORD = 0.8
"""From this ratio of `difflib` on, the same letters, or one more, stand in nearly the same order."""
LONG_WORD = 6
"""Letters from which a word is long: a letter more or less makes another word of a short one."""
WHOLE_TITLE = 6
"""Words from which a title is a title without its subtitle."""


@dataclass(frozen=True)
class Name:
    """A name, and what keeps it from being compared with another.

    Attributes:
        text: As it is written.
        among: Only names with an equal one are compared.
        apart: Names that have one of these in common are told apart already, or are known to be one.
        year: Names whose years are more than one apart are not compared.
    """

    text: str
    among: str = ""
    apart: frozenset[str] = frozenset()
    year: int | None = None


def pairs(names: Sequence[Name], alike: Callable[[str, str], bool]) -> list[tuple[int, int]]:
    """Positions of each name that may be another one before it, with the first such.

    Args:
        names: In the order of their authority: of two alike, the later one is to be mended.
        alike: Whether two texts may be one name; one of `ALIKE`.
    """
    first: dict[int, int] = {}
    for later, earlier in _neighbours(names):
        one, other = names[earlier], names[later]
        if earlier < first.get(later, len(names)) and _comparable(one, other) and alike(one.text, other.text):
            first[later] = earlier
    return sorted(first.items())


def _neighbours(names: Sequence[Name]) -> Iterator[tuple[int, int]]:
    """Positions of names that are near each other when all are sorted, the later one first."""
    forth = [(name.among, " ".join(words(name.text))) for name in names]
    back = [(among, text[::-1]) for among, text in forth]
    for keys in (forth, back):
        order = sorted(range(len(names)), key=keys.__getitem__)
        for place, at in enumerate(order):
            for other in order[place + 1 : place + 1 + WINDOW]:
                yield max(at, other), min(at, other)


def _comparable(one: Name, other: Name) -> bool:
    if one.among != other.among or one.apart & other.apart:
        return False
    return one.year is None or other.year is None or abs(one.year - other.year) <= 1


@cache
def words(text: str) -> tuple[str, ...]:
    """A text's words, alike for spellings of one word: case, accents, marks, plural, British and American.

    >>> words("Community-based programmes") == words("community based program")
    True
    """
    letters = _unmarked(text.replace("'", "").replace("’", ""))
    initials = re.sub(r"\b(\w)\.\s*(?=\w\b)", r"\1", letters)  # W. K. Kellogg as W.K. and WK Kellogg
    return tuple(_spelling(word) for word in re.findall(r"[^\W_]+", initials))


def _unmarked(text: str) -> str:
    """A text without capitals, accents and marks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


_SPELLINGS = (
    (r"(?<=[^s])s$", ""),
    (r"(?<=[a-z]{2})ie$", "y"),
    (r"(?<=[a-z]{3})our(?=$|[a-z])", "or"),
    (r"(?<=[a-z]{2})is(?=(e|ed|er|ing|ation|ational)$)", "iz"),
    (r"(?<=[a-z]{2})yse(?=$|d$|r$)", "yze"),
    (r"(?<=[bt])re$", "er"),
    (r"(?<=gram)me$", ""),
    (r"ll(?=(ed|ing|er)$)", "l"),
    (r"ae(?=[a-z]{3})", "e"),
    (r"(?<=[a-z]{3})ence$", "ense"),
)
"""Ends and middles of words that British and American English, singular and plural spell in two ways."""


@cache
def _spelling(word: str) -> str:
    for pattern, instead in _SPELLINGS:
        word = re.sub(pattern, instead, word)
    return word


def same_spelling(one: str, other: str) -> bool:
    """Whether two texts differ in spelling only: the same words, long ones perhaps with a slip.

    >>> same_spelling("research-partnership", "Research partnerships")
    True
    >>> same_spelling("work in Zambia", "work in Gambia")
    False
    >>> same_spelling("link of Mijumbi", "link of Mijjumbi")
    True
    """
    return _spelt_alike(words(one), words(other))


def _spelt_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    if "".join(one) == "".join(other):
        return bool(one)
    return len(one) == len(other) and all(map(_one_word, one, other))


def _one_word(one: str, other: str) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < LONG_WORD or not longer.isalpha():
        return False
    # A letter dropped, doubled or moved is a slip; another letter makes another word: trainer and trainee
    if Counter(shorter) - Counter(longer) or (Counter(longer) - Counter(shorter)).total() > 1:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_WORD


_SMALL = frozenset(words("a an and at by for from in of on or the to with"))


def same_title(one: str, other: str) -> bool:
    """Whether two titles may be one: spelt alike but for small words, or one of them without the other's subtitle.

    >>> same_title("Trust of two wards in three hospitals", "Trust of Two Wards in Three Hospitals: A Survey")
    False
    >>> same_title("Early trust of two wards in three hospitals", "Early Trust of Two Wards, Three Hospitals: a survey")
    True
    """
    shorter, longer = sorted(([word for word in words(text) if word not in _SMALL] for text in (one, other)), key=len)
    return _spelt_alike(shorter, longer) or (len(shorter) >= WHOLE_TITLE and longer[: len(shorter)] == shorter)


def same_person(one: str, other: str) -> bool:
    """Whether two names of authors, “Surname, Given”, may be one person's and would be read as two persons'.

    Names of the same letters are read as one, whatever their dots and capitals.

    >>> same_person("Aunger, Justin", "Aunger, Justin Avery"), same_person("Corbin, J Hope", "Corbin, J. Hope")
    (True, False)
    >>> same_person("García, José", "Garcia, Jose")
    True
    """
    if _letters(one) == _letters(other):
        return False
    (surname, given), (other_surname, other_given) = _person(one), _person(other)
    return _spelt_alike(surname, other_surname) and all(
        name.startswith(other_name) or other_name.startswith(name) or _one_word(name, other_name)
        for name, other_name in zip(given, other_given, strict=False)
    )


def _person(name: str) -> tuple[tuple[str, ...], list[str]]:
    surname, _, given = name.partition(",")
    return words(surname), re.findall(r"[^\W_]+", _unmarked(given))


def _letters(name: str) -> str:
    return "".join(re.findall(r"[^\W_]+", name.casefold()))


ALIKE: dict[str, Callable[[str, str], bool]] = {
    "spelling": same_spelling,
    "title": same_title,
    "person": same_person,
}
"""In what way two names may be one, by how checks call it."""
