"""The style of the ontology: its shapes find nothing in it, and each constraint is seen to find what breaks it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pytest
from pyoxigraph import QuerySolutions, RdfFormat, Store
from pyshacl import validate
from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node

from kg.prefixes import with_prefixes
from tests.conftest import ROOT

STYLE_FILES = sorted((ROOT / "shapes" / "style").glob("*.ttl"))
EXCEPTIONS = ROOT / "shapes" / "style" / "exceptions.ttl"
SHAPE = "https://w3id.org/partnership-mechanisms/shape#"
EXEMPT = URIRef(SHAPE + "exemptFrom")
COMPONENTS = {
    SH.minCount: SH.MinCountConstraintComponent,
    SH.maxCount: SH.MaxCountConstraintComponent,
    SH.languageIn: SH.LanguageInConstraintComponent,
    SH.pattern: SH.PatternConstraintComponent,
    SH["in"]: SH.InConstraintComponent,
    SH["class"]: SH.ClassConstraintComponent,
    SH.hasValue: SH.HasValueConstraintComponent,
    SH.nodeKind: SH.NodeKindConstraintComponent,
    SH.datatype: SH.DatatypeConstraintComponent,
    SH["or"]: SH.OrConstraintComponent,
    SH["not"]: SH.NotConstraintComponent,
    SH.qualifiedMaxCount: SH.QualifiedMaxCountConstraintComponent,
    SH.sparql: SH.SPARQLConstraintComponent,
}

PREFIXES = """
@prefix country: <https://w3id.org/partnership-mechanisms/data/country/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix pm: <https://w3id.org/partnership-mechanisms/ontology#> .
@prefix pmc: <https://w3id.org/partnership-mechanisms/concept/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix shape: <https://w3id.org/partnership-mechanisms/shape#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SOUND = """
<urn:o> a owl:Ontology ; dcterms:title "An ontology"@en ; dcterms:description "It is small."@en ;
    dcterms:creator "Us" ; dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    owl:versionInfo "1.0.0" ; owl:versionIRI <urn:o/1.0.0> .
<urn:p> a owl:Ontology ; dcterms:title "Another"@en ; dcterms:description "It is small."@en ;
    dcterms:creator "Us" ; dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    owl:versionInfo "1.0.0" ; owl:versionIRI <urn:p/1.0.0> ; owl:imports <urn:o> .
skos:Concept a owl:Class .
pm:Value a owl:Class ; rdfs:label "value"@en ; skos:definition "A value."@en ; skos:scopeNote "Any."@en .
pm:Effect a owl:Class ; rdfs:subClassOf pm:Value ;
    rdfs:label "effect"@en ; skos:definition "An effect."@en ; skos:example "More."@en .
pm:Desirability a owl:Class ; rdfs:subClassOf pm:Value ;
    rdfs:label "desirability"@en ; skos:definition "Whether."@en ; skos:example "Wanted."@en .
pm:Factor a owl:Class ; rdfs:subClassOf skos:Concept ;
    rdfs:label "factor"@en ; skos:definition "A factor."@en ; skos:example "Trust."@en .
pm:RelationalFactor a owl:Class ; rdfs:subClassOf pm:Factor ;
    rdfs:label "relational"@en ; skos:definition "A factor."@en ; skos:example "Trust."@en .
pm:OutcomeFactor a owl:Class ; rdfs:subClassOf pm:Factor ;
    rdfs:label "outcome"@en ; skos:definition "A factor."@en ; skos:example "Equity."@en .
pm:ActorKind a owl:Class ; rdfs:subClassOf skos:Concept ;
    rdfs:label "actor"@en ; skos:definition "An actor."@en ; skos:example "Funder."@en .
pm:effect a owl:ObjectProperty ; rdfs:domain pm:Factor ; rdfs:range pm:Effect ;
    rdfs:label "effect"@en ; skos:definition "Its effect."@en .
pm:effectBelow a owl:ObjectProperty ; rdfs:subPropertyOf pm:effect ;
    rdfs:label "below"@en ; skos:definition "Below."@en .
pm:effectOf a owl:ObjectProperty ; owl:inverseOf pm:effect ; rdfs:label "of"@en ; skos:definition "Inverse."@en .
pm:effectFar a owl:ObjectProperty ; owl:propertyChainAxiom ( pm:effect pm:effect ) ;
    rdfs:label "far"@en ; skos:definition "Chain."@en .
pm:design a owl:ObjectProperty ; rdfs:range pm:Effect ; shape:exemptFrom shape:PropertyDomain ;
    rdfs:label "design"@en ; skos:definition "Exempt."@en .
pm:iso3 a owl:DatatypeProperty ; rdfs:domain pm:Country ; rdfs:range xsd:string ;
    rdfs:label "code"@en ; skos:definition "Code."@en .
pm:more a pm:Effect ; rdfs:label "more"@en ; skos:notation "more" ; skos:definition "More."@en .
pm:less a pm:Effect ; rdfs:label "less"@en ; skos:notation "less" ; skos:definition "Less."@en .
pm:CMO a pm:Effect ; rdfs:label "CMO"@en ; skos:notation "CMO" ; skos:definition "CMO."@en ;
    shape:exemptFrom shape:ValueName .
pm:wanted a pm:Desirability ; rdfs:label "more"@en ; skos:notation "more" ; skos:definition "Wanted."@en .
pmc:trust a skos:Concept , pm:RelationalFactor ; skos:prefLabel "trust"@en ; skos:altLabel "faith"@en ;
    skos:definition "Trust."@en ; skos:inScheme pmc: ; pm:opposite pmc:mistrust .
pmc:mistrust a skos:Concept , pm:RelationalFactor ; skos:prefLabel "mistrust"@en ; skos:definition "Mistrust."@en ;
    skos:inScheme pmc: ; skos:broader pmc:harm .
pmc:harm a skos:Concept , pm:RelationalFactor ; skos:prefLabel "harm"@en ; skos:definition "Harm."@en ;
    skos:inScheme pmc: .
pmc:equity a skos:Concept , pm:OutcomeFactor ; skos:prefLabel "equity"@en ; skos:definition "Equity."@en ;
    skos:inScheme pmc: ; pm:desirability pm:wanted .
pmc:funder a skos:Concept , pm:ActorKind ; skos:prefLabel "funder"@en ; skos:definition "Funder."@en ;
    skos:inScheme pmc: .
pmc:big-funder a skos:Concept , pm:ActorKind ; skos:prefLabel "big funder"@en ; skos:definition "Funder."@en ;
    skos:inScheme pmc: ; skos:broader pmc:funder .
country:KEN a pm:Country ; pm:iso3 "KEN" ; rdfs:label "Kenya"@en .
country:UGA a pm:Country ; pm:iso3 "UGA" ; rdfs:label "Uganda"@en .
"""
"""A small ontology in good style, with one of everything that a shape speaks of and every way round a rule."""

Result = tuple[str, str, str]


def graph(turtle: str) -> Graph:
    return Graph().parse(data=PREFIXES + turtle, format="turtle")


@cache
def style() -> tuple[tuple[Node, Node, Node], ...]:
    shapes = Graph()
    for path in (*STYLE_FILES, ROOT / "ontology" / "prefixes.ttl"):
        shapes.parse(path, format="turtle")
    return tuple(shapes)


def fresh_style() -> Graph:
    shapes = Graph()  # pyshacl writes into the shapes that it is given
    for triple in style():
        shapes.add(triple)
    return shapes


def style_for(data: Graph, queries: bool) -> Graph:
    """The shapes, with targets that are queries asked already, since pyshacl parses each for every shape anew."""
    shapes = fresh_style()
    store = Store()
    store.load(data.serialize(format="nt", encoding="utf-8"), format=RdfFormat.N_TRIPLES)
    for shape, target in list(shapes.subject_objects(SH.target)):
        found = store.query(with_prefixes(str(shapes.value(target, SH.select))))
        assert isinstance(found, QuerySolutions)
        for row in found:
            shapes.add((shape, SH.targetNode, URIRef(str(row["this"].value))))
        shapes.remove((shape, SH.target, target))
    if not queries:
        shapes.remove((None, SH.sparql, None))
    return shapes


def short(term: Node | str | None) -> str:
    return re.split(r"[#/:]", str(term))[-1]


def results(data: Graph, queries: bool = True) -> list[Result]:
    """Shape, kind of constraint and focus of each result, in order; shapes that are queries take most of the time."""
    _, report, text = validate(data, shacl_graph=style_for(data, queries), inplace=True, do_owl_imports=False)
    assert isinstance(report, Graph), text
    found = [
        (
            short(report.value(node, SH.sourceShape)),
            short(report.value(node, SH.sourceConstraintComponent)).removesuffix("ConstraintComponent"),
            short(report.value(node, SH.focusNode)),
        )
        for node in report.subjects(RDF.type, SH.ValidationResult)
    ]
    return sorted(found)


def test_the_ontology_is_in_style() -> None:
    data = Graph()
    for path in [*sorted((ROOT / "ontology").glob("*.ttl")), EXCEPTIONS]:
        data.parse(path, format="turtle")
    assert results(data) == []


def test_a_small_ontology_in_style_is_found_to_be() -> None:
    assert results(graph(SOUND)) == []


@dataclass(frozen=True)
class Fail:
    """A change to the small ontology, and exactly what is found then."""

    without: str
    add: str
    found: tuple[Result, ...]

    @property
    def name(self) -> str:
        return " ".join(self.found[0])


def fail(shape: str, constraint: URIRef, focus: str, without: str = "", add: str = "") -> Fail:
    """A change that breaks one constraint of one shape."""
    component = short(COMPONENTS[constraint]).removesuffix("ConstraintComponent")
    return Fail(without, add, ((shape, component, focus),))


def once(shape: str, subject: str, path: str, second: str) -> list[Fail]:
    """Without the value, and with a second one."""
    return [
        fail(shape, SH.minCount, short(subject.strip("<>")), without=f"{subject} {path}"),
        fail(shape, SH.maxCount, short(subject.strip("<>")), add=f"{subject} {path} {second} ."),
    ]


def instead(shape: str, constraint: URIRef, subject: str, path: str, value: str) -> Fail:
    return fail(shape, constraint, short(subject.strip("<>")), f"{subject} {path}", f"{subject} {path} {value} .")


def documented(shape: str, subject: str, path: str, good: str) -> list[Fail]:
    """A text that stands once, in English, and without blanks around it."""
    return [
        *once(shape, subject, path, f'"{good}"@en'),
        instead(shape, SH.languageIn, subject, path, f'"{good}"@fr'),
        instead(shape, SH.pattern, subject, path, f'" {good}"@en'),
    ]


def concept(name: str, *kinds: str) -> str:
    return f'{name} a {" , ".join(kinds)} ; skos:prefLabel "x"@en ; skos:definition "It is."@en ; skos:inScheme pmc: .'


def term(name: str, kind: str, more: str = "") -> str:
    return f'{name} a {kind} ; rdfs:label "x"@en ; skos:definition "It is."@en ; {more} .'


FAILING = [
    *documented("TermLabel", "pm:Effect", "rdfs:label", "other"),
    *documented("TermLabel", "pm:effect", "rdfs:label", "other"),
    *documented("TermLabel", "pm:less", "rdfs:label", "other"),
    *documented("TermDefinition", "pm:Effect", "skos:definition", "Other."),
    instead("TermDefinition", SH.pattern, "pm:iso3", "skos:definition", '"Without a full stop"@en'),
    fail("ClassName", SH.pattern, "small", add=term("pm:small", "owl:Class", 'skos:example "X."@en')),
    fail("ClassExample", SH["or"], "Effect", without="pm:Effect skos:example"),
    fail("ClassExample", SH["or"], "Value", without="pm:Value skos:scopeNote"),
    Fail("pm:Factor rdfs:label", 'pm:Factor rdfs:label "value"@en .',
        (("ClassLabelUnique", "QualifiedMaxCount", "value"),)),
    fail("PropertyName", SH.pattern, "Big", add=term("pm:Big", "owl:DatatypeProperty",
        "rdfs:domain pm:Factor ; rdfs:range xsd:string")),
    fail("PropertyDomain", SH["or"], "iso3", without="pm:iso3 rdfs:domain"),
    fail("PropertyDomain", SH["or"], "design", without="pm:design shape:exemptFrom"),
    instead("PropertyDomain", SH["or"], "pm:design", "shape:exemptFrom", "shape:PropertyRange"),
    fail("PropertyRange", SH["or"], "design", without="pm:design rdfs:range"),
    instead("ObjectPropertyRange", SH["not"], "pm:design", "rdfs:range", "xsd:string"),
    fail("DatatypePropertyRange", SH.minCount, "iso3", without="pm:iso3 rdfs:range"),
    fail("DatatypePropertyRange", SH.maxCount, "iso3", add="pm:iso3 rdfs:range xsd:integer ."),
    instead("DatatypePropertyRange", SH["in"], "pm:iso3", "rdfs:range", "xsd:gYear"),
    fail("DatatypePropertyInverse", SH.maxCount, "iso3", add="pm:iso3 owl:inverseOf pm:effect ."),
    fail("DatatypePropertyChain", SH.maxCount, "iso3", add="pm:iso3 owl:propertyChainAxiom ( pm:effect pm:iso3 ) ."),
    fail("ValueName", SH["or"], "Big", add=term("pm:Big", "pm:Effect", 'skos:notation "x"')),
    fail("ValueName", SH["or"], "CMO", without="pm:CMO shape:exemptFrom"),
    *once("ValueNotation", "pm:less", "skos:notation", '"other"'),
    instead("ValueNotation", SH.datatype, "pm:less", "skos:notation", '"less"@en'),
    instead("ValueNotation", SH.pattern, "pm:less", "skos:notation", '"less of"'),
    fail("ConceptName", SH.pattern, "Trust", add=concept("pmc:Trust", "skos:Concept", "pm:RelationalFactor")),
    fail("ConceptKind", SH.minCount, "x", add=concept("pmc:x", "skos:Concept")),
    fail("ConceptKind", SH.maxCount, "trust", add="pmc:trust a pm:ActorKind ."),
    fail("ConceptKind", SH["in"], "x", add=concept("pmc:x", "skos:Concept", "pm:Factor")),
    fail("ConceptKind", SH.hasValue, "x", add=concept("pmc:x", "pm:RelationalFactor", "pm:ActorKind")),
    *documented("ConceptLabel", "pmc:trust", "skos:prefLabel", "other"),
    instead("ConceptAlternative", SH.languageIn, "pmc:trust", "skos:altLabel", '"foi"@fr'),
    instead("ConceptAlternative", SH.pattern, "pmc:trust", "skos:altLabel", '"faith "@en'),
    *documented("ConceptDefinition", "pmc:trust", "skos:definition", "Other."),
    fail("ConceptScheme", SH.hasValue, "trust", without="pmc:trust skos:inScheme"),
    fail("ConceptScheme", SH.maxCount, "trust", add="pmc:trust skos:inScheme <urn:other> ."),
    instead("ConceptBroader", SH["class"], "pmc:mistrust", "skos:broader", "pmc:nothing"),
    fail("ConceptNarrower", SH["class"], "nothing", add="pmc:nothing skos:broader pmc:trust ."),
    fail("ConceptCycle", SH.sparql, "trust", add="pmc:trust skos:broader pmc:trust ."),
    fail("ConceptBroaderKind", SH["class"], "funder", add="pmc:funder skos:broader pmc:trust ."),
    fail("ConceptBroaderKind", SH["class"], "funder", add="pmc:trust skos:broader pmc:funder ."),
    instead("ConceptOpposite", SH["class"], "pmc:trust", "pm:opposite", "pmc:funder"),
    fail("ConceptOpposite", SH.maxCount, "trust", add="pmc:trust pm:opposite pmc:harm ."),
    fail("ConceptOppositeLine", SH.sparql, "mistrust", add="pmc:mistrust pm:opposite pmc:harm ."),
    fail("ConceptOppositeLine", SH.sparql, "harm", add="pmc:harm pm:opposite pmc:mistrust ."),
    fail("ConceptOppositeLine", SH.sparql, "harm", add="pmc:harm pm:opposite pmc:harm ."),
    fail("ConceptDesirability", SH.maxCount, "equity",
        add="pmc:equity pm:desirability pm:not . " + term("pm:not", "pm:Desirability", 'skos:notation "x"')),
    instead("ConceptDesirability", SH["class"], "pmc:equity", "pm:desirability", "pm:more"),
    fail("OutcomeDesirability", SH.minCount, "equity", without="pmc:equity pm:desirability"),
    *documented("OntologyTitle", "<urn:o>", "dcterms:title", "Other"),
    *documented("OntologyDescription", "<urn:o>", "dcterms:description", "Other."),
    instead("OntologyDescription", SH.pattern, "<urn:o>", "dcterms:description", '"Without a full stop"@en'),
    *once("OntologyCreator", "<urn:o>", "dcterms:creator", '"Them"'),
    instead("OntologyCreator", SH.pattern, "<urn:o>", "dcterms:creator", '" "'),
    *once("OntologyLicense", "<urn:o>", "dcterms:license", "<https://other.org/licence>"),
    instead("OntologyLicense", SH.nodeKind, "<urn:o>", "dcterms:license", '"https://creativecommons.org/"'),
    instead("OntologyLicense", SH.pattern, "<urn:o>", "dcterms:license", "<urn:licence>"),
    fail("OntologyVersionInfo", SH.minCount, "o", without="<urn:o> owl:versionInfo"),
    fail("OntologyVersionIRI", SH.minCount, "o", without="<urn:o> owl:versionIRI"),
    instead("OntologyVersionIRI", SH.nodeKind, "<urn:o>", "owl:versionIRI", '"urn:o/1.0.0"'),
    instead("OntologyVersion", SH.sparql, "<urn:o>", "owl:versionIRI", "<urn:o/1.0.1>"),
    fail("OntologyImports", SH["class"], "o", add="<urn:o> owl:imports <urn:elsewhere> ."),
    fail("CountryCode", SH.minCount, "KEN", without="country:KEN pm:iso3"),
    fail("CountryCode", SH.maxCount, "KEN", add='country:KEN pm:iso3 "KEX" .'),
    instead("CountryCode", SH.pattern, "country:KEN", "pm:iso3", '"ken"'),
    *once("CountryLabel", "country:KEN", "rdfs:label", '"Other"@en'),
    instead("CountryLabel", SH.languageIn, "country:KEN", "rdfs:label", '"Kenia"@de'),
    Fail("pm:less skos:notation", 'pm:less skos:notation "more" .',
        (("ValueUnique", "SPARQL", "less"), ("ValueUnique", "SPARQL", "more"))),
    Fail("pm:less rdfs:label", 'pm:less rdfs:label "more"@en .',
        (("ValueUnique", "SPARQL", "less"), ("ValueUnique", "SPARQL", "more"))),
    Fail("", "pmc:harm skos:broader pmc:mistrust .",
        (("ConceptCycle", "SPARQL", "harm"), ("ConceptCycle", "SPARQL", "mistrust"))),
    Fail("country:UGA pm:iso3", 'country:UGA pm:iso3 "KEN" .', (("CountryCodeUnique", "MaxCount", "KEN"),)),
    Fail("country:UGA rdfs:label", 'country:UGA rdfs:label "Kenya"@en .',
        (("CountryLabelUnique", "QualifiedMaxCount", "Kenya"),)),
    Fail("<urn:o> owl:versionInfo", '<urn:o> owl:versionInfo "1.0" .',
        (("OntologyVersion", "SPARQL", "o"), ("OntologyVersionInfo", "Pattern", "o"))),
    Fail("", '<urn:o> owl:versionInfo "1.0.1" .',
        (("OntologyVersion", "SPARQL", "o"), ("OntologyVersionInfo", "MaxCount", "o"))),
    Fail("", "<urn:o> owl:versionIRI <urn:o/1.0.1> .",
        (("OntologyVersion", "SPARQL", "o"), ("OntologyVersionIRI", "MaxCount", "o"))),
]  # fmt: skip


def changed(without: str, add: str) -> Graph:
    data = graph(SOUND + add)
    if without:
        (gone,) = graph(f"{without} 0 .")
        assert (gone[0], gone[1], None) in data
        data.remove((gone[0], gone[1], None))
        data += graph(add)
    return data


@pytest.mark.parametrize("fail", FAILING, ids=lambda fail: fail.name)
def test_a_shape_finds_what_breaks_it_and_no_other_does(fail: Fail) -> None:
    queries = any(component == "SPARQL" for _, component, _ in fail.found)
    assert results(changed(fail.without, fail.add), queries) == sorted(fail.found)


def shapes() -> list[Node]:
    graph = fresh_style()
    kinds = (SH.NodeShape, SH.PropertyShape)
    return [shape for kind in kinds for shape in graph.subjects(RDF.type, kind) if isinstance(shape, URIRef)]


def test_every_constraint_of_every_shape_has_an_example_that_breaks_it() -> None:
    graph = fresh_style()
    stated = {
        (short(shape), short(component).removesuffix("ConstraintComponent"))
        for shape in shapes()
        for predicate, component in COMPONENTS.items()
        if (shape, predicate, None) in graph
    }
    assert {(shape, component) for fail in FAILING for shape, component, _ in fail.found} == stated


def test_shapes_use_no_constraint_that_the_examples_do_not_know() -> None:
    graph = fresh_style()
    said = {SH.path, SH.message, SH.target, SH.targetClass, SH.targetObjectsOf, SH.targetSubjectsOf}
    known = {RDF.type, SH.qualifiedValueShape, *said, *COMPONENTS}
    assert {short(predicate) for shape in shapes() for predicate in set(graph.predicates(shape)) - known} == set()


def test_every_message_says_what_is_wrong_and_how_to_mend_it() -> None:
    graph = fresh_style()
    messages = {short(shape): [str(message) for message in graph.objects(shape, SH.message)] for shape in shapes()}
    form = re.compile(r"[A-Z][^.]*[^ ]\. [A-Z].*\.", re.DOTALL)
    assert {name for name, texts in messages.items() if len(texts) != 1 or not form.fullmatch(texts[0])} == set()
    assert len({texts[0] for texts in messages.values()}) == len(messages)


def test_every_exception_gives_its_reason_and_is_needed() -> None:
    whole = Graph()
    for path in [*sorted((ROOT / "ontology").glob("*.ttl")), EXCEPTIONS]:
        whole.parse(path, format="turtle")
    exempt = sorted((short(shape), "Or", short(term)) for term, shape in whole.subject_objects(EXEMPT))
    reasons = {short(term): len(list(whole.objects(term, RDFS.comment))) for term in whole.subjects(EXEMPT)}
    assert set(reasons.values()) == {1}
    whole.remove((None, EXEMPT, None))
    assert results(whole, queries=False) == exempt
