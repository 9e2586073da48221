"""One claim as a diagram: context, mechanism with resource and reasoning, outcome, and where the source says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.page import anchor
from kg.plot.picture import Behind, Picture
from kg.plot.style import BLUE, FAINT, INK, PURPLE, SMALL, TEXT, VERMILION, WIDTH, drawn_from, fixed, titled, wrapped
from kg.sentence import LAYERS, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.trace import Part, TracedClaim

GAP, LEADING, INSET = 26, 11, 6
_STATUS = {
    "proposed": "Merely proposed.",
    "supported": "Status: supported by what the source found.",
    "refined": "Status: refined by what the source found.",
    "refuted": "Status: refuted, which is said of the theory that the source tested.",
}
_COLOURS = {"supports": BLUE, "hinders": VERMILION, "mixed": PURPLE}
_MISSING = "not recorded"


def configuration(claim: TracedClaim, notice: str) -> Picture:
    """A claim as a diagram, what its record does not say being said to be missing.

    Args:
        claim: The claim.
        notice: How the evidence was coded.
    """
    parts = {
        "Context": [_told(part, "state", "note") for part in claim.contexts] or [[_MISSING]],
        "Mechanism": [_mechanism(part, claim.actors) for part in claim.mechanisms] or [[_MISSING]],
        "Outcome": [_told(claim.outcome_role, "direction", "note")],
    }
    actors = ", ".join(part.label for part in claim.actors)
    parts["Mechanism"].append([f"actors: {actors or _MISSING}"])
    rows = [
        {"part": part, "position": at, "text": "; ".join(texts), "mark": f"{part}: {'; '.join(texts)}"}
        for part, entries in parts.items()
        for at, texts in enumerate(entries, 1)
    ]
    rows += [
        {"part": "Evidence", "position": item.position, "text": said, "mark": f"Evidence: {said}"}
        for item in claim.evidence
        for said in [_evidence(item)]
    ]
    whole = claim.contexts and any(part.get("reasoning") for part in claim.mechanisms)
    title = f"{'Configuration' if whole else 'Claim'} {claim.claim}"
    title += f"{'' if whole else ', not yet a configuration'}, {claim.citation}"
    twice = {part.label for part in claim.contexts} & {part.label for part in claim.mechanisms}
    said = (
        f"{_effect(claim)} {_STATUS[claim.status]} Design: {claim.design or _MISSING}. Coded by {claim.coder}, who "
        f"read: {'; '.join(claim.read) or _MISSING}.",
        f"Recorded as context and as mechanism: {joined(sorted(twice))}." if twice else "",
        "What somebody reports in one source; not a fact about other partnerships.",
    )
    told = tuple(line for line in said if line)
    chart = titled(_chart(parts, claim), title, told, [notice])
    name = anchor("claim", claim.claim)
    return Picture(
        kind="configuration",
        title=title,
        description=claim.sentence,
        chart=chart,
        columns=("part", "position", "text", "mark"),
        rows=tuple(rows),
        told=told,
        notice=notice,
        behind=(Behind(name, claim.claim, (claim.claim,)),),
        claims=(claim,),
    )


def _effect(claim: TracedClaim) -> str:
    """What the claim reports of the mechanism and the outcome, in a sentence."""
    absent = any(part.get("state") == "absent" for part in claim.mechanisms)
    if claim.effect in ("supports", "hinders"):
        verb = claim.effect.removesuffix("s")
        worse = {"support": "worse without it", "hinder": "better without it"}[verb]
        return f"The mechanism is reported to {verb} the outcome{f': {worse}' if absent else ''}."
    if claim.effect == "mixed":
        return f"The effect is reported as mixed; its kind: {(claim.effect_kind or _MISSING).replace('-', ' ')}."
    return f"Reported as no different; the kind: {(claim.effect_kind or _MISSING).replace('-', ' ')}."


def _told(part: Part, *names: str) -> list[str]:
    state = part.get(names[0])
    first = f"{part.label}, {state.replace('-', ' ')}" if state else f"{part.label} ({names[0]} {_MISSING})"
    return [first, *(text for name in names[1:] if (text := part.get(name)))]


def _mechanism(part: Part, actors: Sequence[Part]) -> list[str]:
    firing = part.get("firing")
    basis = part.get("reasoningBasis")
    nodes = (part.get("reasoner") or "").split("\n")
    who = joined([actor.label for actor in actors if actor.get("node") in nodes])
    return [
        *_told(part, "state"),
        *([f"firing: {firing.replace('-', ' ')}"] if firing and firing != "not-stated" else []),
        f"resource: {part.get('resource') or _MISSING}",
        f"reasoning: {part.get('reasoning') or _MISSING}",
        *([f"who reasons: {who or _MISSING}; on whose word: {basis or _MISSING}"] if part.get("reasoning") else []),
        *([f"note: {note}"] if (note := part.get("note")) else []),
    ]


def _evidence(item: Part) -> str:
    layer = LAYERS.get(item.get("layer") or "", "layer not recorded")
    words = f"“{item.get('quote')}”" if item.get("quote") else ""
    words = words or (f"in the coder's words: {item.get('paraphrase')}" if item.get("paraphrase") else "")
    return f"{item.get('locator') or 'locator ' + _MISSING} ({layer}){': ' + words if words else ''}"


def _chart(parts: dict[str, list[list[str]]], claim: TracedClaim) -> Any:
    import altair as alt

    shares = {"Context": 0.28, "Mechanism": 0.42, "Outcome": 0.30}
    room = WIDTH - 2 * GAP
    boxes: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    left = 0.0
    bottoms = []
    for part, entries in parts.items():
        width = room * shares[part]
        top = 16.0
        texts.append({"x": left, "y": 0, "lines": [part], "kind": "part"})
        for entry in entries:
            lines = [line for text in entry for line in wrapped(text, width - 2 * INSET)]
            height = len(lines) * LEADING + 2 * INSET - 2
            boxes.append(
                {"x": left, "y": top, "x2": left + width, "y2": top + height, "mark": f"{part}: {'; '.join(entry)}"}
            )
            texts.append({"x": left + INSET, "y": top + INSET, "lines": lines, "kind": "text"})
            top += height + 6
        bottoms.append(top)
        left += width + GAP
    middle = 16 + LEADING + 2  # beside the first box of each
    first = room * shares["Context"]
    second = first + GAP + room * shares["Mechanism"]
    texts.append({"x": first + GAP / 2, "y": middle - 4, "lines": ["in"], "kind": "between"})
    arrows = [{"x": second + 3, "x2": second + GAP - 3, "y": middle}]
    top = max(bottoms) + 8
    texts.append({"x": 0, "y": top, "lines": [f"Evidence: {claim.citation}"], "kind": "part"})
    top += 14
    for item in claim.evidence:
        lines = wrapped(_evidence(item), WIDTH, SMALL + 1)
        texts.append({"x": 0, "y": top, "lines": lines, "kind": "text"})
        top += len(lines) * LEADING + 4
    x, y = (alt.X("x:Q", axis=None, scale=fixed(0, WIDTH)), alt.Y("y:Q", axis=None, scale=fixed(0, top)))
    colour = _COLOURS.get(claim.effect, FAINT)

    def text(kind: str, **how: Any) -> Any:
        return (
            drawn_from([one for one in texts if one["kind"] == kind])
            .mark_text(align="left", baseline="top", lineHeight=LEADING, fontSize=TEXT, aria=False, **how)
            .encode(x=x, y=y, text="lines:N")
        )

    return alt.layer(
        drawn_from(boxes)
        .mark_rect(fill="#ffffff", stroke=INK, strokeWidth=0.8, cornerRadius=3)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q", description="mark:N"),
        drawn_from(arrows).mark_rule(color=colour, strokeWidth=1.5, aria=False).encode(x=x, x2="x2:Q", y=y),
        drawn_from([{"x": one["x2"] - 1, "y": one["y"]} for one in arrows])
        .mark_point(shape="triangle-right", size=40, filled=True, color=colour, opacity=1, aria=False)
        .encode(x=x, y=y),
        text("part", color=FAINT, fontWeight="bold"),
        text("between", color=FAINT),
        text("text", color=INK),
    ).properties(width=WIDTH, height=top)
