"""The map of linked claims: steps that claims report, laid end to end from one factor, or towards one outcome."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kg.choices import ANY
from kg.errors import UsageError
from kg.page import anchor
from kg.paths import CAUTION
from kg.plot.picture import Behind, Picture, described
from kg.plot.style import BLUE, FAINT, GREY, INK, SMALL, TEXT, WIDTH, drawn_from, fixed, titled, width_of, wrapped
from kg.sentence import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.paths import LinkedPath, Paths, PathStep
    from kg.trace import TracedClaim

MOST = 30
"""Paths up to which all of one thinness are drawn; more cannot be told apart."""
ROW, NODE = 30, 96
"""Points from one factor to the next in a column, and how wide the words of one are."""

Node = tuple[str, str | None]
"""A factor, and which way it went; None where a path begins."""
Stop = tuple[str, str | None]
"""A node, or a place at which a line goes past a column."""


def drawn_of(found: Paths) -> tuple[LinkedPath, ...]:
    """The paths that a map draws: by thinnest evidence, and never some of those that are alike in that.

    Where one end is any, single steps are left out if there are joined paths: the matrix has them.

    Raises:
        UsageError: There is no path, or there are too many alike.
    """
    joined = tuple(path for path in found.paths if path.joined)
    among = joined if joined and ANY in (found.asked_from, found.asked_to) else found.paths
    if not among:
        raise UsageError("no linked claims lead there: there is nothing to draw")
    thinness = Counter(path.thinnest for path in among)
    least = max(thinness)
    while (left := [one for one in thinness if one < least]) and (
        sum(count for one, count in thinness.items() if one >= max(left)) <= MOST
    ):
        least = max(left)
    drawn = tuple(path for path in among if path.thinnest >= least)
    if len(drawn) > 2 * MOST:
        raise UsageError(
            f"{len(drawn)} paths rest on {number_of(least, 'study', 'studies')} at their thinnest step, too many to "
            "tell apart: name both ends, or say --max-length 2"
        )
    return drawn


def linked_claims(found: Paths, claims: Sequence[TracedClaim] = ()) -> Picture:
    """The steps of joined paths, each once, as wide as its studies are many.

    Args:
        found: Joined paths; those that `drawn_of` gives are drawn.
        claims: The claims of their steps, where a page is to tell them.

    Raises:
        UsageError: There is no path, or there are too many alike.
    """
    drawn = drawn_of(found)
    steps = list(dict.fromkeys(step for path in drawn for step in path.steps))
    labels = found.vocabulary.labels
    rows = [
        {
            "factor": step.factor,
            "outcome": step.outcome,
            "state": step.state,
            "direction": step.direction,
            "enters": "; ".join(step.enters),
            "studies": len(step.studies),
            "anchor": anchor("step", step.factor, step.entered or "begins", step.state, step.outcome, step.direction),
            "mark": _mark(step, labels),
        }
        for step in steps
    ]
    begins, ends = (labels.get(name) for name in (found.asked_from, found.asked_to))
    title = f"Linked claims from {begins or 'any factor'} to {ends or 'any outcome'}"
    loops = sum(path.loop for path in drawn)
    single = sum(not path.joined for path in found.paths) if all(path.joined for path in drawn) else 0
    hidden = len(found.paths) - len(drawn) - single
    least = min(path.thinnest for path in drawn)
    told = (
        CAUTION,
        "Only claims that are reported to support, with the direction of the outcome; hindrance, a mixed effect and "
        "none are in the matrix. Each line is a step, the number its studies. Grey, ‘absent’: worse without it. "
        "Dashed: the factor enters by a recorded link only.",
        f"Drawn: every path of {number_of(least, 'study', 'studies')} or more at its thinnest step; "
        f"{hidden or 'none'} of fewer {'is' if hidden == 1 else 'are'} not."
        if hidden
        else "",
        f"Not drawn: {number_of(single, 'single step')}, which the matrix has." if single else "",
        f"{number_of(loops, 'path ends', 'paths end')} where it began: a feedback loop." if loops else "",
        found.cut,
    )
    known = {one.claim: one for one in claims}
    return Picture(
        kind="paths",
        title=title,
        description=f"{title}. {number_of(len(drawn), 'path')}. {described(rows)}",
        chart=titled(_chart(drawn, steps, rows, labels), title, told, [found.notice]),
        columns=("factor", "outcome", "state", "direction", "enters", "studies", "mark"),
        rows=tuple(rows),
        told=tuple(line for line in told if line),
        notice=found.notice,
        behind=tuple(
            Behind(str(row["anchor"]), str(row["mark"]), step.claims)
            for step, row in zip(steps, rows, strict=True)
            if known
        ),
        claims=tuple(
            known[claim] for claim in dict.fromkeys(c for step in steps for c in step.claims) if claim in known
        ),
    )


def _mark(step: PathStep, labels: Mapping[str, str]) -> str:
    begins = f"{labels.get(step.factor, step.factor)}{f', {step.entered},' if step.entered else ''}"
    ends = f"{labels.get(step.outcome, step.outcome)} ({step.direction})"
    studies = number_of(len(step.studies), "study", "studies")
    return f"{begins} as {' or '.join(step.enters)} (mechanism {step.state}), reported to support {ends}: {studies}"


def _ends(step: PathStep) -> tuple[Node, Node]:
    return (step.factor, step.entered), (step.outcome, step.direction)


def _columns(paths: Sequence[LinkedPath]) -> dict[Node, int]:
    """How many steps from its beginning each node stands at most, so that lines lead to the right."""
    columns: dict[Node, int] = {}
    for path in paths:
        columns.setdefault((path.steps[0].factor, None), 0)
        for at, step in enumerate(path.steps, 1):
            node = (step.outcome, step.direction)
            columns[node] = max(columns.get(node, 0), at)
    return columns


def _ways(steps: Sequence[PathStep], columns: Mapping[Node, int]) -> list[list[Stop]]:
    """The stops of each step's line: its ends, and a free place in each column that it goes past."""
    ways: list[list[Stop]] = []
    for number, step in enumerate(steps):
        one, other = _ends(step)
        between = range(columns[one] + 1, columns[other])
        ways.append([one, *((f"line {number}", f"{column}") for column in between), other])
    return ways


def _places(
    columns: Mapping[Node, int], ways: Sequence[Sequence[Stop]]
) -> tuple[dict[Stop, tuple[float, float]], float]:
    """Where each stop stands: in columns, near to what leads to it; and how high it all is."""
    count = max(columns.values()) + 1
    pitch = (WIDTH - NODE) / max(count - 1, 1)
    column = {**columns, **{stop: int(stop[1] or 0) for way in ways for stop in way if stop not in columns}}
    orders: list[list[Stop]] = [[stop for stop in column if column[stop] == at] for at in range(count)]
    rows: dict[Stop, float] = {}
    for at, order in enumerate(orders):
        led: dict[Stop, list[float]] = {stop: [] for stop in order}
        for way in ways:
            for before, stop in pairwise(way):
                if stop in led and before in rows and column[before] < at:
                    led[stop].append(rows[before])
        order.sort(key=partial(_rank, led))
        rows |= {stop: (row + 0.5) / len(order) for row, stop in enumerate(order)}
    height = max(map(len, orders)) * ROW
    return {stop: (at * pitch, rows[stop] * height) for at, order in enumerate(orders) for stop in order}, height


def _rank(led: Mapping[Stop, Sequence[float]], stop: Stop) -> tuple[float, str, str]:
    """By how high what leads to it stands, and then by name."""
    return (sum(led[stop]) / len(led[stop]) if led[stop] else 0.5, stop[0], stop[1] or "")


def _chart(
    paths: Sequence[LinkedPath], steps: Sequence[PathStep], rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
) -> Any:
    import altair as alt

    columns = _columns(paths)
    ways = _ways(steps, columns)
    places, height = _places(columns, ways)
    loops: set[Node] = {(path.reached, path.steps[-1].direction) for path in paths if path.loop}
    words = {node: _words(node, labels, loops) for node in columns}
    most = max(len(step.studies) for step in steps)
    out, into = Counter(way[0] for way in ways), Counter(way[-1] for way in ways)
    stops: list[dict[str, Any]] = []
    numbers: list[dict[str, Any]] = []
    for number, (step, way, row) in enumerate(zip(steps, ways, rows, strict=True)):
        points = [places[stop] for stop in way]
        points[0] = (points[0][0] + max(map(width_of, words[_ends(step)[0]])) + 6, points[0][1])
        points[-1] = (points[-1][0] - 4, points[-1][1])
        stops += [
            {
                "x": across,
                "y": down,
                "at": at,
                "line": number,
                "wide": 0.8 + 2.2 * len(step.studies) / most,
                "state": step.state,
                "linked": all("link" in enters for enters in step.enters),
                "mark": row["mark"],
                "link": f"#{row['anchor']}",
            }
            for at, (across, down) in enumerate(points)
        ]
        fans_out = out[way[0]] > into[way[-1]]  # near the end at which lines are further apart
        (left, top), (right, bottom) = points[-2:] if fans_out else points[:2]
        share = 0.72 if fans_out else 0.28
        told = f"{len(step.studies)}{'' if step.state == 'present' else ' absent'}"
        numbers.append({"x": left + share * (right - left), "y": top + share * (bottom - top), "number": told})
    nodes = [
        {"x": places[node][0], "y": places[node][1] - (len(said) - 1) * 4.5, "words": said}
        for node, said in words.items()
    ]
    x = alt.X("x:Q", axis=None, scale=fixed(0, WIDTH))
    y = alt.Y("y:Q", axis=None, scale=fixed(0, height))

    def text(rows: Sequence[Mapping[str, Any]], name: str, **how: Any) -> Any:
        return drawn_from(rows).mark_text(aria=False, **how).encode(x=x, y=y, text=f"{name}:N")

    halo: dict[str, Any] = {"stroke": "#ffffff", "strokeWidth": 3}
    named: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": TEXT, "lineHeight": 9}
    return alt.layer(
        drawn_from(stops)
        .mark_line(opacity=0.75)
        .encode(
            x=x,
            y=y,
            order="at:Q",
            detail="line:N",
            strokeWidth=alt.StrokeWidth("wide:Q", scale=None),
            color=alt.condition("datum.state == 'present'", alt.value(BLUE), alt.value(GREY)),
            strokeDash=alt.condition("datum.linked", alt.value([4, 3]), alt.value([1, 0])),
            description="mark:N",
            tooltip="mark:N",
            href="link:N",
        ),
        text(numbers, "number", fontSize=SMALL, **halo),
        text(numbers, "number", fontSize=SMALL, color=FAINT),
        text(nodes, "words", **named, **halo),
        text(nodes, "words", **named, color=INK),
    ).properties(width=WIDTH, height=height)


def _words(node: Node, labels: Mapping[str, str], loops: set[Node]) -> list[str]:
    factor, direction = node
    loop = " (loop)" if direction and node in loops else ""
    return wrapped(f"{labels.get(factor, factor)}{f', {direction}' if direction else ''}{loop}", NODE)
