"""Contradictions: planted one for each kind of axiom, found in the right module, explained by few statements.

Every planted contradiction is explained by a minimal set: the whole set cannot be true, and without any one member of
it the rest can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg import axioms, coherence, evidence, graph, hermit, iris, pipeline
from kg.errors import EvidenceError, Failure
from kg.graph import Module
from kg.terms import OWL, PM, RDF, RDFS, SKOS, XSD
from tests import inferences
from tests.conftest import TINY

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
        f"{one.file if one.file.startswith('ontology/') else one.line}: {one.words}"
        for one in contradiction.statements
    ]


def outdone(contradiction: coherence.Contradiction) -> Iterator[list[Triple]]:
    """The statements of a contradiction without one of them, for each of them, and at last all of them."""
    ontology = axioms.read_axioms()
    background = [*ontology.declarations, *coherence.DECLARED]
    parts = [[taken for triple in one.triples if (taken := coherence.project(triple))] for one in contradiction.statements]
    for left_out in (*range(len(parts)), None):
        yield [*background, *(triple for at, part in enumerate(parts) if at != left_out for triple in part)]


# One for each kind of axiom: what is added to the sound file, what is taken away of it, and what is explained

PLANTED: dict[str, tuple[list[Statement], list[tuple[NamedNode, NamedNode]], list[str]]] = {
    "disjoint classes": (
        [(FIRST, RDF.type, PM.Role)],
        [],
        [
            "14: c1 is a claim",
            "14: c1 is a role",
            "ontology/core.ttl: nothing both is a claim and is a role",
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
