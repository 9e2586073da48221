"""The answer of a report in sentences: what claims report, never what works, and each number a way to its studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.plot.words import about
from kg.report.behind import Behind, Number
from kg.trace import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.report.report import Row, Step
    from kg.trace import Trace

Sentence = tuple[str | Number, ...]
"""Words, and numbers that lead to what they count."""
NAMED = 5
"""How many pairs are named in a sentence; the table has all."""
PAIRS = "pairs"
"""Where the page lists every pair of a factor and an outcome."""
_LEFT_OUT = "reviews, mere proposals, absent mechanisms, missing contexts and reading of abstracts only are left out."


def answer(found: Trace, rows: Sequence[Row], steps: Sequence[Step], behind: Behind) -> list[Sentence]:
    """What a selection gives, in sentences.

    Args:
        found: What the selection gave.
        rows: Its cells, those with most studies first.
        steps: The funnel.
        behind: The lists behind the numbers of the report.
    """
    counted = [claim for claim in found.claims if claim.counted]
    studies = behind.number("Anything reported that counts", counted, "everything")
    claims = Number(len({claim.claim for claim in counted}), studies.anchor)
    told: list[Sentence] = [
        (
            f"Of {about(found)}, ",
            studies,
            _form(studies.count, " independent study reports", " independent studies report"),
            " something that counts, in ",
            claims,
            _form(claims.count, " claim.", " claims."),
        )
    ]
    told.append(_named(rows, "supports", "Support", "No study reports support."))
    told.append(
        _named(
            rows,
            "hinders",
            "Hindrance",
            "No study of the selection reports hindrance, which does not mean that there is none.",
        )
    )
    other = sum(bool(row.cell.mixed or row.cell.no_effect) for row in rows)
    if other:
        told.append(
            ("A mixed effect, or none, is reported for ", Number(other, PAIRS), _form(other, " pair.", " pairs."))
        )
    directions: dict[tuple[str, str, str], set[str]] = {}
    for claim in counted:
        directions.setdefault((claim.factor, claim.outcome, claim.study), set()).add(claim.effect)
    several = behind.number(
        "Several directions of one pair reported by one study",
        [one for one in counted if len(directions[one.factor, one.outcome, one.study]) > 1],
        "several",
    )
    if several.count:
        told.append(
            (
                several,
                _form(several.count, " study reports", " studies report"),
                " several directions of one pair, and counts once in each.",
            )
        )
    tensions = sum(row.cell.tension for row in rows)
    if tensions:
        told.append(("Studies diverge on ", Number(tensions, "tensions"), _form(tensions, " pair.", " pairs.")))
    first, last = steps[0], steps[-1]
    if any(step.studies is not None for step in found.funnel):
        told.append(
            (
                "Of ",
                first.studies,
                _form(first.studies.count, " study in support, ", " studies in support, "),
                last.studies,
                _form(last.studies.count, " is left once ", " are left once "),
                _LEFT_OUT,
            )
        )
    elif first.recurrent:
        told.append(
            (
                "Of ",
                Number(first.recurrent, first.studies.anchor),
                _form(first.recurrent, " pair", " pairs"),
                f" with support from {RECURRENT} independent studies or more, ",
                Number(last.recurrent, last.studies.anchor),
                _form(last.recurrent, " is left once ", " are left once "),
                _LEFT_OUT,
            )
        )
    return told


def _named(rows: Sequence[Row], column: str, what: str, otherwise: str) -> Sentence:
    reported = sorted(
        (row for row in rows if row.numbers[column].count), key=lambda row: (-row.numbers[column].count, row.name)
    )
    if not reported:
        return (otherwise,)
    told: list[str | Number] = [f"{what} is reported for "]
    if len(reported) > NAMED:
        told += [Number(len(reported), PAIRS), " pairs of a factor and an outcome, by most studies for "]
    for at, row in enumerate(reported[:NAMED]):
        last = at == min(len(reported), NAMED) - 1
        told += ["" if at == 0 else " and " if last else ", ", f"{row.name} (", row.numbers[column], ")"]
    return (*told, "; the numbers are of studies.")


def _form(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
