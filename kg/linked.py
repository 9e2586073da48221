"""Claims that can be a step of a path, and the links between them, as a graph records them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg import iris, query
from kg.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import NamedNode

    from kg.store import Answers, Term
    from kg.words import Vocabulary

CONTRARY = {"increased": ("low", "absent"), "decreased": ("high", "present")}
"""The states in which a factor cannot stand in the next claim, by which way it is recorded to have gone."""


@dataclass(frozen=True)
class Entry:
    """How a factor stands in a claim.

    Attributes:
        slot: `mechanism` or `context`.
        factor: Its id.
        state: Its recorded state, if any.
    """

    slot: str
    factor: str
    state: str | None


@dataclass(frozen=True)
class Passage:
    """Where a claim rests.

    Attributes:
        locator: Its place in the source.
        layer: Whose account it is, if that is recorded.
    """

    locator: str
    layer: str | None

    def __str__(self) -> str:
        """The place, and in brackets whose account it is."""
        return f"{self.locator} ({self.layer})" if self.layer else self.locator


@dataclass(frozen=True)
class LinkedClaim:
    """A claim that can be a step.

    Attributes:
        id: As `source/coder/id`.
        effect: What it reports the mechanism to do to the outcome.
        outcome: Id of the outcome.
        direction: Which way the outcome is recorded to have gone, if it is.
        study: Id of the study.
        source: Id of the source.
        citation: The source as it is cited.
        coder: Id of who coded it.
        status: What its source did with it.
        entries: Its mechanisms and contexts.
        passages: Where it rests.
    """

    id: str
    effect: str
    outcome: str
    direction: str | None
    study: str
    source: str
    citation: str
    coder: str
    status: str
    entries: tuple[Entry, ...]
    passages: tuple[Passage, ...]

    def names(self, factor: str) -> bool:
        """Whether the factor is a mechanism or a context of the claim."""
        return any(entry.factor == factor for entry in self.entries)

    @property
    def mechanism_states(self) -> set[str]:
        """The recorded states of its mechanisms."""
        return {entry.state for entry in self.entries if entry.slot == "mechanism" and entry.state}


@dataclass(frozen=True)
class Link:
    """A recorded link from the outcome of one claim to the next claim of the same coding.

    Attributes:
        claim: The one claim, as `source/coder/id`.
        target: The next.
        kind: `becomes-context`, `becomes-resource` or `becomes-mechanism`, if it is recorded.
        explicitness: Whether the source states the link or the coder infers it, if that is recorded.
        feedback: Whether it is recorded as closing a loop.
    """

    claim: str
    target: str
    kind: str | None
    explicitness: str | None
    feedback: bool


@dataclass(frozen=True)
class Record:
    """What paths are composed of.

    Attributes:
        claims: Claims by id.
        links: Links by the id of the claim that they come from.
    """

    claims: dict[str, LinkedClaim]
    links: dict[str, tuple[Link, ...]]


def read(graph: Answers, counts: Iterable[NamedNode], words: Vocabulary) -> Record:
    """What a graph records of claims and their links.

    Args:
        graph: A graph that answers queries.
        counts: Classes of claims that count; links lead from one claim to another of the same class.
        words: The words of the graph.
    """
    bound = {"counts": list(counts)}

    def notation(term: Term | None) -> str | None:
        return words.notations[text(term)] if term is not None else None

    entries: dict[str, list[Entry]] = defaultdict(list)
    for row in query.run(graph, "paths/roles", bound):
        entries[text(row["claim"])].append(Entry(text(row["slot"]), _last(row["factor"]), notation(row["state"])))
    passages: dict[str, list[Passage]] = defaultdict(list)
    for row in query.run(graph, "paths/passages", bound):
        passages[text(row["claim"])].append(Passage(text(row["locator"]), notation(row["layer"])))
    claims = {}
    for row in query.run(graph, "paths/claims", bound):
        iri = text(row["claim"])
        claim = LinkedClaim(
            id=_id(row["claim"]),
            effect=notation(row["effect"]) or "",
            outcome=_last(row["outcome"]),
            direction=notation(row["turned"]),
            study=_last(row["study"]),
            source=_last(row["source"]),
            citation=text(row["citation"]),
            coder=_last(row["coder"]),
            status=notation(row["status"]) or "",
            entries=tuple(entries[iri]),
            passages=tuple(passages[iri]),
        )
        claims[claim.id] = claim
    links: dict[str, list[Link]] = defaultdict(list)
    for row in query.run(graph, "paths/links", bound):
        link = Link(
            claim=_id(row["claim"]),
            target=_id(row["target"]),
            kind=notation(row["kind"]),
            explicitness=notation(row["explicitness"]),
            feedback=query.plain(row["feedback"]) is True,
        )
        if link.claim in claims and link.target in claims:
            links[link.claim].append(link)
    return Record(claims, {claim: tuple(found) for claim, found in links.items()})


def _id(term: Term | None) -> str:
    return "/".join(iris.ids(text(term)))


def _last(term: Term | None) -> str:
    return iris.ids(text(term))[-1]
