"""Which claims each number of the matrix counts, so that every number can be followed to them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kg import iris, query
from kg.vocabulary import Effect
from kg.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg.store import Answers
    from kg.trace import Trace, TracedClaim

EFFECTS = {"supports": Effect.supports, "hinders": Effect.hinders, "mixed": Effect.mixed, "no_effect": Effect.noEffect}
"""Columns of the matrix that are an effect."""
STATES = {"present_better": "present", "absent_worse": "absent"}
"""Columns that are reported support, with a state of the mechanism."""


class Counted:
    """The claims of a trace by factor and outcome, and which of them each number counts.

    Args:
        graph: The graph that was traced.
        found: What a selection gave, with its claims.
    """

    def __init__(self, graph: Answers, found: Trace) -> None:
        self._claims: dict[tuple[str, str], list[TracedClaim]] = defaultdict(list)
        for claim in found.claims:
            self._claims[claim.factor, claim.outcome].append(claim)
        self._states = states(graph, (claim.claim for claim in found.claims), found.selection.roll_up)

    def behind(self, factor: str, outcome: str, column: str) -> Sequence[TracedClaim]:
        """The claims by which studies count in a column of a cell.

        Args:
            factor: Id of the cell's factor.
            outcome: Id of its outcome.
            column: One of `EFFECTS` or `STATES`; `state_unrecorded`, `studies` for all that count, or `proposed`.
        """
        claims = self._claims[factor, outcome]
        if column == "proposed":
            return [claim for claim in claims if not claim.counted]
        counted = [claim for claim in claims if claim.counted]
        if column == "studies":
            return counted
        if column in EFFECTS:
            return [claim for claim in counted if claim.effect == EFFECTS[column]]
        supporting = [claim for claim in counted if claim.effect == Effect.supports]
        if column in STATES:
            return [claim for claim in supporting if STATES[column] in self._states[claim.claim, factor]]
        return [claim for claim in supporting if not self._states[claim.claim, factor] & set(STATES.values())]


def states(graph: Answers, claims: Iterable[str], rolled_up: bool) -> dict[tuple[str, str], set[str]]:
    """In which states claims have factors as mechanisms, by claim and factor.

    Args:
        graph: A graph that answers queries.
        claims: Ids of the claims, as `source/coder/id`.
        rolled_up: Whether a factor stands for its narrower ones too.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    nodes = [iris.claim(*name.split("/")) for name in dict.fromkeys(claims)]
    for row in query.run(graph, "trace/mechanism-states", {"claim": nodes}) if nodes else []:
        factor = iris.ids(text(row["factor" if rolled_up else "narrow"]))[0]
        found["/".join(iris.ids(text(row["claim"]))), factor].add(text(row["state"]).rpartition("#")[2])
    return found
