"""Where studies diverge: one reports support and another hindrance, and what stands on one side only.

A tension is a lead for retroduction, not an error. That a difference is listed does not say that it explains anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from kg import iris, judgements, query
from kg.frames import Tabular
from kg.judgements import Condition, SynthesisJudgement
from kg.terms import PM
from kg.vocabulary import Effect
from kg.words import Vocabulary, notice, text

if TYPE_CHECKING:
    from kg.store import Answers, Row

CAUTION = "That a difference is listed does not say that it explains a tension: it is where to look."
"""What is said wherever tensions are shown."""


@dataclass(frozen=True)
class TensionSide:
    """The studies that report one of the two directions, and what no claim on the other side has.

    Attributes:
        effect: `supports` or `hinders`.
        studies: Ids of the studies, with what each is called.
        claims: The tested claims, as `source/coder/id`.
        states: In how many of the claims the mechanism is recorded as `present`, `absent` and so on.
        seen_once: Ids of sources coded more than once, of which one coder alone has claims on this side.
        contexts: Contexts on this side only; the same factor in another state is another context.
        actors: Ids of kinds of actor on this side only.
        countries: ISO 3166-1 codes of countries on this side only.
        designs: Notations of study designs on this side only.
        layers: Notations of layers of interpretation on this side only.
    """

    effect: str
    studies: dict[str, str]
    claims: tuple[str, ...]
    states: dict[str, int]
    seen_once: tuple[str, ...]
    contexts: tuple[Condition, ...]
    actors: tuple[str, ...]
    countries: tuple[str, ...]
    designs: tuple[str, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Tension:
    """A factor and an outcome on which different studies report support and hindrance.

    Attributes:
        factor: Id of the factor, as mechanism.
        outcome: Id of the outcome.
        supports: The side that reports support.
        hinders: The side that reports hindrance.
        judgements: What named persons judge of it.
    """

    factor: str
    outcome: str
    supports: TensionSide
    hinders: TensionSide
    judgements: tuple[SynthesisJudgement, ...]

    @property
    def sides(self) -> tuple[TensionSide, TensionSide]:
        """Support, then hindrance."""
        return (self.supports, self.hinders)


@dataclass(frozen=True)
class Tensions(Tabular):
    """Tensions, a row for each side of each.

    Attributes:
        tensions: By factor and outcome.
        notice: How the evidence was coded, to be said wherever it is shown.
        vocabulary: What each id in it is called.
    """

    tensions: tuple[Tension, ...]
    notice: str
    vocabulary: Vocabulary = field(repr=False)

    COLUMNS = (
        "factor", "outcome", "side", "studies", "study_ids", "claims", "states", "seen_once", "contexts_only",
        "actors_only", "countries_only", "designs_only", "layers_only", "judged",
    )  # fmt: skip

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.COLUMNS

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The sides as flat rows; `studies` is a number, and several values of a column are joined by semicolons."""
        return [
            {
                "factor": tension.factor,
                "outcome": tension.outcome,
                "side": side.effect,
                "studies": len(side.studies),
                "study_ids": _listed(side.studies),
                "claims": _listed(side.claims),
                "states": _listed(f"{state} {claims}" for state, claims in side.states.items()),
                "seen_once": _listed(side.seen_once),
                "contexts_only": _listed(side.contexts),
                "actors_only": _listed(side.actors),
                "countries_only": _listed(side.countries),
                "designs_only": _listed(side.designs),
                "layers_only": _listed(side.layers),
                "judged": _listed(f"{one.kind} by {one.by}" for one in tension.judgements),
            }
            for tension in self.tensions
            for side in tension.sides
        ]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "notice": self.notice,
            "caution": CAUTION,
            "tensions": [
                {
                    "factor": tension.factor,
                    "outcome": tension.outcome,
                    **{
                        side.effect: {**vars(side), "contexts": [vars(context) for context in side.contexts]}
                        for side in tension.sides
                    },
                    "judgements": [judgement.to_json() for judgement in tension.judgements],
                }
                for tension in self.tensions
            ],
        }


def _listed(values: Any) -> str | None:
    return "; ".join(map(str, values)) or None


def tensions(graph: Answers, factor: Sequence[str] = (), outcome: Sequence[str] = ()) -> Tensions:
    """The tensions of a graph.

    Args:
        graph: A graph that answers queries.
        factor: Ids or labels of factors; none for all.
        outcome: Ids or labels of outcomes; none for all.

    Raises:
        UsageError: The graph does not know a word.
    """
    words = Vocabulary(graph)
    asked = words.factor_and_outcome(factor, outcome)
    sides: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in query.run(graph, "synthesis/tensions", asked):
        sides[text(row["tension"])][words.notations[text(row["effect"])]].append(row)
    claims: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in query.run(graph, "synthesis/sides", asked):
        claims[text(row["tension"]), words.notations[text(row["effect"])]].append(row)
    judged = judgements.read(graph, words)
    found = []
    for tension, rows in sides.items():
        _, mechanism, result = iris.ids(tension)
        supports, hinders = (
            _side(effect, rows[effect], claims[tension, effect], words) for effect in (Effect.supports, Effect.hinders)
        )
        found.append(Tension(mechanism, result, supports, hinders, judged.get(tension, ())))
    return Tensions(tuple(found), notice(graph), words)


def _side(effect: Effect, rows: Sequence[Row], claims: Sequence[Row], words: Vocabulary) -> TensionSide:
    def of(relation: NamedNode) -> list[Row]:
        return [row for row in rows if row["relation"] == relation]

    def last(relation: NamedNode) -> tuple[str, ...]:
        return tuple(iris.ids(text(row["value"]))[-1] for row in of(relation))

    def notations(relation: NamedNode) -> tuple[str, ...]:
        return tuple(words.notations[text(row["value"])] for row in of(relation))

    states = Counter(state for claim in claims for state in text(claim["states"]).split("\n") if state)
    coders: dict[str, set[str]] = defaultdict(set)
    for claim in claims:
        if int(text(claim["codings"])) > 1:
            coders[iris.ids(text(claim["source"]))[-1]].add(text(claim["coder"]))
    return TensionSide(
        effect=effect.value,
        studies={iris.ids(text(row["value"]))[-1]: text(row["label"]) for row in of(PM.premiseStudy)},
        claims=tuple("/".join(iris.ids(text(row["value"]))) for row in of(PM.premise)),
        states=dict(sorted(states.items())),
        seen_once=tuple(source for source, seen in coders.items() if len(seen) == 1),
        contexts=tuple(judgements.condition(row, words) for row in of(PM.contextOnly)),
        actors=last(PM.actorOnly),
        countries=last(PM.countryOnly),
        designs=notations(PM.designOnly),
        layers=notations(PM.layerOnly),
    )
