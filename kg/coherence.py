"""Whether what a file says can be true as a whole, and if not, which few statements contradict each other.

A DL reasoner sees each module by itself, with the ontology, and with every two things that a module names being
different. Where they cannot all be true, one minimal set is searched: take any member away, and the rest can be true.
A contradiction says nothing of the world and nothing of a causal claim; it says that a record cannot mean what it says.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict, deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg import axioms, hermit, iris
from kg.errors import Failure
from kg.findings import Finding, Related, Severity
from kg.terms import OWL, RDF, XSD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kg.axioms import Axioms
    from kg.graph import Module

RULE = "contradiction"
RUNS, SECONDS = 80, 60.0
"""How often the reasoner is run, and how long, before a search ends with the smallest set found so far."""
CUTS = 16
"""Beginnings of a list that one run of the reasoner tries, one after the other."""

EXPLAINED = 3
"""Of so many of the modules that are asked about together it is searched why they contradict themselves."""
SHOWN = 20
"""So many statements of a set that is not minimal are shown."""

_IDENTITY = NamedNode("urn:kg:identity")
"""Every thing has one of its own, so no two of them are one: what owl:AllDifferent says, in a form that grows linearly
with their number."""


@dataclass(frozen=True)
class Statement:
    """What a contradiction may rest on.

    Attributes:
        triples: What it is in RDF, its own triple first.
        file: The file that says it, as findings name files.
        line: Line in that file.
        words: What it says, in plain words.
    """

    triples: tuple[Triple, ...]
    file: str
    line: int
    words: str


@dataclass(frozen=True)
class Contradiction:
    """Statements that cannot all be true.

    Attributes:
        statements: In the order in which they are read.
        minimal: Whether the search came to its end: taking away any of them resolves the contradiction.
    """

    statements: tuple[Statement, ...]
    minimal: bool


# Asking


@dataclass(frozen=True)
class Reading:
    """A module as the reasoner is asked about it.

    Attributes:
        module: What the file says.
        file: The file, as findings name it.
        line: The line of the part of it that says a triple.
    """

    module: Module
    file: str
    line: Callable[[Triple], int]


@contextmanager
def asked(readings: Sequence[Reading]) -> Iterator[Asked]:
    """The reasoner, started on modules all at once; it works beside us until its findings are read."""
    with ExitStack() as stack:
        question = stack.enter_context(hermit.asked([_together(readings)])) if readings else None
        yield Asked(readings, question)


class Asked:
    """A question about modules that is under way."""

    def __init__(self, readings: Sequence[Reading], question: hermit.Asked | None) -> None:
        self._readings = readings
        self._question = question

    def findings(self) -> list[list[Finding]]:
        """The contradiction of each module, if there is one.

        Raises:
            Failure: The reasoner was stopped or failed; nothing is known of the modules.
        """
        found: list[list[Finding]] = [[] for _ in self._readings]
        explained = 0
        if self._question is not None and self._question.first_clash() is not None:
            for position in _culprits(self._readings, range(len(self._readings))):
                reading = self._readings[position]
                found[position] = [_finding(explain(reading) if explained < EXPLAINED else None, reading)]
                explained += 1
        return found


def _culprits(readings: Sequence[Reading], among: Sequence[int]) -> list[int]:
    """Positions of the modules that contradict themselves, by halving what is known to hold at least one."""
    if len(among) == 1:
        return [among[0]]
    middle = len(among) // 2
    halves = [among[:middle], among[middle:]]
    clashing = hermit.first_clash([_together([readings[at] for at in half]) for half in halves])
    if clashing is None:
        names = ", ".join(readings[at].module.name for at in among)
        raise Failure(f"HermiT found a contradiction in {names}, and none when asked again: build anew")
    culprits = _culprits(readings, halves[clashing])
    if clashing == 0 and hermit.first_clash([_together([readings[at] for at in halves[1]])]) is not None:
        culprits += _culprits(readings, halves[1])
    return culprits


def _finding(contradiction: Contradiction | None, reading: Reading) -> Finding:
    """A contradiction as a finding; its words are the same however long the search for few statements could take."""
    statements = contradiction.statements if contradiction else ()
    own = [statement for statement in statements if statement.file == reading.file]
    if contradiction and not own:
        raise Failure(_told("the ontology contradicts itself", contradiction))
    subject = str(getattr(own[0].triples[0].subject, "value", "")) if own else ""
    line = own[0].line if own else 1
    related = [Related(one.file, one.line, f"{one.words}.") for one in statements]
    if contradiction is None:
        related = [Related(reading.file, 1, "kg check --coherence on this file alone says by which statements.")]
    elif not contradiction.minimal:
        more = f" {len(related) - SHOWN} more stand beside these." if len(related) > SHOWN else ""
        told = f"The search for fewer statements was ended, and some of these may have no part in it.{more}"
        related = [*related[:SHOWN], Related(reading.file, line, told)]
    return Finding(
        Severity.error,
        RULE,
        reading.file,
        line,
        "the file contradicts itself: what it says cannot all be true.",
        "Change or remove one of the statements below that stand in this file.",
        iris.spoken(subject) if subject.startswith(iris.DATA) else "",
        related=tuple(related),
    )


@cache
def check_shipped_ontology() -> None:
    """`check_ontology` on what lies in `ontology/`; once in a process, since it stays what it is."""
    check_ontology(axioms.read_axioms())


def check_ontology(ontology: Axioms) -> None:
    """Refuses an ontology that cannot be true, or that has a class which nothing can belong to.

    Raises:
        Failure: It contradicts itself, with the axioms that do; or the reasoner was stopped or failed.
    """
    every = _ontology_statements(ontology)
    places = {one.triples[0].subject: (one.file, one.line) for one in reversed(every)}
    things = _individuals(one.triples[0] for one in every if _is_assertion(one.triples[0]))
    every = [*_different(things, lambda triple: places[triple.subject]), *every]
    background = [*ontology.declarations, *DECLARED]
    whole = [*background, *(triple for one in every for triple in one.triples)]
    impossible = hermit.unsatisfiable(whole)
    if impossible is None:
        raise Failure(_told("the ontology contradicts itself", _Search(background).smallest(every)))
    if impossible:
        kind = impossible[0]
        member = [Triple(NamedNode("urn:kg:member"), RDF.type, kind)]
        found = _Search([*background, *member]).smallest(every)
        label = ontology.labels.get(kind.value, kind.value)
        raise Failure(_told(f"nothing can be a member of “{label}”", found))


def _told(what: str, found: Contradiction) -> str:
    statements = _as_one(found.statements)[: None if found.minimal else SHOWN]
    lines = [f"    {_typed(one.file)}:{one.line}: {one.words}." for one in statements]
    return "\n".join([f"{what}; these statements say so:", *lines])


def _typed(file: str) -> str:
    """A file of the ontology as people would type it, from where they are."""
    path = Path(file)
    return (path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path).as_posix()


# What the reasoner is given


DECLARED = (
    Triple(_IDENTITY, RDF.type, OWL.DatatypeProperty),
    Triple(_IDENTITY, RDF.type, OWL.FunctionalProperty),
)


def _identity(things: Iterable[NamedNode]) -> Iterator[Triple]:
    """That no two of some things are one."""
    for thing in things:
        yield Triple(thing, _IDENTITY, Literal(_digest(thing.value)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def project(triple: Triple) -> Triple | None:
    """A statement as the reasoner takes it: texts shortened to what tells them apart; None where it takes it not.

    Dates and years, on which HermiT fails, and values that are none of their datatype are left to the shapes.
    """
    value = triple.object
    if not isinstance(value, Literal):
        return triple
    if value.language or value.datatype not in hermit.TAKEN:
        return None
    if value.datatype == XSD.integer and not value.value.lstrip("+-").isdecimal():
        return None
    if value.datatype == XSD.boolean and value.value not in ("true", "false", "0", "1"):
        return None
    if value.datatype == XSD.string:
        return Triple(triple.subject, triple.predicate, Literal(_digest(value.value)))
    return triple


@cache
def _known() -> frozenset[str]:
    """Every term that the ontology speaks of: what a module says of it is about the same thing everywhere."""
    return frozenset(axioms.terms_in([triple for axiom in axioms.read_axioms().axioms for triple in axiom.triples]))


@cache
def _ontology_triples() -> tuple[Triple, ...]:
    """Declarations and axioms, each triple once, without what concerns only concepts and countries: see `_about`."""
    ontology = axioms.read_axioms()
    told = dict.fromkeys(triple for axiom in ontology.axioms for triple in axiom.triples if not _of_concept(triple))
    return (*ontology.declarations, *DECLARED, *filter(None, map(project, told)))


@cache
def _about() -> dict[str, list[Triple]]:
    """What the ontology says of each concept and country, which a module need not name."""
    about: dict[str, list[Triple]] = defaultdict(list)
    for axiom in axioms.read_axioms().axioms:
        for triple in filter(_of_concept, axiom.triples):
            about[str(triple.subject)].append(triple)
    return about


def _of_concept(triple: Triple) -> bool:
    return isinstance(triple.subject, NamedNode) and triple.subject.value.startswith((iris.CONCEPT, iris.DATA))


def _together(readings: Sequence[Reading]) -> list[Triple]:
    """Modules as one set of statements, each under names of its own so that none meets another."""
    told: list[Triple] = list(_ontology_triples())
    named: set[NamedNode] = set()
    for position, reading in enumerate(readings):
        renamed: dict[NamedNode, NamedNode] = {}

        def apart(term: Any, position: int = position, renamed: dict[NamedNode, NamedNode] = renamed) -> Any:
            if not isinstance(term, NamedNode) or term.value in _known():
                return term
            return renamed.setdefault(term, NamedNode(f"urn:kg:{position}:{len(renamed)}"))

        said = asserted(reading.module)
        for triple in said:
            kind = triple.object if triple.predicate == RDF.type else apart(triple.object)
            told.append(Triple(apart(triple.subject), triple.predicate, kind))
        named |= set(renamed.values()) | (_individuals(said) - set(renamed))
    told += _relevant(named)
    told += _identity(named | _values())
    return told


def asserted(module: Module) -> list[Triple]:
    """What a module says, as the reasoner takes it."""
    plain = (Triple(quad.subject, quad.predicate, quad.object) for quad in module.quads)
    return [triple for triple in map(project, plain) if triple is not None]


def _individuals(triples: Iterable[Triple]) -> set[NamedNode]:
    """What statements are about, and what they relate it to: not classes."""
    found: set[NamedNode] = set()
    for triple in triples:
        found |= {term for term in (triple.subject,) if isinstance(term, NamedNode)}
        if triple.predicate != RDF.type and isinstance(triple.object, NamedNode):
            found.add(triple.object)
    return found


def _relevant(named: Iterable[NamedNode]) -> list[Triple]:
    """What the ontology says of the concepts and countries among some things, and of those they lead to."""
    waiting, seen, told = deque(map(str, named)), set(), []
    while waiting:
        thing = waiting.popleft()
        if thing in seen:
            continue
        seen.add(thing)
        for triple in _about().get(thing, ()):
            told.append(triple)
            if isinstance(triple.object, NamedNode):
                waiting.append(str(triple.object))
    return list(filter(None, map(project, told)))


@cache
def _values() -> frozenset[NamedNode]:
    """The controlled values, which enumerations speak of."""
    return frozenset(_individuals(triple for triple in _ontology_triples() if _is_assertion(triple)))


def _is_assertion(triple: Triple) -> bool:
    """Whether a triple is about an individual; terms are told by the namespaces of OWL and RDFS."""
    if isinstance(triple.subject, BlankNode):
        return False
    if triple.predicate == RDF.type:
        return isinstance(triple.object, NamedNode) and not triple.object.value.startswith(OWL.base)
    return not triple.predicate.value.startswith((OWL.base, "http://www.w3.org/2000/01/rdf-schema#"))


# Explaining


def explain(reading: Reading) -> Contradiction:
    """Why a module that contradicts itself does so.

    Raises:
        Failure: The reasoner was stopped or failed.
    """
    ontology, wording = axioms.read_axioms(), _wording()
    said: list[Statement] = []
    for quad in reading.module.quads:
        triple = Triple(quad.subject, quad.predicate, quad.object)
        if project(triple) is not None:
            said.append(Statement((triple,), reading.file, reading.line(triple), wording.statement(triple)))
    search = _Search([*ontology.declarations, *DECLARED])
    groups = [_with_ontology(group, reading) for group in (*_by_claim(said), said)]
    try:
        first = search.first_clash(groups)
    except _Ended:
        return Contradiction(_as_one(_in_order(groups[-1])), False)
    if first is None:
        raise Failure(f"HermiT found a contradiction in {reading.file}, and none when asked again: build anew")
    found = search.smallest(groups[first])
    return replace(found, statements=_as_one(found.statements))


def _by_claim(said: Sequence[Statement]) -> Iterator[list[Statement]]:
    """What is said of each claim or case and its parts, with what is said of none: most contradictions lie in one."""
    groups: dict[str, list[Statement]] = defaultdict(list)
    for statement in said:
        subject = str(getattr(statement.triples[0].subject, "value", ""))
        ids = subject.removeprefix(iris.DATA).split("/")
        groups["/".join(ids[:3]) if len(ids) > 2 else ""].append(statement)
    common = groups.pop("", [])
    yield from ([*common, *group] for group in groups.values())


def _with_ontology(said: Sequence[Statement], reading: Reading) -> list[Statement]:
    """Statements with the axioms that may bear on them, and that no two things among them are one."""
    things = _individuals(statement.triples[0] for statement in said)
    relevant = set(_relevant(things))
    known = [
        one
        for one in _ontology_statements(axioms.read_axioms())
        if not _of_concept(one.triples[0]) or one.triples[0] in relevant
    ]
    places = {one.triples[0].subject: (one.file, one.line) for one in reversed(known)}
    different = _different(
        things | _values(), lambda triple: places.get(triple.subject) or (reading.file, reading.line(triple))
    )
    return [*different, *said, *known]


def _different(things: Iterable[NamedNode], place: Callable[[Triple], tuple[str, int]]) -> list[Statement]:
    """That no two of some things are one, each with its place; `_as_one` puts it into words."""
    return [Statement((triple,), *place(triple), "") for triple in _identity(sorted(things, key=str))]


def _as_one(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Statements with those that things are not others joined into one, where the last of them stands."""
    identities = [one for one in statements if one.triples[0].predicate == _IDENTITY]
    if not identities:
        return tuple(statements)
    things = [one.triples[0].subject for one in identities if isinstance(one.triples[0].subject, NamedNode)]
    triples = tuple(triple for one in identities for triple in one.triples)
    told = replace(identities[0], triples=triples, words=_wording().different(things))
    return _in_order([told, *(one for one in statements if one not in identities)])


@cache
def _wording() -> axioms.Wording:
    ontology = axioms.read_axioms()
    return axioms.Wording(ontology.labels, [triple for axiom in ontology.axioms for triple in axiom.triples])


def _ontology_statements(ontology: Axioms) -> list[Statement]:
    wording = axioms.Wording(ontology.labels, [triple for axiom in ontology.axioms for triple in axiom.triples])
    return [
        Statement(one.triples, str(one.file), one.line, wording.statement(one.triples[0])) for one in ontology.axioms
    ]


class _Ended(Exception):
    """The search took as long, or as many runs, as it may."""


class _Search:
    """A search for few statements that cannot all be true beside a background, within a budget of time and runs."""

    def __init__(self, background: Sequence[Triple]) -> None:
        self._background = background
        self._runs = 0
        self._until = time.monotonic() + SECONDS

    def smallest(self, statements: Sequence[Statement]) -> Contradiction:
        """A minimal set among statements that cannot all be true.

        Searches the first beginning of the list that cannot be true beside what is found: its last statement belongs to
        every set within it. Then that statement is found, the beginning is the new list, nearest to what is found
        first, and so on until what is found cannot be true by itself. Many beginnings are tried in one run of the
        reasoner, which mostly takes its start's time. After: Junker, QuickXplain (AAAI 2004); Hemery et al., Extracting
        MUCs from constraint networks (ECAI 2006).
        """
        found: list[Statement] = []
        rest = list(statements)
        try:
            while True:
                low, high = self._between(found, rest, _growing(len(rest)))
                rest = rest[:high]
                if not rest:
                    return Contradiction(_in_order(found), True)
                while high - low > 1:
                    step = max(1, (high - low) // CUTS)
                    low, high = self._between(found, rest, range(low + step, high, step), low)
                    rest = rest[:high]
                found.append(rest.pop())
                rest = _nearest_first(rest, found)
        except _Ended:
            return Contradiction(_in_order([*found, *rest]), False)

    def _between(
        self, found: Sequence[Statement], rest: Sequence[Statement], lengths: Sequence[int], low: int = 0
    ) -> tuple[int, int]:
        """The last length at which a beginning of `rest` can be true beside `found`, and the next at which it cannot.

        The whole of `rest` cannot.
        """
        first = self.first_clash([[*found, *rest[:length]] for length in lengths])
        if first is None:
            return (lengths[-1] if lengths else low), len(rest)
        return (lengths[first - 1] if first else low), lengths[first]

    def first_clash(self, sets: Sequence[Sequence[Statement]]) -> int | None:
        """Position of the first set that cannot be true beside the background; None if all can."""
        left = self._until - time.monotonic()
        if self._runs >= RUNS or left <= 0:
            raise _Ended
        self._runs += 1
        try:
            return hermit.first_clash([self._told(statements) for statements in sets], seconds=left)
        except Failure:
            if time.monotonic() < self._until:
                raise
            raise _Ended from None

    def _told(self, statements: Sequence[Statement]) -> list[Triple]:
        told = dict.fromkeys(triple for one in statements for triple in one.triples)
        return [*self._background, *filter(None, map(project, told))]


def _growing(whole: int) -> list[int]:
    """Lengths below a whole, from none on, each a quarter more than the one before."""
    lengths, length = [0], 1
    while length < whole:
        lengths.append(length)
        length = max(length + 1, length * 5 // 4)
    return lengths


def _nearest_first(statements: Sequence[Statement], found: Sequence[Statement]) -> list[Statement]:
    """Statements by how many steps lead to them from what is found, from term to term."""
    holding: dict[str, list[int]] = defaultdict(list)
    terms = [axioms.terms_in(statement.triples) for statement in statements]
    for position, named in enumerate(terms):
        for term in named:
            holding[term].append(position)
    distance: dict[int, int] = {}
    reached = set().union(*(axioms.terms_in(statement.triples) for statement in found))
    seen, step = set(reached), 0
    while reached:
        step += 1
        here = {position for term in reached for position in holding[term] if position not in distance}
        distance.update(dict.fromkeys(here, step))
        reached = set().union(*(terms[position] for position in here)) - seen
        seen |= reached
    order = sorted(range(len(statements)), key=lambda position: (distance.get(position, step), position))
    return [statements[position] for position in order]


def _in_order(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """What a file says first, by line; then what the ontology says."""
    return tuple(sorted(statements, key=lambda one: (one.file.endswith(".ttl"), one.file, one.line, one.words)))
