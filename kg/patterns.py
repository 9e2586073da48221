"""What recurs: a factor, an outcome and an effect that three independent studies or more report.

A recurrent pattern is a count of reports. It is a demi-regularity only where a named person has explained it, with
context and counter-cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from kg import iris, judgements, query
from kg.frames import Tabular
from kg.judgements import SynthesisJudgement
from kg.terms import PM
from kg.trace import Cell, Selection, trace
from kg.vocabulary import Effect
from kg.words import Vocabulary, notice, text

if TYPE_CHECKING:
    from kg.store import Answers, Row

CAUTION = "A recurrent pattern is a count of studies that report it; it says neither why, nor where else it holds."
"""What is said wherever patterns are shown."""


@dataclass(frozen=True)
class RecurrentPattern:
    """A factor, an outcome and an effect that three independent studies or more report in tested claims.

    Attributes:
        factor: Id of the factor, as mechanism.
        outcome: Id of the outcome.
        effect: Notation of the reported effect.
        studies: Ids of the studies, with what each is called.
        claims: The tested claims, as `source/coder/id`.
        countries: ISO 3166-1 codes of the cases' countries; a claim whose case is not described has none.
        designs: Notations of study designs.
        layers: Notations of layers of interpretation.
        cell: The cell of the matrix that it stands in: who reports otherwise, how many studies are reviews, and what
            remains of its support step by step.
        judgements: Of the persons who promoted it to a demi-regularity.
    """

    factor: str
    outcome: str
    effect: str
    studies: dict[str, str]
    claims: tuple[str, ...]
    countries: tuple[str, ...]
    designs: tuple[str, ...]
    layers: tuple[str, ...]
    cell: Cell
    judgements: tuple[SynthesisJudgement, ...]

    @property
    def demi_regularity(self) -> bool:
        """Whether a named person has promoted it."""
        return bool(self.judgements)


@dataclass(frozen=True)
class Patterns(Tabular):
    """Recurrent patterns, a row each, those of most studies first.

    Attributes:
        patterns: With their studies, settings, designs and layers.
        notice: How the evidence was coded, to be said wherever it is shown.
        vocabulary: What each id in it is called.
    """

    patterns: tuple[RecurrentPattern, ...]
    notice: str
    vocabulary: Vocabulary = field(repr=False)

    BESIDE = ("supports", "hinders", "mixed", "no_effect", "present_better", "absent_worse", "secondary")
    """Of the cell of the matrix, in studies."""
    COLUMNS = (
        "factor", "outcome", "effect", "studies", "study_ids", "claims", "countries", "designs", "layers",
        *BESIDE, "demi_regularity_by",
    )  # fmt: skip

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.COLUMNS

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The patterns as flat rows; `studies` is a number, and several values of a column are joined by semicolons."""
        return [
            {
                "factor": pattern.factor,
                "outcome": pattern.outcome,
                "effect": pattern.effect,
                "studies": len(pattern.studies),
                "study_ids": "; ".join(pattern.studies),
                "claims": "; ".join(pattern.claims),
                "countries": "; ".join(pattern.countries) or None,
                "designs": "; ".join(pattern.designs) or None,
                "layers": "; ".join(pattern.layers) or None,
                **{name: getattr(pattern.cell, name) for name in self.BESIDE},
                "demi_regularity_by": "; ".join(one.by for one in pattern.judgements) or None,
            }
            for pattern in self.patterns
        ]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "notice": self.notice,
            "caution": CAUTION,
            "patterns": [
                {
                    **vars(pattern),
                    "cell": vars(pattern.cell),
                    "demi_regularity": pattern.demi_regularity,
                    "judgements": [judgement.to_json() for judgement in pattern.judgements],
                }
                for pattern in self.patterns
            ],
        }


def patterns(graph: Answers, factor: Sequence[str] = (), outcome: Sequence[str] = ()) -> Patterns:
    """The recurrent patterns of a graph.

    Args:
        graph: A graph that answers queries.
        factor: Ids or labels of factors; none for all.
        outcome: Ids or labels of outcomes; none for all.

    Raises:
        UsageError: The graph does not know a word.
    """
    words = Vocabulary(graph)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in query.run(graph, "synthesis/patterns", words.factor_and_outcome(factor, outcome)):
        rows[text(row["pattern"])].append(row)
    judged = judgements.read(graph, words)
    matrix = trace(graph, Selection(tuple(factor), tuple(outcome), kind=("any",)), claims=False).cells
    cells = {(cell.factor, cell.outcome): cell for cell in matrix}
    found = [_pattern(pattern, parts, cells, judged.get(pattern, ()), words) for pattern, parts in rows.items()]
    order = list(Effect)
    found.sort(key=lambda one: (-len(one.studies), one.factor, one.outcome, order.index(Effect(one.effect))))
    return Patterns(tuple(found), notice(graph), words)


def _pattern(
    pattern: str,
    rows: Sequence[Row],
    cells: Mapping[tuple[str, str], Cell],
    judged: tuple[SynthesisJudgement, ...],
    words: Vocabulary,
) -> RecurrentPattern:
    def of(relation: NamedNode) -> list[str]:
        return [text(row["value"]) for row in rows if row["relation"] == relation]

    _, factor, outcome, effect = iris.ids(pattern)
    return RecurrentPattern(
        factor=factor,
        outcome=outcome,
        effect=effect,
        studies={
            iris.ids(text(row["value"]))[-1]: text(row["label"]) for row in rows if row["relation"] == PM.premiseStudy
        },
        claims=tuple("/".join(iris.ids(value)) for value in of(PM.premise)),
        countries=tuple(iris.ids(value)[-1] for value in of(PM.seenInCountry)),
        designs=tuple(words.notations[value] for value in of(PM.seenInDesign)),
        layers=tuple(words.notations[value] for value in of(PM.seenAtLayer)),
        cell=cells[factor, outcome],
        judgements=judged,
    )
