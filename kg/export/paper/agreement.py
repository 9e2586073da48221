"""How far coders agree, as a table for a paper."""

from __future__ import annotations

from kg.agreement import Agreement
from kg.export.paper.sections import Section
from kg.sentence import number_of
from kg.trace import Trace

_WIDTHS = (25, 10, 15, 10, 20, 15)


def agreement_section(found: Agreement, trace: Trace, hidden: bool) -> Section:
    """Agreement slot by slot, of the whole graph, and what both coders saw of a selection.

    Args:
        found: Agreement of the graph that was traced.
        trace: What the selection gave.
        hidden: Whether sources are left out elsewhere, which these counts hold.
    """
    columns = ("Slot", "Pairs", "Recorded the same", "Alpha", "Alpha if aligned to agree best", "Filled by one only")
    rows = tuple(
        (
            f"{one.slot.replace('_', ' ')}{' filled?' if found.only_filled(one.slot) else ''}",
            str(one.pairs),
            f"{one.same / one.pairs:.0%}" if one.pairs else "none to compare",
            _alpha(one.alpha),
            _alpha(one.best_alpha),
            str(one.one_only),
        )
        for one in found.slots
    )
    if not found.codings:
        return Section("Agreement", "Coder agreement", ("No source was coded more than once.",), columns, _WIDTHS, ())
    seen = trace.double_coding
    notes = [
        f"Of the whole graph: {number_of(found.sources, 'source was', 'sources were')} coded more than once, and "
        f"{number_of(len(found.pairs), 'pair')} of claims aligned by the words of their passages. Alpha is "
        "Krippendorff's: 1 is perfect agreement, 0 what chance would give.",
        "Agreement does not say which coder is right, nor that what they agree on is.",
    ]
    if seen.both + seen.one + seen.opposed:
        notes.append(
            f"Of this selection, a source counted once a cell: both coders recorded something in {seen.both}, one only "
            f"in {seen.one}, and opposed directions in {seen.opposed}."
        )
    if hidden:
        notes.append("These counts include sources that are left out elsewhere.")
    return Section("Agreement", "Coder agreement", tuple(notes), columns, _WIDTHS, rows)


def _alpha(value: float | None) -> str:
    return "not defined" if value is None else f"{round(value, 2) + 0.0:.2f}"  # no -0.00
