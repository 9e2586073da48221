"""A passage that a coder marked: its words, place and codes, and what is said of it; whatever tool it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Pairs = tuple[tuple[str, Any], ...]
"""What is said, as keys and values of a record."""


@dataclass(frozen=True)
class Coded:
    """A code on a passage.

    Attributes:
        code: The code, as people would say it.
        role: What the code's factor is in a claim; empty where the code names none.
        concept: The factor or kind of actor; `SKIP` where it is to stay out, None where nobody knows yet.
        claim: The claim for which the code stands; empty for most.
        said: What is said of it on this passage.
        understood: Whether it is a concept or a word of the convention.
    """

    code: str
    role: str = ""
    concept: str | None = None
    claim: str = ""
    said: Pairs = ()
    understood: bool = True


@dataclass(frozen=True)
class Passage:
    """What one coder marked in a document.

    Attributes:
        key: What links know it by.
        spot: Where it stands, for people.
        locator: Where it stands, for the record.
        quote: Its words.
        selector: Their place in the document; None where that is not known.
        codes: The codes on it.
        said: What is said of the passage as a whole.
        memo: Free text that the coder wrote on it.
        groups: Sets that hold it.
        linked: Passages that it is linked with.
        case: The case it is of, if that is said.
    """

    key: str
    spot: str
    locator: str
    quote: str
    selector: Mapping[str, Any] | None
    codes: tuple[Coded, ...]
    said: Pairs = ()
    memo: str = ""
    groups: tuple[str, ...] = ()
    linked: frozenset[str] = frozenset()
    case: str | None = None


def short(text: str) -> str:
    """A text on one line, cut off where it is long."""
    text = " ".join(text.split())
    return f"{text[:60]}…" if len(text) > 60 else text
