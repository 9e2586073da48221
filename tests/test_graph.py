"""Records as quads: exactly these and no other, each part with its line, no blank node, no term that is not defined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from textwrap import dedent

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg import evidence, graph, iris
from kg.evidence import Unit
from kg.graph import Module
from kg.records import Source
from kg.terms import DCTERMS, OA, PM, PROV, RDF, RDFS, SCHEMA, XSD
from kg.vocabulary import ReadExtent
from tests.conftest import SHIPPED, TINY

BASES = {
    PM.base: "pm:",
    "https://w3id.org/partnership-mechanisms/concept/": "pmc:",
    "https://w3id.org/partnership-mechanisms/data/": "",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://www.w3.org/ns/oa#": "oa:",
    "http://www.w3.org/ns/prov#": "prov:",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
    "https://schema.org/": "schema:",
    RDF.type.value: "a",
}


def shown(term: object) -> str:
    """A term as Turtle would have it, with data relative to their base."""
    if isinstance(term, Literal):
        assert term.language is None
        kind = "" if term.datatype == XSD.string else f"^^{shown(term.datatype)}"
        return f'"{term.value}"{kind}'
    assert isinstance(term, NamedNode), f"{term} is no IRI and no literal"
    for base, prefix in BASES.items():
        if term.value.startswith(base):
            return prefix + term.value[len(base) :]
    raise AssertionError(f"{term.value} is in none of the namespaces that data use")


def triples(quads: Sequence[Quad]) -> list[str]:
    return sorted(f"{shown(quad.subject)} {shown(quad.predicate)} {shown(quad.object)}" for quad in quads)


def stated(turtle: str) -> list[str]:
    """The triples of a text in which `;` repeats the subject."""
    found, subject = [], ""
    for line in filter(None, (line.strip() for line in dedent(turtle).splitlines())):
        if not line.startswith("; "):
            subject, _, line = line.partition(" ")
        found.append(f"{subject} {line.removeprefix('; ')}")
    return sorted(found)


def module_of(text: str, name: str, first_line: int = 1) -> Module:
    reading = evidence.read(Unit(Path(name), name, first_line, dedent(text).encode()))
    assert reading.findings == []
    assert reading.record is not None
    return graph.build_module(reading.record, reading.line)


EVERY_SLOT = """\
source: okoro2020b
type: journal-article
title: Calls between wards
authors:
  - Okoro, Ada
  - Lund, Per
year: 2020
journal: Journal of Invented Partnerships
doi: 10.5555/okoro.2020
pmid: "123"
pmcid: PMC123
publishable: false
url: https://example.org/okoro2020
design: qualitative
study: calls
codings:
  - coder: ada
    method: manual
    checked_by: [bo, cy]
    read: [abstract, table 2]
    note: a scanned page
    recorded_as: {design: survey, doi: null, authors: ["Okoro, A", "Lund, P"]}
    cases:
      - id: link
        label: Northgate link
        type: hospital twinning
        countries: [KEN, GBR]
        organisations: [Northgate Hospital]
        start: 2012
        end: 2018
        focus: maternal health
    claims:
      - id: c1
        case: link
        contexts:
          - {factor: staff-turnover, state: low, influence: enables, level: institutional, note: few left}
        mechanisms:
          - factor: trust
            state: present
            firing: weak
            resource: weekly calls
            reasoning: they will answer
            basis: participant
            reasoners: [frontline-staff, learner]
            note: at first
          - {factor: communication, state: absent}
        joined_by: sequence
        actors:
          - {kind: frontline-staff, perspective: low-income-partner, note: nurses}
          - trainer
        outcome: {factor: service-delivery, direction: varied, desired: unwanted, note: shared records}
        effect: mixed
        effect_kind: benefit-and-cost
        status: refined
        heuristic: ICAMO
        inference: retroduction
        rival_explanation: a new record
        evidence:
          - locator: turn 4
            layer: participant
            explicitness: stated
            paraphrase: Calls helped.
            quote: they rang
            selector: {start: 7, end: 16, prefix: "then ", suffix: .}
            speaker: P3
            statistic: {measure: r, value: 0.40, interval: 0.1 to 0.6, n: 120}
            relevance: {judged: high, reason: under test}
            richness: {judged: low, reason: one line}
            rigour: {judged: medium, reason: two agree}
          - {locator: page 9}
        theories:
          - {theory: trust-first, relation: refutes}
        links:
          - {to: c2, kind: becomes-context, explicitness: inferred, feedback: false}
          - abara2019/ada/c1
      - id: c2
        mechanisms:
          - {factor: transparency}
        outcome: {factor: trust}
        effect: supports
        status: proposed
        evidence:
          - {locator: page 10}
  - coder: bo
"""

EVERY_SLOT_QUADS = """
okoro2020b a pm:Source
; rdfs:label "Okoro & Lund 2020b"
; pm:sourceType pm:journalArticle
; dcterms:title "Calls between wards"
; pm:author okoro2020b/author/1
; pm:author okoro2020b/author/2
; pm:year "2020"^^xsd:integer
; pm:journal "Journal of Invented Partnerships"
; pm:doi "10.5555/okoro.2020"
; pm:pmid "123"
; pm:pmcid "PMC123"
; pm:publishable "false"^^xsd:boolean
; pm:pageRead "https://example.org/okoro2020"^^xsd:anyURI
; pm:design pm:qualitativeDesign
; pm:reportsStudy study/calls
okoro2020b/author/1 a pm:Author
; schema:name "Okoro, Ada"
; pm:position "1"^^xsd:integer
okoro2020b/author/2 a pm:Author
; schema:name "Lund, Per"
; pm:position "2"^^xsd:integer

okoro2020b/ada a pm:Coding
; pm:codes okoro2020b
; pm:coder coder/ada
; pm:position "1"^^xsd:integer
; pm:codingMethod pm:manualCoding
; pm:checkedBy coder/bo
; pm:checkedBy coder/cy
; pm:partRead "abstract"
; pm:partRead "table 2"
; pm:readExtent pm:beyondAbstract
; pm:note "a scanned page"
; pm:design pm:surveyDesign
; pm:recordedOtherwise "design: survey"
; pm:recordedOtherwise "doi: not seen"
; pm:recordedOtherwise "authors: Okoro, A; Lund, P"
okoro2020b/bo a pm:Coding
; pm:codes okoro2020b
; pm:coder coder/bo
; pm:position "2"^^xsd:integer
; pm:design pm:qualitativeDesign

okoro2020b/case/link a pm:Case
; pm:describedBy okoro2020b/ada
; rdfs:label "Northgate link"
; pm:partnershipType "hospital twinning"
; pm:country country/KEN
; pm:country country/GBR
; pm:organisation "Northgate Hospital"
; pm:startYear "2012"^^xsd:integer
; pm:endYear "2018"^^xsd:integer
; pm:focus "maternal health"

okoro2020b/ada/c1 a pm:Claim
; rdfs:label "c1"
; pm:inCoding okoro2020b/ada
; pm:concernsCase okoro2020b/case/link
; pm:effect pm:mixed
; pm:effectKind pm:benefitAndCost
; pm:status pm:refined
; pm:joinedBy pm:joinedBySequence
; pm:heuristic pm:ICAMO
; pm:inferenceMode pm:retroduction
; pm:rivalExplanation "a new record"
; pm:hasContext okoro2020b/ada/c1/context/1
; pm:hasActor okoro2020b/ada/c1/actor/1
; pm:hasActor okoro2020b/ada/c1/actor/2
; pm:hasActor okoro2020b/ada/c1/actor/3
; pm:hasMechanism okoro2020b/ada/c1/mechanism/1
; pm:hasMechanism okoro2020b/ada/c1/mechanism/2
; pm:hasOutcome okoro2020b/ada/c1/outcome/1
; pm:hasEvidence okoro2020b/ada/c1/evidence/1
; pm:hasEvidence okoro2020b/ada/c1/evidence/2
; pm:hasLink okoro2020b/ada/c1/link/1
; pm:hasLink okoro2020b/ada/c1/link/2
; pm:refutesTheory theory/trust-first

okoro2020b/ada/c1/context/1 a pm:ContextRole
; pm:position "1"^^xsd:integer
; pm:factor pmc:staff-turnover
; pm:state pm:low
; pm:contextInfluence pm:enables
; pm:contextLevel pm:institutionalLevel
; pm:note "few left"
okoro2020b/ada/c1/actor/1 a pm:ActorRole
; pm:position "1"^^xsd:integer
; pm:kindOfActor pmc:frontline-staff
; pm:perspective pm:lowIncomePartner
; pm:note "nurses"
okoro2020b/ada/c1/actor/2 a pm:ActorRole
; pm:position "2"^^xsd:integer
; pm:kindOfActor pmc:trainer
okoro2020b/ada/c1/actor/3 a pm:ActorRole
; pm:position "3"^^xsd:integer
; pm:kindOfActor pmc:learner
okoro2020b/ada/c1/mechanism/1 a pm:MechanismRole
; pm:position "1"^^xsd:integer
; pm:factor pmc:trust
; pm:state pm:present
; pm:firing pm:firedWeakly
; pm:resource "weekly calls"
; pm:reasoning "they will answer"
; pm:reasoningBasis pm:participantLayer
; pm:reasoner okoro2020b/ada/c1/actor/1
; pm:reasoner okoro2020b/ada/c1/actor/3
; pm:note "at first"
okoro2020b/ada/c1/mechanism/2 a pm:MechanismRole
; pm:position "2"^^xsd:integer
; pm:factor pmc:communication
; pm:state pm:absent
okoro2020b/ada/c1/outcome/1 a pm:OutcomeRole
; pm:position "1"^^xsd:integer
; pm:factor pmc:service-delivery
; pm:direction pm:varied
; pm:desirability pm:unwanted
; pm:note "shared records"

okoro2020b/ada/c1/evidence/1 a pm:EvidenceItem
; pm:position "1"^^xsd:integer
; pm:locator "turn 4"
; pm:layer pm:participantLayer
; pm:explicitness pm:stated
; pm:paraphrase "Calls helped."
; pm:quote "they rang"
; pm:speaker "P3"
; oa:hasSelector okoro2020b/ada/c1/evidence/1/quote-selector
; oa:hasSelector okoro2020b/ada/c1/evidence/1/position-selector
; pm:statisticMeasure "r"
; pm:statisticValue "0.40"
; pm:statisticInterval "0.1 to 0.6"
; pm:sampleSize "120"^^xsd:integer
; pm:relevance okoro2020b/ada/c1/evidence/1/relevance
; pm:richness okoro2020b/ada/c1/evidence/1/richness
; pm:rigour okoro2020b/ada/c1/evidence/1/rigour
okoro2020b/ada/c1/evidence/1/quote-selector a oa:TextQuoteSelector
; oa:exact "they rang"
; oa:prefix "then "
; oa:suffix "."
okoro2020b/ada/c1/evidence/1/position-selector a oa:TextPositionSelector
; oa:start "7"^^xsd:integer
; oa:end "16"^^xsd:integer
okoro2020b/ada/c1/evidence/1/relevance a pm:Judgement
; pm:judged "high"
; pm:reason "under test"
okoro2020b/ada/c1/evidence/1/richness a pm:Judgement
; pm:judged "low"
; pm:reason "one line"
okoro2020b/ada/c1/evidence/1/rigour a pm:Judgement
; pm:judged "medium"
; pm:reason "two agree"
okoro2020b/ada/c1/evidence/2 a pm:EvidenceItem
; pm:position "2"^^xsd:integer
; pm:locator "page 9"

okoro2020b/ada/c1/link/1 a pm:ClaimLink
; pm:linkTarget okoro2020b/ada/c2
; pm:linkKind pm:becomesContext
; pm:explicitness pm:inferred
; pm:feedback "false"^^xsd:boolean
okoro2020b/ada/c1/link/2 a pm:ClaimLink
; pm:linkTarget abara2019/ada/c1

okoro2020b/ada/c2 a pm:Claim
; rdfs:label "c2"
; pm:inCoding okoro2020b/ada
; pm:effect pm:supports
; pm:status pm:proposed
; pm:hasMechanism okoro2020b/ada/c2/mechanism/1
; pm:hasOutcome okoro2020b/ada/c2/outcome/1
; pm:hasEvidence okoro2020b/ada/c2/evidence/1
okoro2020b/ada/c2/mechanism/1 a pm:MechanismRole
; pm:position "1"^^xsd:integer
; pm:factor pmc:transparency
okoro2020b/ada/c2/outcome/1 a pm:OutcomeRole
; pm:position "1"^^xsd:integer
; pm:factor pmc:trust
okoro2020b/ada/c2/evidence/1 a pm:EvidenceItem
; pm:position "1"^^xsd:integer
; pm:locator "page 10"
"""


def test_a_record_with_every_slot_gives_exactly_these_quads() -> None:
    module = module_of(EVERY_SLOT, "okoro2020b.yaml")
    assert triples(module.quads) == stated(EVERY_SLOT_QUADS)
    assert {quad.graph_name for quad in module.quads} == {iris.asserted_graph("okoro2020b")}
    assert module.name == "okoro2020b"


def test_the_record_above_fills_every_slot() -> None:
    """So that a slot which is added later cannot be forgotten in the graph."""
    reading = evidence.read(Unit(Path("okoro2020b.yaml"), "okoro2020b.yaml", 1, EVERY_SLOT.encode()))
    assert isinstance(reading.record, Source)
    source = reading.record
    coding = source.codings[0]
    claim, item = coding.claims[0], coding.claims[0].evidence[0]
    parts = [
        source,
        coding,
        coding.cases[0],
        claim,
        claim.contexts[0],
        claim.mechanisms[0],
        claim.actors[0],
        claim.outcome,
        claim.links[0],
        claim.theories[0],
        item,
        item.selector,
        item.statistic,
        item.rigour,
    ]
    unfilled = [
        f"{type(part).__name__}.{name}"
        for part in parts
        for name in type(part).model_fields  # type: ignore[union-attr]
        if getattr(part, name) in (None, [])
    ]
    assert unfilled == ["Source.document"]


def test_a_source_without_a_study_reports_one_of_its_own() -> None:
    module = module_of("source: okoro2020\ntype: thesis\ncodings: [{coder: ada}]\n", "okoro2020.yaml")
    assert triples(module.quads) == stated(
        """
        okoro2020 a pm:Source
        ; rdfs:label "okoro2020 (authors not seen, year not seen)"
        ; pm:sourceType pm:thesis
        ; pm:reportsStudy study/okoro2020
        study/okoro2020 a pm:Study
        ; rdfs:label "okoro2020 (authors not seen, year not seen)"
        okoro2020/ada a pm:Coding
        ; pm:codes okoro2020
        ; pm:coder coder/ada
        ; pm:position "1"^^xsd:integer
        """
    )
    assert [shortened(node) for node in module.declares] == ["okoro2020", "study/okoro2020"]
    assert module.refers == []


def test_a_design_that_a_coder_did_not_see_is_not_taken_from_the_source() -> None:
    text = "source: s\ntype: report\ndesign: survey\ncodings: [{coder: ada, recorded_as: {design: null}}]\n"
    found = triples(module_of(text, "s.yaml").quads)
    assert [triple for triple in found if " pm:design " in triple] == ["s pm:design pm:surveyDesign"]
    assert 's/ada pm:recordedOtherwise "design: not seen"' in found


def test_quotes_without_a_place_have_no_selector() -> None:
    text = EVERY_SLOT.replace('            selector: {start: 7, end: 16, prefix: "then ", suffix: .}\n', "")
    found = triples(module_of(text, "okoro2020b.yaml").quads)
    assert [triple for triple in found if " oa:" in triple] == []
    assert 'okoro2020b/ada/c1/evidence/1 pm:quote "they rang"' in found


STUDIES = """\
studies:
  - id: calls
    label: Calls, in two reports
    note: told by the authors
  - id: review
    label: A review
    includes:
      - calls
      - abara2019
"""

THEORIES = """\
theories:
  - {id: early, label: Trust early}
  - id: first
    label: Trust first
    if: partners call
    then: records are shared
    because: they trust
    version: "2"
    revision_of: early
    draws_on: [social exchange theory, realism]
    source: okoro2020b
"""


def test_studies_give_exactly_these_quads() -> None:
    module = module_of(STUDIES, "studies.yaml")
    assert triples(module.quads) == stated(
        """
        study/calls a pm:Study
        ; rdfs:label "Calls, in two reports"
        ; pm:note "told by the authors"
        study/review a pm:Study
        ; rdfs:label "A review"
        ; pm:includesStudy study/calls
        ; pm:includesStudy study/abara2019
        """
    )
    assert {quad.graph_name for quad in module.quads} == {iris.asserted_graph("studies.yaml")}


def test_theories_give_exactly_these_quads() -> None:
    module = module_of(THEORIES, "theories.yaml")
    assert triples(module.quads) == stated(
        """
        theory/early a pm:ProgrammeTheory
        ; rdfs:label "Trust early"
        theory/first a pm:ProgrammeTheory
        ; rdfs:label "Trust first"
        ; pm:ifPart "partners call"
        ; pm:thenPart "records are shared"
        ; pm:becausePart "they trust"
        ; pm:theoryVersion "2"
        ; prov:wasRevisionOf theory/early
        ; pm:drawsOn "social exchange theory"
        ; pm:drawsOn "realism"
        ; prov:wasDerivedFrom okoro2020b
        """
    )
    assert {quad.graph_name for quad in module.quads} == {iris.asserted_graph("theories.yaml")}


# What is declared, what is referred to, and where


def shortened(node: str) -> str:
    return node.removeprefix("https://w3id.org/partnership-mechanisms/data/")


def line_of(text: str, part: str) -> int:
    """The one line of a text that holds this."""
    (line,) = (number for number, line in enumerate(text.split("\n"), 1) if part in line)
    return line


@pytest.mark.parametrize(
    ("text", "name", "declares", "refers"),
    [
        pytest.param(
            EVERY_SLOT,
            "okoro2020b.yaml",
            ["okoro2020b", "okoro2020b/ada/c1", "okoro2020b/ada/c2"],
            [
                ("study/calls", "study: calls", "the study calls"),
                ("abara2019/ada/c1", "- abara2019/ada/c1", "the linked claim abara2019/ada/c1"),
                ("theory/trust-first", "theory: trust-first", "the theory trust-first"),
            ],
            id="source",
        ),
        pytest.param(
            STUDIES,
            "studies.yaml",
            ["study/calls", "study/review"],
            [
                ("study/calls", "- calls", "the included study calls"),
                ("study/abara2019", "- abara2019", "the included study abara2019"),
            ],
            id="studies",
        ),
        pytest.param(
            THEORIES,
            "theories.yaml",
            ["theory/early", "theory/first"],
            [
                ("theory/early", "revision_of:", "the theory early"),
                ("okoro2020b", "source:", "the source okoro2020b"),
            ],
            id="theories",
        ),
    ],
)
def test_a_module_names_what_it_declares_and_what_it_refers_to(
    text: str, name: str, declares: list[str], refers: list[tuple[str, str, str]]
) -> None:
    module = module_of(text, name)
    assert [shortened(node) for node in module.declares] == declares
    assert [(shortened(node), line, words) for node, line, words in module.refers] == [
        (node, line_of(text, part), words) for node, part, words in refers
    ]


LINES = {
    "okoro2020b": "source: okoro2020b",
    "okoro2020b/author/1": "- Okoro, Ada",
    "okoro2020b/author/2": "- Lund, Per",
    "okoro2020b/ada": "- coder: ada",
    "okoro2020b/bo": "- coder: bo",
    "okoro2020b/case/link": "- id: link",
    "okoro2020b/ada/c1": "- id: c1",
    "okoro2020b/ada/c1/context/1": "{factor: staff-turnover",
    "okoro2020b/ada/c1/actor/1": "{kind: frontline-staff",
    "okoro2020b/ada/c1/actor/2": "- trainer",
    "okoro2020b/ada/c1/actor/3": "- factor: trust",
    "okoro2020b/ada/c1/mechanism/1": "- factor: trust",
    "okoro2020b/ada/c1/mechanism/2": "{factor: communication",
    "okoro2020b/ada/c1/outcome/1": "outcome: {factor: service-delivery",
    "okoro2020b/ada/c1/evidence/1": "locator: turn 4",
    "okoro2020b/ada/c1/evidence/1/relevance": "relevance:",
    "okoro2020b/ada/c1/evidence/1/richness": "richness:",
    "okoro2020b/ada/c1/evidence/1/rigour": "rigour:",
    "okoro2020b/ada/c1/evidence/2": "locator: page 9",
    "okoro2020b/ada/c1/link/1": "{to: c2",
    "okoro2020b/ada/c1/link/2": "- abara2019/ada/c1",
    "okoro2020b/ada/c2": "- id: c2",
    "okoro2020b/ada/c2/mechanism/1": "{factor: transparency",
    "okoro2020b/ada/c2/outcome/1": "outcome: {factor: trust",
    "okoro2020b/ada/c2/evidence/1": "locator: page 10",
}


def test_every_part_of_a_record_has_its_line() -> None:
    module = module_of(EVERY_SLOT, "okoro2020b.yaml")
    assert {shortened(node): line for node, line in module.lines.items()} == {
        node: line_of(EVERY_SLOT, part) for node, part in LINES.items()
    }


def test_every_node_without_a_line_of_its_own_lies_below_one_that_has_it() -> None:
    module = module_of(EVERY_SLOT, "okoro2020b.yaml")
    subjects = {quad.subject.value for quad in module.quads if isinstance(quad.subject, NamedNode)}
    without = {shortened(node) for node in subjects - set(module.lines)}
    assert without == {
        "okoro2020b/ada/c1/evidence/1/quote-selector",
        "okoro2020b/ada/c1/evidence/1/position-selector",
    }


def test_lines_of_a_bulk_file_are_those_of_the_file() -> None:
    text = '{"source": "s", "type": "report", "codings": [{"coder": "ada"}]}'
    module = module_of(text, "bulk.jsonl", first_line=7)
    assert {shortened(node): line for node, line in module.lines.items()} == {"s": 7, "study/s": 7, "s/ada": 7}


def test_ids_that_differ_only_in_composition_give_one_graph() -> None:
    composed = "source: caf\u00e9\ntype: report\nstudy: \u00e9\ncodings: [{coder: \u00e9}]\n"
    decomposed = composed.replace("\u00e9", "e\u0301")
    first, second = (module_of(text, f"{text.split()[1]}.yaml") for text in (composed, decomposed))
    nodes = [{(quad.subject, quad.predicate, quad.graph_name) for quad in module.quads} for module in (first, second)]
    assert nodes[0] == nodes[1]


# The whole of the shipped and the tiny evidence


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    found = []
    for place in (TINY, SHIPPED):
        units, findings = evidence.find_units(place)
        assert findings == []
        for unit in units:
            reading = evidence.read(unit)
            assert reading.record is not None, reading.findings
            found.append(graph.build_module(reading.record, reading.line))
    assert len(found) == 8 + 135
    return found


def quads_of(modules: list[Module]) -> list[Quad]:
    return list(chain.from_iterable(module.quads for module in modules))


def test_no_data_has_a_blank_node(modules: list[Module]) -> None:
    kinds = {
        (type(quad.subject), type(quad.predicate), type(quad.graph_name), type(quad.object))
        for quad in quads_of(modules)
    }
    assert kinds == {(NamedNode, NamedNode, NamedNode, kind) for kind in (NamedNode, Literal)}


def test_every_property_class_and_value_is_one_that_the_ontology_defines(modules: list[Module]) -> None:
    defined = {
        f"{namespace.base}{name}"
        for namespace in (PM, DCTERMS, OA, PROV, RDF, RDFS, SCHEMA)
        for name in namespace.names
    }
    quads = quads_of(modules)
    used = {quad.predicate.value for quad in quads}
    used |= {quad.object.value for quad in quads if isinstance(quad.object, NamedNode) and quad.predicate == RDF.type}
    used |= {
        quad.object.value
        for quad in quads
        if isinstance(quad.object, NamedNode) and not quad.object.value.startswith((iris.DATA, iris.CONCEPT))
    }
    assert used - defined == set()
    assert f"{PM.base}Claim" in used


def test_every_node_that_a_module_describes_has_one_type(modules: list[Module]) -> None:
    for module in modules:
        types = {(str(quad.subject), str(quad.object)) for quad in module.quads if quad.predicate == RDF.type}
        typed = {node for node, _ in types}
        assert len(typed) == len(types), module.name
        assert {str(quad.subject) for quad in module.quads} == typed, module.name
        assert {f"<{node}>" for node in [*module.declares, *module.lines]} <= typed, module.name


def test_no_triple_stands_in_two_graphs(modules: list[Module]) -> None:
    """In a union it would count twice."""
    for place in (modules[:8], modules[8:]):
        quads = set(quads_of(place))
        assert len({(quad.subject, quad.predicate, quad.object) for quad in quads}) == len(quads)


def test_every_claim_of_the_shipped_evidence_is_in_the_graph(modules: list[Module]) -> None:
    claims = [quad for quad in quads_of(modules[8:]) if quad.predicate == RDF.type and quad.object == PM.Claim]
    codings = [quad for quad in quads_of(modules[8:]) if quad.predicate == RDF.type and quad.object == PM.Coding]
    assert (len(claims), len(codings)) == (1199, 187)


# In short words


def source(
    source_id: str, authors: list[str] | None = None, year: int | None = None, kind: str = "journal-article"
) -> Source:
    return Source.model_validate(
        {"source": source_id, "type": kind, "authors": authors, "year": year, "codings": [{"coder": "ada"}]}
    )


CITATIONS = [
    (source("jones2013", ["Jones, Ann"], 2013), "Jones 2013"),
    (source("aunger2021a", ["Aunger, Justin", "Millar, Ross"], 2021), "Aunger & Millar 2021a"),
    (source("costa2020", ["Costa, Ana", "Dube, T", "Eke, I"], 2020), "Costa et al. 2020"),
    (source("who2010", ["World Health Organization"], 2010), "World Health Organization 2010"),
    (source("degraftaikins2012", ["de-Graft Aikins, Ama"], 2012), "de-Graft Aikins 2012"),
    (source("anon2019hiap", None, 2019), "anon2019hiap (authors not seen, 2019)"),
    (source("anon2019hiap", [], 2019), "anon2019hiap (authors not seen, 2019)"),
    (source("anon2020b", None, 2020), "anon2020b (authors not seen, 2020b)"),
    (source("esposito2018", None, None), "esposito2018 (authors not seen, year not seen)"),
    (source("jones2013a", ["Jones, Ann"], None), "Jones year not seen"),
    (source("kisumu", None, 2017, "interview"), "interview kisumu, 2017"),
    (source("minutes", ["Board"], None, "document"), "document minutes, year not seen"),
    (source("notes2016b", None, 2016, "observation"), "observation notes2016b, 2016b"),
    (source("q1", None, 2016, "survey"), "survey q1, 2016"),
]


@pytest.mark.parametrize(("record", "citation"), CITATIONS, ids=[citation for _, citation in CITATIONS])
def test_short_citations(record: Source, citation: str) -> None:
    assert graph.short_citation(record) == citation


EXTENTS = [
    (["abstract"], ReadExtent.abstractOnly),
    (["Abstract (to results)"], ReadExtent.abstractOnly),
    (["abstract (start)", "plain-language abstract at invo.org.uk"], ReadExtent.abstractOnly),
    (["poster abstract of the interviews", "abstract of the linked thesis"], ReadExtent.abstractOnly),
    (["abstract", "table 2"], ReadExtent.beyondAbstract),
    (["table 2"], ReadExtent.beyondAbstract),
    (["introduction", "abstract"], ReadExtent.beyondAbstract),
    (["whole transcript"], ReadExtent.beyondAbstract),
]


@pytest.mark.parametrize(("parts", "extent"), EXTENTS, ids=["; ".join(parts) for parts, _ in EXTENTS])
def test_the_extent_of_reading(parts: list[str], extent: ReadExtent) -> None:
    assert graph.read_extent(parts) is extent
