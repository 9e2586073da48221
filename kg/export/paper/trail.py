"""The evidence trail: where each claim is from, in which words, and by whom and how it was coded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.export.paper.codings import made
from kg.export.paper.sections import MISSING, Section, fit, lines
from kg.store import Answers
from kg.trace import Part, TracedClaim


def trail(claims: Sequence[TracedClaim], numbers: Mapping[str, int], graph: Answers) -> Section:
    """The evidence trail of claims, an evidence item a row.

    Args:
        claims: Each once.
        numbers: The number of each in the CMO table.
        graph: The graph that they are of.
    """
    columns = {
        "No.": 3, "Claim": 11, "Source": 9, "Quote or paraphrase": 30, "Locator": 12, "Layer": 10, "Coder": 7,
        "Method": 11, "Read": 12,
    }  # fmt: skip
    methods = _methods(graph, claims)
    rows = tuple(
        (
            str(numbers[claim.claim]),
            fit(claim.claim),
            fit(claim.citation),
            lines(_told(item)),
            lines([item.get("locator") or ""]),
            item.get("layer") or MISSING,
            fit(claim.coder),
            methods[claim.claim],
            lines(["; ".join(claim.read)]),
        )
        for claim in claims
        for item in claim.evidence
    )
    notes = ("Quotes stand in quotation marks; all else is in the coder's words.",) if rows else ()
    return Section("Trail", "Evidence trail", notes, tuple(columns), tuple(columns.values()), rows)


def _told(item: Part) -> list[str]:
    quote, measure = item.get("quote"), item.get("statisticMeasure")
    speaker = f" ({item.get('speaker')})" if item.get("speaker") else ""
    size = f"n = {item.get('sampleSize')}" if item.get("sampleSize") else None
    value = ", ".join(told for told in (item.get("statisticValue"), item.get("statisticInterval"), size) if told)
    return [
        f"“{quote}”{speaker}" if quote else "",
        item.get("paraphrase") or "",
        f"{measure}: {value or f'value {MISSING}'}" if measure else "",
    ]


def _methods(graph: Answers, claims: Sequence[TracedClaim]) -> dict[str, str]:
    """How each claim was coded, and whether somebody else checked it."""
    found = made(graph, claims)
    methods = {}
    for claim in claims:
        coding = found["/".join(claim.claim.split("/")[:2])]
        names = [method.rpartition("#")[2].removesuffix("Coding") for method in sorted(coding.methods)]
        told = {"machineAssisted": "machine-assisted"}.get(names[-1], names[-1]) if names else f"method {MISSING}"
        checked = f"checked by {', '.join(sorted(coding.checkers))}" if coding.checkers else "not checked"
        methods[claim.claim] = f"{told}, {checked}"
    return methods
