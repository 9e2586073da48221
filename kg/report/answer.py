"""The answer of a report in sentences: what claims report, never what works, and each number a way to its studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.plot.words import about
from kg.report.behind import Lists, Number
from kg.trace import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.report.report import Row, Step
    from kg.trace import Trace, TracedClaim

Sentence = tuple[str | Number, ...]
"""Words, and numbers that lead to what they count."""
NAMED = 5
"""How many pairs are named in a sentence; the table has all."""
PAIRS = "pairs"
"""Where the page lists every pair of a factor and an outcome."""
_LEFT_OUT = "reviews, mere proposals, absent mechanisms, missing contexts and reading of abstracts only are left out."


def answer(
    found: Trace, rows: Sequence[Row], steps: Sequence[Step], behind: Lists, tensions_told: bool
) -> list[Sentence]:
    """What a selection gives, in sentences.

    Args:
        found: What the selection gave.
        rows: Its cells, those with most studies first.
        steps: The funnel.
        behind: The lists behind the numbers of the report.
        tensions_told: Whether the report tells of tensions.
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
    told.append(_contexts(counted, behind))
    told.append(_words(counted, behind))
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
        told.append(
            (
                "Studies diverge on ",
                Number(tensions, "tensions" if tensions_told else PAIRS),
                _form(tensions, " pair.", " pairs."),
            )
        )
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
    elif first.recurrent.count:
        told.append(
            (
                "Of ",
                first.recurrent,
                _form(first.recurrent.count, " pair", " pairs"),
                f" with support from {RECURRENT} independent studies or more, proposals included, ",
                last.recurrent,
                _form(last.recurrent.count, " is left once ", " are left once "),
                _LEFT_OUT,
            )
        )
    return told


def _named(rows: Sequence[Row], column: str, what: str, otherwise: str) -> Sentence:
    """Where something is reported, those with most studies; of those that have as many all are named or none."""
    reported = sorted(
        (row for row in rows if row.numbers[column].count), key=lambda row: (-row.numbers[column].count, row.name)
    )
    if not reported:
        return (otherwise,)
    named = reported
    if len(reported) > NAMED:
        cut = reported[NAMED].numbers[column].count
        named = [row for row in reported if row.numbers[column].count > cut]
    told: list[str | Number] = [f"{what} is reported for "]
    if len(named) < len(reported):
        told += [Number(len(reported), PAIRS), " pairs of a factor and an outcome"]
        told += [", by most studies for "] if named else []
    for at, row in enumerate(named):
        before = "" if at == 0 else " and " if at == len(named) - 1 else ", "
        told += [before, f"{row.name} (", row.numbers[column], ")"]
    return (*told, "; the numbers are of studies.")


def _contexts(counted: Sequence[TracedClaim], behind: Lists) -> Sentence:
    """In which contexts: those of most studies, and how many claims record none."""
    without = [claim for claim in counted if not claim.contexts]
    of: dict[str, list[TracedClaim]] = {}
    for claim in counted:
        for label in dict.fromkeys(part.label for part in claim.contexts):
            of.setdefault(label, []).append(claim)
    studies = {label: len({claim.study for claim in claims}) for label, claims in of.items()}
    ranked = sorted(of, key=lambda label: (-studies[label], label))
    named = ranked
    if len(ranked) > NAMED:
        named = [label for label in ranked if studies[label] > studies[ranked[NAMED]]]
    told: list[str | Number] = []
    if not ranked:
        return ("No claim records a context.",)
    if named:
        told.append("Contexts recorded by most studies: " if len(named) < len(ranked) else "Contexts recorded: ")
        for at, label in enumerate(named):
            number = behind.number(f"In a context of {label}", of[label], "context", label)
            told += ["" if at == 0 else ", ", f"{label} (", number, ")"]
        told.append(". ")
    else:
        told.append(f"{len(ranked)} contexts are recorded, none by more studies than others. ")
    number = Number(
        len({claim.claim for claim in without}), behind.number("No context recorded", without, "context").anchor
    )
    return (*told, number, _form(number.count, " claim records", " claims record"), " none.")


def _words(counted: Sequence[TracedClaim], behind: Lists) -> Sentence:
    """On whose word: whose account the passages are, in studies, and how often it is known who reasons."""
    told: list[str | Number] = ["On whose word, in studies: "]
    layers: dict[str, list[TracedClaim]] = {}
    for claim in counted:
        for layer in dict.fromkeys(item.get("layer") or "not recorded" for item in claim.evidence):
            layers.setdefault(layer, []).append(claim)
    for at, layer in enumerate(sorted(layers)):
        number = behind.number(f"On the word of: {layer}", layers[layer], "layer", layer)
        told += ["" if at == 0 else ", ", f"{layer} ", number]
    based = {claim.claim for claim in counted if any(part.get("reasoningBasis") for part in claim.mechanisms)}
    told.append(
        "; the basis of the reasoning is recorded in none of the claims."
        if not based
        else f"; the basis of the reasoning is recorded in {len(based)} of the claims."
    )
    return tuple(told)


def _form(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
