"""Contradictions: planted one for each kind of axiom, found in the right module, explained by few statements.

Every planted contradiction is explained by a minimal set: the whole set cannot be true, and without any one member of
it the rest can.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg import axioms, coherence, evidence, graph, hermit, iris, pipeline, resources
from kg.errors import EvidenceError, Failure
from kg.terms import PM, RDF, SKOS, XSD
from tests import inferences
from tests.conftest import ROOT, TINY

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
        f"{Path(one.file).name if one.file.endswith('.ttl') else one.line}: {one.words}"
        for one in contradiction.statements
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


# One for each kind of axiom: what is added to the sound file, and of what its statements are taken away

PLANTED: dict[str, tuple[list[Statement], list[tuple[NamedNode, NamedNode]]]] = {
    "disjoint classes": ([(FIRST, RDF.type, PM.Role)], []),
    "functional object property": ([(FIRST, PM.effect, PM.hinders)], []),
    "functional datatype property": ([(SOURCE, PM.year, Literal("2020", datatype=XSD.integer))], []),
    "inverse functional property": ([(SECOND, PM.hasEvidence, iris.part(FIRST, "evidence", 1))], []),
    "domain": ([(CONTEXT, PM.firing, PM.fired)], []),
    "range": ([(FIRST, PM.hasContext, OUTCOME)], []),
    "range of values": ([(SOURCE, PM.year, Literal("2019"))], [(SOURCE, PM.year)]),
    "disjoint properties": ([(CODING, PM.checkedBy, iris.coder("ada"))], []),
    "asymmetric property": (
        [(iris.study("a"), PM.includesStudy, iris.study("b")), (iris.study("b"), PM.includesStudy, iris.study("a"))],
        [],
    ),
    "irreflexive property": ([(TRUST, PM.opposite, TRUST)], []),
    "symmetric property": ([(MISTRUST, SKOS.broader, TRUST)], []),
    "enumeration": ([(FIRST, PM.effect, PM.wanted)], [(FIRST, PM.effect)]),
    "value that defines": ([(FIRST, RDF.type, PM.ProposedClaim)], []),
    "chain": ([(FIRST, PM.codedDesign, PM.commentaryDesign)], []),
    "only values from": (
        [(SOURCE, PM.sourceType, PM.interview), (SOURCE, PM.design, PM.commentaryDesign)],
        [(SOURCE, PM.sourceType), (SOURCE, PM.design)],
    ),
    "union": ([(FIRST, PM.effectKind, PM.contingent)], []),
    "inverse and subproperty": ([(SECOND, PM.hasContext, CONTEXT)], []),
    "class expressions": (
        [
            (iris.part(FIRST, "mechanism", 1), PM.firing, PM.fired),
            (iris.part(FIRST, "mechanism", 1), PM.state, PM.absent),
        ],
        [(iris.part(FIRST, "mechanism", 1), PM.state)],
    ),
    "intersection": ([(iris.part(FIRST, "link", 1), RDF.type, PM.Configuration)], []),
    "subclass": (
        [(iris.part(FIRST, "actor", 1), PM.kindOfActor, TRUST)],
        [(iris.part(FIRST, "actor", 1), PM.kindOfActor)],
    ),
}


with (ROOT / "tests" / "data" / "contradictions.yaml").open(encoding="utf-8") as written:
    EXPLAINED: dict[str, list[str]] = yaml.safe_load(written)
"""What each is explained by; those that take long are only found."""


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[str], coherence.Reading]:
    def plant(kind: str) -> coherence.Reading:
        added, taken = PLANTED[kind]
        found = reading(tmp_path)
        graph_name = found.module.quads[0].graph_name
        found.module.quads = [quad for quad in found.module.quads if (quad.subject, quad.predicate) not in taken]
        found.module.quads += [Quad(*statement, graph_name) for statement in added]
        return found

    return plant


def test_a_sound_file_contradicts_itself_in_nothing(tmp_path: Path) -> None:
    with coherence.asked([reading(tmp_path)]) as question:
        assert question.findings() == [[]]


def test_a_contradiction_is_planted_for_each_kind_of_axiom_and_most_are_explained() -> None:
    assert len(PLANTED) == 20
    assert set(PLANTED) - set(EXPLAINED) == {"chain", "only values from", "union"}  # found below; explained in a minute


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_contradiction_is_found(kind: str, planted: Callable[[str], coherence.Reading]) -> None:
    with coherence.asked([planted(kind)]) as question, pytest.MonkeyPatch.context() as patch:
        patch.setattr(coherence, "EXPLAINED", 0)
        ((finding,),) = question.findings()
    assert (finding.rule, finding.severity, finding.file) == ("contradiction", "error", "osei2019.yaml")


@pytest.mark.parametrize("kind", EXPLAINED)
def test_a_planted_contradiction_is_explained_by_a_minimal_set(
    kind: str, planted: Callable[[str], coherence.Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coherence, "SECONDS", 600.0)  # however busy the machine is
    contradiction = coherence.explain(planted(kind))
    assert told(contradiction) == EXPLAINED[kind]
    assert contradiction.minimal
    *without_one, whole = outdone(contradiction)
    assert hermit.first_clash([*without_one, whole]) == len(without_one)


def test_contradictions_are_found_in_the_modules_that_hold_them(
    tmp_path: Path, planted: Callable[[str], coherence.Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight modules are asked about at once; what two say of nodes of one name makes no contradiction."""
    monkeypatch.setattr(coherence, "EXPLAINED", 0)
    sound, broken = reading(tmp_path), planted("disjoint classes")
    modules = [sound, broken, sound, sound, sound, planted("domain"), broken, sound]
    with coherence.asked(modules) as question:
        found = question.findings()
    assert [len(each) for each in found] == [0, 1, 0, 0, 0, 1, 1, 0]
    apart = reading(tmp_path, SOUND.replace("year: 2019", "year: 2020").replace("effect: supports", "effect: hinders"))
    with coherence.asked([sound, apart]) as question:
        assert question.findings() == [[], []]


def test_a_search_that_ends_early_says_so_and_keeps_what_it_has(
    planted: Callable[[str], coherence.Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coherence, "RUNS", 3)
    contradiction = coherence.explain(planted("domain"))
    *_, whole = outdone(contradiction)
    assert not contradiction.minimal
    assert set(EXPLAINED["domain"]) < set(told(contradiction))
    assert hermit.first_clash([whole]) == 0
    # The second run found a beginning of the list that cannot be true, the third a shorter one
    monkeypatch.setattr(coherence, "RUNS", 2)
    assert len(contradiction.statements) < len(coherence.explain(planted("domain")).statements)
    monkeypatch.setattr(coherence, "SECONDS", 0.05)
    with coherence.asked([planted("domain")]) as question:
        ((finding,),) = question.findings()
    assert len(finding.related) == coherence.SHOWN + 1
    assert "more stand beside these" in finding.related[-1].what


def test_of_many_contradictions_only_some_are_searched_for_why(
    planted: Callable[[str], coherence.Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coherence, "EXPLAINED", 0)
    with coherence.asked([planted("domain")]) as question:
        ((finding,),) = question.findings()
    assert [place.what for place in finding.related] == [
        "kg check --coherence on this file alone says by which statements."
    ]


# In a build, a check, and the ontology itself

CONTRADICTING = SOUND.replace(
    "            state: present\n", "            state: absent\n            firing: fired\n", 1
)


def test_a_build_refuses_what_contradicts_itself_and_says_why(tmp_path: Path) -> None:
    corpus = tmp_path / "evidence"
    corpus.mkdir()
    file = corpus / "osei2019.yaml"
    file.write_text(SOUND, encoding="utf-8")
    before = pipeline.build(corpus, tmp_path / "build").release.folder
    file.write_text(CONTRADICTING, encoding="utf-8")
    with pytest.raises(EvidenceError) as refused:
        pipeline.build(corpus, tmp_path / "build")
    (finding,) = refused.value.findings
    places = [(Path(place.file).name, place.what) for place in finding.related]
    assert (finding.line, finding.rule, finding.subject) == (20, "contradiction", "c1, mechanism 1")
    assert places == [
        ("osei2019.yaml", "c1, mechanism 1 has “state” absent."),
        ("osei2019.yaml", "c1, mechanism 1 has “firing” fired."),
        ("core.ttl", "nothing both has “state” absent and has “firing” fired."),
    ]
    assert (tmp_path / "build" / "current").resolve() == before
    line = finding.related[2].line
    assert line is not None
    assert "AllDisjointClasses" in (resources.root() / "ontology" / "core.ttl").read_text().splitlines()[line - 1]


def test_a_check_asks_the_reasoner_when_it_is_told_to(tmp_path: Path) -> None:
    file = tmp_path / "osei2019.yaml"
    file.write_text(CONTRADICTING, encoding="utf-8")
    assert pipeline.check(file, tier="noted") == []
    assert [found.rule for found in pipeline.check(file, tier="noted", coherence=True)] == ["contradiction"]


def changed(tmp_path: Path, old: str, new: str, name: str = "core.ttl") -> axioms.Axioms:
    """The ontology with a passage of a file put otherwise, where it stands first."""
    folder = tmp_path / "ontology"
    shutil.copytree(resources.root() / "ontology", folder)
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return axioms.take_apart(sorted(folder.glob("*.ttl")))


def test_an_ontology_with_a_class_that_nothing_can_belong_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coherence, "SECONDS", 600.0)
    broken = changed(
        tmp_path, '    rdfs:label "claim"@en ;', '    rdfs:subClassOf pm:Role ;\n    rdfs:label "claim"@en ;'
    )
    with pytest.raises(Failure) as refused:
        coherence.check_ontology(broken)
    first, *lines = str(refused.value).splitlines()
    assert first.startswith("nothing can be a member of “")
    said = [line.partition(": ")[2] for line in lines]
    assert "whatever is a claim is a role." in said
    assert "nothing both is a claim and is a role." in said


def test_an_ontology_that_contradicts_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coherence, "SECONDS", 600.0)
    broken = changed(tmp_path, "pm:supports a pm:Effect ;", "pm:supports a pm:Effect , pm:Claim ;")
    with pytest.raises(Failure) as refused:
        coherence.check_ontology(broken)
    first, *lines = str(refused.value).splitlines()
    assert first == "the ontology contradicts itself; these statements say so:"
    assert "reported to support is a claim." in [line.partition(": ")[2] for line in lines]


def test_a_concept_with_two_values_where_there_is_one_is_a_fault_of_the_ontology(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coherence, "SECONDS", 600.0)
    broken = changed(
        tmp_path, "pm:desirability pm:wanted ;", "pm:desirability pm:wanted , pm:unwanted ;", "concepts.ttl"
    )
    with pytest.raises(Failure) as refused:
        coherence.check_ontology(broken)
    said = [line.partition(": ")[2] for line in str(refused.value).splitlines()[1:]]
    assert "nothing has two different values of “desirability”." in said
    assert "wanted and unwanted are different things." in said or "unwanted and wanted are different things." in said


def test_a_build_with_an_ontology_that_contradicts_itself_ends_with_3_and_leaves_no_graph(tmp_path: Path) -> None:
    for folder in ("kg", "ontology", "queries", "shapes"):
        shutil.copytree(resources.root() / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    core = tmp_path / "ontology" / "core.ttl"
    text = core.read_text(encoding="utf-8")
    core.write_text(text.replace("pm:supports a pm:Effect ;", "pm:supports a pm:Effect , pm:Claim ;"), encoding="utf-8")
    command = [sys.executable, "-m", "kg", "build", str(TINY), "--output", str(tmp_path / "build")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    first, *lines = done.stderr.splitlines()
    assert (done.returncode, first) == (3, "kg: the ontology contradicts itself; these statements say so:")
    assert any(line.endswith("reported to support is a claim.") for line in lines)
    assert all(line.startswith("    ontology/core.ttl:") for line in lines)
    assert not (tmp_path / "build" / "current").exists()


def test_an_axiom_that_is_not_understood_is_not_left_out_in_silence(tmp_path: Path) -> None:
    different = "[] a owl:AllDifferent ; owl:distinctMembers ( pm:supports pm:hinders ) .\n"
    with pytest.raises(Failure, match=r"core\.ttl:\d+: owl:distinctMembers of an unnamed node is not understood"):
        changed(tmp_path, "# Individuals: controlled values\n", f"{different}# Individuals: controlled values\n")


def test_the_shipped_ontology_is_coherent() -> None:
    coherence.check_shipped_ontology()


def test_hermit_and_the_rules_infer_the_same_of_shipped_modules() -> None:
    """`make compare-inferences` compares every module; here are some."""
    compared = inferences.modules()[::34]
    assert len(compared) == 4
    assert inferences.differences(compared) == (set(), set())
