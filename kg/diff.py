"""What changed between two graphs: in the records, the terms, the cells of the matrix, and the answer to a question.

Graphs are compared by what their evidence and their ontology state, in words and with ids; what follows from that is
compared where people count it, in the matrix and in answers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode

from kg import iris, query
from kg.ask import LISTS, ask
from kg.errors import UsageError
from kg.frames import Tabular
from kg.prefixes import table
from kg.terms import OA, PM, RDF, RDFS, SCHEMA
from kg.trace import EFFECTS, RECURRENT
from kg.words import Vocabulary, notice_of_both, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from kg.ask import Answer, Value
    from kg.store import Answers, Row

RECORDS = {
    PM.Source: "source",
    PM.Study: "study",
    PM.Coding: "coding",
    PM.Case: "case",
    PM.Claim: "claim",
    PM.ProgrammeTheory: "theory",
    PM.DemiRegularity: "judgement",
    PM.TensionJudgement: "judgement",
    PM.ExternalDataSet: "data set",
}
"""The kinds of record, by class; what stands below one of them in the evidence is a part of it."""
KINDS = (*dict.fromkeys(RECORDS.values()), "record", "concept", "term", "cell", "row")
"""What can change, in the order in which it is told: records, concepts, terms of the ontology, cells, rows."""
CHANGES = ("added", "removed", "changed")

COUNTED = (*EFFECTS, "studies")
RECURS = {effect: f"recurrent_{effect}" for effect in EFFECTS}
"""The slot of a cell that says whether an effect recurs in it: a recurrent pattern is of one effect."""


@dataclass(frozen=True)
class Slot:
    """A slot with what stood there and what stands there now; None where nothing did or does."""

    name: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Change:
    """One thing that changed.

    Attributes:
        id: As answers and evidence files write it: `costa2020/ada/c1`, a cell as `trust/equity`.
        kind: One of `KINDS`.
        change: One of `CHANGES`.
        label: What it is called, in words.
        slots: What changed in it; of a record that came or went nothing, of a cell or a row what it counts.
    """

    id: str
    kind: str
    change: str
    label: str
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class Diff(Tabular):
    """What changed between two graphs, a row a slot.

    Attributes:
        before: Name of the older graph: of its release, or its address.
        after: Name of the newer one.
        question: The question as it was asked, where its answers were compared; else empty.
        changes: In the order of `KINDS`, then of `CHANGES`, then by id.
        notice: How the evidence was coded: the older and the newer, where they differ.
    """

    before: str
    after: str
    question: str
    changes: tuple[Change, ...]
    notice: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return ("id", "kind", "change", "label", "slot", "before", "after")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A dictionary a slot that changed, and one for what came or went as a whole."""
        nothing = Slot("", None, None)
        return [
            {
                "id": one.id,
                "kind": one.kind,
                "change": one.change,
                "label": one.label,
                "slot": slot.name,
                "before": slot.before,
                "after": slot.after,
            }
            for one in self.changes
            for slot in one.slots or (nothing,)
        ]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Side:
    """One of the two graphs that are compared.

    Attributes:
        graph: What answers queries.
        name: What it is called.
        made_from: Digest of what each graph in it states, by its IRI; None where nobody knows.
    """

    graph: Answers
    name: str
    made_from: Mapping[NamedNode, str] | None


def diff(old: Side, new: Side) -> Diff:
    """What changed in records, concepts, terms of the ontology, and cells of the matrix."""
    changes = [*_stated(old, new), *_cells(old.graph, new.graph)]
    return Diff(old.name, new.name, "", _ordered(changes), notice_of_both(old.graph, new.graph))


def diff_answers(old: Side, new: Side, question: str, asked: Mapping[str, str | int | Iterable[str | int]]) -> Diff:
    """What changed in the answer to a question.

    Raises:
        UsageError: There is no such question or parameter, or one of the graphs does not know a word.
    """
    answers = []
    for side in (old, new):
        try:
            answers.append(ask(side.graph, question, asked))
        except UsageError as error:
            raise UsageError(f"{error} (asked of {side.name})") from error
    before, after = answers
    worded = f"{after.question.id}  {after.question.worded(after.asked)}"
    told = notice_of_both(old.graph, new.graph)
    return Diff(old.name, new.name, worded, _ordered(_rows(before, after)), told)


def _ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda one: (KINDS.index(one.kind), CHANGES.index(one.change), one.id)))


# Records and terms

Statement = tuple[Any, NamedNode, Any]
Slots = dict[str, dict[str, None]]
"""The values of each slot in words, each once, in a fixed order."""


def _stated(old: Side, new: Side) -> Iterator[Change]:
    """Records and terms that one graph states and the other does not, or otherwise."""
    before, after = _statements(old, new), _statements(new, old)
    # Unnamed nodes have no name by which to know them again
    touched = [one for one in before ^ after if not {type(one[0]), type(one[2])} & {BlankNode}]
    if not touched:
        return
    otherwise = _rows_of_data_sets(touched)
    touched = [one for one in touched if _data_set(one[0]) is None]
    types = {subject.value: kind for subject, of, kind in before | after if of == RDF.type and kind in RECORDS}
    wholes = {_whole(subject.value, types) for subject, _, _ in touched}
    wholes |= otherwise.keys()
    words = _Words(new.graph, old.graph, persons=_judges([*before, *after]))
    gone, come = (
        _told([one for one in statements if _data_set(one[0]) is None], wholes, types, words)
        for statements in (before, after)
    )
    for whole in wholes:
        kind, name = _named(whole, types)
        slots_before, slots_after = gone.get(whole), come.get(whole)
        if slots_before is None or slots_after is None:
            label = _label(kind, slots_after or slots_before or {})
            yield Change(name, kind, "removed" if slots_after is None else "added", label)
        elif slots := (*_changed(slots_before, slots_after), *otherwise.get(whole, ())):
            yield Change(name, kind, "changed", _label(kind, slots_after), slots)


def _data_set(node: Any) -> str | None:
    """The external data set that a node is a row of, if it is one."""
    ids = iris.ids(node) if isinstance(node, NamedNode) and node.value.startswith(_ROWS) else ()
    return iris.external_graph(ids[1]).value if ids else None


_ROWS = tuple(f"{iris.DATA}{what}/" for what in ("membership", "observation"))


def _rows_of_data_sets(touched: Iterable[Statement]) -> dict[str, tuple[Slot]]:
    """How many rows of each external data set differ: one by one, nobody would read them."""
    rows: dict[str, set[str]] = defaultdict(set)
    for subject, _, _ in touched:
        if (data_set := _data_set(subject)) is not None:
            rows[data_set].add(subject.value)
    return {data_set: (Slot("rows that differ", None, len(differing)),) for data_set, differing in rows.items()}


def _statements(side: Side, other: Side) -> frozenset[Statement]:
    """What a graph states, but for graphs in it that are known to state the same in the other one."""
    bindings: dict[str, list[NamedNode]] = {}
    if side.made_from is not None and other.made_from is not None:
        same = side.made_from.items() & other.made_from.items()
        if not (differing := [graph for graph, digest in side.made_from.items() if (graph, digest) not in same]):
            return frozenset()
        bindings = {"stated": differing}
    return frozenset(
        (row["subject"], row["property"], row["value"])  # type: ignore[misc] # none of them is unbound
        for row in query.run(side.graph, "diff/statements", bindings)
    )


def _judges(statements: Sequence[Statement]) -> dict[str, str]:
    """The names of those who judge, as the last statement has them: a judgement is shown under a person's name."""
    judges = {subject for subject, of, value in statements if of == RDF.type and value == PM.Judge}
    return {subject.value: value.value for subject, of, value in statements if of == SCHEMA.name and subject in judges}


class _Words:
    """What two graphs call things, the newer one first."""

    def __init__(self, *graphs: Answers, persons: Mapping[str, str]) -> None:
        self._persons = persons
        self._vocabularies = [Vocabulary(graph) for graph in graphs]
        self._slots: dict[str, str] = {}
        for graph in reversed(graphs):
            for row in query.run(graph, "diff/slots", {}):
                self._slots[text(row["property"])] = text(row["label"])

    def slot(self, of: NamedNode) -> str:
        """A property, by its label; one of another vocabulary by its name, in words."""
        local = re.split(r"[#/]", of.value)[-1]
        return self._slots.get(of.value) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower()

    def value(self, value: Any, record: str) -> str:
        """A value as people write it; a part of the same record by what it is there."""
        if isinstance(value, Literal):
            return value.value
        iri = str(value.value)
        for vocabulary in self._vocabularies:
            if iri in vocabulary.notations:
                return vocabulary.notations[iri]
        if iri in self._persons:
            return self._persons[iri]
        if iri.startswith(_OF_MATRIX):
            return _judged(iri)
        if iri.startswith(f"{record}/"):
            return iri.removeprefix(f"{record}/").replace("/", " ")
        if iri.startswith((iris.DATA, iris.CONCEPT)):
            return _id(iri)
        return re.split(r"[#/]", iri)[-1]


_OF_MATRIX = tuple(f"{iris.DATA}{what}/" for what in ("pattern", "tension"))


def _judged(iri: str) -> str:
    """A pattern or a tension as it is listed, by factor and outcome; a pattern by its effect too."""
    _, factor, outcome, *effect = iris.ids(iri)
    return f"{factor} → {outcome}" + "".join(f", reported effect: {word}" for word in effect)


def _id(iri: str) -> str:
    """How people write the id of a record or a concept."""
    ids = iris.ids(iri)
    return "/".join(ids[1:] if len(ids) > 1 and ids[0] in iris.RESERVED_SOURCE_IDS else ids)


def _told(
    statements: Collection[Statement], wholes: Collection[str], types: Mapping[str, NamedNode], words: _Words
) -> dict[str, Slots]:
    """What the slots of each record and term among `wholes` hold, in words."""
    whole_of = {subject: _whole(subject.value, types) for subject in {subject for subject, _, _ in statements}}
    mine = [one for one in statements if whole_of[one[0]] in wholes and not isinstance(one[2], BlankNode)]
    found: dict[str, Slots] = {}
    for subject, of, value in sorted(mine, key=str):
        whole = whole_of[subject]
        slots = found.setdefault(whole, {})
        if not _is_layout(subject, of, value, _named(whole, types)[0]):
            part = subject.value.removeprefix(whole).strip("/").replace("/", " ")
            slot = f"{part}: {words.slot(of)}" if part else words.slot(of)
            slots.setdefault(slot, {})[words.value(value, whole)] = None
    return found


def _whole(iri: str, types: Mapping[str, NamedNode]) -> str:
    """The record that a node is or is a part of; a node that is part of none stands for itself."""
    node = iri
    while node.startswith(iris.DATA) and node not in types:
        node = node.rpartition("/")[0]
    return node if node in types else iri


_EXTERNAL = f"{iris.GRAPH}{iris.EXTERNAL}"


def _named(iri: str, types: Mapping[str, NamedNode]) -> tuple[str, str]:
    """Kind and id of a record or a term."""
    if iri.startswith(_EXTERNAL):
        return "data set", iri.removeprefix(_EXTERNAL)
    if iri in types:
        return RECORDS[types[iri]], _id(iri)
    if iri.startswith(iris.CONCEPT):
        return "concept", _id(iri)
    if iri.startswith(iris.DATA):
        return "record", _id(iri)
    return "term", next((f"{name}:{iri[len(base) :]}" for name, base in table().items() if iri.startswith(base)), iri)


_DERIVED_LABEL = ("source", "claim")
"""Records whose label follows from other slots."""


def _is_layout(subject: NamedNode, of: NamedNode, value: Any, kind: str) -> bool:
    """Whether a statement only says how a record is put together, or follows from another."""
    if isinstance(value, NamedNode) and kind in RECORDS.values():
        return of == RDF.type or value.value.startswith(f"{subject.value}/")
    return of == PM.position or of.value.startswith(OA.base) or (of == RDFS.label and kind in _DERIVED_LABEL)


def _label(kind: str, slots: Mapping[str, Mapping[str, None]]) -> str:
    """What a record is called: a claim by its factors, outcome and reported effect, a judgement by what it is of."""

    def of(pattern: str) -> str:
        return " + ".join(value for slot, values in slots.items() if re.fullmatch(pattern, slot) for value in values)

    if kind == "claim":
        factors, outcome = of(r"mechanism \d+: factor"), of(r"outcome \d+: factor")
        return f"{factors} → {outcome}, reported effect: {of('reported effect')}"
    if kind == "judgement":
        day = f" on {of('date')}" if of("date") else ""
        what = of("kind of the tension").replace("-", " ") or "a demi-regularity"
        return f"{of('promotes') or of('judges tension')}, judged as {what} by {of('judged by')}{day}"
    return of("title") or of("label") or of("pref label") or of("name") or of("method of coding")


def _changed(before: Slots, after: Slots) -> Iterator[Slot]:
    for name in sorted(before.keys() | after.keys()):
        gone, come = tuple(before.get(name, ())), tuple(after.get(name, ()))
        if gone != come:
            yield Slot(name, _single(gone), _single(come))


def _single(values: tuple[str, ...]) -> Value:
    return values if len(values) > 1 else values[0] if values else None


# The matrix

_EMPTY: dict[str, Value] = {
    **dict.fromkeys(COUNTED, 0),
    "tension": False,
    **dict.fromkeys(RECURS.values(), False),
}
"""A cell that no study reports anything of."""


def _cells(old: Answers, new: Answers) -> Iterator[Change]:
    """Cells that came, went, or count other studies: tested claims of every kind of factor."""
    before, after = _counts(old), _counts(new)
    for key in sorted(before.keys() | after.keys()):
        gone, come = before.get(key), after.get(key)
        if gone != come:
            slots = _differing(gone or _EMPTY, come or _EMPTY)
            change = "added" if gone is None else "removed" if come is None else "changed"
            yield Change("/".join(key), "cell", change, " → ".join(key), slots)


def _counts(graph: Answers) -> dict[tuple[str, str], dict[str, Value]]:
    found = {}
    for row in query.run(graph, "diff/cells", {}):
        counts: dict[str, Value] = {name: _number(row, name) for name in COUNTED}
        factor, outcome = (iris.ids(text(row[name]))[0] for name in ("factor", "outcome"))
        signs = bool(counts["supports"] and counts["hinders"])
        counts["tension"] = signs and _number(row, "signed") > 1 and factor != outcome
        counts |= {slot: _number(row, effect) >= RECURRENT for effect, slot in RECURS.items()}
        found[factor, outcome] = counts
    return found


def _number(row: Row, name: str) -> int:
    return int(str(query.plain(row[name])))


def _differing(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[Slot, ...]:
    return tuple(Slot(name, before[name], after[name]) for name in after if before[name] != after[name])


# An answer


def _rows(before: Answer, after: Answer) -> Iterator[Change]:
    """Rows that came, went, or say otherwise, known again by the columns that say what a row is of."""
    names = _key(before, after)
    gone, come = _keyed(before, names), _keyed(after, names)
    for key in gone.keys() | come.keys():
        values, place = key
        name = " · ".join(map(_named_by, values)) + (f" ({place})" if place > 1 else "")
        old, new = gone.get(key), come.get(key)
        nothing: dict[str, Value] = dict.fromkeys(new or old or ())
        change = "added" if old is None else "removed" if new is None else "changed"
        if slots := _differing(old or nothing, new or nothing):
            yield Change(name, "row", change, name, slots)
        elif old is None or new is None:
            yield Change(name, "row", change, name)


def _named_by(value: Value) -> str:
    """A value in the name of a row; a dash where nothing stands, so that rows keep different names."""
    return " + ".join(value) if isinstance(value, tuple) else "–" if value is None else str(value)


_TOLD = {*LISTS, "number", "yes-no", "text"}
"""The kinds of column that tell something of a row; the others say what it is of."""


def _key(*answers: Answer) -> list[str]:
    """The columns that say what a row is of, wherever they stand; and others in order, where these are not enough.

    A claim has its effect, its status and other values, which are told of it. A row without a claim is of them too, and
    of the words between its concepts: a role between two factors.
    """
    columns = answers[0].question.columns
    of_a_claim = any(column.kind == "claim" for column in columns)
    told = _TOLD | {"value"} if of_a_claim else _TOLD
    places = [at for at, column in enumerate(columns) if column.kind not in told]
    between = range(places[0], places[-1]) if places and not of_a_claim else ()
    names = [
        column.name
        for at, column in enumerate(columns)
        if column.kind not in told or (column.kind == "text" and at in between)
    ]
    for column in columns:
        if names and all(len({_values(row, names) for row in answer.rows}) == len(answer.rows) for answer in answers):
            break
        if column.name not in names:
            names.append(column.name)
    return names


def _values(row: Mapping[str, Value], names: Iterable[str]) -> tuple[Value, ...]:
    return tuple(row[name] for name in names)


def _keyed(answer: Answer, names: Sequence[str]) -> dict[tuple[tuple[Value, ...], int], dict[str, Value]]:
    """The rows by what they are of and, where several are of the same and say the same, by their place among them."""
    places: Counter[tuple[Value, ...]] = Counter()
    found = {}
    for row in answer.rows:
        values = _values(row, names)
        places[values] += 1
        found[values, places[values]] = {name: value for name, value in row.items() if name not in names}
    return found
