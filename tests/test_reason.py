"""What follows from the axioms: each kind of axiom on a tiny ontology, then all that follows in the real graphs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Store, parse

import kg
from kg import iris, reason, resources, rules
from kg.errors import Failure
from kg.prefixes import with_prefixes
from kg.terms import PM, RDF
from tests.conftest import ROOT, SHIPPED

PREFIXES = """
@prefix : <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix pm: <https://w3id.org/partnership-mechanisms/ontology#> .
@prefix pmc: <https://w3id.org/partnership-mechanisms/concept/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
TESTED = {"supported", "refined", "refuted"}
PRIMARY = {"case-study", "mixed-methods", "qualitative", "realist-evaluation", "survey", "trial"}

Fact = tuple[str, str, str]
Infer = Callable[..., list[set[Fact]]]


def quads_of(turtle: str, graph: NamedNode) -> list[Quad]:
    parsed = parse(PREFIXES + turtle, format=RdfFormat.TURTLE)
    return [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in parsed]


def facts(quads: list[Quad]) -> set[Fact]:
    return {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads}


def told(turtle: str) -> set[Fact]:
    return facts(quads_of(turtle, iris.ONTOLOGY_GRAPH))


@pytest.fixture
def infer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Infer]:
    """Calls `reason.infer` on modules `m1`, `m2`, … with an ontology of the test's own."""

    def run(ontology: str, *modules: str) -> list[set[Fact]]:
        file = tmp_path / "own.ttl"
        file.write_text(PREFIXES + ontology, encoding="utf-8")
        monkeypatch.setattr(resources, "ontology_files", lambda: [file])
        reason.load_ontology.cache_clear()
        named = [(f"m{at}", quads_of(text, iris.asserted_graph(f"m{at}"))) for at, text in enumerate(modules, 1)]
        results = reason.infer(named)
        for (name, _), result in zip(named, results, strict=True):
            assert {quad.graph_name for quad in result} <= {iris.inferred_graph(name)}
            assert len(result) == len(set(result))
        return [facts(result) for result in results]

    yield run
    monkeypatch.undo()
    reason.load_ontology.cache_clear()


# Each kind of axiom: an ontology, a module, and all that follows in the module

AXIOMS = {
    "subclass": (":A rdfs:subClassOf :B .", ":x a :A .", ":x a :B ."),
    "subclasses in line": (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", ":x a :A .", ":x a :B , :C ."),
    "superclass says nothing": (":A rdfs:subClassOf :B .", ":x a :B .", ""),
    "equivalent classes, one way": (":A owl:equivalentClass :B .", ":x a :A .", ":x a :B ."),
    "equivalent classes, the other way": (":A owl:equivalentClass :B .", ":x a :B .", ":x a :A ."),
    "subproperty": (":p rdfs:subPropertyOf :q .", ":x a :T ; :p :y .", ":x :q :y ."),
    "subproperty with text": (":p rdfs:subPropertyOf :q .", ':x a :T ; :p "y"@en .', ':x :q "y"@en .'),
    "superproperty says nothing": (":p rdfs:subPropertyOf :q .", ":x a :T ; :q :y .", ""),
    "inverse, one way": (":p owl:inverseOf :q .", ":x a :T ; :p :y . :y a :T .", ":y :q :x ."),
    "inverse, the other way": (":p owl:inverseOf :q .", ":x a :T ; :q :y . :y a :T .", ":y :p :x ."),
    "symmetric": (":p a owl:SymmetricProperty .", ":x a :T ; :p :y . :y a :T .", ":y :p :x ."),
    "transitive": (
        ":p a owl:TransitiveProperty .",
        ":w a :T ; :p :x . :x a :T ; :p :y . :y a :T ; :p :z .",
        ":w :p :y , :z . :x :p :z .",
    ),
    "chain of two": (":r owl:propertyChainAxiom ( :p :q ) .", ":x a :T ; :p :y . :y :q :z .", ":x :r :z ."),
    "chain of three": (
        ":r owl:propertyChainAxiom ( :p :q :p ) .",
        ":x a :T ; :p :y . :y :q :z . :z :p :w .",
        ":x :r :w .",
    ),
    "chain to text": (":r owl:propertyChainAxiom ( :p :q ) .", ':x a :T ; :p :y . :y :q "z" .', ':x :r "z" .'),
    "chain with several ends": (
        ":r owl:propertyChainAxiom ( :p :q ) .",
        ":x a :T ; :p :y , :z . :y :q :v . :z :q :w .",
        ":x :r :v , :w .",
    ),
    "broken chain says nothing": (":r owl:propertyChainAxiom ( :p :q ) .", ":x a :T ; :p :y . :z :q :w .", ""),
    "chain in the wrong order says nothing": (
        ":r owl:propertyChainAxiom ( :p :q ) .",
        ":x a :T ; :q :y . :y :p :z .",
        "",
    ),
    "two chains for one property": (
        ":r owl:propertyChainAxiom ( :p :q ) , ( :q :p ) .",
        ":x a :T ; :p :y . :y a :T ; :q :z . :z :p :w .",
        ":x :r :z . :y :r :w .",
    ),
    "domain": (":p rdfs:domain :A .", ":x a :T ; :p :y .", ":x a :A ."),
    "range": (":p rdfs:range :A .", ":x a :T ; :p :y . :y a :T .", ":y a :A ."),
    "range of a datatype says nothing": (":p rdfs:range xsd:string .", ':x a :T ; :p "y" .', ""),
    "domain of a superproperty": (
        ":p rdfs:subPropertyOf :q . :q rdfs:domain :A .",
        ":x a :T ; :p :y .",
        ":x :q :y ; a :A .",
    ),
}
DEFINED = {
    "two named classes": (":D owl:equivalentClass [ owl:intersectionOf ( :A :B ) ] .", ":x a :A , :B .", ":x a :D ."),
    "one of two named classes": (":D owl:equivalentClass [ owl:intersectionOf ( :A :B ) ] .", ":x a :A .", ""),
    "its members are in each named class": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A :B ) ] .",
        ":x a :D .",
        ":x a :A , :B .",
    ),
    "some value, its type in the module": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom :B ] ) ] .",
        ":x a :A ; :p :y . :y a :B . :z a :A ; :p :w . :w a :C .",
        ":x a :D .",
    ),
    "some value, its type in the ontology": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom :B ] ) ] .\n"
        ":known a :B .",
        ":x a :A ; :p :known . :z a :A ; :p :unknown .",
        ":x a :D .",
    ),
    "some value, its type follows in the ontology": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom :B ] ) ] .\n"
        ":C rdfs:subClassOf :B . :known a :C .",
        ":x a :A ; :p :known .",
        ":x a :D .",
    ),
    "some value, its type follows in the module": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom :B ] ) ] .\n"
        ":C rdfs:subClassOf :B .",
        ":x a :A ; :p :y . :y a :C .",
        ":x a :D . :y a :B .",
    ),
    "two values, each of its own": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A\n"
        "  [ owl:onProperty :p ; owl:someValuesFrom :B ] [ owl:onProperty :p ; owl:someValuesFrom :C ] ) ] .",
        ":x a :A ; :p :y , :z . :y a :B . :z a :C . :w a :A ; :p :y .",
        ":x a :D .",
    ),
    "an intersection within": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A\n"
        "  [ owl:intersectionOf ( :B [ owl:onProperty :p ; owl:someValuesFrom :C ] ) ] ) ] .",
        ":x a :A , :B ; :p :y . :y a :C . :z a :A ; :p :y .",
        ":x a :D .",
    ),
    "some value of an intersection": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A\n"
        "  [ owl:onProperty :p ; owl:someValuesFrom [ owl:intersectionOf ( :B :C ) ] ] ) ] .",
        ":x a :A ; :p :y . :y a :B , :C . :z a :A ; :p :v , :w . :v a :B . :w a :C .",
        ":x a :D .",
    ),
    "some value with some value": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A\n"
        "  [ owl:onProperty :p ; owl:someValuesFrom [ owl:onProperty :q ; owl:someValuesFrom :B ] ] ) ] .",
        ":x a :A ; :p :y . :y :q :z . :z a :B . :w a :A ; :p :z .",
        ":x a :D .",
    ),
    "some text": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom xsd:string ] ) ] .",
        ':x a :A ; :p "y" . :y a :A ; :p "y"@en . :z a :A ; :p 1 . :w a :A ; :p :x . :v a :A ; :q "y" .',
        ":x a :D .",
    ),
    "some whole number": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom xsd:integer ] ) ] .",
        ':x a :A ; :p 1 . :y a :A ; :p "1" .',
        ":x a :D .",
    ),
    "a certain node": (
        ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:hasValue :v ] ) ] .",
        ":x a :A ; :p :v . :y a :A ; :p :w . :z :p :v .",
        ":x a :D .",
    ),
    "a certain text": (
        ':D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:hasValue "a \\"b\\"" ] ) ] .',
        ':x a :A ; :p "a \\"b\\"" . :y a :A ; :p "b" .',
        ":x a :D .",
    ),
    "some value alone": (
        ":D owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .",
        ":x a :T ; :p :y . :y a :B . :z a :T ; :p :x .",
        ":x a :D .",
    ),
    "a certain value alone": (
        ":D owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] .",
        ":x a :T ; :p :v . :z a :T ; :p :x .",
        ":x a :D .",
    ),
}


@pytest.mark.parametrize(("ontology", "module", "expected"), AXIOMS.values(), ids=AXIOMS.keys())
def test_what_an_axiom_says_follows_and_nothing_else(infer: Infer, ontology: str, module: str, expected: str) -> None:
    assert infer(ontology, module) == [told(expected)]


@pytest.mark.parametrize(("ontology", "module", "expected"), DEFINED.values(), ids=DEFINED.keys())
def test_members_of_a_defined_class_follow_and_no_others(
    infer: Infer, ontology: str, module: str, expected: str
) -> None:
    assert infer(ontology, module) == [told(expected)]


UNSUPPORTED = {
    "union": ":D owl:equivalentClass [ owl:unionOf ( :A :B ) ] .",
    "complement": ":D owl:equivalentClass [ owl:complementOf :C ] .",
    "enumeration": ":D owl:equivalentClass [ owl:oneOf ( :x :y ) ] .",
    "all values": ":D owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ] .",
    "minimum": ':D owl:equivalentClass [ owl:onProperty :p ; owl:minCardinality "1"^^xsd:nonNegativeInteger ] .',
    "maximum": ':D owl:equivalentClass [ owl:onProperty :p ; owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .',
    "exact number": ':D owl:equivalentClass [ owl:onProperty :p ; owl:cardinality "1"^^xsd:nonNegativeInteger ] .',
    "self": ":D owl:equivalentClass [ owl:onProperty :p ; owl:hasSelf true ] .",
    "disjoint classes": ":A owl:disjointWith :B . [] a owl:AllDisjointClasses ; owl:members ( :A :B ) .",
    "functional": ":p a owl:FunctionalProperty .",
    "subclass of an expression": ":A rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom :D ] .",
    "domain of an expression": ":p rdfs:domain [ owl:unionOf ( :A :D ) ] .",
    "range of an expression": ":p rdfs:range [ owl:unionOf ( :A :D ) ] .",
}
UNSUPPORTED_PARTS = {
    "union": "[ owl:unionOf ( :A :B ) ]",
    "complement": "[ owl:complementOf :C ]",
    "all values": "[ owl:onProperty :p ; owl:allValuesFrom :B ]",
    "minimum": '[ owl:onProperty :p ; owl:minCardinality "1"^^xsd:nonNegativeInteger ]',
    "exact number": '[ owl:onProperty :p ; owl:cardinality "1"^^xsd:nonNegativeInteger ]',
    "some value of a union": "[ owl:onProperty :p ; owl:someValuesFrom [ owl:unionOf ( :A :B ) ] ]",
    "some value of a complement": "[ owl:onProperty :p ; owl:someValuesFrom [ owl:complementOf :C ] ]",
    "an intersection with a union": "[ owl:intersectionOf ( :A [ owl:unionOf ( :A :B ) ] ) ]",
}
TEMPTING = ":x a :A , :B ; :p :y , :x . :y a :A , :B ; :p :x ."
"""A module in which every construct above, misread, would say something."""


@pytest.mark.parametrize("ontology", UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
def test_an_axiom_beyond_the_rules_gives_none(infer: Infer, ontology: str) -> None:
    assert reason.compile_rules(quads_of(ontology, iris.ONTOLOGY_GRAPH)) == []
    assert infer(ontology, TEMPTING) == [set()]


@pytest.mark.parametrize("part", UNSUPPORTED_PARTS.values(), ids=UNSUPPORTED_PARTS.keys())
def test_a_definition_with_a_part_beyond_the_rules_takes_nobody_in(infer: Infer, part: str) -> None:
    ontology = f":D owl:equivalentClass [ owl:intersectionOf ( :A {part} ) ] ."
    assert infer(ontology, TEMPTING) == [set()]
    assert infer(ontology, ":x a :D .") == [told(":x a :A .")]


def test_a_chain_may_go_over_an_inverse(infer: Infer) -> None:
    ontology = ":siblingOf owl:propertyChainAxiom ( [ owl:inverseOf :p ] :p ) ."
    assert infer(ontology, ":x a :A ; :p :y , :z . :y a :A . :z a :A .") == [
        told(":y :siblingOf :y , :z . :z :siblingOf :y , :z .")
    ]


def test_a_definition_may_go_over_an_inverse(infer: Infer) -> None:
    ontology = ":D owl:equivalentClass [ owl:onProperty [ owl:inverseOf :p ] ; owl:someValuesFrom :B ] ."
    assert infer(ontology, ":x a :B ; :p :y . :y a :A . :z a :A ; :p :y .") == [told(":y a :D .")]


def test_an_axiom_beyond_the_rules_spoils_no_other(infer: Infer) -> None:
    ontology = "\n".join([*UNSUPPORTED.values(), ":B rdfs:subClassOf :E ."])
    assert infer(ontology, ":x a :B ; :p :x .") == [told(":x a :E .")]


# Order and fixpoint


def test_what_one_rule_gives_feeds_the_next_in_whatever_order_they_stand(infer: Infer) -> None:
    ontology = """
        :A rdfs:subClassOf :Top .
        :A owl:equivalentClass [ owl:intersectionOf ( :Claim [ owl:onProperty :r ; owl:someValuesFrom :Kind ] ) ] .
        :Sub rdfs:subClassOf :Kind .
        :r owl:propertyChainAxiom ( :p :q ) .
        :z rdfs:subPropertyOf :p .
        :s owl:propertyChainAxiom ( :r :back ) .
        :back owl:inverseOf :forth .
    """
    module = ":x a :Claim ; :z :role . :role a :Role ; :q :thing . :thing a :Sub . :other a :Role ; :forth :thing ."
    expected = ":x :p :role ; :r :thing ; :s :other ; a :A , :Top . :thing a :Kind ; :back :other ."
    assert infer(ontology, module) == [told(expected)]


def test_a_defined_class_can_rest_on_another(infer: Infer) -> None:
    ontology = """
        :A owl:equivalentClass [ owl:intersectionOf ( :Claim [ owl:onProperty :p ; owl:someValuesFrom :B ] ) ] .
        :B owl:equivalentClass [ owl:intersectionOf ( :Role [ owl:onProperty :q ; owl:someValuesFrom xsd:string ] ) ] .
    """
    module = ':x a :Claim ; :p :y . :y a :Role ; :q "why" . :z a :Claim ; :p :w . :w a :Role .'
    assert infer(ontology, module) == [told(":x a :A . :y a :B .")]


def test_a_hierarchy_is_followed_to_its_end_however_deep_and_however_its_classes_are_called(infer: Infer) -> None:
    names = [f":C{number}" for number in range(59, 19, -1)]
    ontology = " ".join(f"{lower} rdfs:subClassOf {upper} ." for lower, upper in pairwise(names))
    assert infer(ontology, f":x a {names[0]} .") == [told(f":x a {' , '.join(names[1:])} .")]


# Modules


def test_a_module_never_sees_another(infer: Infer) -> None:
    ontology = """
        :r owl:propertyChainAxiom ( :p :q ) .
        :t a owl:TransitiveProperty .
        :D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom :B ] ) ] .
    """
    one, other = ":x a :A ; :p :y ; :t :y .", ":y a :B ; :q :z ; :t :z ."
    assert infer(ontology, one, other) == [set(), set()]
    assert infer(ontology, f"{one}\n{other}") == [told(":x :r :z ; :t :z ; a :D .")]


def test_modules_that_speak_of_the_same_node_stay_apart(infer: Infer) -> None:
    ontology = ":A rdfs:subClassOf :B . :C rdfs:subClassOf :D ."
    assert infer(ontology, ":x a :A .", ":x a :C .") == [told(":x a :B ."), told(":x a :D .")]


def test_what_is_asserted_is_not_inferred_again(infer: Infer) -> None:
    ontology = ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C ."
    assert infer(ontology, ":x a :A , :B .") == [told(":x a :C .")]
    assert infer(ontology, ":x a :A , :B , :C .") == [set()]


def test_nothing_is_inferred_about_nodes_that_a_module_only_refers_to(infer: Infer) -> None:
    ontology = ":p rdfs:range :A . :p owl:inverseOf :q ."
    assert infer(ontology, ":x a :T ; :p :elsewhere .") == [set()]
    assert infer(ontology, ":x a :T ; :p :here . :here a :T .") == [told(":here a :A ; :q :x .")]


def test_no_modules_give_no_results(infer: Infer) -> None:
    assert infer(":A rdfs:subClassOf :B .") == []


def test_the_ontology_is_reasoned_over_too_and_keeps_what_it_says_apart(infer: Infer) -> None:
    infer(":A rdfs:subClassOf :B . :known a :A ; :p :other . :p a owl:SymmetricProperty . :other a :T .", ":x a :T .")
    ontology = reason.load_ontology()
    assert facts(list(ontology.inferred)) == told(":known a :B . :other :p :known .")
    assert {quad.graph_name for quad in ontology.asserted} == {iris.ONTOLOGY_GRAPH}
    assert {quad.graph_name for quad in ontology.inferred} == {iris.ONTOLOGY_INFERRED_GRAPH}
    assert facts(list(ontology.triples())) == facts([*ontology.asserted, *ontology.inferred])


# The ontology as it is shipped


def test_the_shipped_ontology_is_read_whole_and_twice_alike() -> None:
    once, twice = reason.read_ontology(), reason.read_ontology()
    assert once == twice
    files = sorted((ROOT / "ontology").glob("*.ttl"))
    assert len(once) == sum(len(list(parse(path=path, format=RdfFormat.TURTLE))) for path in files)


def test_every_rule_of_the_shipped_ontology_is_an_update_and_names_its_axiom() -> None:
    compiled = reason.compile_rules(reason.read_ontology())
    assert len({rule.axiom for rule in compiled}) == len(compiled)
    for rule in compiled:
        Store().update(rule.update())
    text = "".join(
        (ROOT / "ontology" / name).read_text(encoding="utf-8")
        for name in ("core.ttl", "provenance.ttl", "external.ttl")
    )
    assert sum(" is the chain " in rule.axiom for rule in compiled) == text.count("owl:propertyChainAxiom") == 13
    assert sum(" is defined by " in rule.axiom for rule in compiled) == text.count("owl:intersectionOf") == 17


def test_the_rules_name_no_class_and_no_property_in_code() -> None:
    """`reason` compiles what it finds: a term of the ontology in its code would be a rule by hand."""
    code = (ROOT / "kg" / "reason.py").read_text(encoding="utf-8")
    assert re.findall(r"\bPM\b|ontology#", code) == []


@pytest.mark.parametrize(
    ("concept", "counts_towards"),
    [
        ("transparency", {"transparency", "communication"}),
        ("faith-in-partner", {"faith-in-partner", "trust"}),
        ("trust", {"trust"}),
    ],
)
def test_concepts_roll_up_to_themselves_and_to_all_that_is_broader(
    tiny_graph: kg.KnowledgeGraph, concept: str, counts_towards: set[str]
) -> None:
    rows = tiny_graph.sparql(with_prefixes(f"SELECT ?broad WHERE {{ pmc:{concept} pm:rollsUpTo ?broad }}"))
    assert sorted(str(row["broad"]) for row in rows) == sorted(iris.concept(name).value for name in counts_towards)


# One claim of the small corpus: all that follows about it and its parts

ABARA_C1 = """
@base <https://w3id.org/partnership-mechanisms/data/> .
<abara2019/ada/c1> a prov:Entity , pm:ClaimReadBeyondAbstract , pm:ClaimWithContext , pm:ClaimWithMechanismPresent ,
        pm:Configuration , pm:PrimaryClaim , pm:RelationalClaim , pm:TestedClaim ;
    pm:actorKind pmc:frontline-staff , pmc:trainer ;
    pm:bearsOnTheory <theory/trust-first> ;
    pm:caseCountry <country/GBR> , <country/KEN> ;
    pm:codedBy <coder/ada> ;
    pm:codedDesign pm:realistEvaluationDesign ;
    pm:codedReadExtent pm:beyondAbstract ;
    pm:contextFactor pmc:staff-turnover ;
    pm:evidenceLayer pm:participantLayer ;
    pm:fromSource <abara2019> ;
    pm:fromStudy <study/abara-link> ;
    pm:hasRole <abara2019/ada/c1/actor/1> , <abara2019/ada/c1/actor/2> , <abara2019/ada/c1/context/1> ,
        <abara2019/ada/c1/mechanism/1> , <abara2019/ada/c1/outcome/1> ;
    pm:linkedTo <abara2019/ada/c2> ;
    pm:mechanismFactor pmc:trust ;
    pm:mechanismState pm:present ;
    pm:outcomeFactor pmc:service-delivery .
<abara2019/ada/c1/actor/1> a pm:Role ; pm:roleOf <abara2019/ada/c1> .
<abara2019/ada/c1/actor/2> a pm:Role ; pm:roleOf <abara2019/ada/c1> .
<abara2019/ada/c1/context/1> a pm:Role ; pm:roleOf <abara2019/ada/c1> .
<abara2019/ada/c1/mechanism/1> a pm:Role , pm:ReasonedMechanismRole ; pm:roleOf <abara2019/ada/c1> .
<abara2019/ada/c1/outcome/1> a pm:Role ; pm:roleOf <abara2019/ada/c1> .
<abara2019/ada/c1/evidence/1> a prov:Entity .
<abara2019/ada/c1/evidence/1/relevance> a prov:Entity .
<abara2019/ada/c1/evidence/1/richness> a prov:Entity .
<abara2019/ada/c1/evidence/1/rigour> a prov:Entity .
"""


def test_all_that_follows_about_one_claim(tiny_graph: kg.KnowledgeGraph) -> None:
    rows = tiny_graph.sparql(
        f"""SELECT ?subject ?predicate ?object WHERE {{
              GRAPH <{iris.inferred_graph("abara2019").value}> {{ ?subject ?predicate ?object }}
              FILTER(STRSTARTS(STR(?subject), "{iris.claim("abara2019", "ada", "c1").value}"))
            }}"""
    )
    found = {(f"<{row['subject']}>", f"<{row['predicate']}>", f"<{row['object']}>") for row in rows}
    assert found == told(ABARA_C1)


# Everything that follows in the shipped graph, made again from the YAML files without the reasoner


class Recount:
    """The shortcuts and the classes of every claim, by a plain reading of the evidence files."""

    def __init__(self, folder: Path) -> None:
        self.of: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.claims = 0
        text = (ROOT / "ontology" / "concepts.ttl").read_text(encoding="utf-8")
        self.kinds = dict(re.findall(r"^pmc:([\w-]+) a skos:Concept , pm:(\w+?)(?:Factor|Kind) ;", text, re.MULTILINE))
        for path in sorted((folder / "sources").glob("*.yaml")):
            source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            countries: dict[str, set[str]] = defaultdict(set)
            for coding in source["codings"]:
                for case in coding.get("cases", []):
                    countries[case["id"]].update(case.get("countries", []))
            for coding in source["codings"]:
                for claim in coding["claims"]:
                    self._claim(source, coding, claim, countries)

    def _claim(
        self, source: dict[str, Any], coding: dict[str, Any], claim: dict[str, Any], countries: dict[str, set[str]]
    ) -> None:
        self.claims += 1
        node = f"{iris.DATA}{source['source']}/{coding['coder']}/{claim['id']}"
        design = (coding.get("recorded_as") or {}).get("design", source.get("design"))
        mechanisms, contexts = claim["mechanisms"], claim.get("contexts", [])
        kinds = {self.kinds[mechanism["factor"]] for mechanism in mechanisms}
        states = {mechanism.get("state") for mechanism in mechanisms}

        def say(name: str, *values: str) -> None:
            self.of[name].update((node, value) for value in values)

        def member(name: str, holds: object) -> None:
            if holds:
                self.of[name].add((node, node))

        say("mechanismFactor", *(iris.CONCEPT + mechanism["factor"] for mechanism in mechanisms))
        say("contextFactor", *(iris.CONCEPT + context["factor"] for context in contexts))
        say("outcomeFactor", iris.CONCEPT + claim["outcome"]["factor"])
        actors = [actor if isinstance(actor, str) else actor["kind"] for actor in claim.get("actors", [])]
        actors += [kind for mechanism in mechanisms for kind in mechanism.get("reasoners", [])]
        say("actorKind", *(iris.CONCEPT + kind for kind in actors))
        say("fromSource", iris.DATA + source["source"])
        say("fromStudy", f"{iris.DATA}study/{source.get('study', source['source'])}")
        say("codedBy", f"{iris.DATA}coder/{coding['coder']}")
        words = design.split("-") if design else []
        say("codedDesign", *([f"{PM.base}{words[0]}{''.join(map(str.title, words[1:]))}Design"] if words else []))
        say("caseCountry", *(f"{iris.DATA}country/{code}" for code in countries.get(claim.get("case", ""), ())))
        say("evidenceLayer", *(f"{PM.base}{item['layer']}Layer" for item in claim["evidence"] if item.get("layer")))
        say("linkedTo", *(target(source, coding, link) for link in claim.get("links", [])))
        member("Configuration", contexts and any(mechanism.get("reasoning") for mechanism in mechanisms))
        member("ClaimWithContext", contexts)
        member("ClaimWithMechanismPresent", "present" in states)
        member("ClaimWithMechanismAbsent", "absent" in states)
        member("RelationalClaim", "Relational" in kinds)
        member("MotivationalClaim", "Motivational" in kinds)
        member("StructuralClaim", "Structural" in kinds)
        member("TestedClaim", claim["status"] in TESTED)
        member("ProposedClaim", claim["status"] == "proposed")
        member("PrimaryClaim", design in PRIMARY)
        member("SecondaryClaim", design and design not in PRIMARY)
        member("ClaimReadBeyondAbstract", not all("abstract" in part.lower() for part in coding.get("read", [])))


def target(source: dict[str, Any], coding: dict[str, Any], link: str | dict[str, Any]) -> str:
    to = link if isinstance(link, str) else link["to"]
    return iris.DATA + (to if to.count("/") == 2 else f"{source['source']}/{coding['coder']}/{to}")


@pytest.fixture(scope="module")
def recount() -> Recount:
    return Recount(SHIPPED)


SHORTCUTS = (
    "mechanismFactor", "contextFactor", "outcomeFactor", "actorKind", "fromSource", "fromStudy", "codedBy",
    "codedDesign", "caseCountry", "evidenceLayer", "linkedTo",
)  # fmt: skip
CLASSES = (
    "Configuration", "ClaimWithContext", "ClaimWithMechanismPresent", "ClaimWithMechanismAbsent", "RelationalClaim",
    "MotivationalClaim", "StructuralClaim", "TestedClaim", "ProposedClaim", "PrimaryClaim", "SecondaryClaim",
    "ClaimReadBeyondAbstract",
)  # fmt: skip


def test_the_recount_sees_all_claims_of_the_shipped_evidence(recount: Recount) -> None:
    assert recount.claims == 1199
    assert len(recount.of["ClaimWithContext"]) == 1199 - 480


@pytest.mark.parametrize("name", SHORTCUTS)
def test_shortcuts_of_the_shipped_graph_equal_a_recount(
    shipped_graph: kg.KnowledgeGraph, recount: Recount, name: str
) -> None:
    rows = shipped_graph.sparql(with_prefixes(f"SELECT ?claim ?value WHERE {{ ?claim pm:{name} ?value }}"))
    found = [(str(row["claim"]), str(row["value"])) for row in rows]
    assert len(found) == len(recount.of[name])
    assert set(found) == recount.of[name]


@pytest.mark.parametrize("name", CLASSES)
def test_members_of_defined_classes_in_the_shipped_graph_equal_a_recount(
    shipped_graph: kg.KnowledgeGraph, recount: Recount, name: str
) -> None:
    rows = shipped_graph.sparql(with_prefixes(f"SELECT ?claim WHERE {{ ?claim a pm:{name} }}"))
    found = [(str(row["claim"]), str(row["claim"])) for row in rows]
    assert len(found) == len(recount.of[name])
    assert set(found) == recount.of[name]


# What holds of every graph


def test_no_node_of_data_is_anonymous(shipped_graph: kg.KnowledgeGraph) -> None:
    rows = shipped_graph.sparql(
        """SELECT DISTINCT ?graph WHERE {
             GRAPH ?graph { ?subject ?predicate ?object }
             FILTER(isBlank(?subject) || isBlank(?object))
           }"""
    )
    assert [row["graph"] for row in rows] == [iris.ONTOLOGY_GRAPH.value]


def test_no_triple_stands_in_two_graphs(shipped_graph: kg.KnowledgeGraph) -> None:
    twice = shipped_graph.sparql(
        """SELECT ?subject ?predicate ?object WHERE { GRAPH ?graph { ?subject ?predicate ?object } }
           GROUP BY ?subject ?predicate ?object HAVING(COUNT(DISTINCT ?graph) > 1)"""
    )
    assert list(twice) == []
    (quads,) = shipped_graph.sparql("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?graph { ?s ?p ?o } }")
    (triples,) = shipped_graph.sparql(
        "SELECT (COUNT(*) AS ?n) WHERE { SELECT DISTINCT ?s ?p ?o WHERE { GRAPH ?graph { ?s ?p ?o } } }"
    )
    assert quads == triples


def test_every_module_has_its_graphs_and_there_are_no_others(shipped_graph: kg.KnowledgeGraph) -> None:
    rows = shipped_graph.sparql("SELECT DISTINCT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } }")
    names = sorted(path.stem for path in (SHIPPED / "sources").glob("*.yaml"))
    assert len(names) == 133
    expected = {iris.asserted_graph(name).value for name in names} | {iris.inferred_graph(name).value for name in names}
    expected |= {iris.asserted_graph("studies.yaml").value, iris.inferred_graph("studies.yaml").value}
    expected |= {
        graph.value
        for graph in (iris.ONTOLOGY_GRAPH, iris.ONTOLOGY_INFERRED_GRAPH, iris.SYNTHESIS_GRAPH, iris.BUILD_GRAPH)
    }
    external = sorted(path.parent.name for path in (SHIPPED / "external").glob("*/dataset.yaml"))
    assert len(external) == 8
    expected |= {iris.external_graph(name).value for name in external}
    found = {str(row["graph"]) for row in rows}
    alignments = {graph for graph in found if graph.startswith(f"{iris.GRAPH}alignment/")}
    assert len(alignments) == 9
    assert found - alignments == expected


def test_what_is_inferred_of_a_module_is_about_nodes_that_it_describes(shipped_graph: kg.KnowledgeGraph) -> None:
    rows = shipped_graph.sparql(
        f"""SELECT DISTINCT ?subject WHERE {{
              GRAPH ?inferred {{ ?subject ?p ?o }}
              FILTER(STRSTARTS(STR(?inferred), "{iris.GRAPH}module/") && STRENDS(STR(?inferred), "/inferred"))
              BIND(IRI(STRBEFORE(STR(?inferred), "/inferred")) AS ?asserted)
              FILTER NOT EXISTS {{ GRAPH ?asserted {{ ?subject a ?kind }} }}
            }}"""
    )
    assert list(rows) == []


def test_results_come_in_one_order_whatever_the_order_of_what_is_asserted(infer: Infer) -> None:
    ontology, module, _ = AXIOMS["transitive"]
    infer(ontology)
    quads = quads_of(module, iris.asserted_graph("m1"))
    (found,) = reason.infer([("m1", quads)])
    assert len(found) == 3
    assert reason.infer([("m1", quads[::-1])]) == [found]


def test_no_inferred_triple_has_an_anonymous_node(infer: Infer) -> None:
    ontology = DEFINED["some value of an intersection"][0]
    quads = quads_of(DEFINED["some value of an intersection"][1], iris.asserted_graph("m1"))
    infer(ontology)
    (found,) = reason.infer([("m1", quads)])
    assert [quad for quad in found if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)] == []
    assert [quad.predicate for quad in found] == [RDF.type]


# What goes wrong (SAFETY.md, R3 and R4)


def test_what_never_stops_following_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "GROWTH", 2)
    store, graph = Store(), NamedNode("urn:module")
    step = NamedNode("urn:next")
    store.extend(Quad(NamedNode(f"urn:{at}"), step, NamedNode(f"urn:{at + 1}"), graph) for at in range(100))
    transitive = reason.Rule("next is transitive", f"?x {step} ?z", f"GRAPH ?module {{ ?x {step} ?y . ?y {step} ?z }}")
    with pytest.raises(Failure, match=r"the axioms make \d+ statements of what was under 101"):
        reason._to_fixpoint(store, transitive.update())


def test_two_values_where_there_is_one_are_not_taken_for_the_same_thing() -> None:
    """What contradicts is reported; nothing is merged by it."""
    graph = iris.asserted_graph("m")
    claim, other = NamedNode("urn:c"), NamedNode("urn:d")
    evidence = NamedNode("urn:e")
    said = [
        Quad(claim, RDF.type, PM.Claim, graph),
        Quad(other, RDF.type, PM.Claim, graph),
        Quad(claim, PM.effect, PM.supports, graph),
        Quad(claim, PM.effect, PM.hinders, graph),
        Quad(claim, PM.hasEvidence, evidence, graph),
        Quad(other, PM.hasEvidence, evidence, graph),
    ]
    (found,) = reason.infer([("m", said)])
    assert {quad.graph_name for quad in found} == {iris.inferred_graph("m")}
    assert {quad.predicate for quad in found} == {RDF.type}
    assert not {quad.object for quad in found} & {PM.MixedClaim, PM.NoEffectClaim}
