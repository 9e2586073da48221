"""When evidence was published: each dot is one study, in the year of its first publication among what was selected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kg.page import anchor
from kg.plot.picture import Behind, Picture, described
from kg.plot.style import BLUE, INK, LINE, TEXT, WIDTH, drawn_from, fixed, titled
from kg.sentence import number_of

if TYPE_CHECKING:
    from kg.origins import Origins
    from kg.trace import TracedClaim

DOT = 9
"""Points from one dot to the next, upwards."""
KINDS = {False: "primary study", True: "review, commentary or theory"}


def timeline(origins: Origins, about: str, claims: tuple[TracedClaim, ...] = ()) -> Picture:
    """The studies of a selection by year of publication.

    Args:
        origins: The studies.
        about: What was selected, in a few words.
        claims: Their claims, where a page is to tell them.
    """
    import altair as alt

    dated = sorted(
        (one for one in origins.origins if one.year is not None), key=lambda one: (one.year or 0, one.secondary)
    )
    heights: dict[int, int] = {}
    rows: list[dict[str, Any]] = []
    dots: list[dict[str, Any]] = []
    for one in dated:
        year = one.year or 0
        heights[year] = heights.get(year, 0) + 1
        kind = KINDS[one.secondary]
        mark = f"{year}: {'; '.join(one.citations.values())} ({kind}, {number_of(len(one.claims), 'claim')})"
        told_of = {"study": one.study, "year": year, "kind": kind, "claims": len(one.claims), "mark": mark}
        rows.append({**told_of, "anchor": anchor("study", one.study)})
        dots.append({**told_of, "at": heights[year], "link": f"#{rows[-1]['anchor']}"})
    most = max(heights.values(), default=1)
    first, last = (min(heights), max(heights)) if heights else (2000, 2001)
    pitch = (WIDTH - 20) / (last - first + 1)
    for dot in dots:
        dot["x"] = 10 + (dot["year"] - first + 0.5) * pitch
        dot["y"] = (most - dot["at"] + 0.5) * DOT
    years = [
        {"x": 10 + (year - first + 0.5) * pitch, "year": f"{year}", "y": most * DOT + 4}
        for year in range(first, last + 1)
        if (year - first) % max(1, math.ceil(26 / pitch)) == 0
    ]
    height = most * DOT + 16
    x = alt.X("x:Q", axis=None, scale=fixed(0, WIDTH))
    y = alt.Y("y:Q", axis=None, scale=fixed(0, height))
    colours = alt.Scale(domain=list(KINDS.values()), range=[BLUE, "#ffffff"])
    legend = alt.Legend(title=None, orient="top", symbolStrokeColor=BLUE)
    body = alt.layer(
        drawn_from([{"y": most * DOT + 1, "x": 0, "x2": WIDTH}])
        .mark_rule(color=LINE, aria=False)
        .encode(x=x, x2="x2:Q", y=y),
        drawn_from(years)
        .mark_text(fontSize=TEXT, color=INK, baseline="top", aria=False)
        .encode(x=x, y=y, text="year:N"),
        drawn_from(dots)
        .mark_point(size=(DOT - 2.5) ** 2, stroke=BLUE, strokeWidth=1, opacity=1)
        .encode(
            x=x,
            y=y,
            fill=alt.Fill("kind:N", scale=colours, legend=legend),
            description="mark:N",
            tooltip="mark:N",
            href="link:N",
        ),
    ).properties(width=WIDTH, height=height)
    undated = len(origins.origins) - len(dated)
    title = f"When the studies were published that report on {about}"
    told = (
        "Each dot is one study, in the year of its first publication with a claim that counts; when it was done is "
        "another matter.",
        f"{number_of(undated, 'study states', 'studies state')} no year and cannot be drawn." if undated else "",
    )
    known = {one.claim: one for one in claims}
    return Picture(
        kind="timeline",
        title=title,
        description=f"{title}. {number_of(len(origins.origins), 'study', 'studies')}. {described(rows)}",
        chart=titled(body, title, told, [origins.notice]),
        columns=("study", "year", "kind", "claims", "mark"),
        rows=tuple(rows),
        told=tuple(line for line in told if line),
        notice=origins.notice,
        behind=tuple(
            Behind(anchor("study", one.study), "; ".join(one.citations.values()), one.claims) for one in dated if known
        ),
        claims=tuple(known[claim] for one in dated for claim in one.claims if claim in known),
    )
