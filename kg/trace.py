"""The main job: which factors are reported to support which outcomes, and the claims behind each cell.

Every number is of independent studies. A cell never stands without the funnel: how many supporting studies remain once
reviews, mere proposals, absent mechanisms, missing contexts and abstract-only reading are left out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from kg import iris, query
from kg.errors import UsageError
from kg.scheme import FACTOR_KINDS
from kg.sentence import claim_sentence
from kg.terms import PM
from kg.vocabulary import Design, Effect, Layer, Status
from kg.words import Vocabulary, choice, notice, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kg.store import Answers, Row

ROLES = {"mechanism": PM.mechanismFactor, "context": PM.contextFactor, "outcome": PM.outcomeFactor}
_SIGNS = (PM.supports.value, PM.hinders.value)
EVIDENCE = {"primary": PM.PrimaryClaim, "review": PM.SecondaryClaim}
FUNNEL = (
    "as they are, tested or proposed",
    "… and primary empirical",
    "… and not merely proposed",
    "… and with the mechanism present",
    "… and with any context recorded",
    "… and read beyond the abstract",
)
"""The funnel's steps, each narrower than the one before."""
RECURRENT = 3
"""Independent studies from which a pattern counts as recurrent."""
EFFECTS = ("supports", "hinders", "mixed", "no_effect")
"""The columns in which a claim that counts can stand."""


@dataclass(frozen=True)
class Selection:
    """What to trace; an empty slot restricts nothing.

    Attributes:
        factor: Ids of factors.
        outcome: Ids of outcomes.
        kind: Kinds of factor, as in `kg.scheme.FACTOR_KINDS`; `any` for all. Relational where no factor is named.
        role: The factor's role, as in `ROLES`.
        status: `tested`, `proposed`, `all`, or statuses.
        evidence: `primary`, `review` or `all`.
        layer: Layers of interpretation.
        design: Study designs.
        country: ISO 3166-1 alpha-3 codes of the case.
        actor: Kinds of actor.
        coder: Ids of coders.
        roll_up: Whether narrower concepts count with their broader one.
        min_studies: Fewest studies that a cell rests on.
        min_coders: 2 for what two coders of a source both saw.
    """

    factor: Sequence[str] = ()
    outcome: Sequence[str] = ()
    kind: Sequence[str] = ()
    role: str = "mechanism"
    status: Sequence[str] = ("tested",)
    evidence: str = "all"
    layer: Sequence[str] = ()
    design: Sequence[str] = ()
    country: Sequence[str] = ()
    actor: Sequence[str] = ()
    coder: Sequence[str] = ()
    roll_up: bool = False
    min_studies: int = 1
    min_coders: int = 1


@dataclass(frozen=True)
class Cell:
    """What the claims that count report of one factor and one outcome, in independent studies.

    A study with several effects counts once in each; `studies` is the distinct number.

    Attributes:
        factor: Id of the factor.
        outcome: Id of the outcome.
        supports: Studies that report support.
        hinders: Studies that report hindrance.
        mixed: Studies that report a mixed effect.
        no_effect: Studies that report none.
        studies: Studies that report anything.
        present_better: Of the supporting, those where it was better with the mechanism present.
        absent_worse: Of the supporting, those where it was worse with the mechanism absent.
        state_unrecorded: Of the supporting, those with a claim that does not record whether the mechanism was there.
        secondary: Reviews and commentaries among the studies.
        several: Studies that stand in several columns.
        proposed: Studies that merely propose something of the two, not counted otherwise.
        unwanted: Whether nobody wants more of the outcome, so that support means less of it.
        tension: Whether some study reports support and another one hindrance; said of mechanisms only, and not of a
            factor and itself, where narrower concepts are rolled up.
        funnel: Supporting studies at each step of `FUNNEL`.
    """

    factor: str
    outcome: str
    supports: int
    hinders: int
    mixed: int
    no_effect: int
    studies: int
    present_better: int
    absent_worse: int
    state_unrecorded: int
    secondary: int
    several: int
    proposed: int
    unwanted: bool
    tension: bool
    funnel: tuple[int, ...]

    COLUMNS = ("factor", "outcome", "supports", "hinders", "mixed", "no_effect", "studies")

    @property
    def divergence(self) -> bool:
        """A weaker divergence than a tension: mixed or no effect beside a sign."""
        return not self.tension and bool(self.mixed or self.no_effect) and bool(self.supports or self.hinders)


@dataclass(frozen=True)
class FunnelStep:
    """One step of the funnel over a matrix.

    Attributes:
        step: What is left in, in words.
        cells: Cells with support from any study.
        recurrent: Cells with support from three independent studies or more.
        studies: Supporting studies, where the selection is one cell.
    """

    step: str
    cells: int
    recurrent: int
    studies: int | None


@dataclass(frozen=True)
class Part:
    """A part of a claim: a role or an evidence item, with its properties by local name."""

    label: str
    position: int
    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """The label of a property's value, or its text; None where the record is silent."""
        return self.values.get(name)


@dataclass(frozen=True)
class TracedClaim:
    """A claim with all that is needed to read and to judge it.

    Attributes:
        claim: `source/coder/id`, as links between claims write it.
        factor: Id of the factor that it was found by.
        outcome: Id of the outcome that it was found by.
        counted: Whether the matrix counts it; a merely proposed claim is by default shown beside it only.
        effect: Notation of the reported effect.
        effect_kind: Notation of its kind, if recorded.
        status: Notation of the status.
        source: Id of the source.
        citation: Short citation.
        study: Id of the study, in which independence is counted.
        design: Notation of the design, as the coder recorded it.
        coder: Id of the coder.
        read: Parts of the source that the coder read.
        read_extent: Notation of the extent of reading.
        contexts: In order.
        mechanisms: In order.
        actors: In order.
        outcome_role: The outcome's role.
        evidence: In order.
        joined_by: Notation of how several mechanisms are joined.
        rival_explanations: Others that the source considers.
    """

    claim: str
    factor: str
    outcome: str
    counted: bool
    effect: str
    effect_kind: str | None
    status: str
    source: str
    citation: str
    study: str
    design: str | None
    coder: str
    read: tuple[str, ...]
    read_extent: str | None
    contexts: tuple[Part, ...]
    mechanisms: tuple[Part, ...]
    actors: tuple[Part, ...]
    outcome_role: Part
    evidence: tuple[Part, ...]
    joined_by: str | None
    rival_explanations: tuple[str, ...]

    COLUMNS = (
        "claim", "factor", "outcome", "effect", "effect_kind", "status", "counted", "mechanism_state",
        "outcome_direction", "contexts", "actors", "resource", "reasoning", "basis", "layer", "locator", "paraphrase",
        "quote", "source", "citation", "study", "design", "coder", "read", "sentence",
    )  # fmt: skip

    @cached_property
    def sentence(self) -> str:
        """The claim as a sentence."""
        reasoners = [
            [actor for actor in self.actors if actor.get("node") in (part.get("reasoner") or "").split("\n")]
            for part in self.mechanisms
        ]
        layers = [item.get("layer") or "" for item in self.evidence]
        return claim_sentence(
            self.contexts,
            self.mechanisms,
            self.actors,
            reasoners,
            self.outcome_role,
            self.effect,
            self.status,
            self.citation,
            layers,
            self.joined_by,
        )

    def row(self) -> dict[str, str | bool | None]:
        """The claim as a flat row; several values of a slot are joined by semicolons."""

        def told(parts: Sequence[Part], name: str) -> str | None:
            return "; ".join(value for part in parts if (value := part.get(name))) or None

        return {
            "claim": self.claim,
            "factor": self.factor,
            "outcome": self.outcome,
            "effect": self.effect,
            "effect_kind": self.effect_kind,
            "status": self.status,
            "counted": self.counted,
            "mechanism_state": told(self.mechanisms, "state"),
            "outcome_direction": self.outcome_role.get("direction"),
            "contexts": "; ".join(part.label for part in self.contexts) or None,
            "actors": "; ".join(part.label for part in self.actors) or None,
            "resource": told(self.mechanisms, "resource"),
            "reasoning": told(self.mechanisms, "reasoning"),
            "basis": told(self.mechanisms, "reasoningBasis"),
            "layer": told(self.evidence, "layer"),
            "locator": told(self.evidence, "locator"),
            "paraphrase": told(self.evidence, "paraphrase"),
            "quote": told(self.evidence, "quote"),
            "source": self.source,
            "citation": self.citation,
            "study": self.study,
            "design": self.design,
            "coder": self.coder,
            "read": "; ".join(self.read) or None,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class DoubleCoding:
    """How far the coders of double-coded sources agree.

    Counts a source once in each cell that it stands in, whatever the claims' status.

    Attributes:
        both: Both coders saw it.
        one: One of them did.
        opposed: Both did, one reporting support and the other hindrance.
    """

    both: int
    one: int
    opposed: int


@dataclass(frozen=True)
class Trace:
    """What a selection gave.

    Attributes:
        selection: What was asked.
        cells: The matrix, by factor and outcome.
        claims: The claims behind it, where they were asked for.
        notice: How the evidence was coded, to be said wherever it is shown.
        vocabulary: What each id in it is called.
        all_cells: The cells of the matrix and those that are merely proposed or thinner than asked for.
    """

    selection: Selection
    cells: tuple[Cell, ...]
    claims: tuple[TracedClaim, ...]
    notice: str
    vocabulary: Vocabulary = field(repr=False)
    all_cells: tuple[Cell, ...] = field(repr=False)
    _compare: Callable[[], DoubleCoding] = field(repr=False)

    @cached_property
    def double_coding(self) -> DoubleCoding:
        """What both coders of a source saw of the cells; asked of the graph when it is first wanted."""
        return self._compare()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The claims as flat rows where they were asked for, else the cells."""
        if self.claims:
            return [claim.row() for claim in self.claims]
        return [{**vars(cell), "divergence": cell.divergence} for cell in self.cells]

    @property
    def funnel(self) -> list[FunnelStep]:
        """What remains of the reported support as weaker evidence is left out, step by step."""
        single = len(self.selection.factor) == len(self.selection.outcome) == 1
        steps = []
        for at, step in enumerate(FUNNEL):
            counts = [cell.funnel[at] for cell in self.all_cells]
            steps.append(
                FunnelStep(
                    step,
                    sum(count > 0 for count in counts),
                    sum(count >= RECURRENT for count in counts),
                    sum(counts) if single else None,
                )
            )
        return steps

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values: selection, notice, funnel, and cells or claims."""
        return {
            "selection": {
                name: list(slot) if isinstance(slot, tuple) else slot for name, slot in vars(self.selection).items()
            },
            "notice": self.notice,
            "funnel": [vars(step) for step in self.funnel],
            "double_coding": vars(self.double_coding),
            "claims" if self.claims else "cells": self.rows,
        }

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame.

        Raises:
            ImportError: pandas is not installed (`pip install partnership-mechanisms-kg[pandas]`).
        """
        from pandas import DataFrame

        return DataFrame(self.rows)


def first_queries(graph: Answers) -> list[str]:
    """The queries that the matrix of all relational factors asks: a build prepares their answers."""
    asked = bindings(Selection(), Vocabulary(graph))
    names = ("trace/matrix", "trace/double-coding", "trace/codings", "trace/same-publication")
    texts = (query.read(name) for name in names)
    return [query.bind(text, {name: asked[name] for name in query.parameters(text) if name in asked}) for text in texts]


def trace(graph: Answers, selection: Selection, claims: bool | None = None) -> Trace:
    """Traces a selection through a graph.

    Args:
        graph: A graph that answers queries.
        selection: What to trace.
        claims: Whether to read the claims behind the cells; by default where one factor and one outcome are named.

    Raises:
        UsageError: The selection names what the graph does not know.
    """
    words = Vocabulary(graph)
    asked = bindings(selection, words)
    rows = query.run(graph, "trace/matrix", asked)
    every = tuple(_cells(rows, selection.role))
    counted = (cell for cell in every if cell.studies >= max(selection.min_studies, 1))
    cells = tuple(sorted(counted, key=lambda cell: (cell.factor, cell.outcome)))
    wanted = bool(selection.factor and selection.outcome) if claims is None else claims
    found: tuple[TracedClaim, ...] = ()
    if wanted:
        found = _claims(graph, asked, words)
        if selection.min_studies > 1:
            shown = {(cell.factor, cell.outcome) for cell in cells}
            found = tuple(claim for claim in found if (claim.factor, claim.outcome) in shown)

    def compare() -> DoubleCoding:
        everyone = {name: terms for name, terms in asked.items() if name != "coder"}
        return _double_coding(query.run(graph, "trace/double-coding", everyone))

    return Trace(selection, cells, found, notice(graph), words, every, compare)


def read_claims(graph: Answers, names: Iterable[str]) -> tuple[TracedClaim, ...]:
    """Claims by their ids, each once, whatever their factors and status.

    Args:
        graph: A graph that answers queries.
        names: As `source/coder/id`, as every listing writes it.

    Raises:
        UsageError: The graph has no such claim.
    """
    words = Vocabulary(graph)
    wanted = list(dict.fromkeys(name.strip() for name in names))
    nodes = [iris.claim(*parts) for name in wanted if len(parts := name.split("/")) == 3 and all(parts)]
    asked = bindings(Selection(kind=("any",), status=("all",)), words)
    read = _claims(graph, {**asked, "claim": nodes}, words) if nodes else ()
    found = {claim.claim: claim for claim in read}
    for name in wanted:
        if name not in found:
            raise UsageError(f"there is no claim “{name}”: write source/coder/id, as kg trace shows it")
    return tuple(found[name] for name in wanted)


def bindings(selection: Selection, words: Vocabulary) -> dict[str, list[NamedNode | Literal]]:
    """What the queries of a selection are bound to.

    Raises:
        UsageError: The selection names what the graph does not know.
    """
    bound: dict[str, list[NamedNode | Literal]] = {
        "role": [choice("role", selection.role, ROLES)],
        "rolledUp": [Literal(selection.roll_up)],
        "factor": [words.concept(word, "factor") for word in selection.factor],
        "outcome": [words.concept(word, "outcome") for word in selection.outcome],
        "layer": [choice("layer", word, {value.value: value.iri for value in Layer}) for word in selection.layer],
        "design": [choice("design", word, {value.value: value.iri for value in Design}) for word in selection.design],
        "country": [words.country(word) for word in selection.country],
        "actor": [words.concept(word, "actor") for word in selection.actor],
        "coder": [words.coder(word) for word in selection.coder],
    }
    kinds = list(selection.kind) or ([] if selection.factor else ["relational"])
    if "any" not in kinds:
        bound["kind"] = [choice("kind", kind, {**FACTOR_KINDS, "any": PM.Factor}) for kind in kinds]
    if selection.evidence != "all":
        bound["evidence"] = [choice("evidence", selection.evidence, {**EVIDENCE, "all": PM.Claim})]
    statuses = {status.value: status.iri for status in Status}
    if list(selection.status) != ["tested"]:
        bound["counts"] = [PM.Claim]
        named = [word for word in selection.status if word not in ("tested", "all")]
        chosen = [choice("status", word, {**statuses, "tested": PM.Claim, "all": PM.Claim}) for word in named]
        if "tested" in selection.status:
            chosen += [iri for word, iri in statuses.items() if word != Status.proposed]
        if "all" not in selection.status:
            bound["status"] = list(dict.fromkeys(chosen))
    if selection.min_coders not in (1, 2):
        raise UsageError("min-coders is 1, or 2 for what two coders of a source both saw")
    if selection.min_coders == 2 and (selection.role != "mechanism" or selection.roll_up):
        raise UsageError("min-coders compares mechanisms as they were coded: leave role and roll-up out")
    if selection.min_coders == 2:
        bound["twoCoders"] = [Literal(True)]
    return bound


def _double_coding(rows: Iterable[Row]) -> DoubleCoding:
    """How many sources, in each cell, both coders saw alike, one alone saw, or both saw with opposed signs."""
    readings: defaultdict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        place = tuple(text(row[name]) for name in ("factor", "outcome", "source"))
        readings[place].add((text(row["reader"]), text(row["effect"])))
    both = one = opposed = 0
    for found in readings.values():
        signed = {(reader, effect) for reader, effect in found if effect in _SIGNS}
        signing, signs = ({pair[at] for pair in signed} for at in (0, 1))
        if len({reader for reader, _ in found}) == 1:
            one += 1
        elif len(signed) == len(signing) == len(signs) == 2:
            opposed += 1
        else:
            both += 1
    return DoubleCoding(both, one, opposed)


def _cells(rows: Iterable[Row], role: str) -> Iterator[Cell]:
    """The cells of the matrix, from a row for each study in each."""
    studies: defaultdict[tuple[str, str], list[dict[str, int]]] = defaultdict(list)
    for row in rows:
        of = iris.ids(text(row["factor"]))[0], iris.ids(text(row["outcome"]))[0]
        counts = {name: term for name, term in row.items() if name not in ("factor", "outcome", "study")}
        studies[of].append({name: int(text(term)) for name, term in counts.items()})
    for (factor, outcome), in_cell in studies.items():
        yield _cell(factor, outcome, in_cell, role)


def _cell(factor: str, outcome: str, studies: Sequence[Mapping[str, int]], role: str) -> Cell:
    def count(*names: str) -> int:
        """In how many studies there is any of these."""
        return sum(any(study[name] for name in names) for study in studies)

    return Cell(
        factor=factor,
        outcome=outcome,
        supports=count("supports"),
        hinders=count("hinders"),
        mixed=count("mixed"),
        no_effect=count("no_effect"),
        studies=count(*EFFECTS),
        present_better=count("present_better"),
        absent_worse=count("absent_worse"),
        state_unrecorded=count("state_unrecorded"),
        secondary=count("secondary"),
        several=sum(sum(study[effect] for effect in EFFECTS) > 1 for study in studies),
        proposed=count("proposed"),
        unwanted=count("unwanted") > 0,
        tension=(
            count("supports") > 0
            and count("hinders") > 0
            and count("supports", "hinders") > 1
            and role == "mechanism"
            and factor != outcome
        ),
        funnel=tuple(count(f"step{at}") for at in range(1, len(FUNNEL) + 1)),
    )


def _claims(
    graph: Answers, bindings: Mapping[str, Sequence[NamedNode | Literal]], words: Vocabulary
) -> tuple[TracedClaim, ...]:
    rows = query.run(graph, "trace/claims", bindings)
    nodes = list(dict.fromkeys(row["claim"] for row in rows if isinstance(row["claim"], NamedNode)))
    if not nodes:
        return ()
    parts: dict[str, dict[str, dict[str, dict[str, list[str]]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    )
    for row in query.run(graph, "trace/parts", {"claim": nodes}):
        claim, relation, part, name, value = (
            text(row[key]) for key in ("claim", "relation", "part", "property", "value")
        )
        parts[claim][relation.partition("#")[2]][part][name.rpartition("#")[2]].append(value)
    rivals: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["rival"] is not None:
            rivals[text(row["claim"])].append(text(row["rival"]))
    found: dict[tuple[str, str, str], TracedClaim] = {}
    for row in rows:
        claim = text(row["claim"])
        key = (claim, text(row["factor"]), text(row["outcome"]))
        if key not in found:
            found[key] = _traced(row, parts[claim], words, tuple(dict.fromkeys(rivals[claim])))
    order = {Effect.supports: 0, Effect.hinders: 1, Effect.mixed: 2, Effect.noEffect: 3}
    return tuple(
        sorted(
            found.values(),
            key=lambda one: (one.factor, one.outcome, not one.counted, order[Effect(one.effect)], one.claim),
        )
    )


def _traced(
    row: Row, parts: Mapping[str, Mapping[str, Mapping[str, list[str]]]], words: Vocabulary, rivals: tuple[str, ...]
) -> TracedClaim:
    def notation(name: str) -> str | None:
        return None if row[name] is None else words.notations.get(text(row[name]), text(row[name]))

    def last(name: str) -> str:
        return iris.ids(text(row[name]))[-1]

    def roles(relation: str) -> tuple[Part, ...]:
        made = [_part(node, values, words) for node, values in parts.get(relation, {}).items()]
        return tuple(sorted(made, key=lambda part: part.position))

    coding = next(iter(parts.get("inCoding", {}).values()), {})
    return TracedClaim(
        claim="/".join(iris.ids(text(row["claim"]))),
        factor=last("factor"),
        outcome=last("outcome"),
        counted=query.plain(row["counted"]) in (True, 1),
        effect=notation("effect") or "",
        effect_kind=notation("effect_kind"),
        status=notation("status") or "",
        source=last("source"),
        citation=text(row["citation"]) if row["citation"] is not None else last("source"),
        study=last("study"),
        design=notation("design"),
        coder=last("coder"),
        read=tuple(coding.get("partRead", [])),
        read_extent=notation("read_extent"),
        contexts=roles("hasContext"),
        mechanisms=roles("hasMechanism"),
        actors=roles("hasActor"),
        outcome_role=(roles("hasOutcome") or (Part("an outcome that is not stated", 1, {}),))[0],
        evidence=roles("hasEvidence"),
        joined_by=notation("joined_by"),
        rival_explanations=rivals,
    )


def _part(node: str, values: Mapping[str, list[str]], words: Vocabulary) -> Part:
    told = {
        name: "\n".join(words.notations.get(value, value) for value in found)
        for name, found in values.items()
        if name not in ("type", "roleOf")
    }
    concept = told.get("factor") or told.get("kindOfActor") or ""
    label = words.labels.get(iris.ids(concept)[0], concept) if concept else ""
    return Part(label, int(told.get("position", "1")), {**told, "node": node})
