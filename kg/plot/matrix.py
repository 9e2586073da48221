"""The evidence map: factors by outcomes, each sign as large as the studies are many that report so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kg.plot.picture import Behind, Picture, anchor, described
from kg.plot.style import INK, REPORTED, SHADE, TEXT, WIDTH, drawn_from, fixed, titled, width_of
from kg.plot.words import about
from kg.sentence import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kg.trace import Cell, Trace

NARROWEST, USUAL, WIDE, CELL_HEIGHT = 26, 36, 72, 26
"""Points of a cell: wide where there are few columns, and as narrow as its signs allow where there are many."""
LARGEST = 12
"""Points that the sign of most studies is wide."""
_SLANT = 50
"""Degrees by which the names of columns rise."""
_PLACES = {
    "better with it present": (0.2, 0.28),
    "worse with it absent": (0.2, 0.74),
    "support, its state not recorded": (0.5, 0.28),
    "no effect": (0.5, 0.74),
    "hindrance": (0.8, 0.28),
    "mixed": (0.8, 0.74),
}
"""Where in its cell each sign stands, as shares of its width and height, so that one is never hidden by another."""
_COUNTS: dict[str, Callable[[Cell], int]] = {
    "better with it present": lambda cell: cell.present_better,
    "worse with it absent": lambda cell: cell.absent_worse,
    "support, its state not recorded": lambda cell: cell.state_unrecorded,
    "hindrance": lambda cell: cell.hinders,
    "mixed": lambda cell: cell.mixed,
    "no effect": lambda cell: cell.no_effect,
}


def matrix(trace: Trace, cells: Sequence[Cell]) -> Picture:
    """The evidence map of a selection.

    Args:
        trace: What a selection gave.
        cells: The cells to draw.
    """
    labels = trace.vocabulary.labels
    rows = [
        {
            "factor": cell.factor,
            "outcome": cell.outcome,
            "reported": reported,
            "studies": studies,
            "tension": cell.tension,
            "anchor": anchor("cell", cell.factor, cell.outcome),
            "mark": f"{labels.get(cell.factor, cell.factor)} and {labels.get(cell.outcome, cell.outcome)}: "
            f"{number_of(studies, 'study reports', 'studies report')} {_in_words(reported, trace)}",
        }
        for cell in cells
        for reported, count in _COUNTS.items()
        if (studies := count(cell))
    ]
    hidden = len(trace.cells) - len(cells)
    told = (
        "Each sign is what studies report, its area their number. A study stands in each sign that it has a claim for. "
        "Outlined: a tension, since different studies report support and hindrance.",
        "↓ Nobody wants more of this outcome: support means less of it." if any(c.unwanted for c in cells) else "",
        f"{number_of(hidden, 'cell')} with fewer studies not drawn." if hidden else "",
        "" if trace.selection.role == "mechanism" else "The directions are those of the claims' mechanisms.",
    )
    title = f"What claims report of {about(trace)}, in independent studies"
    behind = tuple(
        Behind(
            anchor("cell", cell.factor, cell.outcome),
            f"{labels.get(cell.factor, cell.factor)} and {labels.get(cell.outcome, cell.outcome)}",
            tuple(one.claim for one in trace.claims if (one.factor, one.outcome) == (cell.factor, cell.outcome)),
        )
        for cell in cells
        if trace.claims
    )
    shown = {claim for one in behind for claim in one.claims}
    tensions = sum(cell.tension for cell in cells)
    return Picture(
        kind="matrix",
        title=title,
        description=f"{title}. {number_of(len(cells), 'cell')}, {number_of(tensions, 'tension')}. {described(rows)}",
        chart=_chart(rows, cells, labels, title, told, trace.notice),
        columns=("factor", "outcome", "reported", "studies", "tension", "mark"),
        rows=tuple(rows),
        told=tuple(line for line in told if line),
        notice=trace.notice,
        behind=behind,
        claims=tuple({one.claim: one for one in trace.claims if one.claim in shown}.values()),
    )


def _in_words(reported: str, trace: Trace) -> str:
    words = {
        "better with it present": "support, better with it present",
        "worse with it absent": "support, worse with it absent",
        "support, its state not recorded": "support, and do not record whether it was there",
        "mixed": "a mixed effect",
    }
    if reported == "support, its state not recorded" and trace.selection.role != "mechanism":
        return "support"
    return words.get(reported, reported)


def _chart(
    rows: Sequence[dict[str, Any]],
    cells: Sequence[Cell],
    labels: Mapping[str, str],
    title: str,
    told: Sequence[str],
    notice: str,
) -> Any:
    import altair as alt

    ranked = {
        "factor": _ranked([(cell.factor, cell.studies) for cell in cells]),
        "outcome": _ranked([(cell.outcome, cell.studies) for cell in cells]),
    }
    down, across = sorted(ranked, key=lambda name: -len(ranked[name]))
    unwanted = {cell.outcome for cell in cells if cell.unwanted}
    names = {
        name: [f"{labels.get(one, one)}{' ↓' if name == 'outcome' and one in unwanted else ''}" for one in ranked[name]]
        for name in ranked
    }
    left = max((width_of(name) for name in names[down]), default=0) + 8
    slanted = width_of(names[across][-1]) * math.cos(math.radians(_SLANT)) if names[across] else 0
    columns = max(len(ranked[across]), 1)
    cell_width = WIDE if columns < 5 else min(USUAL, max(NARROWEST, (WIDTH - left - slanted) / columns))
    top = max((width_of(name) for name in names[across]), default=0) * math.sin(math.radians(_SLANT)) + 10
    places = {
        (cell.factor, cell.outcome): (
            left + ranked[across].index(getattr(cell, across)) * cell_width,
            top + ranked[down].index(getattr(cell, down)) * CELL_HEIGHT,
        )
        for cell in cells
    }
    width = left + len(ranked[across]) * cell_width
    height = top + len(ranked[down]) * CELL_HEIGHT
    x = alt.X("x:Q", axis=None, scale=fixed(0, max(width + slanted, 1)))
    y = alt.Y("y:Q", axis=None, scale=fixed(0, height))
    rows_named = [
        {"x": left - 6, "y": top + (at + 0.5) * CELL_HEIGHT, "name": name} for at, name in enumerate(names[down])
    ]
    columns_named = [
        {"x": left + (at + 0.5) * cell_width, "y": top - 4, "name": name} for at, name in enumerate(names[across])
    ]
    frames = [
        {
            "x": places[cell.factor, cell.outcome][0] + 1,
            "y": places[cell.factor, cell.outcome][1] + 1,
            "x2": places[cell.factor, cell.outcome][0] + cell_width - 1,
            "y2": places[cell.factor, cell.outcome][1] + CELL_HEIGHT - 1,
            "tension": cell.tension,
        }
        for cell in cells
    ]
    signs = [
        {
            "x": places[row["factor"], row["outcome"]][0] + cell_width * _PLACES[row["reported"]][0],
            "y": places[row["factor"], row["outcome"]][1] + CELL_HEIGHT * _PLACES[row["reported"]][1],
            "reported": row["reported"],
            "studies": row["studies"],
            "mark": row["mark"],
            "link": f"#{row['anchor']}",
        }
        for row in rows
    ]
    body = alt.layer(
        drawn_from(frames)
        .mark_rect(aria=False, cornerRadius=2)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.value(SHADE),
            stroke=alt.condition("datum.tension", alt.value(INK), alt.value(SHADE)),
            strokeWidth=alt.value(1.2),
        ),
        _named(rows_named, x, y, align="right", baseline="middle"),
        _named(columns_named, x, y, align="left", baseline="middle", angle=360 - _SLANT),
        _signs(signs, x, y),
    ).properties(width=width + slanted, height=height)
    return titled(body, title, told, [notice], WIDTH)


def _named(rows: Sequence[dict[str, Any]], x: Any, y: Any, **how: Any) -> Any:

    return drawn_from(rows).mark_text(fontSize=TEXT, color=INK, aria=False, **how).encode(x=x, y=y, text="name:N")


def _signs(rows: Sequence[dict[str, Any]], x: Any, y: Any) -> Any:
    import altair as alt

    used = [name for name in REPORTED if any(row["reported"] == name for row in rows)]
    most = max((row["studies"] for row in rows), default=1)
    signs = [REPORTED[name] for name in used]
    size = alt.Legend(title="studies", values=_sizes(most), symbolType="circle", orient="bottom")
    return (
        drawn_from(rows)
        .mark_point(filled=False, strokeWidth=1, opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("studies:Q", scale=alt.Scale(domain=[0, most], range=[0, LARGEST**2]), legend=size),
            shape=alt.Shape(
                "reported:N",
                scale=alt.Scale(domain=used, range=[sign.shape for sign in signs]),
                legend=alt.Legend(title="reported", orient="bottom", columns=3, symbolSize=70),
            ),
            stroke=alt.Stroke("reported:N", scale=alt.Scale(domain=used, range=[sign.stroke for sign in signs])),
            fill=alt.Fill("reported:N", scale=alt.Scale(domain=used, range=[sign.fill for sign in signs])),
            description="mark:N",
            tooltip="mark:N",
            href="link:N",
        )
    )


def _ranked(counts: Sequence[tuple[str, int]]) -> list[str]:
    """Names with most studies in any cell first."""
    most: dict[str, int] = {}
    for name, studies in counts:
        most[name] = max(studies, most.get(name, 0))
    return sorted(most, key=lambda name: (-most[name], name))


def _sizes(most: int) -> list[int]:
    """Numbers of studies for which the legend shows the size: few, and round."""
    return [size for size in (1, 3, 5, 10, 20, 50, 100) if size <= most] or [1]
