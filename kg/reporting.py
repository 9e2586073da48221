"""Makes a report of a graph: asks it once for everything, and notes what stands behind each number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kg.agreement import agreement
from kg.counted import Counted
from kg.funnel import Left, remaining
from kg.origins import origins
from kg.plot.countries import countries
from kg.plot.funnel import funnel
from kg.plot.matrix import matrix
from kg.plot.timeline import timeline
from kg.plot.words import about
from kg.plotting import nothing, refuse_role
from kg.references import references
from kg.report.answer import answer
from kg.report.behind import Lists
from kg.report.report import Report, Row, Step
from kg.tensions import tensions
from kg.trace import FUNNEL, RECURRENT, Cell, Selection, Trace, trace
from kg.words import notice

if TYPE_CHECKING:
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
    refuse_role(selection)
    whole = replace(selection, min_studies=1)  # thin cells are left out of the table only, and of no count of others
    found = trace(graph, whole, claims=True)
    shown = tuple(cell for cell in found.cells if cell.studies >= selection.min_studies)
    if not shown:
        raise nothing("report")
    told = notice(graph, shown={claim.study for claim in found.claims})
    found = replace(found, selection=selection, cells=shown, notice=told)
    behind = Lists()
    counted = Counted(graph, found)
    ranked = sorted(found.cells, key=lambda cell: (-cell.studies, cell.factor, cell.outcome))
    rows = [_row(cell, counted, found, behind) for cell in ranked]
    where = origins(graph, whole)
    what = about(found)
    left = remaining(graph, selection, found.claims)
    pictures = [matrix(found, found.cells, counted)]
    pictures += [funnel(found, left)] if any(left) else []
    pictures += [timeline(where, what, found.claims), countries(where, what, found.claims)] if where.origins else []
    pairs = {(cell.factor, cell.outcome) for cell in found.cells if cell.tension}
    diverging = [one for one in tensions(graph).tensions if (one.factor, one.outcome) in pairs]
    steps = _steps(left, found, behind)
    return Report(
        title=f"What is reported of {what}",
        answer=answer(found, rows, steps, behind, bool(diverging)),
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


_COLUMNS = {
    "supports": "reported to support",
    "present_better": "reported to support, better with it present",
    "absent_worse": "reported to support, worse with it absent",
    "hinders": "reported to hinder",
    "mixed": "effect reported as mixed",
    "no_effect": "no effect reported",
    "studies": "anything reported",
    "proposed": "merely proposed, not counted",
}
"""Columns of the report's table, and what the studies that a number leads to have in common."""


def _name(factor: str, outcome: str, found: Trace) -> str:
    labels = found.vocabulary.labels
    return f"{labels.get(factor, factor)} and {labels.get(outcome, outcome)}"


def _row(cell: Cell, counted: Counted, found: Trace, behind: Lists) -> Row:
    name = _name(cell.factor, cell.outcome, found) + (" (unwanted)" if cell.unwanted else "")
    numbers = {
        column: behind.number(
            f"{name}: {words}",
            counted.behind(cell.factor, cell.outcome, column),
            "cell",
            cell.factor,
            cell.outcome,
            column,
        )
        for column, words in _COLUMNS.items()
    }
    return Row(cell, name, numbers)


def _steps(left: Left, found: Trace, behind: Lists) -> list[Step]:
    steps = []
    for at, (step, cells) in enumerate(zip(FUNNEL, left, strict=True)):
        claims = [claim for claims in cells.values() for claim in claims]
        words = f"Reported support, {step.removeprefix('… and ')}{' and all steps before' if at else ''}"
        number = behind.number(words, claims, "funnel", f"{at + 1}")
        of_pairs = {
            _name(*pair, found): behind.number(f"{_name(*pair, found)}: {words}", claims, "funnel", f"{at + 1}", *pair)
            for pair, claims in sorted(cells.items())
            if len({claim.study for claim in claims}) >= RECURRENT
        }
        recurrent = behind.pairs(f"{words}, from {RECURRENT} studies or more", of_pairs, "funnel", f"{at + 1}", "pairs")
        steps.append(Step(step, number, len(cells), recurrent))
    return steps
