"""The ontology's axioms one by one: the triples of each, its words, and the file and line where it is written.

Disjointness of many is taken apart into pairs, so that a contradiction can name the two that it rests on. Annotations
say nothing that could be contradicted, and are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kg import iris, prefixes, resources
from kg.errors import Failure
from kg.sentence import joined
from kg.terms import OWL, RDF, RDFS, SKOS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

DECLARING = frozenset(
    OWL[name] for name in ("AnnotationProperty", "Class", "DatatypeProperty", "ObjectProperty", "Ontology")
)
"""What a term is declared to be; a declaration is no axiom."""
_SAYING = frozenset((OWL.imports, OWL.versionIRI, OWL.versionInfo, RDFS.comment, RDFS.label))
"""Annotations in the namespaces of OWL and RDFS."""


@dataclass(frozen=True)
class Axiom:
    """One axiom, or one statement about a concept or country.

    Attributes:
        triples: What it is in RDF.
        file: The file of the ontology.
        line: Line in that file, from 1.
    """

    triples: tuple[Triple, ...]
    file: Path
    line: int


@dataclass(frozen=True)
class Axioms:
    """An ontology taken apart.

    Attributes:
        declarations: What each term is declared to be.
        axioms: In the order of the files.
        labels: What each term is called.
    """

    declarations: tuple[Triple, ...]
    axioms: tuple[Axiom, ...]
    labels: dict[str, str]


@cache
def read_axioms() -> Axioms:
    """The axioms of the ontology, its concepts and its countries."""
    return take_apart(resources.ontology_files())


def take_apart(files: Iterable[Path]) -> Axioms:
    """The axioms of Turtle files.

    The line of each is where its subject's block names its predicate and object, so the files must be laid out as
    `tools/format` lays them out.
    """
    read = [(file, _named_apart(file)) for file in files]
    every = [triple for _, triples in read for triple in triples]
    meaningful = {
        triple.subject
        for triple in every
        if triple.predicate == RDF.type and triple.object in (OWL.DatatypeProperty, OWL.ObjectProperty)
    }
    declarations: list[Triple] = []
    axioms: list[Axiom] = []
    for file, triples in read:
        text = _Text(file)
        below = _below(triples)
        inner = {triple.object for triple in triples if isinstance(triple.object, BlankNode)}
        for triple in triples:
            logical = triple.predicate.value.startswith((OWL.base, RDF.base, RDFS.base))
            if not (logical or triple.predicate in meaningful) or triple.predicate in _SAYING:
                continue
            if triple.subject in inner:
                continue
            if triple.predicate == RDF.type and triple.object in DECLARING:
                if triple.object not in (OWL.Ontology, OWL.AnnotationProperty):
                    declarations.append(triple)
            elif isinstance(triple.subject, BlankNode):
                axioms += _unnamed(triple, below, file, text)
            else:
                whole = (triple, *_closure(triple.object, below))
                axioms.append(Axiom(whole, file, text.line(triple)))
    labels: dict[str, str] = {}
    for triple in every:
        if triple.predicate in (RDFS.label, SKOS.prefLabel) and isinstance(triple.object, Literal):
            labels[_value(triple.subject)] = triple.object.value
    return Axioms(tuple(declarations), tuple(axioms), labels)


def _named_apart(file: Path) -> list[Triple]:
    """A file's triples, its blank nodes named after it and their order, so that two files share none."""
    renamed: dict[BlankNode, BlankNode] = {}

    def stable(term: Any) -> Any:
        if not isinstance(term, BlankNode):
            return term
        return renamed.setdefault(term, BlankNode(f"{file.stem}{len(renamed)}"))

    return [
        Triple(stable(triple.subject), triple.predicate, stable(triple.object))
        for triple in parse(path=file, format=RdfFormat.TURTLE)
    ]


def _value(term: Any) -> str:
    return str(term.value)


def _below(triples: Iterable[Triple]) -> dict[Any, list[Triple]]:
    below: dict[Any, list[Triple]] = defaultdict(list)
    for triple in triples:
        if isinstance(triple.subject, BlankNode):
            below[triple.subject].append(triple)
    return below


def _closure(term: Any, below: dict[Any, list[Triple]]) -> Iterator[Triple]:
    """The triples of an unnamed class expression or list, and of all that it holds."""
    if isinstance(term, BlankNode):
        for triple in below[term]:
            yield triple
            yield from _closure(triple.object, below)


def _unnamed(triple: Triple, below: dict[Any, list[Triple]], file: Path, text: _Text) -> Iterator[Axiom]:
    """The axioms whose subject has no name: disjointness of several, and what holds of a class expression."""
    root, line = triple.subject, text.block(triple.subject)
    if triple.predicate == OWL.members:
        pairwise = OWL.propertyDisjointWith if _is(root, OWL.AllDisjointProperties, below) else OWL.disjointWith
        for one, other in combinations(_items(triple.object, below), 2):
            whole = (Triple(one, pairwise, other), *_closure(one, below), *_closure(other, below))
            yield Axiom(whole, file, line)
    elif triple.predicate in (RDFS.subClassOf, OWL.disjointWith):
        yield Axiom((triple, *_closure(triple.object, below), *_expression(root, below)), file, line)
    elif triple.predicate not in _DESCRIBING:
        term = prefixes.compact(triple.predicate.value)
        raise Failure(
            f"{file.name}:{line}: {term} of an unnamed node is not understood: write the axiom in another form"
        )


def _expression(root: Any, below: dict[Any, list[Triple]]) -> Iterator[Triple]:
    """The class expression that an axiom is about, without the axiom."""
    for triple in below[root]:
        if triple.predicate not in (RDFS.subClassOf, OWL.disjointWith):
            yield triple
            yield from _closure(triple.object, below)


def _is(root: Any, kind: NamedNode, below: dict[Any, list[Triple]]) -> bool:
    return any(triple.predicate == RDF.type and triple.object == kind for triple in below[root])


def _items(head: Any, below: dict[Any, list[Triple]]) -> list[Any]:
    """The members of an RDF list."""
    members = []
    while isinstance(head, BlankNode):
        parts = {triple.predicate: triple.object for triple in below[head]}
        members.append(parts[RDF.first])
        head = parts[RDF.rest]
    return members


_DESCRIBING = frozenset(
    (
        RDF.type, OWL.allValuesFrom, OWL.complementOf, OWL.hasValue, OWL.intersectionOf, OWL.oneOf, OWL.onProperty,
        OWL.someValuesFrom, OWL.unionOf,
    )
)  # fmt: skip
"""What describes a class expression."""


class _Text:
    """A Turtle file as lines, in which statements are found again."""

    def __init__(self, file: Path) -> None:
        self._lines = file.read_text(encoding="utf-8").splitlines()
        self._blocks: dict[str, int] = {}
        self._unnamed: list[int] = []
        for number, line in enumerate(self._lines):
            if line.startswith("["):
                self._unnamed.append(number)
            elif line and not line[0].isspace() and line[0] not in "#@":
                self._blocks.setdefault(line.split()[0], number)
        self._roots: dict[Any, int] = {}

    def block(self, root: Any) -> int:
        """The line of the next block that begins with an unnamed node, the same for the same node."""
        if root not in self._roots:
            self._roots[root] = self._unnamed[len(self._roots)]
        return self._roots[root] + 1

    def line(self, triple: Triple) -> int:
        """The line of a statement about a named subject: at least that of its block."""
        start = self._blocks.get(prefixes.compact(_value(triple.subject)), 0)
        predicate = "a" if triple.predicate == RDF.type else prefixes.compact(_value(triple.predicate))
        value = prefixes.compact(_value(triple.object)) if isinstance(triple.object, NamedNode) else ""
        nearest = start
        for number in range(start, len(self._lines)):
            line = self._lines[number]
            if number > start and line[:1] not in ("", " ", "\t"):
                break
            words = re.split(r"[\s;,.()\[\]]+", line)
            if predicate in words and nearest == start:
                nearest = number
            if predicate in words and (not value or value in words):
                return number + 1
        return nearest + 1


# In words


class Wording:
    """Says axioms and statements in plain words.

    Args:
        labels: What terms are called, by IRI.
        told: The triples by which unnamed class expressions are described.
    """

    def __init__(self, labels: dict[str, str], told: Iterable[Triple]) -> None:
        self._labels = labels
        self._below = _below(told)

    def statement(self, triple: Triple) -> str:
        """One statement or axiom; what it leads to must be among the triples that were told.

        >>> words = Wording({f"{OWL.base}Thing": "thing"}, [])
        >>> words.statement(Triple(NamedNode("urn:c1"), RDF.type, OWL.Thing))
        'c1 is a thing'
        """
        subject, predicate, value = triple.subject, triple.predicate, triple.object
        if predicate == RDF.type and isinstance(value, NamedNode) and value in _CHARACTERISTICS:
            return _CHARACTERISTICS[value].format(self._named(subject))
        if predicate == RDF.type:
            return f"{self._named(subject)} {self._being(value)}"
        if predicate in _BETWEEN_PROPERTIES:
            return _BETWEEN_PROPERTIES[predicate].format(self._named(subject), self._named(value))
        if predicate == OWL.propertyChainAxiom:
            steps = joined([f"“{self._named(step)}”" for step in _items(value, self._below)], "then")
            return f"“{self._named(subject)}” follows from {steps}"
        if predicate == RDFS.domain:
            return f"whatever has “{self._named(subject)}” {self._being(value)}"
        if predicate == RDFS.range:
            return f"whatever stands as “{self._named(subject)}” {self._being(value)}"
        if predicate == RDFS.subClassOf:
            return f"whatever {self._being(subject)} {self._being(value)}"
        if predicate == OWL.disjointWith:
            return f"nothing both {self._being(subject)} and {self._being(value)}"
        if predicate == OWL.equivalentClass:
            return f"to be {self._article(subject)} is the same as this: it {self._being(value)}"
        return f"{self._named(subject)} has “{self._named(predicate)}” {self._named(value)}"

    def different(self, things: Sequence[NamedNode]) -> str:
        """That several things are not one."""
        if len(things) > 7:
            return f"{self._named(things[0])} and {len(things) - 1} others are different things"
        return f"{joined([self._named(thing) for thing in things], 'and')} are different things"

    def _being(self, expression: Any) -> str:
        """What it is to belong to a class, as the rest of a sentence."""
        if isinstance(expression, NamedNode):
            return f"is {self._article(expression)}"
        parts = {triple.predicate: triple.object for triple in self._below[expression]}
        if OWL.intersectionOf in parts:
            return joined([self._being(part) for part in _items(parts[OWL.intersectionOf], self._below)], "and")
        if OWL.unionOf in parts:
            return joined([self._being(part) for part in _items(parts[OWL.unionOf], self._below)], "or")
        if OWL.oneOf in parts:
            return f"is {joined([self._named(one) for one in _items(parts[OWL.oneOf], self._below)], 'or')}"
        if OWL.complementOf in parts:
            return f"does not belong to what {self._being(parts[OWL.complementOf])}"
        name = f"“{self._named(parts[OWL.onProperty])}”"
        if OWL.hasValue in parts:
            return f"has {name} {self._named(parts[OWL.hasValue])}"
        if OWL.someValuesFrom in parts:
            return f"has {name} that {self._being(parts[OWL.someValuesFrom])}"
        if OWL.allValuesFrom in parts:
            return f"has no {name} but what {self._being(parts[OWL.allValuesFrom])}"
        return f"has {name} as often as stands there"

    def _article(self, kind: Any) -> str:
        if _value(kind) in _DATATYPES:
            return _DATATYPES[_value(kind)]
        label = self._named(kind)
        return f"{'an' if label[:1].lower() in 'aeio' else 'a'} {label}"

    def _named(self, term: Any) -> str:
        """A term by its label, a node of the evidence by its ids, a value as it is written."""
        if isinstance(term, Literal):
            return f"“{term.value}”"
        if isinstance(term, BlankNode):  # the inverse of a property
            return f"{self._named(self._below[term][0].object)}, read backwards"
        iri = _value(term)
        if iri in self._labels:
            return self._labels[iri]
        if iri.startswith(iris.DATA):
            return iris.spoken(iri)
        return " ".join(word.lower() for word in re.findall(r"[A-Z]?[^A-Z]+", re.split(r"[#/:]", iri)[-1]))


_DATATYPES = {
    XSD.string.value: "text",
    XSD.integer.value: "a whole number",
    XSD.boolean.value: "true or false",
    XSD.anyURI.value: "an address",
}

_CHARACTERISTICS = {
    OWL.FunctionalProperty: "nothing has two different values of “{}”",
    OWL.InverseFunctionalProperty: "nothing stands as “{}” of two different things",
    OWL.SymmetricProperty: "“{}” holds both ways",
    OWL.AsymmetricProperty: "“{}” never holds both ways",
    OWL.IrreflexiveProperty: "nothing stands in “{}” to itself",
    OWL.TransitiveProperty: "“{}” carries on from one thing to the next",
}

_BETWEEN_PROPERTIES = {
    RDFS.subPropertyOf: "whatever stands as “{}” also stands as “{}”",
    OWL.inverseOf: "“{}” is “{}” read backwards",
    OWL.propertyDisjointWith: "nothing stands both as “{}” and as “{}” of one thing",
}


def terms_in(triples: Sequence[Triple]) -> set[str]:
    """The IRIs that triples name, but for those of OWL, RDF and XML Schema."""
    named = (term for triple in triples for term in (triple.subject, triple.predicate, triple.object))
    return {
        term.value
        for term in named
        if isinstance(term, NamedNode) and not term.value.startswith((OWL.base, RDF.base, RDFS.base, XSD.base))
    }
