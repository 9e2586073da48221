"""What stands behind each number of a report: studies with their claims, told once and led to from everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.page import anchor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.trace import TracedClaim


@dataclass(frozen=True)
class Number:
    """A number, and where what it counts is listed.

    Attributes:
        count: The number.
        anchor: Where the page lists it; empty where it counts nothing.
    """

    count: int
    anchor: str


@dataclass(frozen=True)
class Listed:
    """What a number counts: studies, each with the claims by which it counts.

    Attributes:
        anchor: Where the page lists them.
        title: What they have in common.
        studies: Claims by study.
    """

    anchor: str
    title: str
    studies: dict[str, tuple[TracedClaim, ...]]


@dataclass
class Lists:
    """Every list of a report, in the order in which its numbers were counted."""

    lists: dict[str, Listed] = field(default_factory=dict)
    of_pairs: dict[str, tuple[str, dict[str, Number]]] = field(default_factory=dict)
    """Lists of pairs by their anchors: what they have in common, and the studies of each by its name."""

    def number(self, title: str, claims: Iterable[TracedClaim], *names: str) -> Number:
        """The number of studies of some claims, which the page lists under a title.

        Args:
            title: What the studies have in common.
            claims: The claims by which they count.
            *names: What tells the list from all others.
        """
        studies: dict[str, list[TracedClaim]] = {}
        for claim in claims:
            studies.setdefault(claim.study, []).append(claim)
        if not studies:
            return Number(0, "")
        name = anchor(*names)
        self.lists.setdefault(name, Listed(name, title, {study: tuple(found) for study, found in studies.items()}))
        return Number(len(studies), name)

    def pairs(self, title: str, studies: dict[str, Number], *names: str) -> Number:
        """The number of some pairs, which the page lists under a title, each with its studies.

        Args:
            title: What the pairs have in common.
            studies: The studies of each, by what the pair is called.
            *names: What tells the list from all others.
        """
        if not studies:
            return Number(0, "")
        name = anchor(*names)
        self.of_pairs[name] = (title, studies)
        return Number(len(studies), name)
