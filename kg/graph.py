"""Records → quads: the modelling choices, in one place. Pure; nothing is inferred here and nothing looked up.

A module's quads go into one named graph, and no triple of it stands in another: coders, shared studies and theories
are only referred to here. No blank nodes: every part has an IRI below the claim it belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg import iris
from kg.records import (
    Case,
    Claim,
    Coding,
    Condition,
    DemiRegularity,
    Evidence,
    Judgements,
    Source,
    Studies,
    Study,
    TensionJudgement,
    Theories,
    Theory,
    recorded_design,
)
from kg.terms import DCTERMS, OA, PM, PROV, RDF, RDFS, SCHEMA, XSD
from kg.vocabulary import MATERIAL, ReadExtent, SourceType, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.marked import Path


@dataclass
class Module:
    """What one unit of evidence gives.

    Attributes:
        name: The source's id, the name of a shared file, or `judgement/` and whose.
        quads: What it says, all in its own graph.
        lines: Line in its file of each node that it describes, by IRI.
        paths: Where in the record each of these nodes stands, by IRI.
        declares: IRIs that other modules may refer to.
        refers: What it refers to in other modules: IRI, line, and the reference in plain words.
    """

    name: str
    quads: list[Quad] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    declares: list[str] = field(default_factory=list)
    refers: list[tuple[str, int, str]] = field(default_factory=list)


def build_module(record: Source | Studies | Theories | Judgements, line: Callable[[Path], int]) -> Module:
    """The module of a record; `line` tells where in its file a part of the record stands."""
    if isinstance(record, Source):
        return _SourceModule(record, line).build()
    if isinstance(record, Studies):
        return _StudiesModule(record, line).build()
    if isinstance(record, Judgements):
        return _JudgementsModule(record, line).build()
    return _TheoriesModule(record, line).build()


def short_citation(record: Source) -> str:
    """Surname and year, as readers cite a publication; for primary case material its type, id and year.

    The letter that tells works of one year apart is taken from the id (`aunger2021a`); where no author or no year
    was seen, that is said.
    """
    year = str(record.year) if record.year else "year not seen"
    letter = re.fullmatch(r".*\d{4}([a-z])", record.source)
    if letter and record.year:
        year += letter[1]
    if SourceType(record.type) in MATERIAL:
        return f"{record.type} {record.source}, {year}"
    surnames = [author.split(",")[0].strip() for author in record.authors or []]
    if not surnames:
        return f"{record.source} (authors not seen, {year})"
    if len(surnames) == 1:
        return f"{surnames[0]} {year}"
    if len(surnames) == 2:
        return f"{surnames[0]} & {surnames[1]} {year}"
    return f"{surnames[0]} et al. {year}"


def read_extent(parts: list[str]) -> ReadExtent:
    """Whether the parts read go beyond the abstract: so unless every one of them is called an abstract.

    >>> read_extent(["abstract (to results)", "table 2"])
    <ReadExtent.beyondAbstract: 'beyond-abstract'>
    """
    if all("abstract" in part.lower() for part in parts):
        return ReadExtent.abstractOnly
    return ReadExtent.beyondAbstract


_KEYS = {
    PM.author: "authors",
    PM.codingMethod: "method",
    PM.contextInfluence: "influence",
    PM.contextLevel: "level",
    PM.describedBy: "cases",
    PM.desirability: "desired",
    PM.endYear: "end",
    PM.hasActor: "actors",
    PM.hasContext: "contexts",
    PM.hasEvidence: "evidence",
    PM.hasLink: "links",
    PM.hasMechanism: "mechanisms",
    PM.hasOutcome: "outcome",
    PM.includesStudy: "includes",
    PM.kindOfActor: "kind",
    PM.linkKind: "kind",
    PM.linkTarget: "to",
    PM.partRead: "read",
    PM.pageRead: "url",
    PM.reasoningBasis: "basis",
    PM.reportsStudy: "study",
    PM.sourceType: "type",
    PM.startYear: "start",
    **dict.fromkeys((PM.proposesTheory, PM.refinesTheory, PM.refutesTheory, PM.supportsTheory), "theories"),
}
"""The key of a record under which a property is written, where it is another than the property's own name."""


def slot(module: Module, triple: Triple) -> Path:
    """Where in its record a statement of a module is written, or the nearest part that holds it."""
    node = triple.subject.value if isinstance(triple.subject, NamedNode) else ""
    while node and node not in module.paths:
        node = node.rpartition("/")[0]
    own = re.sub(r"(?<!^)(?=[A-Z])", "_", triple.predicate.value.rpartition("#")[2].rpartition("/")[2]).lower()
    return (*module.paths.get(node, ()), _KEYS.get(triple.predicate, own))


class _ModuleBuilder:
    """Collects the quads of one module."""

    def __init__(self, name: str, line: Callable[[Path], int]) -> None:
        self.module = Module(name)
        self.graph = iris.asserted_graph(name)
        self.line = line

    def add(self, subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> None:
        self.module.quads.append(Quad(subject, predicate, value, self.graph))

    def node(self, node: NamedNode, kind: NamedNode, path: Path | None = None) -> NamedNode:
        self.add(node, RDF.type, kind)
        if path is not None:
            self._stands(node, path)
        return node

    def _stands(self, node: NamedNode, path: Path) -> None:
        self.module.lines[node.value] = self.line(path)
        self.module.paths[node.value] = path

    def value(self, subject: NamedNode, predicate: NamedNode, value: Value | None) -> None:
        if value is not None:
            self.add(subject, predicate, value.iri)

    def text(self, subject: NamedNode, predicate: NamedNode, text: str | float | None) -> None:
        if text is not None:
            self.add(subject, predicate, Literal(str(text)))

    def number(self, subject: NamedNode, predicate: NamedNode, number: int | None) -> None:
        if number is not None:
            self.add(subject, predicate, Literal(str(number), datatype=XSD.integer))

    def declare(self, node: NamedNode) -> None:
        self.module.declares.append(node.value)

    def refer(self, node: NamedNode, path: Path, words: str) -> NamedNode:
        self.module.refers.append((node.value, self.line(path), words))
        return node


class _SourceModule(_ModuleBuilder):
    def __init__(self, record: Source, line: Callable[[Path], int]) -> None:
        super().__init__(record.source, line)
        self.record = record
        self.iri = iris.source(record.source)

    def build(self) -> Module:
        record, source = self.record, self.node(self.iri, PM.Source, ())
        self.declare(source)
        self.text(source, RDFS.label, short_citation(record))
        self.value(source, PM.sourceType, record.type)
        self.text(source, DCTERMS.title, record.title)
        for position, name in enumerate(record.authors or [], 1):
            author = self.node(iris.author(record.source, position), PM.Author, ("authors", position - 1))
            self.add(source, PM.author, author)
            self.text(author, SCHEMA.name, name)
            self.number(author, PM.position, position)
        self.number(source, PM.year, record.year)
        self.text(source, PM.journal, record.journal)
        self.text(source, PM.doi, record.doi)
        self.text(source, PM.pmid, record.pmid)
        self.text(source, PM.pmcid, record.pmcid)
        if record.publishable is not None:
            self.add(source, PM.publishable, Literal(str(record.publishable).lower(), datatype=XSD.boolean))
        if record.url is not None:
            self.add(source, PM.pageRead, Literal(record.url, datatype=XSD.anyURI))
        self.value(source, PM.design, record.design)
        self._study(source)
        for position, coding in enumerate(record.codings):
            self._coding(coding, position)
        return self.module

    def _study(self, source: NamedNode) -> None:
        """A source that names no study reports one of its own."""
        if self.record.study is not None:
            study = iris.study(self.record.study)
            self.refer(study, ("study",), f"the study {self.record.study}")
        else:
            study = self.node(iris.study(self.record.source), PM.Study)
            self._stands(study, ())
            self.text(study, RDFS.label, short_citation(self.record))
            self.declare(study)
        self.add(source, PM.reportsStudy, study)

    def _coding(self, record: Coding, index: int) -> None:
        path: Path = ("codings", index)
        coding = self.node(iris.coding(self.record.source, record.coder), PM.Coding, path)
        self.add(coding, PM.codes, self.iri)
        self.add(coding, PM.coder, iris.coder(record.coder))
        self.number(coding, PM.position, index + 1)
        self.value(coding, PM.codingMethod, record.method)
        for name in record.checked_by:
            self.add(coding, PM.checkedBy, iris.coder(name))
        for part in record.read:
            self.text(coding, PM.partRead, part)
        if record.read:
            self.value(coding, PM.readExtent, read_extent(record.read))
        self.text(coding, PM.note, record.note)
        self.value(coding, PM.design, recorded_design(self.record, record))
        if record.recorded_as is not None:
            for name in sorted(record.recorded_as.model_fields_set):
                seen = getattr(record.recorded_as, name)
                shown = "not seen" if seen is None else "; ".join(seen) if isinstance(seen, list) else str(seen)
                self.text(coding, PM.recordedOtherwise, f"{name}: {shown}")
        for position, case in enumerate(record.cases):
            self._case(case, coding, (*path, "cases", position))
        for position, claim in enumerate(record.claims):
            self._claim(claim, record.coder, coding, (*path, "claims", position))

    def _case(self, record: Case, coding: NamedNode, path: Path) -> None:
        case = self.node(iris.case(self.record.source, record.id), PM.Case, path)
        self.add(case, PM.describedBy, coding)
        self.text(case, RDFS.label, record.label)
        self.text(case, PM.partnershipType, record.type)
        for code in record.countries:
            self.add(case, PM.country, iris.country(code))
        for name in record.organisations or []:
            self.text(case, PM.organisation, name)
        self.number(case, PM.startYear, record.start)
        self.number(case, PM.endYear, record.end)
        self.text(case, PM.focus, record.focus)

    def _claim(self, record: Claim, coder: str, coding: NamedNode, path: Path) -> None:
        claim = self.node(iris.claim(self.record.source, coder, record.id), PM.Claim, path)
        self.declare(claim)
        self.text(claim, RDFS.label, record.id)
        self.add(claim, PM.inCoding, coding)
        if record.case is not None:
            self.add(claim, PM.concernsCase, iris.case(self.record.source, record.case))
        self.value(claim, PM.effect, record.effect)
        self.value(claim, PM.effectKind, record.effect_kind)
        self.value(claim, PM.status, record.status)
        self.value(claim, PM.joinedBy, record.joined_by)
        self.value(claim, PM.heuristic, record.heuristic)
        self.value(claim, PM.inferenceMode, record.inference)
        self.text(claim, PM.rivalExplanation, record.rival_explanation)
        self._roles(record, claim, path)
        for index, item in enumerate(record.evidence):
            self._evidence(item, claim, index, (*path, "evidence", index))
        for index, link in enumerate(record.links):
            here = (*path, "links", index)
            node = self.node(iris.part(claim, "link", index + 1), PM.ClaimLink, here)
            self.add(claim, PM.hasLink, node)
            self.add(node, PM.linkTarget, self._target(link.to, coder, here))
            self.value(node, PM.linkKind, link.kind)
            self.value(node, PM.explicitness, link.explicitness)
            if link.feedback is not None:
                self.add(node, PM.feedback, Literal(str(link.feedback).lower(), datatype=XSD.boolean))
        for index, relation in enumerate(record.theories):
            theory = iris.theory(relation.theory)
            self.refer(theory, (*path, "theories", index), f"the theory {relation.theory}")
            self.add(claim, relation.relation.iri, theory)

    def _target(self, reference: str, coder: str, path: Path) -> NamedNode:
        parts = reference.split("/")
        if len(parts) != 3:
            return iris.claim(self.record.source, coder, reference)
        return self.refer(iris.claim(parts[0], parts[1], parts[2]), path, f"the linked claim {reference}")

    def _role(self, claim: NamedNode, kind: str, property_: NamedNode, class_: NamedNode, path: Path) -> NamedNode:
        index = path[-1] if isinstance(path[-1], int) else 0
        role = self.node(iris.part(claim, kind, index + 1), class_, path)
        self.add(claim, property_, role)
        self.number(role, PM.position, index + 1)
        return role

    def _roles(self, record: Claim, claim: NamedNode, path: Path) -> None:
        for index, context in enumerate(record.contexts):
            role = self._role(claim, "context", PM.hasContext, PM.ContextRole, (*path, "contexts", index))
            self.add(role, PM.factor, iris.concept(context.factor))
            self.value(role, PM.state, context.state)
            self.value(role, PM.contextInfluence, context.influence)
            self.value(role, PM.contextLevel, context.level)
            self.text(role, PM.note, context.note)
        actors: dict[str, NamedNode] = {}
        count = len(record.actors)
        for index, actor in enumerate(record.actors):
            role = self._role(claim, "actor", PM.hasActor, PM.ActorRole, (*path, "actors", index))
            actors.setdefault(actor.kind, role)
            self.add(role, PM.kindOfActor, iris.concept(actor.kind))
            self.value(role, PM.perspective, actor.perspective)
            self.text(role, PM.note, actor.note)
        for index, mechanism in enumerate(record.mechanisms):
            here = (*path, "mechanisms", index)
            role = self._role(claim, "mechanism", PM.hasMechanism, PM.MechanismRole, here)
            self.add(role, PM.factor, iris.concept(mechanism.factor))
            self.value(role, PM.state, mechanism.state)
            self.value(role, PM.firing, mechanism.firing)
            self.text(role, PM.resource, mechanism.resource)
            self.text(role, PM.reasoning, mechanism.reasoning)
            self.value(role, PM.reasoningBasis, mechanism.basis)
            self.text(role, PM.note, mechanism.note)
            for kind in mechanism.reasoners:
                reasoner = actors.get(kind)
                if reasoner is None:  # named only as who reasons: an actor of the claim all the same
                    count += 1
                    reasoner = self.node(iris.part(claim, "actor", count), PM.ActorRole, here)
                    self.add(claim, PM.hasActor, reasoner)
                    self.add(reasoner, PM.kindOfActor, iris.concept(kind))
                    self.number(reasoner, PM.position, count)
                    actors[kind] = reasoner
                self.add(role, PM.reasoner, reasoner)
        outcome = self._role(claim, "outcome", PM.hasOutcome, PM.OutcomeRole, (*path, "outcome"))
        self.add(outcome, PM.factor, iris.concept(record.outcome.factor))
        self.value(outcome, PM.direction, record.outcome.direction)
        self.value(outcome, PM.desirability, record.outcome.desired)
        self.text(outcome, PM.note, record.outcome.note)

    def _evidence(self, record: Evidence, claim: NamedNode, index: int, path: Path) -> None:
        item = self.node(iris.part(claim, "evidence", index + 1), PM.EvidenceItem, path)
        self.add(claim, PM.hasEvidence, item)
        self.number(item, PM.position, index + 1)
        self.text(item, PM.locator, record.locator)
        self.value(item, PM.layer, record.layer)
        self.value(item, PM.explicitness, record.explicitness)
        self.text(item, PM.paraphrase, record.paraphrase)
        self.text(item, PM.quote, record.quote)
        self.text(item, PM.speaker, record.speaker)
        if record.selector is not None and record.quote is not None:
            where = record.selector
            quote = self.node(iris.part(item, "quote-selector"), OA.TextQuoteSelector)
            self.add(item, OA.hasSelector, quote)
            self.text(quote, OA.exact, record.quote)
            self.text(quote, OA.prefix, where.prefix)
            self.text(quote, OA.suffix, where.suffix)
            position = self.node(iris.part(item, "position-selector"), OA.TextPositionSelector)
            self.add(item, OA.hasSelector, position)
            self.number(position, OA.start, where.start)
            self.number(position, OA.end, where.end)
        if record.statistic is not None:
            self.text(item, PM.statisticMeasure, record.statistic.measure)
            self.text(item, PM.statisticValue, record.statistic.value)
            self.text(item, PM.statisticInterval, record.statistic.interval)
            self.number(item, PM.sampleSize, record.statistic.n)
        for name in ("relevance", "richness", "rigour"):
            judged = getattr(record, name)
            if judged is not None:
                judgement = self.node(iris.part(item, name), PM.Judgement, (*path, name))
                self.add(item, PM[name], judgement)
                self.text(judgement, PM.judged, judged.judged)
                self.text(judgement, PM.reason, judged.reason)


class _StudiesModule(_ModuleBuilder):
    def __init__(self, record: Studies, line: Callable[[Path], int]) -> None:
        super().__init__("studies.yaml", line)
        self.record = record

    def build(self) -> Module:
        for index, study in enumerate(self.record.studies):
            self._study(study, ("studies", index))
        return self.module

    def _study(self, record: Study, path: Path) -> None:
        study = self.node(iris.study(record.id), PM.Study, path)
        self.declare(study)
        self.text(study, RDFS.label, record.label)
        self.text(study, PM.note, record.note)
        for index, included in enumerate(record.includes):
            self.refer(iris.study(included), (*path, "includes", index), f"the included study {included}")
            self.add(study, PM.includesStudy, iris.study(included))


class _TheoriesModule(_ModuleBuilder):
    def __init__(self, record: Theories, line: Callable[[Path], int]) -> None:
        super().__init__("theories.yaml", line)
        self.record = record

    def build(self) -> Module:
        for index, theory in enumerate(self.record.theories):
            self._theory(theory, ("theories", index))
        return self.module

    def _theory(self, record: Theory, path: Path) -> None:
        theory = self.node(iris.theory(record.id), PM.ProgrammeTheory, path)
        self.declare(theory)
        self.text(theory, RDFS.label, record.label)
        self.text(theory, PM.ifPart, record.if_)
        self.text(theory, PM.thenPart, record.then)
        self.text(theory, PM.becausePart, record.because)
        self.text(theory, PM.theoryVersion, record.version)
        for name in record.draws_on:
            self.text(theory, PM.drawsOn, name)
        if record.revision_of is not None:
            earlier = iris.theory(record.revision_of)
            self.refer(earlier, (*path, "revision_of"), f"the theory {record.revision_of}")
            self.add(theory, PROV.wasRevisionOf, earlier)
        if record.source is not None:
            source = iris.source(record.source)
            self.refer(source, (*path, "source"), f"the source {record.source}")
            self.add(theory, PROV.wasDerivedFrom, source)


class _JudgementsModule(_ModuleBuilder):
    def __init__(self, record: Judgements, line: Callable[[Path], int]) -> None:
        super().__init__(f"judgement/{record.judge}", line)
        self.record = record
        self.judge = iris.judge(record.judge)

    def build(self) -> Module:
        self.node(self.judge, PM.Judge, ())
        self.declare(self.judge)
        self.text(self.judge, SCHEMA.name, self.record.name)
        for index, promoted in enumerate(self.record.demi_regularities):
            self._demi_regularity(promoted, ("demi_regularities", index))
        for index, judged in enumerate(self.record.tensions):
            self._tension(judged, ("tensions", index))
        return self.module

    def _judgement(
        self, record: DemiRegularity | TensionJudgement, of: NamedNode, kind: NamedNode, path: Path
    ) -> NamedNode:
        judgement = self.node(iris.judgement(self.record.judge, of), kind, path)
        self.add(judgement, PM.judgedBy, self.judge)
        if record.date is not None:
            self.add(judgement, DCTERMS.date, Literal(record.date, datatype=XSD.date))
        for index, condition in enumerate(record.contexts):
            self._condition(condition, judgement, index, (*path, "contexts", index))
        return judgement

    def _condition(self, record: Condition, judgement: NamedNode, index: int, path: Path) -> None:
        condition = self.node(iris.part(judgement, "context", index + 1), PM.Condition, path)
        self.add(judgement, PM.heldUnder, condition)
        self.number(condition, PM.position, index + 1)
        self.add(condition, PM.conditionFactor, iris.concept(record.factor))
        self.value(condition, PM.conditionState, record.state)
        self.text(condition, PM.note, record.note)

    def _demi_regularity(self, record: DemiRegularity, path: Path) -> None:
        pattern = iris.pattern(record.factor, record.outcome, record.effect)
        promoted = self._judgement(record, pattern, PM.DemiRegularity, path)
        self.add(promoted, PM.promotes, pattern)
        self.text(promoted, PM.explanation, record.explanation)
        self.text(promoted, PM.counterCasesSought, record.counter_cases_sought)
        for index, counter in enumerate(record.counter_cases):
            here = (*path, "counter_cases", index)
            case = self.node(iris.part(promoted, "counter-case", index + 1), PM.CounterCase, here)
            self.add(promoted, PM.hasCounterCase, case)
            self.number(case, PM.position, index + 1)
            source, coder, claim = counter.claim.split("/")
            self.add(
                case,
                PM.counterClaim,
                self.refer(iris.claim(source, coder, claim), here, f"the counter-case {counter.claim}"),
            )
            self.text(case, PM.counterCaseReading, counter.why)

    def _tension(self, record: TensionJudgement, path: Path) -> None:
        tension = iris.tension(record.factor, record.outcome)
        judged = self._judgement(record, tension, PM.TensionJudgement, path)
        self.add(judged, PM.judgesTension, tension)
        self.value(judged, PM.tensionKind, record.kind)
        self.text(judged, PM.rationale, record.rationale)
