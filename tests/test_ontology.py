"""The ontology: closed, documented, within OWL 2 DL as far as text can show it, and equal to what the code names."""

from __future__ import annotations

import inspect
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

import kg
from kg import vocabulary
from kg.terms import PM as CLOSED
from kg.vocabulary import MATERIAL, MechanismState, State, TheoryRelation, Value
from tests.conftest import ROOT, SHIPPED
from tools.tokens import prefixes, tokens

PM = Namespace("https://w3id.org/partnership-mechanisms/ontology#")
PMC = Namespace("https://w3id.org/partnership-mechanisms/concept/")
ONTOLOGY_FILES = sorted((ROOT / "ontology").glob("*.ttl"))
TURTLE_FILES = [*ONTOLOGY_FILES, *sorted((ROOT / "shapes").rglob("*.ttl"))]
QUERY_FILES = sorted((ROOT / "queries").rglob("*.rq"))
PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
FACTOR_CLASSES = {
    PM.RelationalFactor,
    PM.MotivationalFactor,
    PM.StructuralFactor,
    PM.ContextualFactor,
    PM.OutcomeFactor,
}
UNWANTED = {"conflict", "dependency", "mistrust", "partner-burden"}

_DECLARATION = re.compile(r"^@?prefix +([\w-]*): +<([^>]*)>(?: \.)?$", re.MULTILINE | re.IGNORECASE)


@cache
def parsed(path: Path) -> Graph:
    return Graph().parse(path, format="turtle")


@cache
def ontology() -> Graph:
    whole = Graph()
    for path in ONTOLOGY_FILES:
        whole += parsed(path)
    return whole


def local(term: Node) -> str:
    """The part of an IRI after the namespace."""
    return re.split(r"[#/]", str(term))[-1]


def named(nodes: Iterator[Node], namespace: Namespace) -> set[str]:
    return {str(node)[len(namespace) :] for node in nodes if isinstance(node, URIRef) and node in namespace}


def own_terms(*kinds: Node) -> list[URIRef]:
    """The terms of our own namespace that are declared to be of a kind, in order."""
    found = {term for kind in kinds for term in ontology().subjects(RDF.type, kind)}
    return sorted(term for term in found if isinstance(term, URIRef) and term in PM)


def names_used(text: str) -> Iterator[tuple[str, str]]:
    """Prefix and local name of each prefixed name in a text and in the queries that it holds, but in declarations."""
    for token in tokens(_DECLARATION.sub("", text)):
        if token.kind == "name":
            prefix, _, name = token.text.partition(":")
            yield prefix, name
        elif token.text.startswith('"""'):
            yield from names_used(token.text.strip('"'))


# The closed namespace

TERMS = ("core.ttl", "provenance.ttl", "external.ttl")
"""The files that define terms; the others hold what is said in them."""


def test_code_names_exactly_the_terms_that_the_ontology_defines() -> None:
    files = [parsed(ROOT / "ontology" / name) for name in TERMS]
    defined = {name for file in files for name in named(file.subjects(), PM)}
    assert sorted(CLOSED.names - defined) == []
    assert sorted(defined - CLOSED.names) == []


def test_no_other_file_defines_a_term_of_the_ontology() -> None:
    others = [path for path in ONTOLOGY_FILES if path.name not in TERMS]
    assert {path.name: sorted(named(parsed(path).subjects(), PM)) for path in others} == {
        "concepts.ttl": [],
        "countries.ttl": [],
        "groups.ttl": [],
        "indicators.ttl": [],
        "prefixes.ttl": [],
    }


@pytest.mark.parametrize(("prefix", "namespace"), [("pm", PM), ("pmc", PMC)])
@pytest.mark.parametrize("path", [*TURTLE_FILES, *QUERY_FILES], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_name_that_a_file_uses_is_defined(path: Path, prefix: str, namespace: Namespace) -> None:
    defined = named(ontology().subjects(), namespace)
    text = path.read_text(encoding="utf-8")
    used = {name for used_prefix, name in names_used(text) if used_prefix == prefix}
    used |= set(re.findall(re.escape(namespace) + r"([\w-]+)", _DECLARATION.sub("", text)))
    assert sorted(used - defined - {""}) == []


@pytest.mark.parametrize("name", ["Clam", "hasMechanisms", "trust", ""])
def test_a_name_that_the_ontology_does_not_define_cannot_be_written(name: str) -> None:
    with pytest.raises(AttributeError, match=f"defines no term {name}"):
        getattr(CLOSED, name)
    with pytest.raises(KeyError):
        CLOSED[name]


# Headers; how terms are documented and named is asked by shapes/style/


@pytest.mark.parametrize("path", ONTOLOGY_FILES, ids=lambda path: path.stem)
def test_every_file_has_one_header(path: Path) -> None:
    assert len(list(parsed(path).subjects(RDF.type, OWL.Ontology))) == 1


# Controlled values


def enumerations() -> list[type[Value]]:
    """The enumerations that stand for a whole class each."""
    found = [enum for _, enum in inspect.getmembers(vocabulary, inspect.isclass) if issubclass(enum, Value)]
    return [enum for enum in found if enum not in (Value, MechanismState)]


def individuals(kind: Node) -> dict[str, list[str]]:
    """The notations of the individuals of a class, by local name."""
    classes = ontology().transitive_subjects(RDFS.subClassOf, kind)
    members = {term for each in classes for term in ontology().subjects(RDF.type, each)}
    return {local(term): [str(note) for note in ontology().objects(term, SKOS.notation)] for term in members}


@pytest.mark.parametrize("enum", enumerations(), ids=lambda enum: enum.__name__)
def test_an_enumeration_equals_the_individuals_of_the_class_of_its_name(enum: type[Value]) -> None:
    assert (PM[enum.__name__], RDF.type, OWL.Class) in ontology()
    assert {member.name: [member.value] for member in enum} == individuals(PM[enum.__name__])
    assert [str(member.iri.value) for member in enum] == [str(PM[member.name]) for member in enum]


def test_every_class_of_controlled_values_has_an_enumeration() -> None:
    classes = {local(term) for term in ontology().subjects(RDFS.subClassOf, PM.Value)}
    assert classes == {enum.__name__ for enum in enumerations()}


def test_closed_classes_list_exactly_their_individuals() -> None:
    listed = {}
    for kind, expression in ontology().subject_objects(OWL.equivalentClass):
        members = ontology().value(expression, OWL.oneOf)
        if members is not None:
            listed[local(kind)] = {local(member) for member in Collection(ontology(), members)}
    kinds = {local(kind) for kind in ontology().transitive_subjects(RDFS.subClassOf, PM.Value) if kind is not None}
    assert kinds - set(listed) == {"Value", "Design", "SourceType"}  # their subclasses are listed
    assert listed == {name: set(individuals(PM[name])) for name in listed}


def test_the_states_of_a_mechanism_are_states() -> None:
    assert {(member.name, member.value) for member in MechanismState} == {("present", "present"), ("absent", "absent")}
    assert {(member.name, member.value) for member in MechanismState} < {
        (member.name, member.value) for member in State
    }


def test_types_of_material_equal_the_members_of_their_class() -> None:
    assert {member.name for member in MATERIAL} == set(individuals(PM.MaterialType))


def test_relations_to_a_theory_are_the_subproperties_of_bearing_on_one() -> None:
    properties = {local(term) for term in ontology().subjects(RDFS.subPropertyOf, PM.bearsOnTheory)}
    assert {f"{relation.value}Theory" for relation in TheoryRelation} == properties
    assert {local(URIRef(relation.iri.value)) for relation in TheoryRelation} == properties


# Prefixes


def prefix_table() -> dict[str, str]:
    text = (ROOT / "ontology" / "prefixes.ttl").read_text(encoding="utf-8")
    rows = re.findall(r'^prefix:(\w+) sh:prefix "(\w+)" ; sh:namespace "([^"]+)"\^\^xsd:anyURI \.$', text, re.MULTILINE)
    assert [row for row in rows if row[0] != row[1]] == []
    return {prefix: namespace for _, prefix, namespace in rows}


def test_the_prefix_table_declares_each_of_its_rows_once() -> None:
    text = (ROOT / "ontology" / "prefixes.ttl").read_text(encoding="utf-8")
    declared = re.search(r"sh:declare (.*) \.$", text, re.MULTILINE)
    assert declared is not None
    assert declared[1].split(" , ") == [f"prefix:{prefix}" for prefix in sorted(prefix_table())]
    assert len(set(prefix_table().values())) == len(prefix_table()) == 23


@pytest.mark.parametrize("path", [*TURTLE_FILES, *QUERY_FILES], ids=lambda path: str(path.relative_to(ROOT)))
def test_prefixes_are_those_of_the_table_and_all_are_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    declared = _DECLARATION.findall(text)
    table = prefix_table()
    assert [(prefix, base) for prefix, base in declared if table.get(prefix) != base] == []
    assert [prefix for prefix, _ in declared] == sorted({prefix for prefix, _ in declared})
    assert sorted(prefixes(text)[1]) == [prefix for prefix, _ in declared]


# The concept scheme


def concepts() -> list[URIRef]:
    return sorted(term for term in ontology().subjects(RDF.type, SKOS.Concept) if isinstance(term, URIRef))


def kind_of(concept: Node) -> set[Node]:
    return set(ontology().objects(concept, RDF.type)) - {SKOS.Concept}


@pytest.fixture(scope="module")
def evidence_concepts() -> dict[str, set[str]]:
    """The concepts that the shipped evidence uses, by the slot they stand in."""
    used: dict[str, set[str]] = defaultdict(set)
    for path in sorted((SHIPPED / "sources").glob("*.yaml")):
        source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for claim in (claim for coding in source["codings"] for claim in coding["claims"]):
            used["context"].update(context["factor"] for context in claim.get("contexts", []))
            used["mechanism"].update(mechanism["factor"] for mechanism in claim["mechanisms"])
            used["outcome"].add(claim["outcome"]["factor"])
            used["actor"].update(
                actor if isinstance(actor, str) else actor["kind"] for actor in claim.get("actors", [])
            )
            used["actor"].update(name for mechanism in claim["mechanisms"] for name in mechanism.get("reasoners", []))
    return used


def test_every_concept_that_the_evidence_uses_is_defined(evidence_concepts: dict[str, set[str]]) -> None:
    used = set().union(*evidence_concepts.values())
    assert sorted(used - {local(concept) for concept in concepts()}) == []
    assert len(used) == 190


def test_actors_are_kinds_of_actor_and_the_rest_are_factors(evidence_concepts: dict[str, set[str]]) -> None:
    actors = {local(concept) for concept in concepts() if kind_of(concept) == {PM.ActorKind}}
    assert sorted(evidence_concepts["actor"] - actors) == []
    assert sorted((evidence_concepts["context"] | evidence_concepts["mechanism"]) & actors) == []
    assert sorted(evidence_concepts["outcome"] & actors) == []


def test_no_label_is_shared_by_two_concepts_or_given_twice() -> None:
    labels = Counter(
        str(label).casefold().strip()
        for concept in concepts()
        for name in (SKOS.prefLabel, SKOS.altLabel)
        for label in ontology().objects(concept, name)
    )
    assert [label for label, count in labels.items() if count > 1] == []


def test_no_label_is_the_id_of_another_concept() -> None:
    ids = {local(concept).replace("-", " ") for concept in concepts()}
    faults = [
        (local(concept), str(label))
        for concept in concepts()
        for name in (SKOS.prefLabel, SKOS.altLabel)
        for label in ontology().objects(concept, name)
        if (plain := str(label).lower().replace("-", " ")) in ids and plain != local(concept).replace("-", " ")
    ]
    assert faults == []


def broader_of(concept: Node) -> set[Node]:
    return {upper for upper in ontology().transitive_objects(concept, SKOS.broader) if upper not in (None, concept)}


@pytest.mark.parametrize(
    ("narrow", "broad"),
    [
        ("faith-in-partner", "trust"),
        ("confidence-in-partner", "trust"),
        ("transparency", "communication"),
        ("care-home-staff", "frontline-staff"),
    ],
)
def test_narrower_concepts_stand_under_the_one_they_are_a_kind_of(narrow: str, broad: str) -> None:
    assert PMC[broad] in broader_of(PMC[narrow])


def test_opposites_are_said_once_and_hold_both_ways() -> None:
    assert (PM.opposite, RDF.type, OWL.SymmetricProperty) in ontology()
    pairs = list(ontology().subject_objects(PM.opposite))
    assert len({frozenset(pair) for pair in pairs}) == len(pairs) == 7


def test_graphs_hold_opposites_both_ways(tiny_graph: kg.KnowledgeGraph) -> None:
    rows = tiny_graph.sparql(f"SELECT DISTINCT ?one ?other WHERE {{ ?one <{PM.opposite}> ?other }}")
    asserted = {(str(one), str(other)) for one, other in ontology().subject_objects(PM.opposite)}
    assert {(row["one"], row["other"]) for row in rows} == asserted | {(other, one) for one, other in asserted}


def test_every_concept_that_stands_as_outcome_says_whether_people_want_it(
    evidence_concepts: dict[str, set[str]],
) -> None:
    said = defaultdict(list)
    for concept, value in ontology().subject_objects(PM.desirability):
        said[local(concept)].append(local(value))
    assert len(evidence_concepts["outcome"]) == 64
    assert {outcome: len(said[outcome]) for outcome in evidence_concepts["outcome"] if len(said[outcome]) != 1} == {}
    assert {concept for concept, values in said.items() if values == ["unwanted"]} == UNWANTED
    assert {value for values in said.values() for value in values} == {"wanted", "unwanted"}


# OWL 2 DL, as far as it shows without a reasoner


def kinds_of_property(term: Node) -> set[str]:
    return {local(kind) for kind in ontology().objects(term, RDF.type) if kind in PROPERTY_KINDS}


def properties_in_axioms() -> set[Node]:
    found = set(ontology().objects(None, OWL.onProperty))
    for name in (RDFS.subPropertyOf, OWL.inverseOf, OWL.equivalentProperty):
        found |= {term for pair in ontology().subject_objects(name) for term in pair}
    for chain in ontology().objects(None, OWL.propertyChainAxiom):
        found |= set(Collection(ontology(), chain))
    return found


def builtin(term: Node) -> bool:
    return str(term).startswith((str(OWL), str(RDF), str(RDFS), str(XSD)))


def test_every_property_that_is_used_is_declared_as_exactly_one_kind() -> None:
    used = {name for name in ontology().predicates() if not builtin(name)} | properties_in_axioms()
    used |= {term for kind in PROPERTY_KINDS for term in ontology().subjects(RDF.type, kind)}
    kinds = {str(term): sorted(kinds_of_property(term)) for term in used}
    assert {name: found for name, found in kinds.items() if len(found) != 1} == {}


def test_every_class_that_is_used_is_declared() -> None:
    used = set(ontology().objects(None, RDF.type)) | set(ontology().objects(None, OWL.someValuesFrom))
    for name in (RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith):
        used |= {term for pair in ontology().subject_objects(name) for term in pair}
    for name in (RDFS.domain, RDFS.range):
        used |= set(ontology().objects(None, name))
    properties = set(ontology().subjects(RDF.type, OWL.AllDisjointProperties))
    for name in (OWL.intersectionOf, OWL.unionOf, OWL.members):
        for node, head in ontology().subject_objects(name):
            used |= set() if node in properties else set(Collection(ontology(), head))
    classes = {term for term in used if isinstance(term, URIRef) and not builtin(term)}
    assert sorted(str(term) for term in classes if (term, RDF.type, OWL.Class) not in ontology()) == []


def test_no_class_is_a_property_and_no_term_of_ours_is_two_things() -> None:
    classes, properties = set(own_terms(OWL.Class)), set(own_terms(*PROPERTY_KINDS))
    values = {PM[member.name] for enum in enumerations() for member in enum}
    assert classes & properties == set()
    assert classes & values == set()
    assert properties & values == set()
    assert classes | properties | values == {PM[name] for name in CLOSED.names}


def composite() -> set[Node]:
    """Properties that are not simple: chains, transitive ones, and whatever stands above them (OWL 2, section 11.1)."""
    found = set(ontology().subjects(OWL.propertyChainAxiom)) | set(
        ontology().subjects(RDF.type, OWL.TransitiveProperty)
    )
    while True:
        above = {upper for term in found for upper in ontology().objects(term, RDFS.subPropertyOf)}
        for one, other in ontology().subject_objects(OWL.inverseOf):
            above |= {other} if one in found else set()
            above |= {one} if other in found else set()
        if above <= found:
            return found
        found |= above


def test_properties_that_are_not_simple_carry_no_axiom_that_needs_simple_ones() -> None:
    refused = {OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.IrreflexiveProperty, OWL.AsymmetricProperty}
    counting = {
        OWL.cardinality, OWL.minCardinality, OWL.maxCardinality,
        OWL.qualifiedCardinality, OWL.minQualifiedCardinality, OWL.maxQualifiedCardinality, OWL.hasSelf,
    }  # fmt: skip
    faults = []
    for term in composite():
        faults += [f"{local(term)} is {local(kind)}" for kind in ontology().objects(term, RDF.type) if kind in refused]
        faults += [f"{local(term)} is disjoint" for _ in ontology().triples((term, OWL.propertyDisjointWith, None))]
        faults += [f"{local(term)} is disjoint" for _ in ontology().triples((None, OWL.propertyDisjointWith, term))]
        for restriction in ontology().subjects(OWL.onProperty, term):
            said = set(ontology().predicates(restriction)) & counting
            faults += [f"{local(term)} is restricted by {local(name)}" for name in said]
    for axiom in ontology().subjects(RDF.type, OWL.AllDisjointProperties):
        for head in ontology().objects(axiom, OWL.members):
            faults += [f"{local(term)} is disjoint" for term in set(Collection(ontology(), head)) & composite()]
    assert faults == []
    assert {local(term) for term in composite()} == {
        "actorKind", "broaderTransitive", "caseCountry", "codedBy", "codedDesign", "codedReadExtent", "contextFactor",
        "evidenceLayer", "fromSource", "fromStudy", "linkedTo", "mechanismFactor", "mechanismState", "outcomeFactor",
    }  # fmt: skip


def test_chains_are_regular() -> None:
    """No property is in a chain that makes it or anything below it (OWL 2, section 11.2)."""
    steps: dict[Node, set[Node]] = defaultdict(set)
    for term, head in ontology().subject_objects(OWL.propertyChainAxiom):
        steps[term] |= set(Collection(ontology(), head))
    for lower, upper in ontology().subject_objects(RDFS.subPropertyOf):
        steps[upper].add(lower)
    circular = []
    for term in list(steps):
        seen: set[Node] = set()
        waiting = set(steps[term])
        while waiting:
            step = waiting.pop()
            if step not in seen:
                seen.add(step)
                waiting |= steps.get(step, set())
        circular += [local(term)] if term in seen else []
    assert circular == []


def test_anonymous_nodes_are_class_expressions_lists_and_disjointness_only() -> None:
    kinds: Counter[str] = Counter()
    for node in {subject for subject in ontology().subjects() if isinstance(subject, BNode)}:
        types = {local(kind) for kind in ontology().objects(node, RDF.type)}
        if (node, RDF.first, None) in ontology() and (node, RDF.rest, None) in ontology() and not types:
            kinds["list"] += 1
        elif types in ({"Class"}, {"Restriction"}, {"AllDisjointClasses"}, {"AllDisjointProperties"}):
            kinds[types.pop()] += 1
        else:
            kinds[f"something else: {sorted(ontology().predicate_objects(node))}"] += 1
    assert set(kinds) == {"list", "Class", "Restriction", "AllDisjointClasses", "AllDisjointProperties"}


def test_values_fit_the_kind_of_their_property_in_the_ontology() -> None:
    faults = []
    for subject, predicate, value in ontology():
        kind = kinds_of_property(predicate)
        if (kind == {"ObjectProperty"} and isinstance(value, Literal)) or (
            kind == {"DatatypeProperty"} and not isinstance(value, Literal)
        ):
            faults.append(f"{subject} {predicate} {value}")
    assert faults == []


def test_what_evidence_asserts_uses_declared_properties_as_their_kind_and_range_say(
    tiny_graph: kg.KnowledgeGraph,
) -> None:
    rows = tiny_graph.sparql(
        """SELECT DISTINCT ?property ?literal ?datatype WHERE {
             GRAPH ?module { ?subject ?property ?value }
             FILTER(CONTAINS(STR(?module), "/graph/module/") && !STRENDS(STR(?module), "/inferred"))
             BIND(isLiteral(?value) AS ?literal)
             BIND(DATATYPE(?value) AS ?datatype)
           } ORDER BY ?property"""
    )
    faults = []
    for row in rows:
        term = URIRef(str(row["property"]))
        if builtin(term):
            continue
        kind = kinds_of_property(term)
        wanted = ontology().value(term, RDFS.range)
        if kind == {"ObjectProperty"} and row["literal"]:
            faults.append(f"{local(term)} has a literal value")
        elif kind == {"DatatypeProperty"} and not row["literal"]:
            faults.append(f"{local(term)} has a node as its value")
        elif kind == {"DatatypeProperty"} and wanted is not None and row["datatype"] != str(wanted):
            faults.append(f"{local(term)} has a value of {row['datatype']}")
        elif len(kind) != 1:
            faults.append(f"{term} is declared as {sorted(kind)}")
    assert faults == []
    assert {local(URIRef(str(row["property"]))) for row in rows} >= {"hasMechanism", "reasoning", "year", "feedback"}


# Countries


def test_the_countries_are_those_of_iso_3166() -> None:
    codes = {str(code): country for country, code in ontology().subject_objects(PM.iso3)}
    assert len(codes) == len(set(codes.values())) == len(set(ontology().subjects(RDF.type, PM.Country))) == 249
    base = "https://w3id.org/partnership-mechanisms/data/country/"
    assert [code for code, country in codes.items() if str(country) != base + code] == []
    names = {code: str(ontology().value(codes[code], RDFS.label)) for code in ("KEN", "NAM", "UGA")}
    assert names == {"KEN": "Kenya", "NAM": "Namibia", "UGA": "Uganda"}
