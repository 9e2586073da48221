"""Makes a report of a graph: asks it once for everything, and notes what stands behind each number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from kg.agreement import agreement
from kg.export.paper.funnel import remaining
from kg.origins import origins
from kg.plot.countries import countries
from kg.plot.funnel import funnel
from kg.plot.matrix import matrix
from kg.plot.timeline import timeline
from kg.plot.words import about
from kg.plotting import nothing
from kg.references import references
from kg.report.answer import answer
from kg.report.behind import Behind
from kg.report.report import Report, Row, Step
from kg.tensions import tensions
from kg.trace import FUNNEL, RECURRENT, Cell, Selection, Trace, TracedClaim, trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.store import Answers


def report(graph: Answers, selection: Selection, name: str = "", built: date | None = None) -> Report:
    """A report on what a selection gives.

    Args:
        graph: A graph that answers queries.
        selection: What to trace.
        name: What the graph is called.
        built: The day on which it was built, where that is known.

    Raises:
        UsageError: The selection names what the graph does not know, or nothing answers to it.
    """
    found = trace(graph, selection, claims=True)
    if not found.cells:
        raise nothing("")
    behind = Behind()
    of: dict[tuple[str, str], list[TracedClaim]] = {}
    for claim in found.claims:
        of.setdefault((claim.factor, claim.outcome), []).append(claim)
    ranked = sorted(found.cells, key=lambda cell: (-cell.studies, cell.factor, cell.outcome))
    rows = [_row(cell, of.get((cell.factor, cell.outcome), []), found, behind) for cell in ranked]
    where = origins(graph, selection)
    what = about(found)
    pictures = [matrix(found, found.cells), funnel(found)] if any(step.cells for step in found.funnel) else []
    pictures = pictures or [matrix(found, found.cells)]
    pictures += [timeline(where, what, found.claims), countries(where, what, found.claims)] if where.origins else []
    pairs = {(cell.factor, cell.outcome) for cell in found.cells if cell.tension}
    diverging = [one for one in tensions(graph).tensions if (one.factor, one.outcome) in pairs]
    steps = _steps(graph, found, behind)
    return Report(
        title=f"What is reported of {what}",
        answer=answer(found, rows, steps, behind),
        trace=found,
        rows=rows,
        steps=steps,
        pictures=pictures,
        tensions=diverging,
        agreement=agreement(graph),
        behind=behind,
        references=references(graph, (claim.source for claim in found.claims)),
        graph=name,
        built=f"{built:%-d %B %Y}" if built else "",
    )


def _row(cell: Cell, claims: Sequence[TracedClaim], found: Trace, behind: Behind) -> Row:
    labels = found.vocabulary.labels
    name = f"{labels.get(cell.factor, cell.factor)} and {labels.get(cell.outcome, cell.outcome)}"
    counted = [claim for claim in claims if claim.counted]

    def with_state(state: str) -> list[TracedClaim]:
        label = labels.get(cell.factor, cell.factor)
        return [
            claim
            for claim in counted
            if claim.effect == "supports"
            and any(part.label == label and part.get("state") == state for part in claim.mechanisms)
        ]

    lists: Mapping[str, tuple[str, Callable[[], list[TracedClaim]]]] = {
        "supports": ("reported to support", lambda: [one for one in counted if one.effect == "supports"]),
        "present_better": ("reported to support, better with it present", lambda: with_state("present")),
        "absent_worse": ("reported to support, worse with it absent", lambda: with_state("absent")),
        "hinders": ("reported to hinder", lambda: [one for one in counted if one.effect == "hinders"]),
        "mixed": ("effect reported as mixed", lambda: [one for one in counted if one.effect == "mixed"]),
        "no_effect": ("no effect reported", lambda: [one for one in counted if one.effect == "no-effect"]),
        "studies": ("anything reported", lambda: counted),
        "proposed": ("merely proposed, not counted", lambda: [one for one in claims if not one.counted]),
    }
    numbers = {
        column: behind.number(f"{name}: {words}", which(), "cell", cell.factor, cell.outcome, column)
        for column, (words, which) in lists.items()
    }
    return Row(cell, name, numbers)


def _steps(graph: Answers, found: Trace, behind: Behind) -> list[Step]:
    steps = []
    for at, (step, cells) in enumerate(zip(FUNNEL, remaining(graph, found.selection, found.claims), strict=True)):
        claims = [claim for claims in cells.values() for claim in claims]
        words = f"Reported support, {step.removeprefix('… and ')}{' and all steps before' if at else ''}"
        recurrent = sum(len({claim.study for claim in claims}) >= RECURRENT for claims in cells.values())
        steps.append(Step(step, behind.number(words, claims, "funnel", str(at + 1)), len(cells), recurrent))
    return steps
