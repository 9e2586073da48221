"""How far those who coded the same source agree, slot by slot, and which answers change with the coder.

Two coders do not number what a source says alike, so their claims are aligned first, and by nothing that is compared:
only by the words of the passage that each names (`passage_words`), never by a factor, a direction or any other code.
Claims that find no partner are counted beside every figure; they are a disagreement about what there is to record.
How far the figures hang on that alignment is seen beside them, in the alignment that agrees best (`align_by_slots`),
and in sets of factors that need no alignment (`Overlap`). `docs/explanation/coder-agreement.md` judges all three.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from kg import iris, query
from kg.ask import ask
from kg.frames import Tabular
from kg.terms import PM
from kg.words import notice, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.ask import Answer
    from kg.store import Answers

    Value = frozenset[str]

LEAST_LIKENESS = 0.1
"""Passages less alike than this are not taken for the same one; below it most pairs were seen to be wrong."""
_SCALE = 1_000_000
"""Weights of a matching are whole numbers, so that no sum of them depends on the order of its terms."""


class Blank(Enum):
    """What it means that a coder left a slot empty."""

    recorded = auto()
    """As much as any value: that there is none. Two coders who both name no context agree."""
    missing = auto()
    """Nothing: the pair is not compared in this slot, and counted where only one of the two left it empty."""
    compared = auto()
    """All that is compared: whether a slot of free text is filled, since two coders never word it alike."""


SLOTS: dict[str, Blank] = {
    "contexts": Blank.recorded,
    "mechanism": Blank.missing,
    "mechanism_state": Blank.missing,
    "resource": Blank.compared,
    "reasoning": Blank.compared,
    "actors": Blank.recorded,
    "outcome": Blank.missing,
    "direction": Blank.missing,
    "effect": Blank.missing,
    "status": Blank.missing,
    "layer": Blank.missing,
}
"""The slots that are compared, in the order in which a claim is read; `queries/agreement/slots.rq` fetches them."""


@dataclass(frozen=True)
class CodedClaim:
    """A claim as one coder recorded it.

    Attributes:
        claim: `source/coder/id`.
        slots: What it records in each slot; a slot may be missing or hold several values.
        passage: The words of the source or about it: locator, paraphrase, quote, statistic, what the outcome and the
            case are called.
    """

    claim: str
    slots: Mapping[str, Value]
    passage: tuple[str, ...]

    def value(self, slot: str) -> Value | None:
        """What is compared of a slot; None where there is nothing to compare."""
        recorded = self.slots.get(slot, frozenset())
        if SLOTS[slot] is Blank.compared:
            return frozenset({"filled" if recorded else "empty"})
        return recorded if recorded or SLOTS[slot] is Blank.recorded else None


@dataclass(frozen=True)
class Coded:
    """One coder's coding of a source."""

    source: str
    coder: str
    extent: str
    read: frozenset[str]
    claims: tuple[CodedClaim, ...]


@dataclass(frozen=True)
class Pair:
    """Two claims that are taken to be of the same passage.

    Attributes:
        first: The claim of the coder who stands first in the evidence file.
        second: The other coder's.
        likeness: How alike their passages are, from 0 to 1.
    """

    first: CodedClaim
    second: CodedClaim
    likeness: float

    COLUMNS = ("first", "second", "likeness", "differ", "first_passage", "second_passage")

    @property
    def differ(self) -> tuple[str, ...]:
        """The slots in which the two were compared and are not exactly alike."""
        compared = ((slot, self.first.value(slot), self.second.value(slot)) for slot in SLOTS)
        return tuple(slot for slot, one, other in compared if one is not None and other is not None and one != other)

    def row(self) -> dict[str, Any]:
        """The pair as a flat row."""
        return {
            "first": self.first.claim,
            "second": self.second.claim,
            "likeness": round(self.likeness, 3),
            "differ": self.differ,
            "first_passage": " | ".join(self.first.passage),
            "second_passage": " | ".join(self.second.passage),
        }


@dataclass(frozen=True)
class SlotAgreement:
    """How far aligned claims agree in one slot.

    Attributes:
        slot: As in `SLOTS`.
        pairs: Aligned pairs of claims that were compared.
        same: Of those, the pairs that record exactly the same.
        alpha: Krippendorff's alpha; None where it is not defined, since fewer than two values occur.
        one_only: Pairs that were not compared since only one of the two coders filled the slot.
        best_alpha: Alpha in the alignment that agrees best in all slots together.
    """

    slot: str
    pairs: int
    same: int
    alpha: float | None
    one_only: int
    best_alpha: float | None

    COLUMNS = ("slot", "pairs", "same", "alpha", "one_only", "best_alpha")

    def row(self) -> dict[str, Any]:
        """The slot as a flat row, with alphas to three decimals."""
        rounded = {name: None if (value := getattr(self, name)) is None else round(value, 3) for name in _ALPHAS}
        return {**vars(self), **rounded}


_ALPHAS = ("alpha", "best_alpha")


@dataclass(frozen=True)
class CoderShare:
    """How many of a coder's claims found a partner.

    Attributes:
        coder: Id of the coder.
        claims: Claims in codings of sources that others coded too, once for each other coding that they are compared
            with.
        aligned: Of those, the ones that were aligned.
    """

    coder: str
    claims: int
    aligned: int


@dataclass(frozen=True)
class Overlap:
    """How far two codings of a source name the same things, whatever their claims: this needs no alignment.

    Attributes:
        what: What is named.
        codings: Pairs of codings in which either names any.
        share: Of what either coder names both do, as a mean over those pairs of codings.
    """

    what: str
    codings: int
    share: float


@dataclass(frozen=True)
class Agreement(Tabular):
    """How far those who coded the same sources agree.

    Attributes:
        sources: How many sources were coded more than once.
        coded_twice: Their ids.
        codings: How many pairs of codings are compared: one a source of two codings, three of three.
        read_apart: Pairs of codings whose coders do not name the same parts as read.
        extent_apart: Of those, pairs of which one coder read beyond the abstract and the other did not.
        slots: Agreement in each slot.
        coders: How many of each coder's claims found a partner.
        overlaps: What needs no alignment.
        pairs: The alignment itself.
        best_pairs: How many pairs the alignment has that agrees best.
        flips: The answers that change with the coder (question cq34).
        notice: How the evidence was coded.
    """

    sources: int
    coded_twice: tuple[str, ...] = field(repr=False)
    codings: int
    read_apart: int
    extent_apart: int
    slots: tuple[SlotAgreement, ...]
    coders: tuple[CoderShare, ...]
    overlaps: tuple[Overlap, ...]
    pairs: tuple[Pair, ...] = field(repr=False)
    best_pairs: int
    flips: Answer = field(repr=False)
    notice: str = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `rows`."""
        return SlotAgreement.COLUMNS

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row a slot."""
        return [slot.row() for slot in self.slots]

    @staticmethod
    def only_filled(slot: str) -> bool:
        """Whether it is only compared if a slot is filled, not with what."""
        return SLOTS[slot] is Blank.compared

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values, the alignment included."""
        return {
            "notice": self.notice,
            "sources": self.sources,
            "codings": self.codings,
            "read_apart": self.read_apart,
            "extent_apart": self.extent_apart,
            "least_likeness": LEAST_LIKENESS,
            "best_pairs": self.best_pairs,
            "slots": self.rows,
            "coders": [vars(coder) for coder in self.coders],
            "overlaps": [{**vars(overlap), "share": round(overlap.share, 3)} for overlap in self.overlaps],
            "flips": self.flips.to_json(),
            "pairs": [pair.row() for pair in self.pairs],
        }


def agreement(graph: Answers) -> Agreement:
    """How far the coders of a graph agree on the sources that more than one of them coded.

    Of a source with more than two codings every two are compared.

    Raises:
        Failure: The graph cannot be asked.
    """
    sources = _codings(graph)
    compared = [both for codings in sources.values() for both in combinations(codings, 2)]
    aligned = [align(one.claims, other.claims) for one, other in compared]
    pairs = tuple(pair for found in aligned for pair in found)
    best = [pair for one, other in compared for pair in align_by_slots(one.claims, other.claims)]
    apart = [(one, other) for one, other in compared if one.read != other.read]
    return Agreement(
        sources=len(sources),
        coded_twice=tuple(sorted(sources)),
        codings=len(compared),
        read_apart=len(apart),
        extent_apart=sum(one.extent != other.extent for one, other in apart),
        slots=tuple(_slot_agreement(slot, pairs, best) for slot in SLOTS),
        coders=_shares(compared, aligned),
        overlaps=tuple(_overlap(what, compared) for what in _NAMED),
        pairs=pairs,
        best_pairs=len(best),
        flips=ask(graph, "cq34", {}),
        notice=notice(graph),
    )


# What coders recorded


def _codings(graph: Answers) -> dict[str, list[Coded]]:
    """The codings of each source that was coded more than once, in the order of its file."""
    slots: dict[str, dict[str, dict[str, set[str]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    for row in query.run(graph, "agreement/slots", {}):
        slots[text(row["coding"])][text(row["claim"])][text(row["slot"])].add(text(row["value"]))
    read: dict[str, set[str]] = defaultdict(set)
    told: dict[str, tuple[str, int, str, str]] = {}
    for row in query.run(graph, "agreement/codings", {}):
        coding = text(row["coding"])
        told[coding] = (text(row["source"]), int(text(row["position"])), text(row["coder"]), text(row["extent"]))
        if row["part"] is not None:
            read[coding].add(text(row["part"]).strip().lower())
    sources: dict[str, list[Coded]] = defaultdict(list)
    for coding, (source, _, coder, extent) in sorted(told.items(), key=lambda item: item[1][:2]):
        claims = sorted(
            (_claim(iri, values) for iri, values in slots[coding].items()), key=lambda claim: _natural(claim.claim)
        )
        names = iris.ids(source)[-1], iris.ids(coder)[-1]
        sources[names[0]].append(Coded(*names, extent, frozenset(read[coding]), tuple(claims)))
    return dict(sources)


def _claim(iri: str, slots: Mapping[str, set[str]]) -> CodedClaim:
    codes = {slot: frozenset(map(_named, values)) for slot, values in slots.items() if slot != "passage"}
    return CodedClaim("/".join(iris.ids(iri)), codes, tuple(sorted(slots.get("passage", ()))))


def _named(value: str) -> str:
    """A concept by its id, another value by its name; free text as it is."""
    if value.startswith(iris.CONCEPT):
        return iris.ids(value)[0]
    return value.removeprefix(PM.Claim.value.removesuffix("Claim"))


def _natural(claim: str) -> list[str | int]:
    """Sorts c2 before c10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", claim)]


# Alignment


def passage_words(passage: Iterable[str]) -> frozenset[str]:
    """The words of a passage by their stems (Porter 1980), so that “referral” and “referrals” are one.

    >>> sorted(passage_words(["Abstract, results", "Disputes over need mark the introduction."]))
    ['abstract', 'disput', 'introduct', 'mark', 'need', 'over', 'result', 'the']
    """
    return frozenset(_stem(word) for words in passage for word in re.findall(r"[^\W_]+", words.lower()))


@cache
def _stem(word: str) -> str:
    stem: str = _stemmer().stem(word)
    return stem


@cache
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


def align(first: Sequence[CodedClaim], second: Sequence[CodedClaim]) -> list[Pair]:
    """Pairs the claims of two codings of a source by the words of their passages.

    The likeness of two passages is the cosine of their words (as in `passage_words`, each once), weighted by inverse
    document frequency among the claims of these two codings: a word that every claim of the source has weighs nothing,
    so no list of stop words is needed, and no other source bears on the alignment of this one. Pairs below
    `LEAST_LIKENESS` are left out; of all ways to pair the others one to one the one with the greatest sum of likenesses
    is taken (Edmonds 1965, by networkx). Ties fall by the order in which the claims are given.

    Returns:
        The pairs, in the order of the first coding's claims.
    """
    words = {claim.claim: passage_words(claim.passage) for claim in (*first, *second)}
    claims_with = Counter(word for found in words.values() for word in found)
    weight = {word: math.log(len(words) / number) ** 2 for word, number in claims_with.items()}
    length = {claim: math.sqrt(math.fsum(weight[word] for word in found)) for claim, found in words.items()}

    def likeness(one: CodedClaim, other: CodedClaim) -> float:
        shared = math.fsum(weight[word] for word in words[one.claim] & words[other.claim])
        return shared / (length[one.claim] * length[other.claim]) if shared else 0.0

    likely = {
        (at, to): alike
        for at, one in enumerate(first)
        for to, other in enumerate(second)
        if (alike := likeness(one, other)) >= LEAST_LIKENESS
    }
    return [Pair(first[at], second[to], likely[at, to]) for at, to in _matching(likely)]


def align_by_slots(first: Sequence[CodedClaim], second: Sequence[CodedClaim]) -> list[Pair]:
    """Pairs as many claims as can be so that they agree in as many slots as they can, whatever their passages.

    It is circular, and meant to be: no pairing of as many claims agrees in more slots, so what it gives is about the
    most that any alignment could.
    """
    agreeing = {
        (at, to): sum(
            1 - distance(value, theirs)
            for slot in SLOTS
            if (value := one.value(slot)) is not None and (theirs := other.value(slot)) is not None
        )
        for at, one in enumerate(first)
        for to, other in enumerate(second)
    }
    return [Pair(first[at], second[to], agreeing[at, to] / len(SLOTS)) for at, to in _matching(agreeing, as_many=True)]


def _matching(weights: Mapping[tuple[int, int], float], *, as_many: bool = False) -> list[tuple[int, int]]:
    """The one-to-one matching of greatest weight, as positions in the first and in the second coding."""
    import networkx

    graph = networkx.Graph()
    for (at, to), weight in weights.items():
        graph.add_edge(("first", at), ("second", to), weight=round(weight * _SCALE))
    matched = (sorted(ends) for ends in networkx.max_weight_matching(graph, maxcardinality=as_many))
    return sorted((one[1], other[1]) for one, other in matched)


# Agreement


@cache
def distance(one: Value, other: Value) -> float:
    """Jaccard's distance of two sets: the share of what either names that not both name; two empty sets are alike.

    Of sets of one value it is 0 or 1, so that alpha is the nominal one where claims hold one value a slot. MASI
    (Passonneau 2006) would weigh it by whether one set holds the other; that a coder names fewer contexts is no milder
    a disagreement here.
    """
    from nltk.metrics import jaccard_distance

    found: float = jaccard_distance(one, other) if one != other else 0.0
    return found


def alpha(units: Sequence[Sequence[Value]]) -> float | None:
    """Krippendorff's alpha (Krippendorff 2019, chapter 12), by nltk, with `distance` between sets of values.

    Args:
        units: For each unit the values that coders gave it; a coder who gave none is left out.

    Returns:
        1 for perfect agreement, 0 for what chance would give, below it for less; None where fewer than two different
        values occur in units that two coders gave one, so that there is nothing to tell agreement from.
    """
    from nltk.metrics.agreement import AnnotationTask

    paired = [values for values in units if len(values) > 1]
    if len({value for values in paired for value in values}) < 2:
        return None
    data = [(coder, unit, value) for unit, values in enumerate(paired) for coder, value in enumerate(values)]
    return float(AnnotationTask(data, distance=distance).alpha())


def _slot_agreement(slot: str, pairs: Sequence[Pair], best: Sequence[Pair]) -> SlotAgreement:
    units, one_only = _units(slot, pairs)
    return SlotAgreement(
        slot=slot,
        pairs=len(units),
        same=sum(one == other for one, other in units),
        alpha=alpha(units),
        one_only=one_only,
        best_alpha=alpha(_units(slot, best)[0]),
    )


def _units(slot: str, pairs: Sequence[Pair]) -> tuple[list[tuple[Value, Value]], int]:
    """The values of the pairs that can be compared, and how many only one coder gave a value."""
    values = [(pair.first.value(slot), pair.second.value(slot)) for pair in pairs]
    both = [(one, other) for one, other in values if one is not None and other is not None]
    return both, sum((one is None) != (other is None) for one, other in values)


def _shares(compared: Sequence[tuple[Coded, Coded]], aligned: Sequence[Sequence[Pair]]) -> tuple[CoderShare, ...]:
    claims: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for both, pairs in zip(compared, aligned, strict=True):
        for coded in both:
            claims[coded.coder] += len(coded.claims)
            found[coded.coder] += len(pairs)
    return tuple(CoderShare(coder, claims[coder], found[coder]) for coder in sorted(claims))


_NAMED = {
    "factors as mechanism": ("mechanism",),
    "factors as outcome": ("outcome",),
    "mechanism and outcome together": ("mechanism", "outcome"),
    "factors as context": ("contexts",),
    "kinds of actor": ("actors",),
}
"""What a coding names, and by which slots of its claims."""


def _overlap(what: str, compared: Sequence[tuple[Coded, Coded]]) -> Overlap:
    shares = [
        1 - distance(one, other)
        for both in compared
        for one, other in [tuple(_names(what, coded) for coded in both)]
        if one or other
    ]
    return Overlap(what, len(shares), math.fsum(shares) / len(shares) if shares else 0.0)


def _names(what: str, coded: Coded) -> Value:
    return frozenset(
        " → ".join(named)
        for claim in coded.claims
        for named in product(*(sorted(claim.slots.get(slot, ())) for slot in _NAMED[what]))
    )
