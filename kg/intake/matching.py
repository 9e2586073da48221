"""Which concept a code or a wording may mean, and how sure that is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from kg import scheme

SLOTS = ("context", "mechanism", "outcome", "actor")
SURE = 0.85
"""From this score on a match is taken; below it somebody is asked."""
POSSIBLE = 0.6
"""Below this score a concept is not even offered."""
_ALIKE = 80
"""How alike, from 0 to 100, two words must be to be one word misspelt."""
_OVERLOOKED = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "between",
        "both",
        "by",
        "for",
        "from",
        "had",
        "has",
        "have",
        "in",
        "into",
    }
    | {
        "into",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "over",
        "so",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "to",
        "was",
    }
    | {"we", "were", "which", "with", "within"}
)
"""Words that do not tell one concept from another."""


@dataclass(frozen=True)
class Candidate:
    """A concept that may be meant.

    Attributes:
        concept: Its id.
        score: From 0 to 1; 1 only where the wording is an id or a label.
        by: What matched: `id`, `label`, `words` (the label's words stand in the wording) or `spelling`.
    """

    concept: str
    score: float
    by: str


def candidates(wording: str, slot: str = "", most: int = 3) -> tuple[Candidate, ...]:
    """The concepts that a code or a wording may mean, surest first.

    Args:
        wording: Free text, a code's name, or an id.
        slot: One of `SLOTS`, or empty where it is not known: actors are offered for actors only, factors otherwise, and
            both where nothing is known.
        most: How many at most.
    """
    return _candidates(folded(wording), slot)[:most]


def sure(wording: str, slot: str = "") -> str | None:
    """The concept that a wording means, if one is sure enough and no other is as sure.

    Where the slot is not known only an id or a label is: “patiente” may be a patient or patience.
    """
    found = candidates(wording, slot, 2)
    if not found or found[0].score < (SURE if slot else 1) or (len(found) > 1 and found[1].score == found[0].score):
        return None
    return found[0].concept


@cache
def _candidates(wanted: str, slot: str) -> tuple[Candidate, ...]:
    names = _names(slot)
    if wanted in names:
        return (Candidate(names[wanted].concept, 1.0, names[wanted].by),)
    words = _words(wanted)
    best: dict[str, Candidate] = {}
    for name in names.values():
        if name.words and name.words <= words:
            _keep(best, Candidate(name.concept, _share(len(name.words) / len(words)), "words"))
        elif len(name.words) == len(words):
            likeness = _likeness(name.words, words)
            if likeness >= _ALIKE:
                _keep(best, Candidate(name.concept, round(likeness / 100 - 0.01, 2), "spelling"))
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.concept))
    return tuple(one for one in ranked if one.score >= POSSIBLE)


def _share(share: float) -> float:
    """A score for the part of a wording that a label is: never sure where a word is left, which may be “no”."""
    return 0.95 if share == 1 else min(round(0.6 + 0.35 * share, 2), SURE - 0.01)


def _likeness(some: frozenset[str], others: frozenset[str]) -> float:
    """How alike the least alike of as many words are, from 0 to 100."""
    rest = some & others
    pairs = zip(sorted(some - rest), sorted(others - rest), strict=True)
    return min((fuzz.ratio(one, other, score_cutoff=_ALIKE) for one, other in pairs), default=100.0)


def _keep(best: dict[str, Candidate], found: Candidate) -> None:
    if found.concept not in best or best[found.concept].score < found.score:
        best[found.concept] = found


def folded(text: str) -> str:
    """A text without what makes no difference: case, punctuation between words, composed or decomposed letters."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text).casefold()).strip()


def _words(name: str) -> frozenset[str]:
    """The words that tell, each without the ending of its plural."""
    return frozenset(re.sub(r"(?<=[a-z]{3})s$", "", word) for word in name.split() if word not in _OVERLOOKED)


@dataclass(frozen=True)
class _Name:
    """One name of a concept: what kind of name it is, and the words that tell."""

    concept: str
    by: str
    words: frozenset[str]


@cache
def _names(slot: str) -> Mapping[str, _Name]:
    """Every name of the concepts of a slot, folded."""
    words = scheme.load()
    wanted = words.actors if slot == "actor" else words.factors if slot else {*words.factors, *words.actors}
    named = [(name, concept, "label") for name, concept in words.names.items() if concept in wanted]
    named += [(concept, concept, "id") for concept in wanted]
    return {folded(name): _Name(concept, by, _words(folded(name))) for name, concept, by in named}
