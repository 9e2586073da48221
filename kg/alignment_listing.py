"""The published matches of a graph: which terms of other vocabularies match ours, how closely, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg import iris, query
from kg.frames import Tabular
from kg.mapping_sets import Review, review_of
from kg.words import text

if TYPE_CHECKING:
    from kg.store import Answers

_SKOS = "http://www.w3.org/2004/02/skos/core#"


@dataclass(frozen=True)
class Alignment:
    """A match as the graph publishes it.

    Attributes:
        term: IRI of our term.
        label: What we call it.
        match: How closely it matches, as SKOS calls it, such as `closeMatch`; `not closeMatch` where it does not.
        other: IRI of the other vocabulary's term.
        other_label: What that is called there.
        vocabulary: The mapping set, by name.
        confidence: How sure its author is, from 0 to 1; None where nobody said.
        review: Whether a second person looked at it, and what they said.
        reviewer: Who that was.
        justification: How the match was come by, as SSSOM calls it.
        author: Who holds it.
        tool: What helped to find it.
        date: The day on which it was asserted.
        comment: What is said of it.
    """

    term: str
    label: str
    match: str
    other: str
    other_label: str
    vocabulary: str
    confidence: float | None
    review: Review
    reviewer: str
    justification: str
    author: str
    tool: str
    date: str
    comment: str

    COLUMNS = (
        "term", "label", "match", "other", "other_label", "vocabulary", "confidence", "review", "reviewer",
        "justification", "author", "tool", "date", "comment",
    )  # fmt: skip


@dataclass(frozen=True)
class Alignments(Tabular):
    """The matches of a graph, by our label.

    Attributes:
        alignments: The matches.
    """

    alignments: tuple[Alignment, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return Alignment.COLUMNS

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The matches as flat rows."""
        return [{column: getattr(one, column) for column in Alignment.COLUMNS} for one in self.alignments]

    @property
    def notice(self) -> str:
        """What is to be said wherever matches are shown: how many nobody else has looked at; empty where none."""
        count = sum(one.review is Review.unreviewed for one in self.alignments)
        if not count:
            return ""
        if count == len(self.alignments):
            which = f"None of the {count} matches was" if count > 1 else "The match was not"
        else:
            which = f"{count} of {len(self.alignments)} matches {'were' if count > 1 else 'was'} not"
        return f"{which} reviewed by a second person."

    def to_json(self) -> dict[str, Any]:
        """The matches with what is to be said of them."""
        return {"notice": self.notice, "matches": self.rows}


def alignments(graph: Answers) -> Alignments:
    """The matches that a graph publishes."""
    base = iris.alignment_graph("").value
    found: dict[tuple[str, str, str], Alignment] = {}
    for row in query.run(graph, "link/alignments", {}):
        said = {name: text(term) for name, term in row.items()}
        match = said["match"].removeprefix(_SKOS)
        confidence = said["confidence"]
        found.setdefault(  # several authors or reviewers give several rows
            (said["set"], said["term"], said["other"]),
            Alignment(
                said["term"],
                said["label"],
                f"not {match}" if said["modifier"] else match,
                said["other"],
                said["other_label"],
                said["set"].removeprefix(base),
                float(confidence) if confidence else None,
                review_of(said["reviewer"], said["agreement"]),
                said["reviewer"],
                said["justification"].rpartition("/")[2],
                said["author"],
                said["tool"],
                said["date"],
                said["comment"],
            ),
        )
    return Alignments(tuple(found.values()))
