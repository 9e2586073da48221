"""The funnel, claim by claim: which reported support is left as weaker evidence is left out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kg import iris, query
from kg.counted import states
from kg.terms import PM
from kg.trace import FUNNEL
from kg.vocabulary import Effect, Status
from kg.words import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.store import Answers
    from kg.trace import Selection, TracedClaim

Left = list[dict[tuple[str, str], list["TracedClaim"]]]
"""The claims that are left at each step of `kg.trace.FUNNEL`, by factor and outcome."""


def remaining(graph: Answers, selection: Selection, claims: Sequence[TracedClaim]) -> Left:
    """The claims that report support and are left at each step.

    Args:
        graph: The graph that the claims are of.
        selection: What they were selected by.
        claims: All of them, merely proposed ones among them.
    """
    supporting = [claim for claim in claims if claim.effect == Effect.supports]
    kinds = _classes(graph, supporting)
    mechanisms = states(graph, (claim.claim for claim in supporting), selection.roll_up)
    left: Left = [defaultdict(list) for _ in FUNNEL]
    for claim in supporting:
        holds = (
            PM.PrimaryClaim.value in kinds[claim.claim],
            claim.status != Status.proposed,
            "present" in mechanisms[claim.claim, claim.factor],
            PM.ClaimWithContext.value in kinds[claim.claim],
            PM.ClaimReadBeyondAbstract.value in kinds[claim.claim],
        )
        for at, cells in enumerate(left):
            if all(holds[:at]):
                cells[claim.factor, claim.outcome].append(claim)
    return left


def _classes(graph: Answers, claims: Sequence[TracedClaim]) -> dict[str, set[str]]:
    """By claim, the classes it is of by which the funnel leaves claims out."""
    kinds: dict[str, set[str]] = defaultdict(set)
    nodes = [iris.claim(*name.split("/")) for name in dict.fromkeys(claim.claim for claim in claims)]
    for row in query.run(graph, "trace/funnel-classes", {"claim": nodes}) if nodes else []:
        kinds["/".join(iris.ids(text(row["claim"])))].add(text(row["kind"]))
    return kinds
