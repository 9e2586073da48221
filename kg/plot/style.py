"""How pictures look: colours and signs that colour-blind people tell apart, sizes for a journal's column."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 498
"""Points that a figure across two columns of a journal is wide inside of its margins (180 mm in all)."""
FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
TEXT, SMALL, SMALLEST = 8, 7, 6
"""Sizes of type, in points: no journal prints smaller."""
INK, FAINT, LINE, SHADE = "#1b1b1b", "#565656", "#c9c9c9", "#f2f2f0"
BLUE, VERMILION, PURPLE, GREY = "#0072b2", "#d55e00", "#aa4499", "#4d4d4d"
"""Colours that people with any kind of colour blindness tell apart (Okabe and Ito 2008; Tol's purple)."""


class Sign(NamedTuple):
    """How a kind of mark looks: colour never says by itself what a shape does not say too."""

    shape: str
    stroke: str
    fill: str


REPORTED = {
    "better with it present": Sign("circle", BLUE, BLUE),
    "worse with it absent": Sign("circle", BLUE, "#ffffff"),
    "support, its state not recorded": Sign("circle", BLUE, "#a6cee3"),
    "hindrance": Sign("diamond", VERMILION, VERMILION),
    "mixed": Sign("square", PURPLE, "#ffffff"),
    "no effect": Sign("cross", GREY, GREY),
}
"""What claims report, as a picture shows it."""


def width_of(text: str, size: int = TEXT) -> float:
    """Points that a text is wide, by how wide its letters mostly are."""
    return len(text) * size * 0.5


def wrapped(text: str, points: float, size: int = TEXT) -> list[str]:
    """A text in lines of at most so many points, by how wide its letters mostly are."""
    return textwrap.wrap(text, max(int(points / (size * 0.5)), 8)) or [""]


def lines(texts: Sequence[str], width: float, size: int = SMALL) -> list[str]:
    """Several texts, each on lines of its own."""
    return [line for text in texts if text for line in wrapped(text, width, size)]


def titled(chart: Any, title: str, told: Sequence[str], below: Sequence[str]) -> Any:
    """A chart with its title, what its marks mean, and below it what is to be said wherever evidence is shown."""
    import altair as alt

    note = lines(below, WIDTH)
    rows = [{"line": line, "at": at * (SMALL + 3)} for at, line in enumerate(note)]
    footer = (
        drawn_from(rows)
        .properties(width=WIDTH, height=len(note) * (SMALL + 3))
        .mark_text(align="left", baseline="top", fontSize=SMALL, color=FAINT, aria=False)
        .encode(x=alt.value(0), y=alt.Y("at:Q", axis=None, scale=fixed(0, len(note) * (SMALL + 3))), text="line:N")
    )
    whole = alt.vconcat(chart, footer, spacing=10) if note else chart
    heading = alt.Title(
        wrapped(title, WIDTH, 11),
        subtitle=lines(told, WIDTH),
        anchor="start",
        frame="group",
        fontSize=11,
        subtitleFontSize=SMALL,
        subtitleColor=FAINT,
        subtitleLineHeight=SMALL + 3,
        offset=10,
    )
    return (
        whole.properties(title=heading, padding=6, background="#ffffff")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=TEXT, titleFontSize=TEXT, labelColor=INK, titleColor=INK, gridColor=LINE, labelLimit=0
        )
        .configure_legend(labelFontSize=TEXT, titleFontSize=TEXT, labelLimit=0, titleLimit=0, symbolOpacity=1)
        .configure_concat(spacing=8)
    )


def drawn_from(rows: Any, **how: Any) -> Any:
    """A chart of some rows, or of an outline, which it holds itself: nothing is fetched when it is drawn."""
    import altair as alt

    return alt.Chart(alt.Data(values=rows, **how))  # type: ignore[no-untyped-call]


def fixed(low: float, high: float) -> Any:
    """A scale by which a picture's own points are places in it, from the top down."""
    import altair as alt

    return alt.Scale(domain=[low, high], range=[low, high], nice=False, zero=False)
