"""The funnel of reported support, as a table, and over the claims that are shown where others are withheld."""

from __future__ import annotations

from collections.abc import Sequence

from kg.export.paper.sections import Section
from kg.funnel import remaining
from kg.store import Answers
from kg.trace import FUNNEL, RECURRENT, FunnelStep, Selection, TracedClaim


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
