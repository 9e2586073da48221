"""The funnel of reported support, as a table, and over the claims that are shown where others are withheld."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kg import query
from kg.export.paper.sections import Section
from kg.iris import claim as claim_iri
from kg.iris import ids
from kg.store import Answers
from kg.terms import PM
from kg.trace import FUNNEL, RECURRENT, FunnelStep, Selection, TracedClaim
from kg.vocabulary import Effect, Status
from kg.words import text


def funnel(graph: Answers, selection: Selection, claims: Sequence[TracedClaim]) -> list[FunnelStep]:
    """What remains of the support that claims report as weaker evidence is left out, as `kg.trace.Trace.funnel` has it.

    Args:
        graph: The graph that the claims are of.
        selection: What they were selected by.
        claims: Those that are shown.
    """
    single = len(selection.factor) == len(selection.outcome) == 1
    return [
        FunnelStep(
            step,
            len(cells),
            sum(len({claim.study for claim in found}) >= RECURRENT for found in cells.values()),
            sum(len({claim.study for claim in found}) for found in cells.values()) if single else None,
        )
        for step, cells in zip(FUNNEL, remaining(graph, selection, claims), strict=True)
    ]


def remaining(
    graph: Answers, selection: Selection, claims: Sequence[TracedClaim]
) -> list[dict[tuple[str, str], list[TracedClaim]]]:
    """The claims that report support and are left at each step of `kg.trace.FUNNEL`, by factor and outcome.

    Args:
        graph: The graph that the claims are of.
        selection: What they were selected by.
        claims: All of them, merely proposed ones among them.
    """
    supporting = [claim for claim in claims if claim.effect == Effect.supports.value]
    kinds, present = _known(graph, supporting, selection.roll_up)
    left: list[dict[tuple[str, str], list[TracedClaim]]] = [defaultdict(list) for _ in FUNNEL]
    for claim in supporting:
        holds = (
            PM.PrimaryClaim.value in kinds[claim.claim],
            claim.status != Status.proposed.value,
            claim.factor in present[claim.claim],
            PM.ClaimWithContext.value in kinds[claim.claim],
            PM.ClaimReadBeyondAbstract.value in kinds[claim.claim],
        )
        for at, cells in enumerate(left):
            if all(holds[:at]):
                cells[claim.factor, claim.outcome].append(claim)
    return left


def _known(
    graph: Answers, claims: Sequence[TracedClaim], roll_up: bool
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By claim: the classes it is of, and the factors that were present as its mechanisms."""
    kinds: dict[str, set[str]] = defaultdict(set)
    present: dict[str, set[str]] = defaultdict(set)
    nodes = [claim_iri(*name.split("/")) for name in dict.fromkeys(claim.claim for claim in claims)]
    if nodes:
        for row in query.run(graph, "export/funnel-classes", {"claim": nodes}):
            kinds["/".join(ids(text(row["claim"])))].add(text(row["kind"]))
        for row in query.run(graph, "export/present-mechanisms", {"claim": nodes}):
            factor = row["factor"] if roll_up else row["narrow"]
            present["/".join(ids(text(row["claim"])))].add(ids(text(factor))[0])
    return kinds, present


def funnel_section(steps: Sequence[FunnelStep], withheld: bool) -> Section:
    """The funnel as a table; `withheld` says that it is of the claims that are shown."""
    single = any(step.studies is not None for step in steps)
    columns = ("Step", "Studies") if single else ("Step", "Cells", f"Cells with {RECURRENT} or more studies")
    rows = tuple((step.step, *map(str, (step.studies,) if single else (step.cells, step.recurrent))) for step in steps)
    notes = ["What remains of the reported support, in independent studies, as weaker evidence is left out."]
    if withheld:
        notes.append("It is of the claims that are shown.")
    if not any(step.cells for step in steps):
        notes = ["No study here reports support, so there is no funnel of it."]
        rows = ()
    return Section("Funnel", "Funnel", tuple(notes), columns, (60, 20, 20)[: len(columns)], rows)
