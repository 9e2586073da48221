"""What the axioms of the shipped ontology say, as tables of the consequences of each property and of each class.

`tests/data/consequences/properties.csv` has for one statement of each property, of whose subject and object nothing
else is known, what these are by it, and which other properties follow, from its subject and back from its object.
`classes.csv` has for each class what its members also are. Two columns say what has no consequence on data, and only
makes data contradictory: `single` (a property has one value) and `is never` (classes share no member).
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable

import pytest
from pyoxigraph import Literal, NamedNode, Quad
from rdflib import OWL, RDFS, SKOS, Graph, URIRef
from rdflib import RDF as RDFLIB
from rdflib.collection import Collection

from kg import iris, reason, resources
from kg.terms import PM, RDF
from tests.conftest import ROOT

X, Y = NamedNode("urn:x"), NamedNode("urn:y")
CONSEQUENCES = ROOT / "tests" / "data" / "consequences"


@pytest.fixture(scope="module")
def axioms() -> Graph:
    """The shipped ontology as it is written."""
    graph = Graph()
    for path in resources.ontology_files():
        graph.parse(path, format="turtle")
    return graph


def said_name(term: object) -> str:
    """A term as the tables write it."""
    return re.split(r"[#/]", str(getattr(term, "value", term)))[-1]


def names(terms: Iterable[object]) -> str:
    return " ".join(sorted(map(said_name, terms)))


def terms_of(axioms: Graph, *kinds: URIRef) -> list[URIRef]:
    """The terms of our own namespace, and of SKOS as far as it is used, that are declared to be of a kind."""
    found = {term for kind in kinds for term in axioms.subjects(RDFLIB.type, kind) if isinstance(term, URIRef)}
    return sorted((term for term in found if str(term).startswith((PM.base, str(SKOS)))), key=said_name)


def follows_from(statements: list[tuple[NamedNode, NamedNode, NamedNode | Literal]]) -> list[list[Quad]]:
    """What follows from each statement about X and Y, of which nothing else is known."""
    known = [(node, RDF.type, NamedNode(OWL.Thing)) for node in (X, Y)]
    return reason.infer(
        [
            (f"m{at}", [Quad(*triple, iris.asserted_graph(f"m{at}")) for triple in (*known, statement)])
            for at, statement in enumerate(statements)
        ]
    )


def table(name: str) -> list[dict[str, str]]:
    with (CONSEQUENCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_one_statement_of_each_property_says(axioms: Graph) -> None:
    literal = terms_of(axioms, OWL.DatatypeProperty)
    properties = terms_of(axioms, OWL.DatatypeProperty, OWL.ObjectProperty)
    found = []
    results = follows_from([(X, NamedNode(term), Literal("t") if term in literal else Y) for term in properties])
    for term, quads in zip(properties, results, strict=True):
        types = {node: [q.object for q in quads if q.subject == node and q.predicate == RDF.type] for node in (X, Y)}
        found.append(
            {
                "property": said_name(term),
                "single": "yes" if (term, RDFLIB.type, OWL.FunctionalProperty) in axioms else "",
                "subject is": names(types[X]),
                "object is": names(axioms.objects(term, RDFS.range) if term in literal else types[Y]),
                "also": names(q.predicate for q in quads if q.subject == X and q.predicate != RDF.type),
                "back": names(q.predicate for q in quads if q.subject == Y and q.predicate != RDF.type),
            }
        )
    assert found == table("properties")


def test_what_being_of_each_class_says_and_excludes(axioms: Graph) -> None:
    excluded: dict[object, set[object]] = defaultdict(set)
    for head in axioms.objects(None, OWL.members):
        members = set(Collection(axioms, head))
        for member in members:
            excluded[member] |= members - {member}
    classes = terms_of(axioms, OWL.Class)
    found = []
    results = follows_from([(X, RDF.type, NamedNode(term)) for term in classes])
    for term, quads in zip(classes, results, strict=True):
        types = [quad.object for quad in quads if quad.subject == X and quad.predicate == RDF.type]
        found.append({"class": said_name(term), "is also": names(types), "is never": names(excluded[term])})
    assert found == table("classes")


# What no record of the shipped evidence lacks, so that nothing there tells whether a definition asks for it


def test_a_configuration_needs_context_reasoned_mechanism_and_outcome() -> None:
    context, mechanism, outcome = (NamedNode(f"urn:{name}") for name in ("c", "m", "o"))
    parts: dict[str, list[tuple[NamedNode, NamedNode, NamedNode | Literal]]] = {
        "context": [(X, PM.hasContext, context)],
        "mechanism": [(X, PM.hasMechanism, mechanism)],
        "reasoning": [(mechanism, PM.reasoning, Literal("they answer"))],
        "outcome": [(X, PM.hasOutcome, outcome)],
    }
    known = [(node, RDF.type, NamedNode(OWL.Thing)) for node in (X, context, mechanism, outcome)]
    found = {}
    for without in ("nothing", *parts):
        triples = [*known, *(triple for name, part in parts.items() if name != without for triple in part)]
        (quads,) = reason.infer([("m", [Quad(*triple, iris.asserted_graph("m")) for triple in triples])])
        found[without] = any(quad.subject == X and quad.object == PM.Configuration for quad in quads)
    assert found == {"nothing": True, "context": False, "mechanism": False, "reasoning": False, "outcome": False}
