"""What named persons judge of patterns and tensions, as a graph holds it: somebody's interpretation, never the graph's.

A pattern becomes a demi-regularity, and a tension one of a kind, only on the word of a person who says why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from kg import iris, query
from kg.words import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.store import Answers, Row
    from kg.words import Vocabulary


@dataclass(frozen=True)
class Condition:
    """A factor as context, apart from any single claim.

    Attributes:
        factor: Id of the factor.
        state: Notation of its state; None where none is recorded.
        note: What is said of it, if anything.
    """

    factor: str
    state: str | None = None
    note: str | None = None

    def __str__(self) -> str:
        return f"{self.factor} ({self.state})" if self.state else self.factor


@dataclass(frozen=True)
class CounterCase:
    """A claim that speaks against a demi-regularity.

    Attributes:
        claim: `source/coder/id`.
        why: What the person makes of it, if it is said.
    """

    claim: str
    why: str | None


@dataclass(frozen=True)
class SynthesisJudgement:
    """What one person judges of one pattern or tension.

    Attributes:
        by: The person's name.
        date: ISO 8601, if it is said.
        kind: Notation of the kind of a tension; None of a pattern, which is promoted to a demi-regularity.
        reason: The explanation of a demi-regularity, or the rationale of a judged tension.
        contexts: Where the demi-regularity is held to hold, or on what the tension is held to depend.
        counter_cases: Claims that speak against a demi-regularity.
        counter_cases_sought: Where they were looked for, if it is said.
    """

    by: str
    date: str | None
    kind: str | None
    reason: str
    contexts: tuple[Condition, ...]
    counter_cases: tuple[CounterCase, ...]
    counter_cases_sought: str | None

    def to_json(self) -> dict[str, Any]:
        """The judgement as plain values."""
        return {
            **vars(self),
            "contexts": [vars(context) for context in self.contexts],
            "counter_cases": [vars(case) for case in self.counter_cases],
        }


def read(graph: Answers, words: Vocabulary) -> dict[str, tuple[SynthesisJudgement, ...]]:
    """The judgements of each pattern and each tension, by its IRI; of each, in the order of who judges."""
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in query.run(graph, "synthesis/judgements", {}):
        rows[text(row["about"]), text(row["judgement"])].append(row)
    found: dict[str, tuple[SynthesisJudgement, ...]] = defaultdict(tuple)
    for (about, _), parts in rows.items():
        found[about] += (_judgement(parts, words),)
    return dict(found)


def condition(row: Row, words: Vocabulary, note: str | None = None) -> Condition:
    """The condition of a row with `condition_factor` and `condition_state`."""
    state = row["condition_state"]
    return Condition(iris.ids(text(row["condition_factor"]))[0], words.notations[text(state)] if state else None, note)


def _judgement(rows: Sequence[Row], words: Vocabulary) -> SynthesisJudgement:
    first = rows[0]
    return SynthesisJudgement(
        by=text(first["person"]),
        date=_said(first, "day"),
        kind=words.notations[text(first["kind"])] if first["kind"] is not None else None,
        reason=text(first["reason"]),
        contexts=tuple(
            condition(row, words, _said(row, "note")) for row in rows if row["condition_factor"] is not None
        ),
        counter_cases=tuple(
            CounterCase("/".join(iris.ids(row["claim"])), _said(row, "note"))
            for row in rows
            if isinstance(row["claim"], NamedNode)
        ),
        counter_cases_sought=_said(first, "sought"),
    )


def _said(row: Mapping[str, Any], name: str) -> str | None:
    return None if row[name] is None else text(row[name])
