"""What is to be said of the codings that a table shows: how they were made, and what it counts twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kg import query
from kg.iris import claim as claim_iri
from kg.iris import ids
from kg.store import Answers
from kg.terms import PM
from kg.trace import TracedClaim
from kg.words import coding_notice, counted_twice, text


@dataclass
class Made:
    """How a coding was made.

    Attributes:
        methods: IRIs of the methods that are recorded of it.
        checkers: Ids of those who checked it.
    """

    methods: set[str] = field(default_factory=set)
    checkers: set[str] = field(default_factory=set)


def made(graph: Answers, claims: Sequence[TracedClaim]) -> Mapping[str, Made]:
    """How the coding of each claim was made, by `source/coder`."""
    found: dict[str, Made] = defaultdict(Made)
    nodes = [claim_iri(*name.split("/")) for name in dict.fromkeys(claim.claim for claim in claims)]
    for row in query.run(graph, "export/codings", {"claim": nodes}) if nodes else []:
        coding = found["/".join(ids(text(row["claim"]))[:2])]
        coding.methods |= {text(row["method"])} - {""}
        coding.checkers |= {ids(text(row["checker"]))[-1]} if row["checker"] is not None else set()
    return found


def notice(graph: Answers, claims: Sequence[TracedClaim], withheld: Collection[str]) -> str:
    """What is to be said of the codings of claims, and of studies of theirs that look like one publication.

    Args:
        graph: The graph that the claims are of.
        claims: Those that are shown.
        withheld: Ids of studies that are not to be named.
    """
    codings = made(graph, claims).values()
    assisted = sum(PM.machineAssistedCoding.value in one.methods for one in codings)
    unchecked = sum(not one.checkers for one in codings)
    shown = {claim.study for claim in claims}
    told = [coding_notice(len(codings), assisted, unchecked, shown=True), *counted_twice(graph, withheld, shown)]
    return " ".join(one for one in told if one)
