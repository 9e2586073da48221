"""Validation: every constraint of every shape seen passing and failing, and what is found in both corpora."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from kg import iris, pipeline, validate
from kg.errors import Failure
from kg.findings import Finding, Severity
from kg.pipeline import Built
from kg.validate import Result
from tests.conftest import ROOT, SHIPPED, TINY

SHAPE_FILES = sorted((ROOT / "shapes").glob("*.ttl"))
SHAPE = "https://w3id.org/partnership-mechanisms/shape#"
PM = "https://w3id.org/partnership-mechanisms/ontology#"
CONSTRAINTS = (SH.minCount, SH.maxCount, SH["class"], SH.nodeKind, SH.datatype, SH["in"], SH["or"])

PREFIXES = """
@base <https://w3id.org/partnership-mechanisms/data/> .
@prefix country: <https://w3id.org/partnership-mechanisms/data/country/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix pm: <https://w3id.org/partnership-mechanisms/ontology#> .
@prefix pmc: <https://w3id.org/partnership-mechanisms/concept/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
SOUND = """
<s> a pm:Source ; pm:sourceType pm:journalArticle ; pm:reportsStudy <study/s> ; dcterms:title "T" ;
    pm:author <s/author/1> ; pm:year 2020 ; pm:design pm:qualitativeDesign ; pm:doi "10.5555/s" .
<s/author/1> a pm:Author .
<study/s> a pm:Study ; rdfs:label "S" .
<s/case/k> a pm:Case ; rdfs:label "K" ; pm:country country:UGA ; pm:partnershipType "twinning" .
<s/ada> a pm:Coding ; pm:codes <s> ; pm:coder <coder/ada> ; pm:codingMethod pm:manualCoding ; pm:partRead "abstract" .
<s/ada/c> a pm:Claim ; pm:inCoding <s/ada> ; pm:effect pm:supports ; pm:status pm:supported ;
    pm:hasContext <s/ada/c/context/1> ; pm:hasMechanism <s/ada/c/mechanism/1> ; pm:hasOutcome <s/ada/c/outcome/1> ;
    pm:hasActor <s/ada/c/actor/1> ; pm:hasEvidence <s/ada/c/evidence/1> ; pm:hasLink <s/ada/c/link/1> .
<s/ada/c/context/1> a pm:ContextRole ; pm:factor pmc:staff-turnover .
<s/ada/c/mechanism/1> a pm:MechanismRole ; pm:factor pmc:trust ; pm:state pm:present ; pm:reasoning "they answer" .
<s/ada/c/outcome/1> a pm:OutcomeRole ; pm:factor pmc:equity ; pm:direction pm:increased .
<s/ada/c/actor/1> a pm:ActorRole ; pm:kindOfActor pmc:funder .
<s/ada/c/evidence/1> a pm:EvidenceItem ; pm:locator "p. 1" ; pm:layer pm:authorLayer ; pm:paraphrase "It helped." .
<s/ada/c/link/1> a pm:ClaimLink ; pm:linkTarget <s/ada/c> ; pm:linkKind pm:refines .
<theory/t> a pm:ProgrammeTheory ; rdfs:label "T" ; pm:thenPart "then" ; pm:becausePart "because" .
"""
"""One sound node of every class, on which no shape finds anything."""


def quads(turtle: str) -> list[Quad]:
    parsed = parse(PREFIXES + turtle, format=RdfFormat.TURTLE)
    graph = iris.asserted_graph("s")
    return [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in parsed]


def changed(without: str, add: str) -> list[Quad]:
    """The sound module without some statements (`subject predicate`, one a line), and with others."""
    sound = quads(SOUND)
    gone = {(quad.subject, quad.predicate) for quad in quads("".join(f"{line} 0 .\n" for line in without.splitlines()))}
    assert gone <= {(quad.subject, quad.predicate) for quad in sound}
    return [quad for quad in sound if (quad.subject, quad.predicate) not in gone] + quads(add)


@dataclass(frozen=True)
class Fail:
    """A change to the sound module that breaks one constraint of one shape, and nothing else."""

    shape: str
    constraint: URIRef
    focus: str
    path: str
    without: str = ""
    add: str = ""
    value: str = ""

    @property
    def name(self) -> str:
        return f"{self.shape}-{str(self.constraint).rpartition('#')[2]}"


def missing(shape: str, focus: str, path: str) -> Fail:
    return Fail(shape, SH.minCount, focus, path, without=f"<{focus}> {path}")


def twice(shape: str, focus: str, path: str, second: str) -> Fail:
    return Fail(shape, SH.maxCount, focus, path, add=f"<{focus}> {path} {second} .")


def wrong(shape: str, constraint: URIRef, focus: str, path: str, instead: str, value: str) -> Fail:
    return Fail(shape, constraint, focus, path, f"<{focus}> {path}", f"<{focus}> {path} {instead} .", value)


DATA = iris.DATA
CLAIM, CODING, SOURCE = "s/ada/c", "s/ada", "s"
CONTEXT, MECHANISM, OUTCOME = "s/ada/c/context/1", "s/ada/c/mechanism/1", "s/ada/c/outcome/1"
ACTOR, ITEM, LINK, THEORY, CASE = "s/ada/c/actor/1", "s/ada/c/evidence/1", "s/ada/c/link/1", "theory/t", "s/case/k"
CLASS, KIND = SH["class"], SH.nodeKind

FAILING = [
    missing("ActorKind", ACTOR, "pm:kindOfActor"),
    twice("ActorKind", ACTOR, "pm:kindOfActor", "pmc:trainer"),
    wrong("ActorKind", CLASS, ACTOR, "pm:kindOfActor", "pmc:trust", iris.CONCEPT + "trust"),
    missing("CaseLabel", CASE, "rdfs:label"),
    wrong("CaseLabel", KIND, CASE, "rdfs:label", "<s>", DATA + "s"),
    missing("CaseCountry", CASE, "pm:country"),
    wrong("CaseCountry", CLASS, CASE, "pm:country", "country:XXX", DATA + "country/XXX"),
    missing("CaseType", CASE, "pm:partnershipType"),
    wrong("CaseType", KIND, CASE, "pm:partnershipType", "<s>", DATA + "s"),
    missing("LinkTarget", LINK, "pm:linkTarget"),
    twice("LinkTarget", LINK, "pm:linkTarget", "<s/ada/d>"),
    wrong("LinkTarget", KIND, LINK, "pm:linkTarget", '"c"', "c"),
    missing("LinkKind", LINK, "pm:linkKind"),
    twice("LinkKind", LINK, "pm:linkKind", "pm:rivals"),
    wrong("LinkKind", CLASS, LINK, "pm:linkKind", "pm:supports", PM + "supports"),
    Fail("ClaimCoding", SH.minCount, "s/ada/d", "pm:inCoding", add="""<s/ada/d> a pm:Claim ; pm:effect pm:supports ;
        pm:status pm:supported ; pm:hasMechanism <s/ada/c/mechanism/1> ; pm:hasOutcome <s/ada/c/outcome/1> ;
        pm:hasActor <s/ada/c/actor/1> ; pm:hasEvidence <s/ada/c/evidence/1> ."""),
    twice("ClaimCoding", CLAIM, "pm:inCoding", """<s/bo> . <s/bo> a pm:Coding ; pm:codes <s> ; pm:coder <coder/bo> ;
        pm:codingMethod pm:manualCoding ; pm:partRead "abstract" """),
    Fail("ClaimCoding", CLASS, "s/ada/d", "pm:inCoding", add="""<s/ada/d> a pm:Claim ; pm:effect pm:supports ;
        pm:status pm:supported ; pm:hasMechanism <s/ada/c/mechanism/1> ; pm:hasOutcome <s/ada/c/outcome/1> ;
        pm:hasActor <s/ada/c/actor/1> ; pm:hasEvidence <s/ada/c/evidence/1> ; pm:inCoding <s> .""", value=DATA + "s"),
    missing("ClaimMechanism", CLAIM, "pm:hasMechanism"),
    wrong("ClaimMechanism", CLASS, CLAIM, "pm:hasMechanism", f"<{OUTCOME}>", DATA + OUTCOME),
    missing("ClaimOutcome", CLAIM, "pm:hasOutcome"),
    twice("ClaimOutcome", CLAIM, "pm:hasOutcome", """<s/ada/c/outcome/2> . <s/ada/c/outcome/2> a pm:OutcomeRole ;
        pm:factor pmc:trust ; pm:direction pm:increased """),
    wrong("ClaimOutcome", CLASS, CLAIM, "pm:hasOutcome", f"<{MECHANISM}>", DATA + MECHANISM),
    missing("ClaimEffect", CLAIM, "pm:effect"),
    twice("ClaimEffect", CLAIM, "pm:effect", "pm:hinders"),
    wrong("ClaimEffect", CLASS, CLAIM, "pm:effect", "pm:supported", PM + "supported"),
    missing("ClaimStatus", CLAIM, "pm:status"),
    twice("ClaimStatus", CLAIM, "pm:status", "pm:proposed"),
    wrong("ClaimStatus", CLASS, CLAIM, "pm:status", '"supported"', "supported"),
    missing("ClaimEvidence", CLAIM, "pm:hasEvidence"),
    wrong("ClaimEvidence", CLASS, CLAIM, "pm:hasEvidence", "<s>", DATA + "s"),
    missing("ClaimActor", CLAIM, "pm:hasActor"),
    wrong("ClaimActor", CLASS, CLAIM, "pm:hasActor", "pmc:funder", iris.CONCEPT + "funder"),
    missing("CodingSource", CODING, "pm:codes"),
    twice("CodingSource", CODING, "pm:codes", """<r> . <r> a pm:Source ; pm:sourceType pm:report ;
        pm:reportsStudy <study/s> ; dcterms:title "R" ; pm:author <s/author/1> ; pm:year 2020 ;
        pm:design pm:qualitativeDesign ; pm:doi "10.5555/r" """),
    wrong("CodingSource", CLASS, CODING, "pm:codes", "<s/ada/c>", DATA + "s/ada/c"),
    missing("CodingCoder", CODING, "pm:coder"),
    twice("CodingCoder", CODING, "pm:coder", "<coder/bo>"),
    wrong("CodingCoder", KIND, CODING, "pm:coder", '"ada"', "ada"),
    Fail("CodingClaim", SH.minCount, "s/bo", "pm:inCoding", add="""<s/bo> a pm:Coding ; pm:codes <s> ;
        pm:coder <coder/bo> ; pm:codingMethod pm:manualCoding ; pm:partRead "abstract" ."""),
    missing("CodingMethod", CODING, "pm:codingMethod"),
    twice("CodingMethod", CODING, "pm:codingMethod", "pm:machineAssistedCoding"),
    wrong("CodingMethod", CLASS, CODING, "pm:codingMethod", '"manual"', "manual"),
    missing("CodingRead", CODING, "pm:partRead"),
    wrong("CodingRead", KIND, CODING, "pm:partRead", "<s>", DATA + "s"),
    missing("ContextFactor", CONTEXT, "pm:factor"),
    twice("ContextFactor", CONTEXT, "pm:factor", "pmc:trust"),
    wrong("ContextFactor", CLASS, CONTEXT, "pm:factor", "pmc:funder", iris.CONCEPT + "funder"),
    missing("EvidenceLocator", ITEM, "pm:locator"),
    twice("EvidenceLocator", ITEM, "pm:locator", '"p. 2"'),
    wrong("EvidenceLocator", KIND, ITEM, "pm:locator", "<s>", DATA + "s"),
    missing("EvidenceLayer", ITEM, "pm:layer"),
    twice("EvidenceLayer", ITEM, "pm:layer", "pm:coderLayer"),
    wrong("EvidenceLayer", CLASS, ITEM, "pm:layer", "pm:individualLevel", PM + "individualLevel"),
    Fail("EvidenceWords", SH["or"], ITEM, "", f"<{ITEM}> pm:paraphrase", value=DATA + ITEM),
    missing("MechanismFactor", MECHANISM, "pm:factor"),
    twice("MechanismFactor", MECHANISM, "pm:factor", "pmc:mistrust"),
    wrong("MechanismFactor", CLASS, MECHANISM, "pm:factor", "pmc:no-such-factor", iris.CONCEPT + "no-such-factor"),
    missing("MechanismState", MECHANISM, "pm:state"),
    twice("MechanismState", MECHANISM, "pm:state", "pm:absent"),
    wrong("MechanismState", SH["in"], MECHANISM, "pm:state", "pm:high", PM + "high"),
    missing("MechanismReasoning", MECHANISM, "pm:reasoning"),
    twice("MechanismReasoning", MECHANISM, "pm:reasoning", '"or not"'),
    wrong("MechanismReasoning", KIND, MECHANISM, "pm:reasoning", "pmc:trust", iris.CONCEPT + "trust"),
    missing("OutcomeFactor", OUTCOME, "pm:factor"),
    twice("OutcomeFactor", OUTCOME, "pm:factor", "pmc:trust"),
    wrong("OutcomeFactor", CLASS, OUTCOME, "pm:factor", '"equity"', "equity"),
    missing("OutcomeDirection", OUTCOME, "pm:direction"),
    twice("OutcomeDirection", OUTCOME, "pm:direction", "pm:decreased"),
    wrong("OutcomeDirection", CLASS, OUTCOME, "pm:direction", "pm:present", PM + "present"),
    missing("TheoryLabel", THEORY, "rdfs:label"),
    twice("TheoryLabel", THEORY, "rdfs:label", '"U"'),
    wrong("TheoryLabel", KIND, THEORY, "rdfs:label", "<s>", DATA + "s"),
    missing("TheoryThen", THEORY, "pm:thenPart"),
    twice("TheoryThen", THEORY, "pm:thenPart", '"or else"'),
    wrong("TheoryThen", KIND, THEORY, "pm:thenPart", "<s>", DATA + "s"),
    missing("TheoryBecause", THEORY, "pm:becausePart"),
    twice("TheoryBecause", THEORY, "pm:becausePart", '"or not"'),
    wrong("TheoryBecause", KIND, THEORY, "pm:becausePart", "<s>", DATA + "s"),
    missing("SourceType", SOURCE, "pm:sourceType"),
    twice("SourceType", SOURCE, "pm:sourceType", "pm:report"),
    wrong("SourceType", CLASS, SOURCE, "pm:sourceType", "pm:surveyDesign", PM + "surveyDesign"),
    missing("SourceStudy", SOURCE, "pm:reportsStudy"),
    twice("SourceStudy", SOURCE, "pm:reportsStudy", "<study/t>"),
    wrong("SourceStudy", KIND, SOURCE, "pm:reportsStudy", '"s"', "s"),
    missing("SourceTitle", SOURCE, "dcterms:title"),
    twice("SourceTitle", SOURCE, "dcterms:title", '"U"'),
    wrong("SourceTitle", KIND, SOURCE, "dcterms:title", "<s>", DATA + "s"),
    Fail("SourceAuthor", SH["or"], SOURCE, "", "<s> pm:author", value=DATA + "s"),
    missing("SourceYear", SOURCE, "pm:year"),
    twice("SourceYear", SOURCE, "pm:year", "2021"),
    wrong("SourceYear", SH.datatype, SOURCE, "pm:year", '"2020"', "2020"),
    missing("SourceDesign", SOURCE, "pm:design"),
    wrong("SourceDesign", CLASS, SOURCE, "pm:design", "pm:survey", PM + "survey"),
    Fail("SourceAddress", SH["or"], SOURCE, "", "<s> pm:doi", value=DATA + "s"),
    missing("StudyLabel", "study/s", "rdfs:label"),
    twice("StudyLabel", "study/s", "rdfs:label", '"U"'),
    wrong("StudyLabel", KIND, "study/s", "rdfs:label", "<s>", DATA + "s"),
]  # fmt: skip

MATERIAL_WITHOUT = "<s> pm:sourceType\n<s> pm:author\n<s> pm:doi"
PASSING = {
    "a quote in place of a paraphrase": (f"<{ITEM}> pm:paraphrase", f'<{ITEM}> pm:quote "It helped." .'),
    "an address on the web alone": ("<s> pm:doi", '<s> pm:pageRead "https://example.org/s" .'),
    "a PubMed id alone": ("<s> pm:doi", '<s> pm:pmid "1" .'),
    "an interview": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:interview ."),
    "an observation": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:observation ."),
    "a document": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:document ."),
    "a survey": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:survey ."),
    "a mechanism that was absent": (f"<{MECHANISM}> pm:state", f"<{MECHANISM}> pm:state pm:absent ."),
    "a direction that is not stated": (f"<{OUTCOME}> pm:direction", f"<{OUTCOME}> pm:direction pm:notStated ."),
    "several mechanisms, actors, items": ("", f"""<{CLAIM}> pm:hasMechanism <{MECHANISM}x> ; pm:hasActor <{ACTOR}x> ;
        pm:hasEvidence <{ITEM}x> . <{MECHANISM}x> a pm:MechanismRole ; pm:factor pmc:trust ; pm:state pm:present ;
        pm:reasoning "so" . <{ACTOR}x> a pm:ActorRole ; pm:kindOfActor pmc:trainer . <{ITEM}x> a pm:EvidenceItem ;
        pm:locator "p. 2" ; pm:layer pm:authorLayer ; pm:paraphrase "So." ."""),
    "no context and no link": (f"<{CLAIM}> pm:hasContext\n<{CLAIM}> pm:hasLink", ""),
    "several countries and parts read": ("", '<s/case/k> pm:country country:NAM . <s/ada> pm:partRead "table 1" .'),
}  # fmt: skip


def shapes() -> Graph:
    whole = Graph()
    for path in SHAPE_FILES:
        whole.parse(path, format="turtle")
    return whole


def shape_nodes(graph: Graph) -> list[Node]:
    found = {*graph.subjects(RDF.type, SH.NodeShape), *graph.subjects(RDF.type, SH.PropertyShape)}
    return sorted(found, key=str)


def iri(name: str) -> str:
    """A prefixed name, or an id below `data/`, as an IRI; nothing stays nothing."""
    if not name:
        return ""
    if name.startswith(("pm:", "rdfs:", "dcterms:")):
        (quad,) = quads(f"<x> {name} 0 .")
        return quad.predicate.value
    return DATA + name


def told(results: list[Result]) -> list[tuple[str, str, str, str, str]]:
    return [(one.focus, one.path, one.shape, one.severity.value, one.value) for one in results]


@pytest.fixture(scope="module")
def severities() -> dict[str, str]:
    """The severity that each shape states, in our words."""
    words = {SH.Violation: "error", SH.Warning: "warning", SH.Info: "note"}
    return {str(shape): words[URIRef(str(severity))] for shape, severity in shapes().subject_objects(SH.severity)}


# Each shape passing and failing


def test_nothing_is_found_on_a_sound_module() -> None:
    assert told(validate.check_quads(quads(SOUND))) == []


def test_the_sound_module_has_a_node_for_every_shape() -> None:
    kinds = {str(quad.object)[1:-1] for quad in quads(SOUND) if quad.predicate.value == str(RDF.type)}
    assert {str(target) for target in shapes().objects(None, SH.targetClass)} <= kinds


@pytest.mark.parametrize(("without", "add"), PASSING.values(), ids=PASSING.keys())
def test_nothing_is_found_on_what_may_be_otherwise(without: str, add: str) -> None:
    assert told(validate.check_quads(changed(without, add))) == []


@pytest.mark.parametrize("fail", FAILING, ids=lambda fail: fail.name)
def test_a_shape_finds_what_breaks_it_and_no_other_does(fail: Fail, severities: dict[str, str]) -> None:
    shape = SHAPE + fail.shape
    found = told(validate.check_quads(changed(fail.without, fail.add)))
    assert found == [(iri(fail.focus), iri(fail.path), shape, severities[shape], fail.value)]


def test_every_constraint_of_every_shape_has_an_example_that_breaks_it() -> None:
    graph = shapes()
    stated = {
        (str(shape), constraint)
        for shape in shape_nodes(graph)
        for constraint in CONSTRAINTS
        if isinstance(shape, URIRef) and (shape, constraint, None) in graph
    }
    assert {(SHAPE + fail.shape, fail.constraint) for fail in FAILING} == stated
    assert len(FAILING) == len(stated)


def test_shapes_use_no_constraint_that_the_examples_do_not_know() -> None:
    graph = shapes()
    said = {predicate for shape in shape_nodes(graph) for predicate in graph.predicates(shape)}
    assert said == {RDF.type, SH.targetClass, SH.path, SH.severity, SH.group, SH.message, *CONSTRAINTS}


# How shapes are written


def test_every_shape_has_a_name_a_target_a_severity_and_a_message() -> None:
    graph, faults = shapes(), []
    for shape in shape_nodes(graph):
        if not isinstance(shape, URIRef) or not str(shape).startswith(SHAPE):
            faults.append(f"{shape}: has no name of its own")
        if len(list(graph.objects(shape, SH.targetClass))) != 1:
            faults.append(f"{shape}: no target")
        if len(list(graph.objects(shape, SH.severity))) != 1:
            faults.append(f"{shape}: no severity")
        messages = list(graph.objects(shape, SH.message))
        if len(messages) != 1 or not isinstance(messages[0], Literal) or messages[0].language != "en":
            faults.append(f"{shape}: no English message")
        # What is wrong, and then how to mend it: findings show the two apart.
        elif len(str(messages[0]).split(". ")) != 2 or not str(messages[0]).endswith("."):
            faults.append(f"{shape}: “{messages[0]}” is not two sentences")
    assert faults == []
    assert len(shape_nodes(graph)) == len({fail.shape for fail in FAILING})


def test_a_message_stands_under_one_shape_only() -> None:
    messages = Counter(str(message) for message in shapes().objects(None, SH.message))
    assert [message for message, count in messages.items() if count > 1] == []


@pytest.mark.parametrize("path", [path for path in SHAPE_FILES if path.stem != "tiers"], ids=lambda path: path.stem)
def test_a_file_holds_the_shapes_of_one_class(path: Path) -> None:
    graph = Graph().parse(path, format="turtle")
    (target,) = set(graph.objects(None, SH.targetClass))
    words = "".join(word.title() for word in path.stem.split("-"))
    assert str(target) == PM + words


def test_targets_and_paths_are_terms_that_the_ontology_declares() -> None:
    declared = Graph()
    for name in ("core.ttl", "provenance.ttl"):
        declared.parse(ROOT / "ontology" / name, format="turtle")
    used = {*shapes().objects(None, SH.targetClass), *shapes().objects(None, SH["class"])}
    paths = {path for path in shapes().objects(None, SH.path) if isinstance(path, URIRef)}
    paths |= {path for path in shapes().objects(None, SH.inversePath) if isinstance(path, URIRef)}
    known = set(declared.subjects(RDF.type)) | {RDFS.label}
    assert {str(term) for term in (used | paths) - known} == set()


def test_what_keeps_evidence_out_is_the_tier_noted_and_what_weakens_it_is_structured() -> None:
    graph = shapes()
    tiers = {URIRef(SHAPE + "noted"): SH.Violation, URIRef(SHAPE + "structured"): SH.Warning}
    properties = set(graph.subjects(RDF.type, SH.PropertyShape))
    assert {shape: tiers.get(URIRef(str(graph.value(shape, SH.group)))) for shape in properties} == {
        shape: graph.value(shape, SH.severity) for shape in properties
    }
    assert {tier for tier in tiers if (tier, RDF.type, SH.PropertyGroup) in graph} == set(tiers)


# What validation sees


def test_types_that_only_follow_do_not_make_a_wrong_node_right() -> None:
    add = f"<{CLAIM}> pm:hasMechanism <s/ada/c/mechanism/2> . <s/ada/c/mechanism/2> pm:factor pmc:trust ."
    wanted = (DATA + CLAIM, PM + "hasMechanism", SHAPE + "ClaimMechanism", "error", DATA + "s/ada/c/mechanism/2")
    assert told(validate.check_quads(changed("", add))) == [wanted]


def test_the_class_hierarchy_of_the_ontology_is_known() -> None:
    """`pm:supported` is a status only as a tested one, and `pm:qualitativeDesign` a design only as a primary one."""
    assert told(validate.check_quads(changed("<s> pm:design", "<s> pm:design pm:theoryDesign ."))) == []


def test_modules_are_checked_apart_and_leave_nothing_behind() -> None:
    broken = changed(f"<{CLAIM}> pm:effect", "")
    other = [Quad(quad.subject, quad.predicate, quad.object, NamedNode("urn:other")) for quad in quads(SOUND)]
    first = validate.check_quads(broken)
    assert [result.shape for result in first] == [SHAPE + "ClaimEffect"]
    assert validate.check_quads(other) == []
    assert validate.check_quads(broken) == first


def test_several_results_come_in_one_order() -> None:
    quads_ = changed(f"<{CLAIM}> pm:effect\n<{CLAIM}> pm:status\n<s> pm:year", "")
    results = validate.check_quads(quads_)
    assert [(one.focus, one.shape) for one in results] == [
        (DATA + "s", SHAPE + "SourceYear"),
        (DATA + CLAIM, SHAPE + "ClaimEffect"),
        (DATA + CLAIM, SHAPE + "ClaimStatus"),
    ]
    assert validate.check_quads(quads_[::-1]) == results


# An engine that fails


def crash(*_: object, **__: object) -> tuple[bool, Graph, str]:
    raise RecursionError("too deep")


def no_report(*_: object, **__: object) -> tuple[bool, str, str]:
    return True, "no graph", "the shapes are ill-formed"


@pytest.mark.parametrize(("engine", "why"), [(crash, "too deep"), (no_report, "the shapes are ill-formed")])
def test_a_crash_of_the_engine_is_a_failure_and_never_conformance(
    monkeypatch: pytest.MonkeyPatch, engine: Any, why: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(validate, "run_shacl", engine)
        with pytest.raises(Failure, match=f"could not be checked: {why}"):
            validate.check_quads(quads(SOUND))
    assert validate.check_quads(changed("", "")) == []


def test_a_build_whose_engine_crashes_fails_and_leaves_no_graph(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "run_shacl", crash)
    with pytest.raises(Failure, match="could not be checked"):
        pipeline.build(corpus, tmp_path / "build")
    assert not (tmp_path / "build" / "current").exists()
    with pytest.raises(Failure, match="could not be checked"):
        pipeline.check(corpus)


# What is found in the two corpora

REASONING = (
    "How actors reason is not said, so this is not yet a configuration.",
    "Give reasoning, if the source does.",
)
AUTHOR = ("The publication has no authors.", "Give authors, as the byline has them.")
DIRECTION = (
    "Which way the outcome went is not said.",
    "Give direction; not-stated if the source does not say.",
)
TINY_FINDINGS = [
    ("costa2020.yaml", 28, "MechanismReasoning", "c2, mechanism 1", *REASONING),
    ("costa2020.yaml", 42, "MechanismReasoning", "c1, mechanism 1", *REASONING),
    ("costa2020.yaml", 51, "MechanismReasoning", "c2, mechanism 1", *REASONING),
    ("demir2022.yaml", 18, "MechanismReasoning", "k1, mechanism 1", *REASONING),
    ("demir2022.yaml", 28, "MechanismReasoning", "k2, mechanism 1", *REASONING),
    ("demir2022.yaml", 41, "MechanismReasoning", "k3, mechanism 2", *REASONING),
    ("esposito2018.yaml", 2, "SourceAuthor", "esposito2018", *AUTHOR),
    ("esposito2018.yaml", 2, "SourceYear", "esposito2018", "The source has no year.", "Give year."),
    ("esposito2018.yaml", 13, "ClaimActor", "c1", "Nobody acts in this claim.", "Give actors."),
    ("esposito2018.yaml", 15, "MechanismReasoning", "c1, mechanism 1", *REASONING),
    ("esposito2018.yaml", 16, "OutcomeDirection", "c1, outcome 1", *DIRECTION),
]


def shown(finding: Finding) -> tuple[str, int | None, str, str, str, str]:
    return (Path(finding.file).name, finding.line, finding.rule, finding.subject, finding.what, finding.remedy)


def test_exactly_this_is_found_in_the_small_corpus(tiny_build: Built) -> None:
    assert [shown(finding) for finding in tiny_build.findings] == TINY_FINDINGS
    assert {finding.severity for finding in tiny_build.findings} == {Severity.warning}
    assert [shown(finding) for finding in pipeline.check(TINY)] == TINY_FINDINGS


def test_exactly_this_is_found_in_the_shipped_evidence(shipped_build: Built) -> None:
    assert Counter(finding.rule for finding in shipped_build.findings) == {
        "LinkKind": 154,
        "MechanismReasoning": 97,
        "OutcomeDirection": 37,
        "ClaimActor": 36,
        "CaseCountry": 23,
        "SourceAuthor": 11,
        "SourceTitle": 1,
        "SourceYear": 1,
        "loop": 2,
    }
    assert {finding.severity for finding in shipped_build.findings} == {Severity.warning}
    assert [finding for finding in shipped_build.findings if finding.line is None] == []


def test_what_is_found_in_the_shipped_evidence_equals_a_plain_count(shipped_build: Built) -> None:
    """The same gaps, counted in the YAML files without the graph and without shapes."""
    gaps: Counter[tuple[str, str]] = Counter()
    for path in sorted((SHIPPED / "sources").glob("*.yaml")):
        source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for key, rule in (("authors", "SourceAuthor"), ("title", "SourceTitle"), ("year", "SourceYear")):
            gaps[path.name, rule] += not source.get(key)
        located = {case["id"]: False for coding in source["codings"] for case in coding.get("cases", [])}
        for coding in source["codings"]:
            for case in coding.get("cases", []):
                located[case["id"]] |= bool(case.get("countries"))
            for claim in coding["claims"]:
                gaps[path.name, "LinkKind"] += sum(
                    isinstance(link, str) or "kind" not in link for link in claim.get("links", [])
                )
                gaps[path.name, "MechanismReasoning"] += sum("reasoning" not in one for one in claim["mechanisms"])
                gaps[path.name, "OutcomeDirection"] += "direction" not in claim["outcome"]
                reasoners = any(one.get("reasoners") for one in claim["mechanisms"])
                gaps[path.name, "ClaimActor"] += not claim.get("actors") and not reasoners
        gaps[path.name, "CaseCountry"] += sum(not found for found in located.values())
    found = Counter(
        (Path(finding.file).name, finding.rule) for finding in shipped_build.findings if finding.rule != "loop"
    )
    assert found == +gaps
