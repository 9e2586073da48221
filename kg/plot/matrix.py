"""The evidence map: factors by outcomes, each sign as large as the studies are many that report so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kg.page import anchor
from kg.plot.picture import Behind, Picture, described
from kg.plot.style import INK, REPORTED, SHADE, SMALLEST, TEXT, WIDTH, drawn_from, fixed, titled, width_of
from kg.plot.words import about
from kg.sentence import joined, number_of
from kg.trace import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.counted import Counted
    from kg.trace import Cell, Trace

NARROWEST, USUAL, WIDE, CELL_HEIGHT = 30, 38, 72, 28
"""Points of a cell: wide where there are few columns, and as narrow as its signs allow where there are many."""
POINTS = 3.2
"""Points that the sign of one study is wide, in every picture alike: its area grows with the studies."""
LARGEST = 14
"""Points that no sign is wider than; where studies are more, all are smaller, and the key says so."""
NUMBERED = 3
"""From how many studies on a sign bears their number; smaller ones are 1 or 2."""
_SLANT = 50
"""Degrees by which the names of columns rise."""
_PLACES = {
    "better with it present": (0.2, 0.27),
    "worse with it absent": (0.2, 0.75),
    "support, its state not recorded": (0.5, 0.27),
    "no effect": (0.5, 0.75),
    "hindrance": (0.8, 0.27),
    "mixed": (0.8, 0.75),
}
"""Where in its cell each sign stands, as shares of its width and height, so that one is never hidden by another."""
_COLUMNS = {
    "better with it present": "present_better",
    "worse with it absent": "absent_worse",
    "support, its state not recorded": "state_unrecorded",
    "hindrance": "hinders",
    "mixed": "mixed",
    "no effect": "no_effect",
}
"""What each sign stands for, by the column of the matrix that counts it."""
_IN_WORDS = {
    "better with it present": "support, better with it present",
    "worse with it absent": "support, worse with it absent",
    "support, its state not recorded": "support, and do not record whether it was there",
    "mixed": "a mixed effect",
}


def matrix(trace: Trace, cells: Sequence[Cell], counted: Counted | None = None) -> Picture:
    """The evidence map of a selection.

    Args:
        trace: What a selection gave, of factors as mechanisms.
        cells: The cells to draw.
        counted: Which claims each number counts, where a page is to tell them.
    """
    labels = trace.vocabulary.labels
    rows = [
        {
            "factor": cell.factor,
            "outcome": cell.outcome,
            "reported": reported,
            "studies": studies,
            "tension": cell.tension,
            "anchor": anchor("cell", cell.factor, cell.outcome, column),
            "mark": f"{labels.get(cell.factor, cell.factor)} and {labels.get(cell.outcome, cell.outcome)}: "
            f"{number_of(studies, 'study reports', 'studies report')} {_IN_WORDS.get(reported, reported)}",
        }
        for cell in cells
        for reported, column in _COLUMNS.items()
        if (studies := getattr(cell, column))
    ]
    told = _told(trace, cells)
    title = f"What claims report of {about(trace)}, in independent studies"
    behind = tuple(
        Behind(
            str(row["anchor"]),
            str(row["mark"]),
            tuple(
                claim.claim
                for claim in counted.behind(str(row["factor"]), str(row["outcome"]), _COLUMNS[str(row["reported"])])
            ),
        )
        for row in rows
        if counted
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
        told=told,
        notice=trace.notice,
        behind=behind,
        claims=tuple({one.claim: one for one in trace.claims if one.claim in shown}.values()),
    )


def _told(trace: Trace, cells: Sequence[Cell]) -> tuple[str, ...]:
    """What the signs mean, which claims and cells are drawn, and how little the funnel leaves of them."""
    hidden = [cell for cell in trace.cells if cell not in cells]
    most = max((cell.studies for cell in hidden), default=0)
    first, last = trace.funnel[0], trace.funnel[-1]
    several = sum(bool(cell.several) for cell in cells)
    statuses = joined([str(status) for status in trace.selection.status])
    told = (
        f"Each sign is what studies report, its area their number, which stands in it from {NUMBERED} on. Claims of "
        f"status {statuses}; {trace.selection.evidence} evidence"
        f"{', reviews included' if trace.selection.evidence == 'all' else ''}.",
        "Framed: a tension, since different studies report support and hindrance."
        if any(cell.tension for cell in cells)
        else "",
        f"† A study of the cell stands in several of its signs ({number_of(several, 'cell')})." if several else "",
        f"Not drawn: {number_of(len(hidden), 'cell')} of at most {number_of(most, 'study', 'studies')}."
        if hidden
        else "",
        "↓ Nobody wants more of this outcome: support means less of it." if any(c.unwanted for c in cells) else "",
        f"Of {number_of(first.recurrent, 'cell')} with support from {RECURRENT} studies or more, proposals included, "
        f"{last.recurrent or 'none'} {'is' if last.recurrent < 2 else 'are'} left at the end of the funnel."
        if first.recurrent and first.studies is None
        else "",
    )
    return tuple(line for line in told if line)


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
    at = {name: {one: place for place, one in enumerate(ranked[name])} for name in ranked}
    places = {
        (cell.factor, cell.outcome): (
            left + at[across][getattr(cell, across)] * cell_width,
            top + at[down][getattr(cell, down)] * CELL_HEIGHT,
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
    several = [
        {
            "x": places[cell.factor, cell.outcome][0] + cell_width - 2,
            "y": places[cell.factor, cell.outcome][1] + 1,
            "name": "†",
        }
        for cell in cells
        if cell.several
    ]
    signs = [
        {
            "x": places[row["factor"], row["outcome"]][0] + cell_width * _PLACES[row["reported"]][0],
            "y": places[row["factor"], row["outcome"]][1] + CELL_HEIGHT * _PLACES[row["reported"]][1],
            "reported": row["reported"],
            "studies": row["studies"],
            "round": REPORTED[row["reported"]].shape == "circle",
            "ink": "#ffffff" if row["reported"] == "better with it present" else INK,
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
            strokeWidth=alt.value(0.9),
        ),
        _named(rows_named, x, y, align="right", baseline="middle"),
        _named(columns_named, x, y, align="left", baseline="middle", angle=360 - _SLANT),
        _signs(signs, x, y),
        _named(several, x, y, align="right", baseline="top"),
    ).properties(width=width + slanted, height=height)
    return titled(body, title, told, [notice])


def _named(rows: Sequence[dict[str, Any]], x: Any, y: Any, **how: Any) -> Any:

    return drawn_from(rows).mark_text(fontSize=TEXT, color=INK, aria=False, **how).encode(x=x, y=y, text="name:N")


def _signs(rows: Sequence[dict[str, Any]], x: Any, y: Any) -> Any:
    import altair as alt

    used = [name for name in REPORTED if any(row["reported"] == name for row in rows)]
    most = max((row["studies"] for row in rows), default=1)
    area = min(POINTS**2, LARGEST**2 / most)
    signs = [REPORTED[name] for name in used]
    size = alt.Legend(title="studies", values=_sizes(most), symbolType="circle", orient="bottom", format="d")
    base = drawn_from(rows)
    drawn = base.mark_point(filled=False, strokeWidth=0.8, opacity=1).encode(
        x=x,
        y=y,
        size=alt.Size("studies:Q", scale=alt.Scale(domain=[0, most], range=[0, area * most]), legend=size),
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
    numbered = base.transform_filter(f"datum.studies >= {NUMBERED}")

    def number(which: str, **how: Any) -> Any:
        return (
            numbered.transform_filter(which)
            .mark_text(fontSize=SMALLEST, aria=False, baseline="middle", dy=0.5, **how)
            .encode(x=x, y=y, text="studies:N", color=alt.Color("ink:N", scale=None))
        )

    numbers = alt.layer(number("datum.round"), number("!datum.round", align="left", dx=5))
    return alt.layer(drawn, numbers).resolve_scale(color="independent")


def _ranked(counts: Sequence[tuple[str, int]]) -> list[str]:
    """Names with most studies in any cell first."""
    most: dict[str, int] = {}
    for name, studies in counts:
        most[name] = max(studies, most.get(name, 0))
    return sorted(most, key=lambda name: (-most[name], name))


def _sizes(most: int) -> list[int]:
    """Numbers of studies for which the key shows the size: few, round, and the most."""
    return [*(size for size in (1, 2, 5, 10, 20, 50, 100) if size <= 0.7 * most), most]
