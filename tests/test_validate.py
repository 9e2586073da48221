"""Validation: every constraint of every shape seen passing and failing, and what is found in both corpora."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyshacl
import pytest
import yaml
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse
from pyoxigraph import Literal as OxLiteral
from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.plugins.sparql import processor
from rdflib.term import Node

from kg import across, iris, pipeline, render, resources, validate
from kg import evidence as stage
from kg.errors import Failure
from kg.findings import Finding, Severity, Tier
from kg.graph import Module, build_module
from kg.pipeline import Built
from kg.validate import Repairs, Result
from tests.conftest import ROOT, SHIPPED, TINY

SHAPE_FILES = sorted((ROOT / "shapes").glob("*.ttl"))
SHAPE = "https://w3id.org/partnership-mechanisms/shape#"
PM = "https://w3id.org/partnership-mechanisms/ontology#"
CONSTRAINTS = (SH.minCount, SH.maxCount, SH["class"], SH.nodeKind, SH.datatype, SH["in"], SH["or"], SH.sparql)
METADATA = (RDF.type, SH.name, SH.description, SH.targetClass, SH.path, SH.severity, SH.group, SH.message)

PREFIXES = """
@base <https://w3id.org/partnership-mechanisms/data/> .
@prefix country: <https://w3id.org/partnership-mechanisms/data/country/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix pm: <https://w3id.org/partnership-mechanisms/ontology#> .
@prefix pmc: <https://w3id.org/partnership-mechanisms/concept/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SOUND = """
<s> a pm:Source ; pm:sourceType pm:journalArticle ; pm:reportsStudy <study/s> ; dcterms:title "T" ;
    pm:author <s/author/1> ; pm:year 2020 ; pm:design pm:qualitativeDesign ; pm:doi "10.5555/s" .
<s/author/1> a pm:Author ; schema:name "A" .
<study/s> a pm:Study ; rdfs:label "S" ; pm:note "N" .
<s/case/k> a pm:Case ; rdfs:label "K" ; pm:country country:UGA ; pm:partnershipType "twinning" ; pm:startYear 2001 ;
    pm:organisation "O" .
<s/ada> a pm:Coding ; pm:codes <s> ; pm:coder <coder/ada> ; pm:codingMethod pm:manualCoding ; pm:partRead "abstract" ;
    pm:readExtent pm:abstractOnly ; pm:design pm:qualitativeDesign ; pm:checkedBy <coder/bo> .
<s/ada/c> a pm:Claim ; rdfs:label "c" ; pm:inCoding <s/ada> ; pm:effect pm:supports ; pm:status pm:proposed ;
    pm:hasContext <s/ada/c/context/1> ; pm:hasMechanism <s/ada/c/mechanism/1> ; pm:hasOutcome <s/ada/c/outcome/1> ;
    pm:hasActor <s/ada/c/actor/1> ; pm:hasEvidence <s/ada/c/evidence/1> ; pm:hasLink <s/ada/c/link/1> ;
    pm:concernsCase <s/case/k> ; pm:inferenceMode pm:retroduction ; pm:rivalExplanation "R" .
<s/ada/c/context/1> a pm:ContextRole ; pm:factor pmc:staff-turnover ; pm:contextInfluence pm:blocks ;
    pm:contextLevel pm:institutionalLevel .
<s/ada/c/mechanism/1> a pm:MechanismRole ; pm:factor pmc:trust ; pm:state pm:present ; pm:firing pm:fired ;
    pm:resource "calls" ; pm:reasoning "they answer" ; pm:reasoningBasis pm:authorLayer ;
    pm:reasoner <s/ada/c/actor/1> .
<s/ada/c/outcome/1> a pm:OutcomeRole ; pm:factor pmc:equity ; pm:direction pm:increased .
<s/ada/c/actor/1> a pm:ActorRole ; pm:kindOfActor pmc:funder ; pm:perspective pm:bothPartners .
<s/ada/c/evidence/1> a pm:EvidenceItem ; pm:locator "p. 1" ; pm:layer pm:authorLayer ; pm:paraphrase "It helped." ;
    pm:explicitness pm:stated ; pm:quote "It did help." ; pm:relevance <s/ada/c/evidence/1/relevance> ;
    pm:richness <s/ada/c/evidence/1/richness> ; pm:rigour <s/ada/c/evidence/1/rigour> .
<s/ada/c/evidence/1/relevance> a pm:Judgement ; pm:judged "direct" ; pm:reason "same setting" .
<s/ada/c/evidence/1/richness> a pm:Judgement ; pm:judged "thin" ; pm:reason "one line" .
<s/ada/c/evidence/1/rigour> a pm:Judgement ; pm:judged "fair" ; pm:reason "checked" .
<s/ada/c/link/1> a pm:ClaimLink ; pm:linkTarget <s/ada/c> ; pm:linkKind pm:refines ; pm:explicitness pm:stated .
<theory/t> a pm:ProgrammeTheory ; rdfs:label "T" ; pm:ifPart "if" ; pm:thenPart "then" ; pm:becausePart "because" ;
    pm:theoryVersion "1" ; prov:wasDerivedFrom <s> .
<judge/ada> a pm:Judge ; schema:name "Ada Abara" .
<judgement/ada/p> a pm:DemiRegularity ; pm:judgedBy <judge/ada> ; dcterms:date "2026-01-31"^^xsd:date ;
    pm:promotes <pattern/p> ; pm:explanation "E" ; pm:heldUnder <judgement/ada/p/context/1> ;
    pm:hasCounterCase <judgement/ada/p/counter-case/1> .
<judgement/ada/p/context/1> a pm:Condition ; pm:conditionFactor pmc:staff-turnover .
<judgement/ada/p/counter-case/1> a pm:CounterCase ; pm:counterClaim <s/ada/c> ; pm:counterCaseReading "R" .
<judgement/ada/t> a pm:TensionJudgement ; pm:judgedBy <judge/ada> ; dcterms:date "2026-01-31"^^xsd:date ;
    pm:judgesTension <tension/t> ; pm:tensionKind pm:constructMismatch ; pm:rationale "R" .
"""
"""One sound node of every class, on which no shape finds anything."""


def claims(names: str, contexts: str = "context/1", outcome: str = "outcome/1", evidence: str = "evidence/1") -> str:
    """Further claims of the sound coding, with the roles of the sound claim or with others."""
    said = ""
    for name in names.split():
        said += f"""<s/ada/{name}> a pm:Claim ; rdfs:label "{name}" ; pm:inCoding <s/ada> ; pm:effect pm:supports ;
        pm:status pm:proposed ; pm:hasContext <s/ada/c/{contexts}> ; pm:hasMechanism <s/ada/c/mechanism/1> ;
        pm:hasOutcome <s/ada/c/{outcome}> ; pm:hasActor <s/ada/c/actor/1> ; pm:hasEvidence <s/ada/c/{evidence}> ;
        pm:concernsCase <s/case/k> ; pm:inferenceMode pm:retroduction ; pm:rivalExplanation "R" .\n"""
    return said


def context(number: int, factor: str, more: str = "") -> str:
    return f"""<s/ada/c/context/{number}> a pm:ContextRole ; pm:factor pmc:{factor} ; pm:contextInfluence pm:blocks ;
        pm:contextLevel pm:institutionalLevel {more} .\n"""


def evidence(number: int, locator: str, more: str = "") -> str:
    return f"""<s/ada/c/evidence/{number}> a pm:EvidenceItem ; pm:locator "{locator}" ; pm:layer pm:authorLayer ;
        pm:paraphrase "So." ; pm:explicitness pm:stated ; pm:quote "So." ;
        pm:relevance <s/ada/c/evidence/1/relevance> ; pm:richness <s/ada/c/evidence/1/richness> ;
        pm:rigour <s/ada/c/evidence/1/rigour> {more} .\n"""


def mechanism(number: int, factor: str, more: str = "; pm:state pm:present") -> str:
    return f"""<s/ada/c/mechanism/{number}> a pm:MechanismRole ; pm:factor pmc:{factor} ; pm:firing pm:fired ;
        pm:resource "calls" ; pm:reasoning "so" ; pm:reasoningBasis pm:authorLayer ; pm:reasoner <s/ada/c/actor/1>
        {more} .\n"""


def actor(number: int, kind: str, perspective: str = "pm:bothPartners") -> str:
    return f"<s/ada/c/actor/{number}> a pm:ActorRole ; pm:kindOfActor pmc:{kind} ; pm:perspective {perspective} .\n"


CODING_BO = """<s/bo> a pm:Coding ; pm:codes <s> ; pm:coder <coder/bo> ; pm:codingMethod pm:manualCoding ;
    pm:partRead "abstract" ; pm:readExtent pm:abstractOnly ; pm:design pm:qualitativeDesign ;
    pm:checkedBy <coder/ada> .\n"""


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
    repair: str = ""
    which: str = ""

    @property
    def quads(self) -> list[Quad]:
        return changed(self.without, self.add)

    @property
    def name(self) -> str:
        return f"{self.shape}-{self.which or str(self.constraint).rpartition('#')[2]}"


def missing(shape: str, focus: str, path: str, repair: str = "") -> Fail:
    return Fail(shape, SH.minCount, focus, path, without=f"<{focus}> {path}", repair=repair)


def twice(shape: str, focus: str, path: str, second: str, repair: str = "") -> Fail:
    return Fail(shape, SH.maxCount, focus, path, add=f"<{focus}> {path} {second} .", repair=repair)


def wrong(shape: str, constraint: URIRef, focus: str, path: str, instead: str, value: str, repair: str = "") -> Fail:
    return Fail(shape, constraint, focus, path, f"<{focus}> {path}", f"<{focus}> {path} {instead} .", value, repair)


def asked(
    shape: str, focus: str, path: str, without: str = "", add: str = "", value: str = "", repair: str = ""
) -> Fail:
    """What a query of a shape finds: about the whole node where it has no path."""
    return Fail(shape, SH.sparql, focus, path, without, add, value if path else DATA + focus, repair)


DATA = iris.DATA
CLAIM, CODING, SOURCE = "s/ada/c", "s/ada", "s"
CONTEXT, MECHANISM, OUTCOME = "s/ada/c/context/1", "s/ada/c/mechanism/1", "s/ada/c/outcome/1"
ACTOR, ITEM, LINK, THEORY, CASE = "s/ada/c/actor/1", "s/ada/c/evidence/1", "s/ada/c/link/1", "theory/t", "s/case/k"
JUDGEMENT = "s/ada/c/evidence/1/rigour"
CLASS, KIND = SH["class"], SH.nodeKind

DEMI_REGULARITY, JUDGED_TENSION = "judgement/ada/p", "judgement/ada/t"
CONDITION, COUNTER_CASE = f"{DEMI_REGULARITY}/context/1", f"{DEMI_REGULARITY}/counter-case/1"

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
    Fail("ClaimCoding", SH.minCount, "s/ada/d", "pm:inCoding", add=claims("d").replace("pm:inCoding <s/ada> ;", "")),
    twice("ClaimCoding", CLAIM, "pm:inCoding", f"<s/bo> . {CODING_BO} <s/bo> pm:note 'so'"),
    Fail("ClaimCoding", CLASS, "s/ada/d", "pm:inCoding", value=DATA + "s",
        add=claims("d").replace("pm:inCoding <s/ada>", "pm:inCoding <s>")),
    missing("ClaimMechanism", CLAIM, "pm:hasMechanism"),
    wrong("ClaimMechanism", CLASS, CLAIM, "pm:hasMechanism", f"<{OUTCOME}>", DATA + OUTCOME),
    missing("ClaimOutcome", CLAIM, "pm:hasOutcome"),
    twice("ClaimOutcome", CLAIM, "pm:hasOutcome", """<s/ada/c/outcome/2> . <s/ada/c/outcome/2> a pm:OutcomeRole ;
        pm:factor pmc:service-delivery ; pm:direction pm:increased """),
    wrong("ClaimOutcome", CLASS, CLAIM, "pm:hasOutcome", f"<{MECHANISM}>", DATA + MECHANISM),
    missing("ClaimEffect", CLAIM, "pm:effect"),
    twice("ClaimEffect", CLAIM, "pm:effect", "pm:mixed ; pm:effectKind pm:contingent"),
    wrong("ClaimEffect", CLASS, CLAIM, "pm:effect", "pm:supported", PM + "supported"),
    missing("ClaimStatus", CLAIM, "pm:status"),
    twice("ClaimStatus", CLAIM, "pm:status", "pm:refuted ; pm:refutesTheory <theory/t>"),
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
    twice("CodingCoder", CODING, "pm:coder", "<coder/cy>"),
    wrong("CodingCoder", KIND, CODING, "pm:coder", '"ada"', "ada"),
    Fail("CodingClaim", SH["or"], "s/bo", "", add=CODING_BO, value=DATA + "s/bo"),
    missing("CodingMethod", CODING, "pm:codingMethod"),
    twice("CodingMethod", CODING, "pm:codingMethod", "pm:machineAssistedCoding"),
    wrong("CodingMethod", CLASS, CODING, "pm:codingMethod", '"manual"', "manual"),
    missing("CodingRead", CODING, "pm:partRead"),
    wrong("CodingRead", KIND, CODING, "pm:partRead", "<s>", DATA + "s"),
    missing("ContextFactor", CONTEXT, "pm:factor"),
    twice("ContextFactor", CONTEXT, "pm:factor", "pmc:resource-scarcity"),
    wrong("ContextFactor", CLASS, CONTEXT, "pm:factor", "pmc:funder", iris.CONCEPT + "funder"),
    missing("EvidenceLocator", ITEM, "pm:locator"),
    twice("EvidenceLocator", ITEM, "pm:locator", '"p. 2"'),
    wrong("EvidenceLocator", KIND, ITEM, "pm:locator", "<s>", DATA + "s"),
    missing("EvidenceLayer", ITEM, "pm:layer"),
    twice("EvidenceLayer", ITEM, "pm:layer", "pm:coderLayer"),
    wrong("EvidenceLayer", CLASS, ITEM, "pm:layer", "pm:individualLevel", PM + "individualLevel"),
    Fail("EvidenceWords", SH.minCount, ITEM, "", f"<{ITEM}> pm:paraphrase\n<{ITEM}> pm:quote",
        f'<{ITEM}> pm:statisticMeasure "share" .'),
    missing("MechanismFactor", MECHANISM, "pm:factor"),
    twice("MechanismFactor", MECHANISM, "pm:factor", "pmc:mistrust"),
    wrong("MechanismFactor", CLASS, MECHANISM, "pm:factor", "pmc:no-such-factor", iris.CONCEPT + "no-such-factor"),
    missing("MechanismState", MECHANISM, "pm:state"),
    twice("MechanismState", MECHANISM, "pm:state", "pm:absent"),
    wrong("MechanismState", SH["in"], MECHANISM, "pm:state", "pm:high", PM + "high"),
    Fail("MechanismReasoning", SH.minCount, MECHANISM, "pm:reasoning", f"<{MECHANISM}> pm:reasoning\n<{MECHANISM}> "
        f"pm:reasoningBasis\n<{MECHANISM}> pm:reasoner\n<{CODING}> pm:design",
        f"<{CODING}> pm:design pm:surveyDesign ."),
    twice("MechanismReasoning", MECHANISM, "pm:reasoning", '"or not"'),
    wrong("MechanismReasoning", KIND, MECHANISM, "pm:reasoning", "pmc:trust", iris.CONCEPT + "trust"),
    missing("OutcomeFactor", OUTCOME, "pm:factor"),
    twice("OutcomeFactor", OUTCOME, "pm:factor", "pmc:service-delivery"),
    wrong("OutcomeFactor", CLASS, OUTCOME, "pm:factor", '"equity"', "equity"),
    missing("OutcomeDirection", OUTCOME, "pm:direction"),
    twice("OutcomeDirection", OUTCOME, "pm:direction", "pm:varied"),
    wrong("OutcomeDirection", CLASS, OUTCOME, "pm:direction", "pm:present", PM + "present"),
    missing("JudgeName", "judge/ada", "schema:name"),
    twice("JudgeName", "judge/ada", "schema:name", '"Ada Lund"'),
    wrong("JudgeName", KIND, "judge/ada", "schema:name", "<s>", DATA + "s"),
    missing("TensionJudge", JUDGED_TENSION, "pm:judgedBy"),
    twice("TensionJudge", JUDGED_TENSION, "pm:judgedBy",
        '<judge/bo> . <judge/bo> a pm:Judge ; schema:name "Bo Lund"'),
    wrong("TensionJudge", CLASS, JUDGED_TENSION, "pm:judgedBy", "<coder/ada>", DATA + "coder/ada"),
    missing("DemiRegularityJudge", DEMI_REGULARITY, "pm:judgedBy"),
    twice("DemiRegularityJudge", DEMI_REGULARITY, "pm:judgedBy",
        '<judge/bo> . <judge/bo> a pm:Judge ; schema:name "Bo Lund"'),
    wrong("DemiRegularityJudge", CLASS, DEMI_REGULARITY, "pm:judgedBy", "<coder/ada>", DATA + "coder/ada"),
    missing("DemiRegularityDate", DEMI_REGULARITY, "dcterms:date"),
    twice("DemiRegularityDate", DEMI_REGULARITY, "dcterms:date", '"2026-02-01"^^xsd:date'),
    wrong("DemiRegularityDate", SH.datatype, DEMI_REGULARITY, "dcterms:date", '"in May"', "in May"),
    missing("TensionJudgedDate", JUDGED_TENSION, "dcterms:date"),
    twice("TensionJudgedDate", JUDGED_TENSION, "dcterms:date", '"2026-02-01"^^xsd:date'),
    wrong("TensionJudgedDate", SH.datatype, JUDGED_TENSION, "dcterms:date", '"in May"', "in May"),
    missing("DemiRegularityPattern", DEMI_REGULARITY, "pm:promotes"),
    twice("DemiRegularityPattern", DEMI_REGULARITY, "pm:promotes", "<pattern/q>"),
    wrong("DemiRegularityPattern", KIND, DEMI_REGULARITY, "pm:promotes", '"trust"', "trust"),
    missing("DemiRegularityExplanation", DEMI_REGULARITY, "pm:explanation"),
    twice("DemiRegularityExplanation", DEMI_REGULARITY, "pm:explanation", '"or not"'),
    wrong("DemiRegularityExplanation", KIND, DEMI_REGULARITY, "pm:explanation", "<theory/t>", DATA + "theory/t"),
    missing("DemiRegularityContext", DEMI_REGULARITY, "pm:heldUnder"),
    wrong("DemiRegularityContext", CLASS, DEMI_REGULARITY, "pm:heldUnder", f"<{CONTEXT}>", DATA + CONTEXT),
    Fail("DemiRegularityCounterCase", SH["or"], DEMI_REGULARITY, "", f"<{DEMI_REGULARITY}> pm:hasCounterCase",
        value=DATA + DEMI_REGULARITY),
    missing("CounterCaseClaim", COUNTER_CASE, "pm:counterClaim"),
    twice("CounterCaseClaim", COUNTER_CASE, "pm:counterClaim", "<s/ada/d>"),
    wrong("CounterCaseClaim", KIND, COUNTER_CASE, "pm:counterClaim", '"c"', "c"),
    missing("CounterCaseReading", COUNTER_CASE, "pm:counterCaseReading"),
    twice("CounterCaseReading", COUNTER_CASE, "pm:counterCaseReading", '"or not"'),
    wrong("CounterCaseReading", KIND, COUNTER_CASE, "pm:counterCaseReading", "<s>", DATA + "s"),
    missing("TensionJudged", JUDGED_TENSION, "pm:judgesTension"),
    twice("TensionJudged", JUDGED_TENSION, "pm:judgesTension", "<tension/u>"),
    wrong("TensionJudged", KIND, JUDGED_TENSION, "pm:judgesTension", '"trust"', "trust"),
    missing("TensionJudgedKind", JUDGED_TENSION, "pm:tensionKind"),
    twice("TensionJudgedKind", JUDGED_TENSION, "pm:tensionKind", "pm:codingArtefact"),
    wrong("TensionJudgedKind", CLASS, JUDGED_TENSION, "pm:tensionKind", "pm:contingent", PM + "contingent"),
    missing("TensionJudgedRationale", JUDGED_TENSION, "pm:rationale"),
    twice("TensionJudgedRationale", JUDGED_TENSION, "pm:rationale", '"or not"'),
    wrong("TensionJudgedRationale", KIND, JUDGED_TENSION, "pm:rationale", "<s>", DATA + "s"),
    asked("TensionContingentContext", JUDGED_TENSION, "pm:heldUnder", f"<{JUDGED_TENSION}> pm:tensionKind",
        f"<{JUDGED_TENSION}> pm:tensionKind pm:contingentTension ."),
    missing("ConditionFactor", CONDITION, "pm:conditionFactor"),
    twice("ConditionFactor", CONDITION, "pm:conditionFactor", "pmc:resource-scarcity"),
    wrong("ConditionFactor", CLASS, CONDITION, "pm:conditionFactor", "pmc:funder", iris.CONCEPT + "funder"),
    asked("ConditionState", CONDITION, "pm:conditionState", f"<{CONDITION}> pm:conditionFactor",
        f"<{CONDITION}> pm:conditionFactor pmc:leadership-support ."),
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
    Fail("SourceAddress", SH["or"], SOURCE, "", "<s> pm:doi", '<s> pm:pmcid "PMC1" .', DATA + "s"),
    missing("StudyLabel", "study/s", "rdfs:label"),
    twice("StudyLabel", "study/s", "rdfs:label", '"U"'),
    wrong("StudyLabel", KIND, "study/s", "rdfs:label", "<s>", DATA + "s"),
    missing("AuthorName", "s/author/1", "schema:name"),
    twice("AuthorName", "s/author/1", "schema:name", '"B"'),
    wrong("AuthorName", KIND, "s/author/1", "schema:name", "<s>", DATA + "s"),
    missing("JudgementJudged", JUDGEMENT, "pm:judged"),
    twice("JudgementJudged", JUDGEMENT, "pm:judged", '"thick"'),
    wrong("JudgementJudged", KIND, JUDGEMENT, "pm:judged", "<s>", DATA + "s"),
    missing("JudgementReason", JUDGEMENT, "pm:reason"),
    twice("JudgementReason", JUDGEMENT, "pm:reason", '"because"'),
    wrong("JudgementReason", KIND, JUDGEMENT, "pm:reason", "<s>", DATA + "s"),
    asked("ActorTwice", "s/ada/c/actor/2", "", add=f"<{CLAIM}> pm:hasActor <{ACTOR[:-1]}2> . {actor(2, 'funder')}"),
    missing("ActorPerspective", ACTOR, "pm:perspective"),
    twice("ActorPerspective", ACTOR, "pm:perspective", "pm:thirdParty"),
    wrong("ActorPerspective", CLASS, ACTOR, "pm:perspective", "pm:present", PM + "present"),
    missing("CasePeriod", CASE, "pm:startYear"),
    wrong("CasePeriod", SH.datatype, CASE, "pm:startYear", '"2001"', "2001"),
    missing("CaseOrganisation", CASE, "pm:organisation"),
    wrong("CaseOrganisation", KIND, CASE, "pm:organisation", "<s>", DATA + "s"),
    asked("LinkSlot", LINK, "pm:linkKind", f"<{LINK}> pm:linkKind", f"<{LINK}> pm:linkKind pm:becomesContext ."),
    missing("LinkExplicitness", LINK, "pm:explicitness"),
    twice("LinkExplicitness", LINK, "pm:explicitness", "pm:inferred"),
    wrong("LinkExplicitness", CLASS, LINK, "pm:explicitness", "pm:present", PM + "present"),
    missing("ClaimContext", CLAIM, "pm:hasContext"),
    wrong("ClaimContext", CLASS, CLAIM, "pm:hasContext", "<s>", DATA + "s"),
    asked("ClaimJoining", CLAIM, "pm:joinedBy",
        add=f"<{CLAIM}> pm:hasMechanism <s/ada/c/mechanism/2> . {mechanism(2, 'communication')}"),
    asked("ClaimMixedKind", CLAIM, "pm:effectKind", f"<{CLAIM}> pm:effect", f"<{CLAIM}> pm:effect pm:mixed ."),
    asked("ClaimNoEffectKind", CLAIM, "pm:effectKind", f"<{CLAIM}> pm:effect\n<{OUTCOME}> pm:direction",
        f"<{CLAIM}> pm:effect pm:noEffect . <{OUTCOME}> pm:direction pm:unchanged .",
        repair="effect_kind: fired-but-insufficient"),
    asked("ClaimSameContexts", CLAIM, "", add=claims("d", evidence="evidence/2") + claims("e", evidence="evidence/3")
        + claims("f", evidence="evidence/4") + evidence(2, "p. 2") + evidence(3, "p. 3") + evidence(4, "p. 4")),
    asked("ClaimSamePassage", CLAIM, "", add=claims("d", "context/2") + claims("e", "context/3")
        + claims("f", "context/4") + context(2, "power-asymmetry") + context(3, "resource-scarcity")
        + context(4, "conflict")),
    asked("ClaimTwoSlots", CLAIM, "", f"<{CONTEXT}> pm:factor", f"<{CONTEXT}> pm:factor pmc:equity ."),
    asked("ClaimSupportedAbstract", CLAIM, "pm:status", f"<{CLAIM}> pm:status", f"<{CLAIM}> pm:status pm:supported .",
        PM + "supported"),
    asked("ClaimSupportedArgument", CLAIM, "pm:status",
        f"<{CLAIM}> pm:status\n<{CODING}> pm:design\n<{CODING}> pm:readExtent",
        f"<{CLAIM}> pm:status pm:supported . <{CODING}> pm:design pm:theoryDesign ; pm:readExtent pm:beyondAbstract .",
        PM + "supported"),
    asked("ClaimTheory", CLAIM, "", f"<{CLAIM}> pm:status", f"<{CLAIM}> pm:status pm:refined ."),
    missing("ClaimCase", CLAIM, "pm:concernsCase"),
    twice("ClaimCase", CLAIM, "pm:concernsCase", """<s/case/l> . <s/case/l> a pm:Case ; rdfs:label "L" ;
        pm:country country:UGA ; pm:partnershipType "twinning" ; pm:startYear 2001 ; pm:organisation "O" """),
    wrong("ClaimCase", CLASS, CLAIM, "pm:concernsCase", "<s>", DATA + "s"),
    missing("ClaimInference", CLAIM, "pm:inferenceMode"),
    twice("ClaimInference", CLAIM, "pm:inferenceMode", "pm:induction"),
    wrong("ClaimInference", CLASS, CLAIM, "pm:inferenceMode", "pm:present", PM + "present"),
    missing("ClaimRival", CLAIM, "pm:rivalExplanation"),
    wrong("ClaimRival", KIND, CLAIM, "pm:rivalExplanation", "<s>", DATA + "s"),
    missing("CodingChecked", CODING, "pm:checkedBy"),
    wrong("CodingChecked", KIND, CODING, "pm:checkedBy", '"bo"', "bo"),
    asked("CodingCheckedAlone", CODING, "pm:checkedBy", add=f"<{CODING}> pm:checkedBy <coder/ada> .",
        value=DATA + "coder/ada"),
    asked("ContextState", CONTEXT, "pm:state", f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:leadership-support ; pm:note "High" .', repair="state: high"),
    asked("ContextContrary", CONTEXT, "pm:note", f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:resource-scarcity ; pm:note "Available funding" .'),
    asked("ContextOpposite", CONTEXT, "",
        f"<{CONTEXT}> pm:factor\n<{MECHANISM}> pm:factor\n<{MECHANISM}> pm:state\n<{OUTCOME}> pm:direction",
        f"<{CONTEXT}> pm:factor pmc:mistrust . <{MECHANISM}> pm:factor pmc:trust ; pm:state pm:absent . "
        f"<{OUTCOME}> pm:direction pm:decreased ."),
    asked("ContextNote", CONTEXT, "pm:note", add=f'<{CONTEXT}> pm:note "Not stated" .'),
    missing("ContextInfluence", CONTEXT, "pm:contextInfluence"),
    twice("ContextInfluence", CONTEXT, "pm:contextInfluence", "pm:enables"),
    wrong("ContextInfluence", CLASS, CONTEXT, "pm:contextInfluence", "pm:present", PM + "present"),
    missing("ContextLevel", CONTEXT, "pm:contextLevel"),
    twice("ContextLevel", CONTEXT, "pm:contextLevel", "pm:individualLevel"),
    wrong("ContextLevel", CLASS, CONTEXT, "pm:contextLevel", "pm:present", PM + "present"),
    asked("EvidenceParticipantQuote", ITEM, "pm:quote", f"<{ITEM}> pm:layer\n<{ITEM}> pm:quote",
        f'<{ITEM}> pm:layer pm:participantLayer ; pm:statisticMeasure "share" .'),
    Fail("EvidenceQuoteOrStatistic", SH.minCount, ITEM, "", f"<{ITEM}> pm:quote"),
    missing("EvidenceExplicitness", ITEM, "pm:explicitness"),
    twice("EvidenceExplicitness", ITEM, "pm:explicitness", "pm:inferred"),
    wrong("EvidenceExplicitness", CLASS, ITEM, "pm:explicitness", "pm:present", PM + "present"),
    asked("EvidenceJudged", ITEM, "", f"<{ITEM}> pm:richness"),
    asked("MechanismReasoner", MECHANISM, "pm:reasoner", f"<{MECHANISM}> pm:factor\n<{MECHANISM}> pm:reasoner",
        f"<{MECHANISM}> pm:factor pmc:governance ."),
    asked("MechanismTally", MECHANISM, "pm:firing", f"<{MECHANISM}> pm:firing",
        f"<{MECHANISM}> pm:firing pm:notStated . <{ITEM}> pm:statisticMeasure 'Triggered or blocked' ."),
    asked("MechanismBasis", MECHANISM, "pm:reasoningBasis", f"<{MECHANISM}> pm:reasoningBasis"),
    asked("MechanismAssociation", MECHANISM, "pm:reasoningBasis", f"<{MECHANISM}> pm:reasoningBasis",
        f"<{MECHANISM}> pm:reasoningBasis pm:coderLayer . <{ITEM}> pm:statisticMeasure 'correlation' ."),
    missing("MechanismFiring", MECHANISM, "pm:firing"),
    twice("MechanismFiring", MECHANISM, "pm:firing", "pm:blocked"),
    wrong("MechanismFiring", CLASS, MECHANISM, "pm:firing", "pm:present", PM + "present"),
    missing("MechanismResource", MECHANISM, "pm:resource"),
    twice("MechanismResource", MECHANISM, "pm:resource", '"visits"'),
    wrong("MechanismResource", KIND, MECHANISM, "pm:resource", "<s>", DATA + "s"),
    asked("MechanismWhoReasons", MECHANISM, "pm:reasoner", f"<{MECHANISM}> pm:reasoner"),
    asked("OutcomeSign", OUTCOME, "pm:direction", f"<{OUTCOME}> pm:direction",
        f"<{OUTCOME}> pm:direction pm:decreased .", PM + "decreased"),
    asked("OutcomeUnchanged", OUTCOME, "pm:direction", f"<{CLAIM}> pm:effect",
        f"<{CLAIM}> pm:effect pm:noEffect ; pm:effectKind pm:noAssociation .", PM + "increased"),
    asked("OutcomeReporting", OUTCOME, "pm:factor", f"<{OUTCOME}> pm:factor",
        f"<{OUTCOME}> pm:factor pmc:demonstrated-effectiveness .", iris.CONCEPT + "demonstrated-effectiveness"),
    asked("OutcomeDesired", OUTCOME, "pm:desirability", f"<{OUTCOME}> pm:factor",
        f"<{OUTCOME}> pm:factor pmc:resource-scarcity ."),
    missing("TheoryIf", THEORY, "pm:ifPart"),
    twice("TheoryIf", THEORY, "pm:ifPart", '"or if"'),
    wrong("TheoryIf", KIND, THEORY, "pm:ifPart", "<s>", DATA + "s"),
    missing("TheoryVersion", THEORY, "pm:theoryVersion"),
    twice("TheoryVersion", THEORY, "pm:theoryVersion", '"2"'),
    wrong("TheoryVersion", KIND, THEORY, "pm:theoryVersion", "<s>", DATA + "s"),
    missing("TheorySource", THEORY, "prov:wasDerivedFrom"),
    wrong("TheorySource", KIND, THEORY, "prov:wasDerivedFrom", '"s"', "s"),
    asked("SourceIdentifier", SOURCE, "", "<s> pm:doi", '<s> pm:pageRead "https://example.org/s" .'),
    asked("StudyNote", "study/t", "pm:note", add='<study/t> a pm:Study ; rdfs:label "T" .'),
    asked("StudyIncluded", "study/s", "pm:includesStudy", "<s> pm:design", "<s> pm:design pm:scopingReviewDesign ."),
]  # fmt: skip

ALSO = [
    replace(asked("ClaimSupportedArgument", CLAIM, "pm:status",
        f"<{CLAIM}> pm:status\n<{CODING}> pm:design\n<{CODING}> pm:readExtent", f"<{CLAIM}> pm:status pm:supported . "
        f"<{CODING}> pm:design pm:commentaryDesign ; pm:readExtent pm:beyondAbstract .", PM + "supported"),
        which="commentary"),
    replace(asked("ClaimTheory", CLAIM, "", f"<{CLAIM}> pm:status", f"<{CLAIM}> pm:status pm:refuted ."),
        which="refuted"),
    replace(asked("ClaimTwoSlots", CLAIM, "", add=f"<{CLAIM}> pm:hasContext <s/ada/c/context/2> ."
        + context(2, "staff-turnover")), which="two contexts"),
    replace(asked("ClaimTwoSlots", CLAIM, "", f"<{MECHANISM}> pm:factor", f"<{MECHANISM}> pm:factor pmc:equity ."),
        which="mechanism and outcome"),
    *(replace(asked("ContextContrary", CONTEXT, "pm:note", f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:commitment ; pm:note "{note}" ; pm:state pm:changing .'), which=note)
        for note in ("Low among staff", "absent", "there was a lack of it", "staff not asked, weak among leaders",
            "little known at first and then lacking")),
    replace(asked("MechanismAssociation", MECHANISM, "pm:reasoningBasis",
        f"<{MECHANISM}> pm:reasoningBasis\n<{CODING}> pm:design",
        f"<{MECHANISM}> pm:reasoningBasis pm:coderLayer . <{CODING}> pm:design pm:surveyDesign ."), which="survey"),
    replace(asked("LinkSlot", LINK, "pm:linkKind", f"<{LINK}> pm:linkKind",
        f"<{LINK}> pm:linkKind pm:becomesMechanism ."), which="mechanism"),
    replace(asked("LinkSlot", LINK, "pm:linkKind", f"<{LINK}> pm:linkKind\n<{LINK}> pm:linkTarget",
        f"<{LINK}> pm:linkKind pm:becomesContext ; pm:linkTarget <s/ada/d> ." + claims("d", outcome="outcome/2")
        .replace("mechanism/1", "mechanism/2") + mechanism(2, "equity") + "<s/ada/c/outcome/2> a pm:OutcomeRole ; "
        "pm:factor pmc:service-delivery ; pm:direction pm:increased ."), which="context that is a mechanism"),
    *(replace(asked("StudyIncluded", "study/s", "pm:includesStudy", "<s> pm:design", f"<s> pm:design pm:{design} ."),
        which=design) for design in ("realistSynthesisDesign", "systematicReviewDesign")),
    *(replace(asked("EvidenceJudged", ITEM, "", f"<{ITEM}> pm:{name}"), which=name)
        for name in ("relevance", "rigour")),
    *(replace(asked("OutcomeUnchanged", OUTCOME, "pm:direction", f"<{CLAIM}> pm:effect\n<{OUTCOME}> pm:direction",
        f"<{CLAIM}> pm:effect pm:noEffect ; pm:effectKind pm:noAssociation . <{OUTCOME}> pm:direction pm:{direction} .",
        PM + direction), which=direction) for direction in ("decreased", "varied")),
    replace(asked("OutcomeSign", OUTCOME, "pm:direction", f"<{CLAIM}> pm:effect", f"<{CLAIM}> pm:effect pm:hinders .",
        PM + "increased"), which="hinders"),
    replace(asked("OutcomeSign", OUTCOME, "pm:direction", f"<{MECHANISM}> pm:state",
        f"<{MECHANISM}> pm:state pm:absent .", PM + "increased"), which="absent"),
    replace(asked("OutcomeSign", OUTCOME, "pm:direction", f"<{OUTCOME}> pm:factor",
        f"<{OUTCOME}> pm:factor pmc:mistrust .", PM + "increased"), which="unwanted"),
]  # fmt: skip
"""Further examples of queries that break in several ways."""

MATERIAL_WITHOUT = "<s> pm:sourceType\n<s> pm:author\n<s> pm:doi"
ABSENT = f"<{CONTEXT}> pm:factor\n<{MECHANISM}> pm:state\n<{OUTCOME}> pm:direction"
PASSING = {
    "a quote in place of a paraphrase": (f"<{ITEM}> pm:paraphrase", ""),
    "an address on the web": ("<s> pm:doi", '<s> pm:pageRead "https://example.org/s" ; pm:pmcid "PMC1" .'),
    "a PubMed id alone": ("<s> pm:doi", '<s> pm:pmid "1" .'),
    "an interview": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:interview ."),
    "an observation": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:observation ."),
    "a document": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:document ."),
    "a survey": (MATERIAL_WITHOUT, "<s> pm:sourceType pm:survey ."),
    "a mechanism that was absent, with a worse outcome": (f"<{MECHANISM}> pm:state\n<{OUTCOME}> pm:direction",
        f"<{MECHANISM}> pm:state pm:absent . <{OUTCOME}> pm:direction pm:decreased ."),
    "a direction that is not stated": (f"<{OUTCOME}> pm:direction", f"<{OUTCOME}> pm:direction pm:notStated ."),
    "several mechanisms that are joined, actors, items": ("", f"""<{CLAIM}> pm:hasMechanism <s/ada/c/mechanism/2> ;
        pm:joinedBy pm:joinedByAnd ; pm:hasActor <s/ada/c/actor/2> ; pm:hasEvidence <s/ada/c/evidence/2> ."""
        + mechanism(2, "communication") + actor(2, "trainer") + evidence(2, "p. 2")),
    "no link": (f"<{CLAIM}> pm:hasLink", ""),
    "several countries and parts read": ("", '<s/case/k> pm:country country:NAM . <s/ada> pm:partRead "table 1" .'),
    "one kind of actor in two claims": ("", claims("d").replace("actor/1", "actor/2") + actor(2, "funder")),
    "one kind of actor from two sides": ("", f"<{CLAIM}> pm:hasActor <s/ada/c/actor/2> ."
        + actor(2, "funder", "pm:thirdParty")),
    "a link into the context of a claim of another source": (f"<{LINK}> pm:linkKind\n<{LINK}> pm:linkTarget",
        f"<{LINK}> pm:linkKind pm:becomesContext ; pm:linkTarget <r/bo/c> ."),
    "a study of several sources with a note": ("", '<study/t> a pm:Study ; rdfs:label "T" ; pm:note "one data set" .'),
    "a link into the context of the next claim": (f"<{LINK}> pm:linkKind\n<{LINK}> pm:linkTarget",
        f"<{LINK}> pm:linkKind pm:becomesContext ; pm:linkTarget <s/ada/d> ." + claims("d", "context/2", "outcome/2")
        + context(2, "equity") + "<s/ada/c/outcome/2> a pm:OutcomeRole ; pm:factor pmc:service-delivery ; "
        "pm:direction pm:increased ."),
    "a statistic in another claim": (f"<{MECHANISM}> pm:reasoningBasis",
        f"<{MECHANISM}> pm:reasoningBasis pm:coderLayer ." + claims("d", evidence="evidence/2")
        .replace("mechanism/1", "mechanism/2") + mechanism(2, "trust")
        + evidence(2, "p. 2", "; pm:statisticMeasure 'share'")),
    "a link to a resource": (f"<{LINK}> pm:linkKind", f"<{LINK}> pm:linkKind pm:becomesResource ."),
    "a link to a mechanism of a narrower kind": (f"<{LINK}> pm:linkKind\n<{LINK}> pm:linkTarget\n<{OUTCOME}> pm:factor"
        f"\n<{MECHANISM}> pm:factor", f"<{LINK}> pm:linkKind pm:becomesMechanism ; pm:linkTarget <s/ada/d> . "
        f"<{OUTCOME}> pm:factor pmc:communication . <{MECHANISM}> pm:factor pmc:buy-in . <s/ada/d> a pm:Claim ; "
        "rdfs:label 'd' ; pm:inCoding <s/ada> ; pm:effect pm:supports ; pm:status pm:proposed ; pm:hasContext "
        "<s/ada/c/context/1> ; pm:hasMechanism <s/ada/c/mechanism/2> ; pm:hasOutcome <s/ada/c/outcome/2> ; pm:hasActor "
        "<s/ada/c/actor/1> ; pm:hasEvidence <s/ada/c/evidence/1> ; pm:concernsCase <s/case/k> ; pm:inferenceMode "
        "pm:retroduction ; pm:rivalExplanation 'R' . <s/ada/c/outcome/2> a pm:OutcomeRole ; pm:factor pmc:equity ; "
        "pm:direction pm:increased ." + mechanism(2, "transparency")),
    "a mixed effect with its kind": (f"<{CLAIM}> pm:effect",
        f"<{CLAIM}> pm:effect pm:mixed ; pm:effectKind pm:contingent ."),
    "no effect with its kind": (f"<{CLAIM}> pm:effect\n<{OUTCOME}> pm:direction", f"""<{CLAIM}> pm:effect pm:noEffect ;
        pm:effectKind pm:noAssociation . <{OUTCOME}> pm:direction pm:notStated ."""),
    "three claims in the same contexts": ("", claims("d", evidence="evidence/2") + claims("e", evidence="evidence/3")
        + evidence(2, "p. 2") + evidence(3, "p. 3")),
    "four claims with one backdrop": (f"<{CONTEXT}> pm:contextInfluence", claims("d", evidence="evidence/2")
        + claims("e", evidence="evidence/3") + claims("f", evidence="evidence/4") + evidence(2, "p. 2")
        + evidence(3, "p. 3") + evidence(4, "p. 4") + f"<{CONTEXT}> pm:contextInfluence pm:backdrop ."),
    "four claims, one of them with a further context": ("", claims("d", evidence="evidence/2")
        + claims("e", evidence="evidence/3") + claims("f", evidence="evidence/4") + evidence(2, "p. 2")
        + evidence(3, "p. 3") + evidence(4, "p. 4") + "<s/ada/e> pm:hasContext <s/ada/c/context/2> ."
        + context(2, "conflict")),
    "four claims, the first with a further context": (f"<{CLAIM}> pm:hasContext", claims("d", evidence="evidence/2")
        + claims("e", evidence="evidence/3") + claims("f", evidence="evidence/4") + evidence(2, "p. 2")
        + evidence(3, "p. 3") + evidence(4, "p. 4")
        + f"<{CLAIM}> pm:hasContext <{CONTEXT}> , <s/ada/c/context/2> ." + context(2, "conflict")),
    "four claims in two codings": ("", CODING_BO + "<s/bo/c> a pm:Claim ." + claims("d") + claims("e").replace(
        "<s/ada/e>", "<s/bo/c>").replace("<s/ada>", "<s/bo>") + claims("f").replace("<s/ada/f>", "<s/bo/d>").replace(
        "<s/ada>", "<s/bo>")),
    "three claims on one passage": ("", claims("d", "context/2") + claims("e", "context/3")
        + context(2, "power-asymmetry") + context(3, "resource-scarcity")),
    "four claims on one passage, about two outcomes": ("", claims("d", "context/2") + claims("e", "context/3")
        + claims("f", "context/4", "outcome/2") + context(2, "power-asymmetry") + context(3, "resource-scarcity")
        + context(4, "conflict")
        + "<s/ada/c/outcome/2> a pm:OutcomeRole ; pm:factor pmc:service-delivery ; pm:direction pm:increased ."),
    "one factor in two slots, with its state": (f"<{CONTEXT}> pm:factor",
        f"<{CONTEXT}> pm:factor pmc:equity ; pm:state pm:low ."),
    "a mechanism that is the outcome, with what was there before": (
        f"<{CONTEXT}> pm:factor\n<{MECHANISM}> pm:factor",
        f"<{CONTEXT}> pm:factor pmc:equity ; pm:state pm:low . <{MECHANISM}> pm:factor pmc:equity ."),
    "a coding that found nothing, and says so": ("", CODING_BO + '<s/bo> pm:note "it tells of no mechanism" .'),
    "supported, and read beyond the abstract": (f"<{CLAIM}> pm:status\n<{CODING}> pm:readExtent",
        f"<{CLAIM}> pm:status pm:supported . <{CODING}> pm:readExtent pm:beyondAbstract ."),
    "refuted, with the theory": (f"<{CLAIM}> pm:status",
        f"<{CLAIM}> pm:status pm:refuted ; pm:refutesTheory <theory/t> ."),
    "a commentary that proposes": (f"<{CODING}> pm:design", f"<{CODING}> pm:design pm:commentaryDesign ."),
    "counter-cases that were looked for and not found": (f"<{DEMI_REGULARITY}> pm:hasCounterCase",
        f'<{DEMI_REGULARITY}> pm:counterCasesSought "all claims of the pair" .'),
    "a contingent tension with what it depends on": (f"<{JUDGED_TENSION}> pm:tensionKind",
        f"<{JUDGED_TENSION}> pm:tensionKind pm:contingentTension ; pm:heldUnder <{CONDITION}> ."),
    "a scalar condition with its state": (f"<{CONDITION}> pm:conditionFactor",
        f"<{CONDITION}> pm:conditionFactor pmc:leadership-support ; pm:conditionState pm:high ."),
    "a scalar context with its state": (f"<{CONTEXT}> pm:factor",
        f"<{CONTEXT}> pm:factor pmc:leadership-support ; pm:state pm:high ."),
    "contrary words inside a word": (f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:resource-scarcity ; pm:note "money is unavailable" .'),
    "contrary words with the state": (f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:leadership-support ; pm:note "weak" ; pm:state pm:low .'),
    **{f"contrary words after “{words}”": (f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:resource-scarcity ; pm:note "{words} funding available" .')
        for words in ("Hardly any", "scarcely", "no", "not much", "little", "there was few other")},
    "contrary words of scalar about a factor that is not": (f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:conflict ; pm:note "low" .'),
    "contrary words about another factor": (f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:conflict ; pm:note "funding available" .'),
    "the opposite of a mechanism that was present": (f"<{CONTEXT}> pm:factor",
        f"<{CONTEXT}> pm:factor pmc:mistrust ."),
    "the opposite of an absent mechanism, but low": (ABSENT, f"<{CONTEXT}> pm:factor pmc:mistrust ; pm:state pm:low . "
        f"<{MECHANISM}> pm:state pm:absent . <{OUTCOME}> pm:direction pm:decreased ."),
    "another context of an absent mechanism": (ABSENT, f"<{CONTEXT}> pm:factor pmc:conflict . "
        f"<{MECHANISM}> pm:state pm:absent . <{OUTCOME}> pm:direction pm:decreased ."),
    "contrary words with the factor absent": (f"<{CONTEXT}> pm:factor",
        f'<{CONTEXT}> pm:factor pmc:leadership-support ; pm:note "weak" ; pm:state pm:absent .'),
    "the opposite of an absent mechanism, but absent": (ABSENT, f"<{CONTEXT}> pm:factor pmc:mistrust ; pm:state "
        f"pm:absent . <{MECHANISM}> pm:state pm:absent . <{OUTCOME}> pm:direction pm:decreased ."),
    "the opposite of a mechanism that another claim lacks": (f"<{CONTEXT}> pm:factor",
        f"<{CONTEXT}> pm:factor pmc:mistrust ." + claims("d", "context/2", "outcome/2")
        .replace("mechanism/1", "mechanism/2")
        + context(2, "conflict") + mechanism(2, "trust", "; pm:state pm:absent")
        + "<s/ada/c/outcome/2> a pm:OutcomeRole ; pm:factor pmc:equity ; pm:direction pm:decreased ."),
    "one factor in two claims": ("", claims("d", "context/2", "outcome/2") + context(2, "equity", "; pm:note 'so'")
        + "<s/ada/c/outcome/2> a pm:OutcomeRole ; pm:factor pmc:service-delivery ; pm:direction pm:increased ."),
    "one factor as context twice, with a state": ("", f"<{CLAIM}> pm:hasContext <s/ada/c/context/2> ."
        + context(2, "staff-turnover", "; pm:state pm:high")),
    "a note that states": ("", f'<{CONTEXT}> pm:note "aims were not clearly stated" .'),
    "participants in their own words": (f"<{ITEM}> pm:layer", f"<{ITEM}> pm:layer pm:participantLayer ."),
    "participants, read beyond the abstract": (f"<{ITEM}> pm:layer\n<{ITEM}> pm:quote\n<{CODING}> pm:readExtent",
        f'<{ITEM}> pm:layer pm:participantLayer ; pm:statisticMeasure "share" . <{CODING}> pm:readExtent '
        "pm:beyondAbstract ."),
    "a statistic in place of a quote": (f"<{ITEM}> pm:quote", f'<{ITEM}> pm:statisticMeasure "share" .'),
    "an arrangement about which somebody reasons": (f"<{MECHANISM}> pm:factor",
        f"<{MECHANISM}> pm:factor pmc:governance ."),
    "a tally with firing": ("", f'<{ITEM}> pm:statisticMeasure "fired / not fired" .'),
    "a statistic about another thing": (f"<{MECHANISM}> pm:firing",
        f'<{MECHANISM}> pm:firing pm:notStated . <{ITEM}> pm:statisticMeasure "staff hired and misfired" .'),
    "a survey in which participants reason": (f"<{MECHANISM}> pm:reasoningBasis\n<{CODING}> pm:design",
        f"<{MECHANISM}> pm:reasoningBasis pm:participantLayer . <{CODING}> pm:design pm:surveyDesign ."),
    "the coder reasons, without a survey": (f"<{MECHANISM}> pm:reasoningBasis",
        f"<{MECHANISM}> pm:reasoningBasis pm:coderLayer ."),
    "less of what nobody wants": (f"<{OUTCOME}> pm:factor\n<{OUTCOME}> pm:direction",
        f"<{OUTCOME}> pm:factor pmc:mistrust ; pm:direction pm:decreased ."),
    "less of what is unwanted here": (f"<{OUTCOME}> pm:direction",
        f"<{OUTCOME}> pm:direction pm:decreased ; pm:desirability pm:unwanted ."),
    "a hindrance": (f"<{CLAIM}> pm:effect\n<{OUTCOME}> pm:direction",
        f"<{CLAIM}> pm:effect pm:hinders . <{OUTCOME}> pm:direction pm:decreased ."),
    "mechanisms in two states": ("", f"<{CLAIM}> pm:hasMechanism <s/ada/c/mechanism/2> ; pm:joinedBy pm:joinedByAnd ."
        + mechanism(2, "communication", "; pm:state pm:absent")),
    "an outcome whose desirability is said here": (f"<{OUTCOME}> pm:factor",
        f"<{OUTCOME}> pm:factor pmc:resource-scarcity ; pm:desirability pm:wanted ."),
    "a review with the studies it includes": ("<s> pm:design",
        "<s> pm:design pm:scopingReviewDesign . <study/s> pm:includesStudy <study/r> ."),
    "a theory has no studies to include": ("<s> pm:design", "<s> pm:design pm:theoryDesign ."),
    "a study of one source needs no note": ("<study/s> pm:note", ""),
}  # fmt: skip


WHOLE_SHAPES = validate.read_shapes()
SHAPES = validate.take_apart(WHOLE_SHAPES, Tier.appraised)


def modules_of(place: Path) -> list[Module]:
    readings = [stage.read(unit) for unit in stage.find_units(place)[0]]
    return [build_module(reading.record, reading.line) for reading in readings if reading.record is not None]


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
    if name.startswith(("pm:", "rdfs:", "dcterms:", "prov:", "schema:")):
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


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[list[Result], Repairs]]:
    """What our runner finds on every example, all of them in one run: none sees another, though they share names."""
    modules = {fail.name: fail.quads for fail in [*FAILING, *ALSO]}
    modules |= {name: changed(*change) for name, change in PASSING.items()} | {"sound": quads(SOUND)}
    return dict(zip(modules, validate.run(list(modules.values()), SHAPES), strict=True))


@pytest.fixture(scope="module")
def _parsed_once() -> Iterator[None]:
    """pyshacl parses a query again for every node; here rdflib remembers what it parsed."""
    translate, parse_query = vars(processor)["translateQuery"], vars(processor)["parseQuery"]
    algebra: dict[int, Any] = {}

    def translated(parsed: Any, *more: Any) -> Any:
        if id(parsed) not in algebra:
            algebra[id(parsed)] = translate(parsed, *more)
        return algebra[id(parsed)]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(processor, "parseQuery", cache(parse_query))
        patched.setattr(processor, "translateQuery", translated)
        yield


def test_nothing_is_found_on_a_sound_module() -> None:
    assert told(validate.check_quads(quads(SOUND))) == []


def test_the_sound_module_has_a_node_for_every_shape() -> None:
    kinds = {str(quad.object)[1:-1] for quad in quads(SOUND) if quad.predicate.value == str(RDF.type)}
    assert {str(target) for target in shapes().objects(None, SH.targetClass)} <= kinds


@pytest.mark.parametrize("name", PASSING)
def test_nothing_is_found_on_what_may_be_otherwise(name: str, found: dict[str, tuple[list[Result], Repairs]]) -> None:
    assert told(found[name][0]) == []


@pytest.mark.parametrize("fail", [*FAILING, *ALSO], ids=lambda fail: fail.name)
def test_a_shape_finds_what_breaks_it_and_no_other_does(
    fail: Fail, severities: dict[str, str], found: dict[str, tuple[list[Result], Repairs]]
) -> None:
    shape = SHAPE + fail.shape
    results, repairs = found[fail.name]
    assert told(results) == [(iri(fail.focus), iri(fail.path), shape, severities[shape], fail.value)]
    assert repairs.get((shape, iri(fail.focus)), "") == fail.repair


@pytest.mark.usefixtures("_parsed_once")
@pytest.mark.parametrize("start", range(0, len(FAILING) + len(ALSO), 12))
def test_pyshacl_alone_finds_the_same_in_failing_examples(
    start: int, found: dict[str, tuple[list[Result], Repairs]]
) -> None:
    for fail in [*FAILING, *ALSO][start : start + 12]:
        assert validate.check_with_pyshacl(fail.quads, WHOLE_SHAPES) == found[fail.name][0], fail.name


@pytest.mark.usefixtures("_parsed_once")
@pytest.mark.parametrize("start", range(0, len(PASSING), 12))
def test_pyshacl_alone_finds_nothing_in_passing_examples(start: int) -> None:
    for name in list(PASSING)[start : start + 12]:
        assert validate.check_with_pyshacl(changed(*PASSING[name]), WHOLE_SHAPES) == [], name


@pytest.mark.usefixtures("_parsed_once")
def test_pyshacl_alone_finds_the_same_in_the_small_corpus() -> None:
    modules = [module.quads for module in modules_of(TINY)]
    ours = [results for results, _ in validate.run(modules, SHAPES)]
    assert [validate.check_with_pyshacl(quads_, WHOLE_SHAPES) for quads_ in modules] == ours
    assert len({result.shape for results in ours for result in results}) == 31


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


def test_shapes_say_nothing_that_the_examples_do_not_know() -> None:
    graph = shapes()
    said = {predicate for shape in shape_nodes(graph) for predicate in graph.predicates(shape)}
    assert said == {*METADATA, URIRef(SHAPE + "repair"), *CONSTRAINTS}


def test_every_shape_that_suggests_a_repair_is_seen_to() -> None:
    suggesting = {str(shape) for shape in shapes().subjects(URIRef(SHAPE + "repair"))} - {SHAPE + "LinkKind"}
    assert {SHAPE + fail.shape for fail in FAILING if fail.repair} == suggesting


# How shapes are written


def test_every_shape_has_a_name_a_target_a_severity_a_tier_and_a_message() -> None:
    graph, faults = shapes(), []
    for shape in shape_nodes(graph):
        if not isinstance(shape, URIRef) or not str(shape).startswith(SHAPE):
            faults.append(f"{shape}: has no name of its own")
        for name in (SH.targetClass, SH.severity, SH.group):
            if len(list(graph.objects(shape, name))) != 1:
                faults.append(f"{shape}: no {name}")
        for name, form in ((SH.name, r"[A-Z][^.]*[^.\s]"), (SH.description, r"[A-Z].*[.?)]")):
            texts = list(graph.objects(shape, name))
            if [getattr(text, "language", None) for text in texts] != ["en"] or not re.fullmatch(form, str(texts[0])):
                faults.append(f"{shape}: {name} {texts}")
        messages = list(graph.objects(shape, SH.message))
        if len(messages) != 1 or not isinstance(messages[0], Literal) or messages[0].language != "en":
            faults.append(f"{shape}: no English message")
        # What is wrong, and then how to mend it: findings show the two apart.
        elif len(str(messages[0]).split(". ")) != 2 or not str(messages[0]).endswith("."):
            faults.append(f"{shape}: “{messages[0]}” is not two sentences")
    assert faults == []
    assert len(shape_nodes(graph)) == len({fail.shape for fail in FAILING}) == 106


def test_shapes_refer_to_shapes_that_are_there_and_match_no_patterns() -> None:
    """An undefined shape passes in every engine; a pattern is matched by Python, which may take for ever."""
    graph = shapes()
    named = set(graph.objects(None, SH.node)) | set(graph.objects(None, SH.property))
    assert {shape for shape in named if (shape, None, None) not in graph} == set()
    assert set(graph.subjects(SH.pattern)) == set()


ENDLESS = r"(?:[*+]|\{\d*,\})"
REPEATED_IN_REPEATED = re.compile(rf"\([^()]*{ENDLESS}[^()]*\){ENDLESS}")
"""A part of a pattern that repeats without end and stands in another that does, as in (a+)+: it may match for ever."""


@pytest.mark.parametrize("path", [*SHAPE_FILES, *resources.check_files()], ids=lambda path: path.stem)
def test_patterns_in_queries_repeat_nothing_that_repeats(path: Path) -> None:
    """SAFETY.md, V4."""
    words = re.findall(r'"((?:[^"\\\n]|\\.)*)"', path.read_text(encoding="utf-8"))
    assert [word for word in words if REPEATED_IN_REPEATED.search(word)] == []


def test_a_pattern_that_may_match_for_ever_is_told_from_one_that_does_not() -> None:
    for slow in ("(a+)+$", "^([a-z]*)*!", "x(no|[a-z]+ ){2,}", "( a{1,}b?)+"):
        assert REPEATED_IN_REPEATED.search(slow), slow
    (sound,) = (line for line in (ROOT / "shapes" / "context-role.ttl").read_text().splitlines() if "REGEX" in line)
    for quick in (sound, "(a|b)+c+", "([a-z]+ ){0,2}", "a+b*"):
        assert not REPEATED_IN_REPEATED.search(quick), quick


def test_messages_fill_in_only_what_their_query_selects() -> None:
    graph, faults = shapes(), []
    for shape in shape_nodes(graph):
        wanted = set(re.findall(r"\{\?(\w+)\}", str(graph.value(shape, SH.message))))
        query = str(graph.value(graph.value(shape, SH.sparql), SH.select) or "")
        selected = set(re.findall(r"[?$](\w+)", query.partition("WHERE")[0]))
        faults += [f"{shape}: {wanted} of {selected}"] if selected - {"this", "value"} != wanted else []
    assert faults == []


def test_no_two_shapes_share_a_title() -> None:
    titles = Counter(str(title) for title in shapes().objects(None, SH.name))
    assert [title for title, count in titles.items() if count > 1] == []


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
    for name in ("core.ttl", "provenance.ttl", "external.ttl"):
        declared.parse(ROOT / "ontology" / name, format="turtle")
    used = {*shapes().objects(None, SH.targetClass), *shapes().objects(None, SH["class"])}
    paths = {path for path in shapes().objects(None, SH.path) if isinstance(path, URIRef)}
    paths |= {path for path in shapes().objects(None, SH.inversePath) if isinstance(path, URIRef)}
    known = set(declared.subjects(RDF.type)) | {RDFS.label}
    assert {str(term) for term in (used | paths) - known} == set()


def test_severities_go_with_tiers() -> None:
    """Of what an appraisal asks, what merely lacks is a note, and what breaks a rule of realist reasoning a warning."""
    graph = shapes()
    fitting = {"noted": {SH.Violation}, "structured": {SH.Warning}, "appraised": {SH.Warning, SH.Info}}
    assert {tier for tier in fitting if (URIRef(SHAPE + tier), RDF.type, SH.PropertyGroup) in graph} == set(fitting)
    tiers = {shape: str(graph.value(shape, SH.group)).removeprefix(SHAPE) for shape in shape_nodes(graph)}
    assert {shape for shape, tier in tiers.items() if graph.value(shape, SH.severity) not in fitting[tier]} == set()
    assert {str(shape).removeprefix(SHAPE) for shape, tier in tiers.items() if tier == "appraised"
            and graph.value(shape, SH.severity) == SH.Warning} == {
        "ClaimSupportedAbstract", "ClaimSupportedArgument", "ClaimTheory", "CodingCheckedAlone",
        "EvidenceParticipantQuote", "MechanismAssociation", "MechanismBasis",
    }  # fmt: skip


def test_every_class_that_evidence_records_make_has_a_shape_in_each_tier() -> None:
    graph = shapes()
    tiers: dict[str, set[str]] = {}
    for shape in shape_nodes(graph):
        target = re.split("[#/]", str(graph.value(shape, SH.targetClass)))[-1]
        tiers.setdefault(target, set()).add(str(graph.value(shape, SH.group)).removeprefix(SHAPE))
    fewer = {name: tiers.pop(name) for name in ("Author", "Condition", "CounterCase", "Judge", "Judgement")}
    assert fewer == {
        "Author": {"noted"}, "Judge": {"noted"}, "Judgement": {"noted"},
        "Condition": {"noted", "structured"}, "CounterCase": {"noted", "structured"},
    }  # fmt: skip
    assert tiers == {
        name: {"noted", "structured", "appraised"}
        for name in (
            "ActorRole", "Case", "Claim", "ClaimLink", "Coding", "ContextRole", "DemiRegularity", "EvidenceItem",
            "MechanismRole", "OutcomeRole", "ProgrammeTheory", "Source", "Study", "TensionJudgement",
        )
    }  # fmt: skip


def test_a_tier_includes_those_before_it() -> None:
    gaps = changed(f"<{CLAIM}> pm:effect\n<{CLAIM}> pm:hasActor\n<{CLAIM}> pm:inferenceMode", "")
    names = ["ClaimActor", "ClaimEffect", "ClaimInference"]
    for tier, expected in ((Tier.noted, names[1:2]), (Tier.structured, names[:2]), (Tier.appraised, names)):
        assert [result.shape.removeprefix(SHAPE) for result in validate.check_quads(gaps, tier)] == expected


def test_a_link_to_a_resource_is_found_where_the_next_claim_names_none() -> None:
    change = changed(f"<{LINK}> pm:linkKind\n<{MECHANISM}> pm:resource", f"<{LINK}> pm:linkKind pm:becomesResource .")
    assert [result.shape for result in validate.check_quads(change)] == [
        SHAPE + "LinkSlot",
        SHAPE + "MechanismResource",
    ]


# Claims that share


def sharing(contexts: str, passages: str) -> list[Quad]:
    """Claims c, d, e …, each with some of the contexts 1 and 2, an outcome (a or b) and some of the passages 1 to 3."""
    add = context(2, "conflict") + evidence(2, "p. 2") + evidence(3, "p. 3")
    add += "<s/ada/c/outcome/a> a pm:OutcomeRole ; pm:factor pmc:equity ; pm:direction pm:increased ."
    add += "<s/ada/c/outcome/b> a pm:OutcomeRole ; pm:factor pmc:service-delivery ; pm:direction pm:increased ."
    for name, chosen, passage in zip("cdefghij", contexts.split(), passages.split(), strict=False):
        add += claims(name, f"context/{chosen[0]}", f"outcome/{passage[0]}", f"evidence/{passage[1]}")
        for more in chosen[1:]:
            add += f"<s/ada/{name}> pm:hasContext <s/ada/c/context/{more}> . "
        for more in passage[2:]:
            add += f"<s/ada/{name}> pm:hasEvidence <s/ada/c/evidence/{more}> . "
    return [quad for quad in quads(SOUND) if str(quad.subject) != f"<{DATA}{CLAIM}>"] + quads(add)


CONTEXT_SETS = {
    "1 1 1 1": "c",
    "1 1 1 1 1 1": "c",
    "1 12 12 12 12": "d",
    "12 1 1 1 1": "d",
    "1 2 1 2 1 2 1 2": "cd",
    "1 12 1 1": "",
    "1 1 12 1": "",
    "1 1 1 12": "",
    "12 1 1 1": "",
    "12 12 12 1": "",
    "12 12 1 12": "",
    "12 1 12 12": "",
    "1 12 12 12": "",
    "1 1 2 2": "",
    "1 1 1 2": "",
}
PASSAGES = {
    "a1 a1 a1 a1": "c",
    "a1 a1 a1 a1 a1": "c",
    "a1 a2 a2 a2 a2": "d",
    "b1 a1 a1 a1 a1": "d",
    "a12 a1 a1 a13": "c",
    "a1 b1 a1 b1 a1 b1 a1 b1": "cd",
    "a1 a1 a1 a2": "",
    "a1 a1 a2 a1": "",
    "a1 a2 a1 a1": "",
    "a1 a1 a1 b1": "",
    "a1 a1 b1 a1": "",
    "a1 b1 a1 a1": "",
}


def told_by(shape: str, modules: list[list[Quad]]) -> list[str]:
    """The claims of each module on which a shape finds something, in one word."""
    found = [results for results, _ in validate.run(modules, SHAPES)]
    return ["".join(one.focus[-1] for one in results if one.shape == SHAPE + shape) for results in found]


def test_four_claims_in_the_same_contexts_are_told_once_by_the_first() -> None:
    modules = [sharing(sets, "a1 a2 a3 b1 b2 b3 a1 a2") for sets in CONTEXT_SETS]
    assert dict(zip(CONTEXT_SETS, told_by("ClaimSameContexts", modules), strict=True)) == CONTEXT_SETS


def test_four_claims_on_one_passage_about_one_outcome_are_told_once_by_the_first() -> None:
    modules = [sharing("1 2 12 1 2 12 1 2", passages) for passages in PASSAGES]
    assert dict(zip(PASSAGES, told_by("ClaimSamePassage", modules), strict=True)) == PASSAGES


@pytest.mark.parametrize("name", "cdef")
def test_claims_of_another_coding_do_not_make_four(name: str) -> None:
    """Neither of four claims in the same contexts nor of four on one passage, whichever of them it is."""
    four = sharing("1 1 1 1", "a1 a1 a1 a1")
    other = quads(f"<s/ada/{name}> pm:inCoding <s/bo> . <s/bo> a pm:Coding .")
    moved = [quad for quad in four if (quad.subject, quad.predicate) != (other[0].subject, other[0].predicate)] + other
    assert told_by("ClaimSameContexts", [four, moved]) == ["c", ""]
    assert told_by("ClaimSamePassage", [four, moved]) == ["c", ""]


@pytest.mark.parametrize(("backdrop", "told"), [("1", ""), ("2", "c")])
def test_only_contexts_of_the_claims_themselves_are_their_backdrop(backdrop: str, told: str) -> None:
    add = quads(f"<s/ada/c/context/{backdrop}> pm:contextInfluence pm:backdrop .")
    said = {(quad.subject, quad.predicate) for quad in add}
    four = [quad for quad in sharing("1 1 1 1", "a1 a2 a3 b1") if (quad.subject, quad.predicate) not in said] + add
    assert told_by("ClaimSameContexts", [four]) == [told]


@pytest.mark.usefixtures("_parsed_once")
def test_pyshacl_alone_tells_of_the_same_sharing_claims() -> None:
    modules = [sharing("12 1 1 1 1", "a1 a2 a2 a2 a2"), sharing("1 2 1 2 1 2 1 2", "a1 b1 a1 b1 a1 b1 a1 b1")]
    ours = [results for results, _ in validate.run(modules, SHAPES)]
    assert [validate.check_with_pyshacl(quads_, WHOLE_SHAPES) for quads_ in modules] == ours


# Repairs


@pytest.mark.parametrize(
    ("firing", "repair"),
    [
        ("fired", "effect_kind: fired-but-insufficient"),
        ("resourceNotOffered", "effect_kind: not-fired"),
        ("notTakenUp", "effect_kind: not-fired"),
        ("blocked", "effect_kind: not-fired"),
        ("firedWeakly", ""),
        ("countervailing", ""),
        ("notStated", ""),
    ],
)
def test_why_there_was_no_effect_is_suggested_where_firing_says_it(firing: str, repair: str) -> None:
    without = f"<{CLAIM}> pm:effect\n<{OUTCOME}> pm:direction\n<{MECHANISM}> pm:firing"
    add = f"<{CLAIM}> pm:effect pm:noEffect . <{OUTCOME}> pm:direction pm:unchanged . "
    add += f"<{MECHANISM}> pm:firing pm:{firing} ."
    ((results, repairs),) = validate.run([changed(without, add)], SHAPES)
    assert [result.shape for result in results] == [SHAPE + "ClaimNoEffectKind"]
    assert repairs.get((SHAPE + "ClaimNoEffectKind", DATA + CLAIM), "") == repair


def linked(roles: str, direction: str = "increased", state: str = "") -> list[Quad]:
    """The sound claim, about equity, linked without a kind to a claim `d` in which equity has these roles."""
    said = f"; pm:state pm:{state}" if state else ""
    add = f"<{LINK}> pm:linkTarget <s/ada/d> . " + claims(
        "d", "context/2" if "C" in roles else "context/1", "outcome/2"
    )
    add += "<s/ada/c/outcome/2> a pm:OutcomeRole ; pm:factor pmc:service-delivery ; pm:direction pm:increased ."
    add += f"<{OUTCOME}> pm:direction pm:{direction} ." if direction else ""
    add += context(2, "equity", said) if "C" in roles else ""
    if "M" in roles:
        add += "<s/ada/d> pm:hasMechanism <s/ada/c/mechanism/2> ; pm:joinedBy pm:joinedByAnd ."
        add += mechanism(2, "equity", said)
    return changed(f"<{LINK}> pm:linkKind\n<{LINK}> pm:linkTarget\n<{OUTCOME}> pm:direction", add)


def suggested(shape: str, focus: str, modules: list[list[Quad]]) -> list[str]:
    """What a shape suggests for one node of each module; on every one of them it finds something."""
    told_of = validate.run(modules, SHAPES)
    assert [SHAPE + shape in {result.shape for result in results} for results, _ in told_of] == [True] * len(modules)
    return [repairs.get((SHAPE + shape, DATA + focus), "") for _, repairs in told_of]


KINDS = {"C": "{to: d, kind: becomes-context}", "M": "{to: d, kind: becomes-mechanism}"}


def test_the_kind_of_a_link_is_suggested_where_the_outcome_enters_one_slot() -> None:
    modules = [linked(roles) for roles in ("C", "M", "CM", "")]
    assert suggested("LinkKind", LINK, modules) == [KINDS["C"], KINDS["M"], "", ""]


FITTING = {
    ("increased", "present"), ("increased", "high"), ("increased", "changing"), ("decreased", "absent"),
    ("decreased", "low"), ("decreased", "changing"), ("varied", "changing"),
}  # fmt: skip


@pytest.mark.parametrize("role", "CM")
def test_no_kind_of_a_link_is_suggested_where_direction_and_state_are_contrary(role: str) -> None:
    """What is not said on one side, or expressly not stated, is contrary to nothing."""
    cases = [
        (direction, state)
        for direction in ("increased", "decreased", "unchanged", "varied", "notStated", "")
        for state in ("present", "absent", *(("high", "low", "changing", "") if role == "C" else ("",)))
    ]
    fitting = [case in FITTING or case[0] in ("notStated", "") or not case[1] for case in cases]
    modules = [linked(role, *case) for case in cases]
    assert suggested("LinkKind", LINK, modules) == [KINDS[role] if fits else "" for fits in fitting]


def test_one_state_of_two_is_enough_to_tell_the_kind_of_a_link() -> None:
    module = linked("CM", "decreased", "absent") + quads("<s/ada/c/context/2> pm:state pm:high .")
    module = [quad for quad in module if quad not in quads("<s/ada/c/context/2> pm:state pm:absent .")]
    assert suggested("LinkKind", LINK, [module]) == [KINDS["M"]]


@pytest.mark.parametrize(
    ("note", "repair"),
    [
        ("High", "state: high"),
        ("low", "state: low"),
        ("absent", "state: absent"),
        ("high among staff", ""),
        ("not low", ""),
        ("highest", ""),
        ("weak", ""),
        ("hardly any", ""),
    ],
)
def test_the_state_of_a_context_is_suggested_where_it_is_the_whole_note(note: str, repair: str) -> None:
    add = f'<{CONTEXT}> pm:factor pmc:leadership-support ; pm:note "{note}" .'
    assert suggested("ContextState", CONTEXT, [changed(f"<{CONTEXT}> pm:factor", add)]) == [repair]


# What validation sees


def test_types_that_only_follow_do_not_make_a_wrong_node_right() -> None:
    add = f"<{CLAIM}> pm:hasMechanism <s/ada/c/mechanism/2> ; pm:joinedBy pm:joinedByOr . "
    add += "<s/ada/c/mechanism/2> pm:factor pmc:transparency ."
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
    assert [results for results, _ in validate.run([broken, other, broken], SHAPES)] == [first, [], first]


def test_a_module_does_not_see_what_another_says_of_a_node() -> None:
    """A claim whose case another module describes has, in its own, a case that is none."""
    without = [quad for quad in quads(SOUND) if str(quad.subject) != f"<{DATA}s/case/k>"]
    ((alone, _), (beside, _)) = validate.run([without, quads(SOUND)], SHAPES)
    assert told(alone) == [(DATA + CLAIM, PM + "concernsCase", SHAPE + "ClaimCase", "note", DATA + "s/case/k")]
    assert beside == []


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
        patched.setattr(pyshacl, "validate", engine)
        with pytest.raises(Failure, match=f"could not be checked: {why}"):
            validate.check_quads(quads(SOUND))
    assert validate.check_quads(changed("", "")) == []


def test_a_build_whose_engine_crashes_fails_and_leaves_no_graph(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyshacl, "validate", crash)
    with pytest.raises(Failure, match="could not be checked"):
        pipeline.build(corpus, tmp_path / "build")
    assert not (tmp_path / "build" / "current").exists()
    with pytest.raises(Failure, match="could not be checked"):
        pipeline.check(corpus)


# Shapes that cannot be run


def mended(shape: str, old: str, new: str) -> list[Quad]:
    """The shapes, with the text of one shape's query changed."""
    graph, select = validate.read_shapes(), "http://www.w3.org/ns/shacl#select"
    about = {quad.subject: quad.object for quad in graph if quad.predicate.value == "http://www.w3.org/ns/shacl#sparql"}
    node = about[NamedNode(SHAPE + shape)]
    assert isinstance(node, BlankNode)
    out = []
    for quad in graph:
        if quad.subject == node and quad.predicate.value == select:
            assert isinstance(quad.object, OxLiteral)
            assert old in quad.object.value
            out.append(Quad(node, quad.predicate, OxLiteral(quad.object.value.replace(old, new))))
        else:
            out.append(quad)
    return out


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("$this pm:effect", "$this pm:effects_", None),
        ("$this pm:effect", "$this pm effect", "error at"),
        ("SELECT $this", "SELECT ?claim", "its query must begin with SELECT … [$]this … WHERE {"),
        ("SELECT $this", "ASK", "its query must begin with"),
        ("FILTER NOT EXISTS", "MINUS", "its query uses MINUS"),
        ("FILTER NOT EXISTS {", "{ SELECT $this WHERE {} } FILTER NOT EXISTS {", "its query uses SELECT"),
        ("$this pm:effect pm:mixed", "VALUES ?x { 1 } $this pm:effect pm:mixed", "its query uses VALUES"),
        ("$this pm:effect pm:mixed", "SERVICE <http://x/> { $this pm:effect pm:mixed }", "its query uses SERVICE"),
        ("$this pm:effect pm:mixed", "$this $PATH pm:mixed", "its query uses PATH"),
        ("FILTER NOT EXISTS", "minus", "its query uses minus"),
        ("$this pm:effect pm:mixed", "values ?x { 1 } $this pm:effect pm:mixed", "its query uses values"),
        (
            "$this pm:effect pm:mixed .",
            "{ $this pm:effect pm:mixed } UNION { ?x a pm:Claim FILTER($this = ?x) }",
            "a branch of its UNION names [$]this in no pattern",
        ),
        (
            "$this pm:effect pm:mixed .",
            "{ BIND(str($this) AS ?x) } union { ?x pm:effect $this }",
            "a branch of its UNION names [$]this in no pattern",
        ),
        ("$this pm:effect pm:mixed .", "{ $this pm:effect pm:effects_ } UNION { ?x pm:effects_ $this . }", None),
    ],
)
def test_a_query_that_cannot_be_run_for_all_nodes_is_a_failure_that_names_the_shape(
    old: str, new: str, why: str | None
) -> None:
    def run() -> object:
        return validate.run([quads(SOUND)], validate.take_apart(mended("ClaimMixedKind", old, new), Tier.structured))

    if why is None:
        assert run() == [([], {})]
        return
    with pytest.raises(Failure, match=f"the shape ClaimMixedKind could not be checked: .*{why}"):
        run()


@pytest.mark.parametrize("word", ["'VALUES'", "<urn:VALUES>", "?VALUES", "pm:VALUES"])
def test_words_that_only_look_like_what_cannot_be_run_are_let_through(word: str) -> None:
    pattern = f"FILTER(str({word}) != '') FILTER NOT EXISTS"
    validate.take_apart(mended("ClaimMixedKind", "FILTER NOT EXISTS", pattern), Tier.structured)


def of_shape(shape: str, name: str, value: str | None) -> list[Quad]:
    """The shapes, with another value of one shape, or none."""
    predicate = NamedNode(f"http://www.w3.org/ns/shacl#{name}")
    subject = NamedNode(SHAPE + shape)
    kept = [quad for quad in validate.read_shapes() if (quad.subject, quad.predicate) != (subject, predicate)]
    return kept if value is None else [*kept, Quad(subject, predicate, OxLiteral(value))]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("group", None, "it has 0 sh:group and needs one"),
        ("severity", None, "it has 0 sh:severity and needs one"),
        ("message", None, "it has 0 sh:message and needs one"),
        ("minCount", "1", "sh:minCount cannot stand beside a query: make it a shape of its own"),
        ("deactivated", "true", "sh:deactivated cannot stand beside a query: make it a shape of its own"),
    ],
)
def test_a_shape_that_lacks_something_or_has_too_much_is_named(name: str, value: str | None, why: str) -> None:
    with pytest.raises(Failure, match=f"the shape ClaimMixedKind could not be checked: {why}"):
        validate.take_apart(of_shape("ClaimMixedKind", name, value), Tier.appraised)


# What is found in the two corpora

REASONING = (
    "How actors reason is not said, so this is not yet a configuration.",
    "Give reasoning, if the source does.",
)
AUTHOR = ("The publication has no authors.", "Give authors, as the byline has them.")
DIRECTION = (
    "Which way the outcome went is not said.",
    "Give direction as the source tells it; not-stated if it does not, as with a mere association.",
)
CONTEXTS = ("The claim has no context.", "Give contexts, if the source does.")
NOTE = ("Why several sources count as one study is not said.", "Give note.")
REASONER = (
    "The mechanism, resourcing, is an arrangement, and nobody is said to reason about it.",
    "Name in reasoners those who respond to it, if the source says who.",
)
OTHERWISE = "The coder recorded the {} “{}”, and the record of the source has “{}”."
LOOK_UP = "Look it up, mend the one that is wrong, and remove it from recorded_as."
TINY_FINDINGS = [
    ("kisumu-interview.yaml", 39, "ClaimContext", "p2", *CONTEXTS),
    ("abara2021.yaml", 17, "ClaimContext", "c1", *CONTEXTS),
    ("costa2020.yaml", 26, "ClaimContext", "c2", *CONTEXTS),
    ("costa2020.yaml", 28, "MechanismReasoning", "c2, mechanism 1", *REASONING),
    ("costa2020.yaml", 35, "recorded-otherwise", "bo", OTHERWISE.format("design", "survey", "qualitative"), LOOK_UP),
    ("costa2020.yaml", 35, "recorded-otherwise", "bo", OTHERWISE.format("year", "2019", "2020"), LOOK_UP),
    ("costa2020.yaml", 40, "ClaimContext", "c1", *CONTEXTS),
    ("costa2020.yaml", 42, "MechanismReasoning", "c1, mechanism 1", *REASONING),
    ("costa2020.yaml", 49, "ClaimContext", "c2", *CONTEXTS),
    ("costa2020.yaml", 51, "MechanismReasoning", "c2, mechanism 1", *REASONING),
    ("demir2022.yaml", 16, "ClaimContext", "k1", *CONTEXTS),
    ("demir2022.yaml", 18, "MechanismReasoning", "k1, mechanism 1", *REASONING),
    ("demir2022.yaml", 26, "ClaimContext", "k2", *CONTEXTS),
    ("demir2022.yaml", 28, "MechanismReasoning", "k2, mechanism 1", *REASONING),
    ("demir2022.yaml", 38, "ClaimContext", "k3", *CONTEXTS),
    ("demir2022.yaml", 41, "MechanismReasoner", "k3, mechanism 2", *REASONER),
    ("demir2022.yaml", 41, "MechanismReasoning", "k3, mechanism 2", *REASONING),
    ("esposito2018.yaml", 2, "SourceAuthor", "esposito2018", *AUTHOR),
    ("esposito2018.yaml", 2, "SourceYear", "esposito2018", "The source has no year.", "Give year."),
    ("esposito2018.yaml", 13, "ClaimActor", "c1", "Nobody acts in this claim.", "Give actors."),
    ("esposito2018.yaml", 13, "ClaimContext", "c1", *CONTEXTS),
    ("esposito2018.yaml", 15, "MechanismReasoning", "c1, mechanism 1", *REASONING),
    ("esposito2018.yaml", 16, "OutcomeDirection", "c1, outcome 1", *DIRECTION),
    ("studies.yaml", 2, "StudyNote", "study abara-link", *NOTE),
    ("studies.yaml", 3, "StudyNote", "study demir-review", *NOTE),
]


def shown(finding: Finding) -> tuple[str, int | None, str, str, str, str]:
    return (Path(finding.file).name, finding.line, finding.rule, finding.subject, finding.what, finding.remedy)


def test_exactly_this_is_found_in_the_small_corpus(tiny_build: Built) -> None:
    assert [shown(finding) for finding in tiny_build.findings] == TINY_FINDINGS
    assert {finding.severity for finding in tiny_build.findings} == {Severity.warning}
    assert [shown(finding) for finding in pipeline.check(TINY)] == TINY_FINDINGS
    assert [finding.repair for finding in tiny_build.findings if finding.repair] == []
    assert {finding.tier for finding in tiny_build.findings} == {Tier.structured}


STRUCTURED = {
    "country-without-wikidata": 1,
    "observation-jumps": 2,
    "ClaimContext": 480,
    "ContextState": 257,
    "MechanismReasoner": 220,
    "LinkKind": 154,
    "MechanismReasoning": 97,
    "ClaimSamePassage": 60,
    "ClaimMixedKind": 47,
    "OutcomeDirection": 37,
    "ClaimActor": 36,
    "ClaimNoEffectKind": 33,
    "ClaimSameContexts": 27,
    "ContextOpposite": 25,
    "CaseCountry": 23,
    "ContextContrary": 24,
    "SourceAuthor": 11,
    "OutcomeUnchanged": 11,
    "ClaimTwoSlots": 9,
    "ContextNote": 4,
    "OutcomeReporting": 3,
    "MechanismTally": 2,
    "SourceTitle": 1,
    "SourceYear": 1,
    "loop": 2,
    "recorded-otherwise": 2,
    "same-identifier": 1,
}
APPRAISED = {
    "ActorPerspective": 2193,
    "ClaimInference": 1199,
    "ClaimRival": 1199,
    "MechanismFiring": 1199,
    "EvidenceExplicitness": 1199,
    "EvidenceJudged": 1199,
    "EvidenceQuoteOrStatistic": 1156,
    "MechanismBasis": 1102,
    "ContextInfluence": 926,
    "ContextLevel": 926,
    "MechanismWhoReasons": 899,
    "MechanismResource": 535,
    "ClaimCase": 437,
    "ClaimSupportedAbstract": 381,
    "CodingChecked": 187,
    "LinkExplicitness": 154,
    "EvidenceParticipantQuote": 123,
    "MechanismAssociation": 122,
    "ClaimTheory": 116,
    "CasePeriod": 115,
    "CaseOrganisation": 87,
    "ClaimSupportedArgument": 36,
    "StudyIncluded": 22,
    "SourceIdentifier": 18,
    "author-spelt-otherwise": 1,
    "claim-in-two-passages": 1,
    "layer-against-design": 9,
    "one-study-behind-several-claims": 7,
    "organisation-spelt-otherwise": 3,
    "shared-data-set": 5,
    "type-spelt-otherwise": 2,
    "unused-concept": 5,
}


@pytest.fixture(scope="module")
def appraisal() -> list[Finding]:
    """Everything that is found in the shipped evidence."""
    return pipeline.check(SHIPPED, tier=Tier.appraised)


def test_exactly_this_is_found_in_the_shipped_evidence(shipped_build: Built, appraisal: list[Finding]) -> None:
    assert Counter(finding.rule for finding in shipped_build.findings) == STRUCTURED
    assert Counter(finding.rule for finding in appraisal) == STRUCTURED | APPRAISED
    assert {finding.tier for finding in shipped_build.findings} == {Tier.structured}
    weak = {finding.rule for finding in shipped_build.findings if finding.severity != Severity.warning}
    assert weak == {"country-without-wikidata", "observation-jumps"}
    assert {finding.rule for finding in appraisal if finding.tier == Tier.appraised} == set(APPRAISED)
    assert [finding for finding in appraisal if finding.line is None] == []
    scheme = {(finding.rule, finding.file) for finding in appraisal if "concepts.ttl" in finding.file}
    assert scheme == {("unused-concept", "ontology/concepts.ttl")}


def test_the_summary_adds_up(appraisal: list[Finding]) -> None:
    told = render.summary(appraisal)
    match = re.fullmatch(
        r"(\d+) warnings, (\d+) notes in 137 files; by tier: structured (\d+), appraised (\d+); by rule: (.*)\.", told
    )
    assert match is not None
    warnings, notes, structured, appraised = map(int, match.groups()[:4])
    by_rule = [int(part.split(" × ")[0]) for part in match[5].split(", ")]
    assert len(appraisal) == warnings + notes == structured + appraised == sum(by_rule) == 17133
    assert (structured, len(by_rule)) == (sum(STRUCTURED.values()), len(STRUCTURED) + len(APPRAISED))
    assert render.summary(appraisal[:0]) == "Nothing found."


EXAMPLES = {
    "MechanismReasoner": {"malawisla2013-c1"},
    "ContextOpposite": {"deweger2018-c5"},
    "ContextContrary": {"zamboni2021-c3", "mukumbang2022-c1", "prashanth2014-c3", "klingberg2024-c5"},
    "ClaimSameContexts": {"dada2023-k1", "king2015-k1"},
    "ClaimSamePassage": {"edwards2023-k1"},
    "ClaimNoEffectKind": {"brown2017-c4"},
    "OutcomeUnchanged": {"nasem2020-c5"},
    "ClaimTwoSlots": {"jagosh2015-c1", "gordon2018-c5"},
    "MechanismAssociation": {"elansari2009-c1"},
    "MechanismTally": {"tinner2024-k1"},
    "OutcomeReporting": {"hill2021-c2"},
    "ClaimMixedKind": {"sriharan2016-c1"},
}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_examples_of_realist_reasoning_are_found(rule: str, appraisal: list[Finding]) -> None:
    claims_ = {finding.subject.split(",")[0] for finding in appraisal if finding.rule == rule}
    assert EXAMPLES[rule] - claims_ == set()


def test_what_is_suggested_for_the_shipped_evidence(appraisal: list[Finding]) -> None:
    suggested = Counter(
        (finding.rule, re.sub(r"to: [^,]*", "to: …", finding.repair)) for finding in appraisal if finding.repair
    )
    assert suggested == {
        ("LinkKind", "{to: …, kind: becomes-mechanism}"): 64,
        ("LinkKind", "{to: …, kind: becomes-context}"): 29,
        ("ContextState", "state: high"): 3,
        ("ContextState", "state: low"): 3,
    }


def test_what_is_found_in_the_shipped_evidence_equals_a_plain_count(appraisal: list[Finding]) -> None:
    """The same gaps, counted in the YAML files without the graph and without shapes."""
    gaps: Counter[tuple[str, str]] = Counter()
    for path in sorted((SHIPPED / "sources").glob("*.yaml")):
        source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for rule, number in counted(source).items():
            gaps[path.name, rule] = number
    elsewhere = {"loop", *(check.rule for check in across.checks())}  # counted in test_evidence.py and test_across.py
    found = Counter((Path(found.file).name, found.rule) for found in appraisal if found.rule not in elsewhere)
    assert {key: (found[key], gaps[key]) for key in {*found, *gaps} if found[key] != gaps[key]} == {}


def counted(source: dict[str, Any]) -> Counter[str]:
    """The gaps in one source's file, by the shape that should find each."""
    kinds, flags = scheme()
    gaps: Counter[str] = Counter()
    for key, rule in (("authors", "SourceAuthor"), ("title", "SourceTitle"), ("year", "SourceYear")):
        gaps[rule] += not source.get(key)
    gaps["SourceIdentifier"] += not any(source.get(key) for key in ("doi", "pmid", "pmcid"))
    review = source.get("design") in ("realist-synthesis", "scoping-review", "systematic-review")
    gaps["StudyIncluded"] += review and "study" not in source
    cases: dict[str, list[dict[str, Any]]] = {}
    for coding in source["codings"]:
        for case in coding.get("cases", []):
            cases.setdefault(case["id"], []).append(case)
    for key, rule in (("countries", "CaseCountry"), ("start", "CasePeriod"), ("organisations", "CaseOrganisation")):
        gaps[rule] += sum(not any(case.get(key) for case in described) for described in cases.values())
    for coding in source["codings"]:
        gaps["CodingChecked"] += not coding.get("checked_by")
        gaps += counted_in_coding(coding["claims"])
        design = coding.get("recorded_as", {}).get("design", source.get("design"))
        abstract = all("abstract" in part for part in coding["read"])
        for claim in coding["claims"]:
            supported = claim["status"] == "supported"
            gaps["ClaimSupportedAbstract"] += supported and abstract
            gaps["ClaimSupportedArgument"] += supported and design in ("theory", "commentary")
            gaps["ClaimTheory"] += claim["status"] in ("refined", "refuted") and not claim.get("theories")
            for item in claim["evidence"]:
                gaps["EvidenceParticipantQuote"] += item["layer"] == "participant" and abstract and "quote" not in item
            measured = design == "survey" or any("statistic" in item for item in claim["evidence"])
            gaps["MechanismAssociation"] += sum(measured and "reasoning" in one for one in claim["mechanisms"])
            gaps += counted_in_claim(claim, kinds, flags)
    return +gaps


def counted_in_coding(claims_: list[dict[str, Any]]) -> Counter[str]:
    contexts = Counter(frozenset(one["factor"] for one in claim.get("contexts", [])) for claim in claims_)
    passages = Counter(
        (locator, claim["outcome"]["factor"])
        for claim in claims_
        for locator in {item["locator"] for item in claim["evidence"]}
    )
    return Counter(
        {
            "ClaimSameContexts": sum(number > 3 for factors, number in contexts.items() if factors),
            "ClaimSamePassage": sum(number > 3 for number in passages.values()),
        }
    )


def counted_in_claim(claim: dict[str, Any], kinds: dict[str, str], flags: Flags) -> Counter[str]:
    gaps: Counter[str] = Counter()
    outcome, effect, items = claim["outcome"], claim["effect"], claim["evidence"]
    contexts, mechanisms = claim.get("contexts", []), claim["mechanisms"]
    slots = [*{one["factor"] for one in contexts}, *(one["factor"] for one in mechanisms), outcome["factor"]]
    gaps["ClaimTwoSlots"] += len(slots) - len(set(slots))
    gaps["ClaimContext"] += not contexts
    gaps["ClaimCase"] += "case" not in claim
    gaps["ClaimInference"] += "inference" not in claim
    gaps["ClaimRival"] += "rival_explanation" not in claim
    gaps["ClaimMixedKind"] += effect == "mixed" and "effect_kind" not in claim
    gaps["ClaimNoEffectKind"] += effect == "no-effect" and "effect_kind" not in claim
    gaps["OutcomeDirection"] += "direction" not in outcome
    moved = outcome.get("direction") in ("increased", "decreased", "varied")
    gaps["OutcomeUnchanged"] += effect == "no-effect" and moved
    gaps["OutcomeReporting"] += outcome["factor"] == "demonstrated-effectiveness"
    actors = set(claim.get("actors", [])) | {who for one in mechanisms for who in one.get("reasoners", [])}
    gaps["ClaimActor"] += not actors
    gaps["ActorPerspective"] += len(actors)
    links = [link for link in claim.get("links", []) if isinstance(link, str) or "kind" not in link]
    gaps["LinkKind"] += len(links)
    gaps["LinkExplicitness"] += len(links)
    for item in items:
        gaps["EvidenceExplicitness"] += "explicitness" not in item
        gaps["EvidenceJudged"] += not {"relevance", "richness", "rigour"} <= set(item)
        gaps["EvidenceQuoteOrStatistic"] += not {"quote", "statistic"} & set(item)
    for one in mechanisms:
        structural = kinds[one["factor"]] == "StructuralFactor"
        gaps["MechanismReasoning"] += "reasoning" not in one
        gaps["MechanismBasis"] += "reasoning" in one and "basis" not in one
        gaps["MechanismReasoner"] += structural and not one.get("reasoners")
        gaps["MechanismWhoReasons"] += not structural and "reasoning" in one and not one.get("reasoners")
        gaps["MechanismFiring"] += "firing" not in one
        gaps["MechanismResource"] += "resource" not in one
        gaps["MechanismTally"] += "firing" not in one and any(
            "triggered" in item.get("statistic", {}).get("measure", "") for item in items
        )
    lacking = {one["factor"] for one in mechanisms if one["state"] == "absent"}
    for one in contexts:
        note = f" {one.get('note', '').lower()} "
        gaps["ContextInfluence"] += "influence" not in one
        gaps["ContextLevel"] += "level" not in one
        gaps["ContextState"] += one["factor"] in flags.scalar and "state" not in one
        gaps["ContextContrary"] += any(
            f" {words} " in note and not NEGATED.search(note.partition(f" {words} ")[0])
            for words in flags.contrary.get(one["factor"], [])
        )
        gaps["ContextNote"] += any(f" not {word} " in note for word in ("stated", "given", "reported", "described"))
        gaps["ContextOpposite"] += bool(flags.opposites.get(one["factor"], set()) & lacking)
    return gaps


NEGATED = re.compile(r"\b(no|not|little|hardly|scarcely|few)( [a-z]+){0,2}$")


@dataclass(frozen=True)
class Flags:
    """What the concept scheme says of factors that the shapes ask for."""

    scalar: set[str]
    contrary: dict[str, list[str]]
    opposites: dict[str, set[str]]


@cache
def scheme() -> tuple[dict[str, str], Flags]:
    """The kind of each factor, and its flags, read from the concepts' own file."""
    concepts = Graph().parse(ROOT / "ontology" / "concepts.ttl", format="turtle")
    local = {node: str(node).rpartition("/")[2] for node in concepts.subjects()}
    kinds = {
        local[one]: str(kind).removeprefix(PM) for one, kind in concepts.subject_objects(RDF.type) if PM in str(kind)
    }
    contrary: dict[str, list[str]] = {}
    for one, words in concepts.subject_objects(URIRef(PM + "contraryWords")):
        contrary.setdefault(local[one], []).append(str(words))
    opposites: dict[str, set[str]] = {}
    for one, other in concepts.subject_objects(URIRef(PM + "opposite")):
        opposites.setdefault(local[one], set()).add(local[other])
        opposites.setdefault(local[other], set()).add(local[one])
    scalar = {local[one] for one in concepts.subjects(URIRef(PM + "scalar"))}
    core = Graph().parse(ROOT / "ontology" / "core.ttl", format="turtle")
    for words in core.objects(URIRef(PM + "scalar"), URIRef(PM + "contraryWords")):
        for factor in scalar:
            contrary.setdefault(factor, []).append(str(words))
    return kinds, Flags(scalar, contrary, opposites)
