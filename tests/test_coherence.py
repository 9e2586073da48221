"""Contradictions: planted one for each kind of axiom, found in the right module, explained by few statements.

Every planted contradiction is explained by a minimal set: the whole set cannot be true, and without any one member of
it the rest can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg import axioms, coherence, evidence, graph, hermit, iris
from kg.terms import PM, RDF, SKOS, XSD

SOUND = """\
source: osei2019
type: journal-article
year: 2019
design: survey
codings:
  - coder: ada
    cases:
      - id: lake
        label: Lake link
        countries: [UGA]
        start: 2015
    claims:
      - id: c1
        case: lake
        contexts:
          - factor: staff-turnover
            state: high
        mechanisms:
          - factor: trust
            state: present
            reasoning: they expect to be told
        actors: [community]
        outcome:
          factor: equity
          direction: increased
        effect: supports
        status: supported
        evidence:
          - locator: Table 2
        links: [c2]
      - id: c2
        mechanisms:
          - factor: communication
            state: absent
        outcome:
          factor: participation
        effect: mixed
        effect_kind: contingent
        status: proposed
        evidence:
          - locator: Table 3
"""
SOURCE = iris.source("osei2019")
CODING = iris.coding("osei2019", "ada")
FIRST, SECOND = iris.claim("osei2019", "ada", "c1"), iris.claim("osei2019", "ada", "c2")
CONTEXT, OUTCOME = iris.part(FIRST, "context", 1), iris.part(FIRST, "outcome", 1)
TRUST, MISTRUST = iris.concept("trust"), iris.concept("mistrust")

Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


def reading(tmp_path: Path, text: str = SOUND) -> coherence.Reading:
    """A file as the reasoner is asked about it."""
    file = tmp_path / "osei2019.yaml"
    file.write_text(text, encoding="utf-8")
    (unit,), _ = evidence.find_units(file)
    read = evidence.read(unit)
    assert read.record is not None, read.findings
    module = graph.build_module(read.record, read.line)
    return coherence.Reading(module, unit.file, lambda triple: read.line(graph.slot(module, triple)))


def told(contradiction: coherence.Contradiction) -> list[str]:
    """The statements of a contradiction, each with its place; of the ontology only the file."""
    return [
        f"{one.file if one.file.startswith('ontology/') else one.line}: {one.words}" for one in contradiction.statements
    ]


def outdone(contradiction: coherence.Contradiction) -> Iterator[list[Triple]]:
    """The statements of a contradiction without one of them, for each of them, and at last all of them."""
    ontology = axioms.read_axioms()
    background = [*ontology.declarations, *coherence.DECLARED]
    parts = [
        [taken for triple in one.triples if (taken := coherence.project(triple))] for one in contradiction.statements
    ]
    for left_out in (*range(len(parts)), None):
        yield [*background, *(triple for at, part in enumerate(parts) if at != left_out for triple in part)]


# One for each kind of axiom: what is added to the sound file, what is taken away of it, and what is explained

PLANTED: dict[str, tuple[list[Statement], list[tuple[NamedNode, NamedNode]], list[str]]] = {
    "disjoint classes": (
        [(FIRST, RDF.type, PM.Role)],
        [],
        [
            "13: c1 is a claim",
            "13: c1 is a role",
            "ontology/core.ttl: nothing both is a claim and is a role",
        ],
    ),
    "functional object property": (
        [(FIRST, PM.effect, PM.hinders)],
        [],
        [
            "26: c1 has “reported effect” reported to hinder",
            "26: c1 has “reported effect” reported to support",
            "ontology/core.ttl: nothing has two different values of “reported effect”",
            "ontology/core.ttl: reported to support and reported to hinder are different things",
        ],
    ),
    "functional datatype property": (
        [(SOURCE, PM.year, Literal("2020", datatype=XSD.integer))],
        [],
        [
            "3: osei2019 has “year” “2019”",
            "3: osei2019 has “year” “2020”",
            "ontology/provenance.ttl: nothing has two different values of “year”",
        ],
    ),
    "inverse functional property": (
        [(SECOND, PM.hasEvidence, iris.part(FIRST, "evidence", 1))],
        [],
        [
            "27: c1 has “status” supported",
            "28: c1 has “has evidence” c1, evidence 1",
            "31: c2 is a claim",
            "39: c2 has “status” proposed",
            "40: c2 has “has evidence” c1, evidence 1",
            "ontology/core.ttl: to be a tested claim is the same as this: it is a claim and has “status” that is a tested status",
            "ontology/core.ttl: to be a merely proposed claim is the same as this: it is a claim and has “status” proposed",
            "ontology/core.ttl: to be a tested status is the same as this: it is supported, refined or refuted",
            "ontology/core.ttl: nothing both is a tested claim and is a merely proposed claim",
            "ontology/provenance.ttl: nothing stands as “has evidence” of two different things",
        ],
    ),
    "domain": (
        [(CONTEXT, PM.firing, PM.fired)],
        [],
        [
            "16: c1, context 1 has “firing” fired",
            "16: c1, context 1 is a context role",
            "ontology/core.ttl: nothing both is a context role and is a mechanism role",
            "ontology/core.ttl: whatever has “firing” is a mechanism role",
        ],
    ),
    "range": (
        [(FIRST, PM.hasContext, OUTCOME)],
        [],
        [
            "15: c1 has “has context” c1, outcome 1",
            "23: c1, outcome 1 is an outcome role",
            "ontology/core.ttl: nothing both is a context role and is an outcome role",
            "ontology/core.ttl: whatever stands as “has context” is a context role",
        ],
    ),
    "range of values": (
        [(SOURCE, PM.year, Literal("2019"))],
        [(SOURCE, PM.year)],
        [
            "3: osei2019 has “year” “2019”",
            "ontology/provenance.ttl: whatever stands as “year” is a whole number",
        ],
    ),
    "disjoint properties": (
        [(CODING, PM.checkedBy, iris.coder("ada"))],
        [],
        [
            "6: osei2019 by ada has “checked by” coder ada",
            "6: osei2019 by ada has “coder” coder ada",
            "ontology/provenance.ttl: nothing stands both as “coder” and as “checked by” of one thing",
        ],
    ),
    "asymmetric property": (
        [(iris.study("a"), PM.includesStudy, iris.study("b")), (iris.study("b"), PM.includesStudy, iris.study("a"))],
        [],
        [
            "1: study a has “includes study” study b",
            "1: study b has “includes study” study a",
            "ontology/provenance.ttl: “includes study” never holds both ways",
        ],
    ),
    "irreflexive property": (
        [(TRUST, PM.opposite, TRUST)],
        [],
        [
            "1: trust has “opposite” trust",
            "ontology/core.ttl: nothing stands in “opposite” to itself",
        ],
    ),
    "symmetric property": (
        [(MISTRUST, SKOS.broader, TRUST)],
        [],
        [
            "1: mistrust has “broader” trust",
            "ontology/concepts.ttl: mistrust has “opposite” trust",
            "ontology/core.ttl: nothing stands both as “opposite” and as “broader” of one thing",
        ],
    ),
    "enumeration": (
        [(FIRST, PM.effect, PM.wanted)],
        [(FIRST, PM.effect)],
        [
            "26: c1 has “reported effect” wanted",
            "ontology/core.ttl: to be a reported effect is the same as this: it is reported to support, reported to hinder, reported as mixed or reported to make no difference",
            "ontology/core.ttl: whatever stands as “reported effect” is a reported effect",
            "ontology/core.ttl: wanted, reported to support, reported to hinder, reported as mixed and reported to make no difference are different things",
        ],
    ),
    "value that defines": (
        [(FIRST, RDF.type, PM.ProposedClaim)],
        [],
        [
            "13: c1 is a merely proposed claim",
            "27: c1 has “status” supported",
            "ontology/core.ttl: to be a tested claim is the same as this: it is a claim and has “status” that is a tested status",
            "ontology/core.ttl: to be a merely proposed claim is the same as this: it is a claim and has “status” proposed",
            "ontology/core.ttl: to be a tested status is the same as this: it is supported, refined or refuted",
            "ontology/core.ttl: nothing both is a tested claim and is a merely proposed claim",
        ],
    ),
    "chain": (
        [(FIRST, PM.codedDesign, PM.commentaryDesign)],
        [],
        [
            "6: osei2019 by ada has “design” survey",
            "13: c1 has “coded design” commentary",
            "13: c1 has “in coding” osei2019 by ada",
            "ontology/core.ttl: to be a primary empirical claim is the same as this: it is a claim and has “coded design” that is a primary design",
            "ontology/core.ttl: to be a claim of a review or commentary is the same as this: it is a claim and has “coded design” that is a secondary design",
            "ontology/provenance.ttl: to be a primary design is the same as this: it is case study, mixed methods, qualitative study, realist evaluation, survey or trial",
            "ontology/provenance.ttl: to be a secondary design is the same as this: it is commentary, realist synthesis, scoping review, systematic review or theory",
            "ontology/provenance.ttl: nothing both is a primary empirical claim and is a claim of a review or commentary",
            "ontology/provenance.ttl: whatever has “in coding” is a claim",
            "ontology/provenance.ttl: “coded design” follows from “in coding” then “design”",
        ],
    ),
    "only values from": (
        [(SOURCE, PM.sourceType, PM.interview), (SOURCE, PM.design, PM.commentaryDesign)],
        [(SOURCE, PM.sourceType), (SOURCE, PM.design)],
        [
            "2: osei2019 has “type of source” interview",
            "2: osei2019 is a source",
            "4: osei2019 has “design” commentary",
            "ontology/provenance.ttl: to be a primary case material is the same as this: it is a source and has “type of source” that is a type of primary case material",
            "ontology/provenance.ttl: whatever is a primary case material has no “design” but what is a primary design",
            "ontology/provenance.ttl: to be a secondary design is the same as this: it is commentary, realist synthesis, scoping review, systematic review or theory",
            "ontology/provenance.ttl: to be a type of primary case material is the same as this: it is document, interview, observation or survey",
            "ontology/provenance.ttl: nothing both is a primary design and is a secondary design",
        ],
    ),
    "union": (
        [(FIRST, PM.effectKind, PM.contingent)],
        [],
        [
            "1: coder ada, osei2019, study osei2019, osei2019 by ada, lake, c1, c1, context 1, c1, mechanism 1, c1, actor 1, c1, outcome 1, c1, evidence 1, c1, link 1, c2, community, equity, staff turnover, trust, enables, blocks, backdrop, individual, interpersonal, institutional, infrastructural, increased, decreased, reported to support, reported to hinder, reported as mixed, reported to make no difference, contingent, actors differ, benefit and cost, fired but insufficient, no association, inferred, fired, fired weakly, blocked, countervailing mechanism, CMO, ICAMO, CIMO, SCMO, if-then, induction, deduction, abduction, and, or, sequence, becomes context, becomes resource, becomes mechanism, moderates, high-income partner, low-income partner, both partners, high, low, absent, changing, case study, mixed methods, commentary, author, coder, manual, machine-assisted, abstract only, beyond the abstract, book chapter, guideline, journal article, document and interview are different things",
            "13: c1 has “kind of effect” contingent",
            "26: c1 has “reported effect” reported to support",
            "ontology/core.ttl: to be a claim of a mixed effect is the same as this: it is a claim and has “reported effect” reported as mixed",
            "ontology/core.ttl: to be a claim of no effect is the same as this: it is a claim and has “reported effect” reported to make no difference",
            "ontology/core.ttl: to be a reported effect is the same as this: it is reported to support, reported to hinder, reported as mixed or reported to make no difference",
            "ontology/core.ttl: to be a kind of mixed or no effect is the same as this: it is contingent, actors differ, benefit and cost, unsigned, not fired, fired but insufficient or no association",
            "ontology/core.ttl: whatever has “kind of effect” that is a kind of mixed or no effect is a claim of a mixed effect or is a claim of no effect",
            "ontology/core.ttl: nothing has two different values of “reported effect”",
            "ontology/core.ttl: reported to support is a reported effect",
        ],
    ),
    "inverse and subproperty": (
        [(SECOND, PM.hasContext, CONTEXT)],
        [],
        [
            "15: c1 has “has context” c1, context 1",
            "27: c1 has “status” supported",
            "31: c2 has “has context” c1, context 1",
            "39: c2 has “status” proposed",
            "ontology/core.ttl: to be a tested claim is the same as this: it is a claim and has “status” that is a tested status",
            "ontology/core.ttl: to be a merely proposed claim is the same as this: it is a claim and has “status” proposed",
            "ontology/core.ttl: to be a tested status is the same as this: it is supported, refined or refuted",
            "ontology/core.ttl: nothing both is a tested claim and is a merely proposed claim",
            "ontology/core.ttl: whatever has “has role” is a claim",
            "ontology/core.ttl: nothing has two different values of “role of”",
            "ontology/core.ttl: “role of” is “has role” read backwards",
            "ontology/core.ttl: whatever stands as “has context” also stands as “has role”",
        ],
    ),
    "class expressions": (
        [
            (iris.part(FIRST, "mechanism", 1), PM.firing, PM.fired),
            (iris.part(FIRST, "mechanism", 1), PM.state, PM.absent),
        ],
        [(iris.part(FIRST, "mechanism", 1), PM.state)],
        [
            "19: c1, mechanism 1 has “firing” fired",
            "20: c1, mechanism 1 has “state” absent",
            "ontology/core.ttl: nothing both has “state” absent and has “firing” fired",
        ],
    ),
    "intersection": (
        [(iris.part(FIRST, "link", 1), RDF.type, PM.Configuration)],
        [],
        [
            "30: c1, link 1 is a context-mechanism-outcome configuration",
            "30: c1, link 1 is a link between claims",
            "ontology/core.ttl: to be a context-mechanism-outcome configuration is the same as this: it is a claim, has “has context” that is a context role, has “has mechanism” that is a mechanism role with reasoning and has “has outcome” that is an outcome role",
            "ontology/core.ttl: nothing both is a claim and is a link between claims",
        ],
    ),
    "subclass": (
        [(iris.part(FIRST, "actor", 1), PM.kindOfActor, TRUST)],
        [(iris.part(FIRST, "actor", 1), PM.kindOfActor)],
        [
            "22: c1, actor 1 has “kind of actor” trust",
            "ontology/concepts.ttl: trust is a relational factor",
            "ontology/core.ttl: nothing both is a relational factor and is a kind of actor",
            "ontology/core.ttl: whatever stands as “kind of actor” is a kind of actor",
        ],
    ),
}


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[str], coherence.Reading]:
    def plant(kind: str) -> coherence.Reading:
        added, taken, _ = PLANTED[kind]
        found = reading(tmp_path)
        graph_name = found.module.quads[0].graph_name
        found.module.quads = [quad for quad in found.module.quads if (quad.subject, quad.predicate) not in taken]
        found.module.quads += [Quad(*statement, graph_name) for statement in added]
        return found

    return plant


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_contradiction_is_explained_by_a_minimal_set(
    kind: str, planted: Callable[[str], coherence.Reading]
) -> None:
    contradiction = coherence.explain(planted(kind))
    assert told(contradiction) == PLANTED[kind][2]
    assert contradiction.minimal
    *without_one, whole = outdone(contradiction)
    assert hermit.first_clash([*without_one, whole]) == len(without_one)
