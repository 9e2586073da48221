"""The funnel: what remains of the reported support as weaker evidence is left out, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.page import anchor
from kg.plot.picture import Behind, Picture, described
from kg.plot.style import BLUE, INK, TEXT, WIDTH, drawn_from, fixed, titled, width_of
from kg.plot.words import about
from kg.sentence import number_of
from kg.trace import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.trace import Trace, TracedClaim

STEP = 18
"""Points from one bar to the next."""


def funnel(trace: Trace, left: Sequence[Mapping[tuple[str, str], Sequence[TracedClaim]]] = ()) -> Picture:
    """The funnel of a selection: in studies where it is one cell, else in cells with three studies or more.

    Args:
        trace: What a selection gave.
        left: The claims that are left at each step, by factor and outcome, where a page is to tell them.
    """
    single = any(step.studies is not None for step in trace.funnel)
    rows: list[dict[str, Any]] = []
    for step in trace.funnel:
        if single:
            what = number_of(step.studies or 0, "study reports support", "studies report support")
        else:
            what = f"{number_of(step.recurrent, 'cell')} with support from {RECURRENT} independent studies or more"
            what += f", {step.cells} with any"
        rows.append(
            {
                "anchor": anchor("funnel", str(len(rows) + 1)),
                "step": step.step,
                "studies": step.studies,
                "recurrent": step.recurrent,
                "cells": step.cells,
                "mark": f"{step.step}: {what}",
            }
        )
    counted = "studies that report support" if single else f"cells with support from {RECURRENT} studies or more"
    title = f"What remains of the reported support of {about(trace)}, step by step"
    beside = "" if single else ", of all cells with any support"
    told = (f"Bars: {counted}{beside}. Each step leaves out more than the one before it.",)
    import altair as alt

    begin = max(width_of(step.step) for step in trace.funnel) + 8
    most = max((int(row["studies" if single else "recurrent"] or 0) for row in rows), default=1) or 1
    drawn = [
        {
            "y": at * STEP + 3,
            "y2": (at + 1) * STEP - 3,
            "middle": (at + 0.5) * STEP,
            "x": begin,
            "x2": begin + (WIDTH - begin - 60) * int(row["studies" if single else "recurrent"] or 0) / most,
            "at": begin - 6,
            "step": row["step"],
            "number": f"{row['studies']}" if single else f"{row['recurrent']} of {row['cells']}",
            "mark": row["mark"],
            "link": f"#{row['anchor']}" if row["cells"] else None,
        }
        for at, row in enumerate(rows)
    ]
    x = alt.X("x:Q", axis=None, scale=fixed(0, WIDTH))
    y = alt.Y("y:Q", axis=None, scale=fixed(0, len(rows) * STEP))
    middle = alt.Y("middle:Q", axis=None, scale=fixed(0, len(rows) * STEP))
    base = drawn_from(drawn)
    text: dict[str, Any] = {"baseline": "middle", "fontSize": TEXT, "color": INK, "aria": False}
    body = alt.layer(
        base.mark_bar(color=BLUE).encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q", description="mark:N", tooltip="mark:N", href="link:N"
        ),
        base.mark_text(align="right", **text).encode(
            x=alt.X("at:Q", axis=None, scale=fixed(0, WIDTH)), y=middle, text="step:N"
        ),
        base.mark_text(align="left", dx=4, **text).encode(
            x=alt.X("x2:Q", axis=None, scale=fixed(0, WIDTH)), y=middle, text="number:N"
        ),
    ).properties(width=WIDTH, height=len(rows) * STEP)
    return Picture(
        kind="funnel",
        title=title,
        description=f"{title}. {described(rows)}",
        chart=titled(body, title, told, [trace.notice]),
        columns=("step", "studies", "mark") if single else ("step", "recurrent", "cells", "mark"),
        rows=tuple(rows),
        told=told,
        notice=trace.notice,
        behind=tuple(
            Behind(
                str(row["anchor"]),
                str(row["mark"]),
                tuple(dict.fromkeys(one.claim for c in cells.values() for one in c)),
            )
            for row, cells in zip(rows, left, strict=False)
            if cells
        ),
        claims=tuple({one.claim: one for cells in left for found in cells.values() for one in found}.values()),
    )
