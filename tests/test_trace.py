"""The main job. Every count on the shipped evidence is made again here from the YAML files, without kg."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import kg
from kg import iris, pipeline, render, store
from kg.pipeline import Built
from kg.store import LocalStore
from kg.terms import PM
from kg.trace import Cell, DoubleCoding, Part, _double_coding, first_queries
from tests.conftest import ROOT, SHIPPED

PRIMARY = {"case-study", "mixed-methods", "qualitative", "realist-evaluation", "survey", "trial"}
TESTED = {"supported", "refined", "refuted"}
COLUMNS = {"supports": 0, "hinders": 1, "mixed": 2, "no-effect": 3}


@dataclass(frozen=True)
class Row:
    """One claim as the YAML has it, with what counting asks of it."""

    source: str
    study: str
    coder: str
    design: str
    beyond: bool
    countries: frozenset[str]
    claim: dict[str, Any]

    @property
    def mechanisms(self) -> list[str]:
        return [mechanism["factor"] for mechanism in self.claim["mechanisms"]]

    @property
    def contexts(self) -> list[str]:
        return [context["factor"] for context in self.claim.get("contexts", [])]

    @property
    def outcome(self) -> str:
        return str(self.claim["outcome"]["factor"])

    @property
    def effect(self) -> str:
        return str(self.claim["effect"])

    def present(self) -> bool:
        return any(mechanism.get("state") == "present" for mechanism in self.claim["mechanisms"])


def read_rows(folder: Path) -> Iterator[Row]:
    for path in sorted((folder / "sources").glob("*.yaml")):
        source = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for coding in source["codings"]:
            otherwise = coding.get("recorded_as") or {}
            countries = {case["id"]: frozenset(case.get("countries", [])) for case in coding.get("cases", [])}
            for claim in coding["claims"]:
                yield Row(
                    source=source["source"],
                    study=source.get("study", source["source"]),
                    coder=coding["coder"],
                    design=otherwise.get("design", source["design"]),
                    beyond=not all("abstract" in part.lower() for part in coding["read"]),
                    countries=countries.get(claim.get("case"), frozenset()),
                    claim=claim,
                )


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(read_rows(SHIPPED))


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    """The kind of each factor, by a plain reading of the concept scheme."""
    text = (ROOT / "ontology" / "concepts.ttl").read_text(encoding="utf-8")
    return dict(re.findall(r"^pmc:([\w-]+) a skos:Concept , pm:(\w+)Factor ;", text, re.MULTILINE))


@pytest.fixture(scope="module")
def broader() -> dict[str, str]:
    text = (ROOT / "ontology" / "concepts.ttl").read_text(encoding="utf-8")
    found = {}
    for block in text.split("\n\n"):
        name = re.match(r"pmc:([\w-]+) a ", block)
        parent = re.search(r"skos:broader pmc:([\w-]+)", block)
        if name and parent:
            found[name[1]] = parent[1]
    return found


def recount(
    rows: list[Row],
    keep: Callable[[Row], bool],
    factors: Callable[[Row], list[str]] = lambda row: row.mechanisms,
    rolled: Callable[[str], list[str]] = lambda concept: [concept],
) -> dict[tuple[str, str], list[int]]:
    """Studies per effect, and in all, of each factor and outcome."""
    cells: dict[tuple[str, str], list[set[str]]] = defaultdict(lambda: [set(), set(), set(), set(), set()])
    for row in rows:
        if keep(row):
            for factor in {up for narrow in factors(row) for up in rolled(narrow)}:
                for outcome in rolled(row.outcome):
                    cells[factor, outcome][COLUMNS[row.effect]].add(row.study)
                    cells[factor, outcome][4].add(row.study)
    return {pair: [len(studies) for studies in columns] for pair, columns in cells.items()}


def counted(cells: tuple[Cell, ...]) -> dict[tuple[str, str], list[int]]:
    return {
        (cell.factor, cell.outcome): [cell.supports, cell.hinders, cell.mixed, cell.no_effect, cell.studies]
        for cell in cells
    }


def was_tested(row: Row) -> bool:
    return row.claim["status"] in TESTED


RESTRICTIONS: dict[str, tuple[dict[str, Any], Callable[[Row], bool]]] = {
    "default": ({}, was_tested),
    "status all": ({"status": "all"}, lambda row: True),
    "status proposed": ({"status": "proposed"}, lambda row: row.claim["status"] == "proposed"),
    "status refined and refuted": (
        {"status": ("refined", "refuted")},
        lambda row: row.claim["status"] in {"refined", "refuted"},
    ),
    "primary": ({"evidence": "primary"}, lambda row: was_tested(row) and row.design in PRIMARY),
    "review": ({"evidence": "review"}, lambda row: was_tested(row) and row.design not in PRIMARY),
    "design": (
        {"design": ("survey", "commentary")},
        lambda row: was_tested(row) and row.design in {"survey", "commentary"},
    ),
    "layer": (
        {"layer": "participant"},
        lambda row: was_tested(row) and any(item.get("layer") == "participant" for item in row.claim["evidence"]),
    ),
    "country": ({"country": "UGA"}, lambda row: was_tested(row) and "UGA" in row.countries),
    "country by name": ({"country": "Mozambique"}, lambda row: was_tested(row) and "MOZ" in row.countries),
    "actor": ({"actor": "funder"}, lambda row: was_tested(row) and "funder" in row.claim.get("actors", [])),
    "coder": ({"coder": "coder-4"}, lambda row: was_tested(row) and row.coder == "coder-4"),
}


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_every_count_equals_a_recount_from_the_files(
    name: str, rows: list[Row], kinds: dict[str, str], shipped_graph: kg.KnowledgeGraph
) -> None:
    selection, keep = RESTRICTIONS[name]
    expected = recount(rows, keep)
    assert counted(shipped_graph.trace(kind="any", **selection).cells) == expected
    relational = {pair: counts for pair, counts in expected.items() if kinds[pair[0]] == "Relational"}
    assert counted(shipped_graph.trace(**selection).cells) == relational
    assert relational


def test_csv_equals_a_recount_from_the_files(
    rows: list[Row], kinds: dict[str, str], shipped_graph: kg.KnowledgeGraph
) -> None:
    out = io.StringIO()
    render.write_csv(Cell.COLUMNS, shipped_graph.trace().rows, out)
    header, *lines = csv.reader(io.StringIO(out.getvalue()))
    assert header == ["factor", "outcome", "supports", "hinders", "mixed", "no_effect", "studies"]
    expected = recount(rows, was_tested)
    assert {(line[0], line[1]): [int(number) for number in line[2:]] for line in lines} == {
        pair: counts for pair, counts in expected.items() if kinds[pair[0]] == "Relational"
    }


def test_contexts_count_in_the_context_role(rows: list[Row], shipped_graph: kg.KnowledgeGraph) -> None:
    expected = recount(rows, was_tested, factors=lambda row: row.contexts)
    assert counted(shipped_graph.trace(kind="any", role="context").cells) == expected


def test_in_the_outcome_role_a_factor_meets_itself(rows: list[Row], shipped_graph: kg.KnowledgeGraph) -> None:
    expected = recount(rows, was_tested, factors=lambda row: [row.outcome])
    assert counted(shipped_graph.trace(kind="any", role="outcome").cells) == expected


def test_rolled_up_concepts_count_with_every_broader_one(
    rows: list[Row], broader: dict[str, str], shipped_graph: kg.KnowledgeGraph
) -> None:
    def rolled(concept: str) -> list[str]:
        return [concept, *rolled(broader[concept])] if concept in broader else [concept]

    found = counted(shipped_graph.trace(kind="any", roll_up=True).cells)
    assert found == recount(rows, was_tested, rolled=rolled)
    plain = counted(shipped_graph.trace(kind="any").cells)
    assert found["trust", "partnership-functioning"][4] > plain["trust", "partnership-functioning"][4]


def test_two_coders_must_both_have_seen_it_with_the_same_effect(
    rows: list[Row], shipped_graph: kg.KnowledgeGraph
) -> None:
    coders: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        for factor in row.mechanisms:
            coders[row.source, factor, row.outcome, row.effect].add(row.coder)
    expected = recount(
        rows,
        lambda row: (
            was_tested(row)
            and any(len(coders[row.source, factor, row.outcome, row.effect]) > 1 for factor in row.mechanisms)
        ),
    )
    assert counted(shipped_graph.trace(kind="any", min_coders=2).cells) == expected
    assert expected


def test_fewest_studies_leave_thinner_cells_out(shipped_graph: kg.KnowledgeGraph) -> None:
    every = shipped_graph.trace().cells
    assert shipped_graph.trace(min_studies=3).cells == tuple(cell for cell in every if cell.studies >= 3)


def test_presence_and_absence_are_counted_apart(rows: list[Row], shipped_graph: kg.KnowledgeGraph) -> None:
    cells = {(cell.factor, cell.outcome): cell for cell in shipped_graph.trace(kind="any", status="all").cells}
    # The two pairs that the point is shown on: presence and absence are different evidence
    equity = cells["power-sharing", "equity"]
    assert (equity.present_better, equity.absent_worse) == (7, 8)
    functioning = cells["mutual-understanding", "partnership-functioning"]
    assert (functioning.present_better, functioning.absent_worse) == (0, 4)
    present = recount(rows, lambda row: row.effect == "supports" and row.present())
    assert {pair: cell.present_better for pair, cell in cells.items() if cell.present_better} == {
        pair: counts[0] for pair, counts in present.items()
    }


def test_a_study_in_several_columns_is_said_to_be(rows: list[Row], shipped_graph: kg.KnowledgeGraph) -> None:
    effects: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        for factor in row.mechanisms:
            effects[factor, row.outcome, row.study].add(row.effect)
    several: dict[tuple[str, str], int] = defaultdict(int)
    for (factor, outcome, _), found in effects.items():
        several[factor, outcome] += len(found) > 1
    cells = shipped_graph.trace(kind="any", status="all").cells
    assert {(cell.factor, cell.outcome): cell.several for cell in cells} == dict(several)
    assert effects["governance", "partnership-sustainability", "norc2012"] == set(COLUMNS)


def test_the_funnel_narrows_as_a_methodologist_counted_it(shipped_graph: kg.KnowledgeGraph) -> None:
    everything = shipped_graph.trace(kind="any")
    assert [step.recurrent for step in everything.funnel] == [54, 39, 33, 23, 11, 1]
    cell = shipped_graph.trace(factor="trust", outcome="partnership-functioning")
    assert [step.studies for step in cell.funnel] == [18, 13, 10, 9, 6, 3]


def test_merely_proposed_studies_stand_beside(rows: list[Row], shipped_graph: kg.KnowledgeGraph) -> None:
    expected: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row.claim["status"] == "proposed":
            for factor in row.mechanisms:
                expected[factor, row.outcome].add(row.study)
    every = shipped_graph.trace(kind="any").all_cells
    assert {(cell.factor, cell.outcome): cell.proposed for cell in every if cell.proposed} == {
        pair: len(studies) for pair, studies in expected.items()
    }


def test_prepared_answers_are_those_of_the_store(shipped_build: Built) -> None:
    stored = LocalStore(shipped_build.release.store)
    prepared = json.loads(shipped_build.release.prepared.read_text(encoding="utf-8"))
    queries = first_queries(stored)
    assert {hashlib.sha256(text.encode()).hexdigest() for text in queries} == set(prepared)
    nowhere = LocalStore(shipped_build.release.folder / "nowhere", shipped_build.release.prepared)
    for text in queries:
        assert nowhere.select(text) == stored.select(text)
    assert kg.KnowledgeGraph(nowhere).trace().cells == kg.KnowledgeGraph(stored).trace().cells


# Exact expectations on the small corpus


def test_the_small_matrix_is_as_counted_by_hand(tiny_graph: kg.KnowledgeGraph) -> None:
    assert counted(tiny_graph.trace(kind="any").cells) == {
        ("communication", "partner-burden"): [1, 0, 0, 0, 1],
        ("faith-in-partner", "equity"): [1, 0, 0, 0, 1],
        ("resourcing", "communication"): [1, 0, 0, 0, 1],
        ("resourcing", "partner-burden"): [1, 0, 0, 0, 1],
        ("trust", "equity"): [0, 0, 0, 1, 1],
        ("trust", "service-delivery"): [3, 1, 1, 0, 4],
    }
    cells = {(cell.factor, cell.outcome): cell for cell in tiny_graph.trace(kind="any").cells}
    trust = cells["trust", "service-delivery"]
    assert (trust.tension, trust.several, trust.secondary) == (True, 1, 1)
    assert (trust.present_better, trust.absent_worse) == (3, 1)
    # costa2020 was recorded as qualitative by one coder and as a survey by the other: primary to both
    assert trust.funnel == (3, 3, 3, 3, 2, 2)


ADDED = """source: added2020
type: journal-article
title: Added
authors: [Added]
year: 2020
url: https://example.org/added
codings:
  - coder: ada
    read: [abstract]
    claims:
      - id: c1
        mechanisms:
          - {factor: reciprocity, state: absent, reasoning: they hold back money, reasoners: [funder]}
          - {factor: solidarity, state: present, reasoning: they stand together, reasoners: [frontline-staff]}
        actors: [funder, frontline-staff]
        outcome: {factor: equity, direction: not-stated}
        effect: supports
        status: supported
        evidence: [{locator: p. 1, layer: author, paraphrase: So it is told.}]
"""


@pytest.fixture
def with_added(corpus: Path) -> kg.KnowledgeGraph:
    """The small corpus with a claim of two mechanisms, of a source whose design is not recorded."""
    (corpus / "sources" / "added2020.yaml").write_text(ADDED, encoding="utf-8")
    pipeline.build(corpus, corpus.parent / "build")
    return kg.open(corpus.parent / "build")


def test_each_mechanism_is_present_or_absent_by_itself(with_added: kg.KnowledgeGraph) -> None:
    cells = {cell.factor: cell for cell in with_added.trace(outcome="equity", kind="any").cells}
    told = {name: (cells[name].present_better, cells[name].absent_worse) for name in ("reciprocity", "solidarity")}
    assert told == {"reciprocity": (0, 1), "solidarity": (1, 0)}
    assert cells["reciprocity"].funnel == (1, 0, 0, 0, 0, 0)


def test_a_source_of_unknown_design_is_neither_primary_nor_a_review(with_added: kg.KnowledgeGraph) -> None:
    (cell,) = with_added.trace(factor="solidarity", outcome="equity").cells
    assert (cell.studies, cell.secondary, cell.funnel[:2]) == (1, 0, (1, 0))


def test_reasoning_is_given_to_whom_the_record_gives_it(with_added: kg.KnowledgeGraph) -> None:
    (claim,) = with_added.trace(factor="solidarity", outcome="equity").claims
    assert claim.sentence == (
        "In a context that is not recorded; with reciprocity absent and with solidarity present; funder: they hold "
        "back money; frontline staff: they stand together; so equity is concerned, in a direction that the source does "
        "not state, reported to support, according to Added 2020 (authors' interpretation; on whose word the reasoning "
        "rests is not recorded)."
    )


def test_who_both_saw_it_is_not_asked_of_rolled_up_words(tiny_graph: kg.KnowledgeGraph) -> None:
    for selection in ({"roll_up": True}, {"role": "context"}):
        with pytest.raises(kg.UsageError, match="leave role and roll-up out"):
            tiny_graph.trace(min_coders=2, **selection)


def test_a_coder_who_did_not_code_is_a_slip(tiny_graph: kg.KnowledgeGraph) -> None:
    with pytest.raises(kg.UsageError, match=re.escape("there is no coder “eve” (one of ada, bo)")):
        tiny_graph.trace(coder="eve")


def test_the_comparison_of_coders_is_of_all_of_them(tiny_graph: kg.KnowledgeGraph) -> None:
    every = tiny_graph.trace(kind="any").double_coding
    assert every == DoubleCoding(both=1, one=0, opposed=1)
    assert tiny_graph.trace(kind="any", coder="ada").double_coding == every


@pytest.mark.parametrize(
    ("read", "counted"),
    [
        ("ada supports", DoubleCoding(0, 1, 0)),
        ("ada supports, ada hinders", DoubleCoding(0, 1, 0)),
        ("ada supports, bo supports", DoubleCoding(1, 0, 0)),
        ("ada supports, bo mixed", DoubleCoding(1, 0, 0)),
        ("ada supports, bo hinders", DoubleCoding(0, 0, 1)),
        ("ada supports, ada mixed, bo hinders", DoubleCoding(0, 0, 1)),
        ("ada supports, ada hinders, bo hinders", DoubleCoding(1, 0, 0)),
        ("ada supports, ada hinders, bo mixed", DoubleCoding(1, 0, 0)),
    ],
)
def test_coders_are_opposed_where_each_reports_one_sign_and_not_the_same(read: str, counted: DoubleCoding) -> None:
    effects = {"supports": PM.supports, "hinders": PM.hinders, "mixed": PM.mixed}
    place = {"factor": iris.concept("trust"), "outcome": iris.concept("equity"), "source": iris.source("a")}
    pairs = [one.split() for one in read.split(", ")]
    rows: list[store.Row] = [
        {**place, "reader": iris.coder(coder), "effect": effects[effect]} for coder, effect in pairs
    ]
    assert _double_coding(rows) == counted


def test_one_study_alone_is_no_tension(corpus: Path) -> None:
    for name in ("abara2019", "abara2021", "demir2022", "esposito2018"):
        (corpus / "sources" / f"{name}.yaml").unlink()
    (corpus / "cases" / "kisumu-interview.yaml").unlink()
    for name in ("studies", "theories"):
        (corpus / f"{name}.yaml").unlink()
    pipeline.build(corpus, corpus / "build")
    cells = {(cell.factor, cell.outcome): cell for cell in kg.open(corpus / "build").trace().cells}
    trust = cells["trust", "service-delivery"]
    assert (trust.supports, trust.hinders, trust.studies, trust.tension) == (1, 1, 1, False)


def test_a_cell_opens_on_its_claims(tiny_graph: kg.KnowledgeGraph) -> None:
    found = tiny_graph.trace(factor="trust", outcome="service-delivery")
    assert [(claim.claim, claim.effect, claim.study, claim.counted) for claim in found.claims] == [
        ("abara2019/ada/c1", "supports", "abara-link", True),
        ("abara2021/ada/c1", "supports", "abara-link", True),
        ("costa2020/bo/c2", "supports", "costa2020", True),
        ("kisumu-interview/ada/p1", "supports", "kisumu-interview", True),
        ("costa2020/ada/c1", "hinders", "costa2020", True),
        ("demir2022/bo/k1", "mixed", "demir-review", True),
    ]
    assert found.double_coding == DoubleCoding(both=0, one=0, opposed=1)
    assert tiny_graph.trace(factor="faith in partner", outcome="equity").double_coding == DoubleCoding(1, 0, 0)


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ([], "layer not recorded"),
        ([""], "layer not recorded"),
        (["participant"] * 3, "participants' own account"),
        (
            ["author", "participant", "author"],
            "authors' interpretation in 2 of 3 passages and participants' own account in 1",
        ),
        (["participant", ""], "participants' own account in 1 of 2 passages and layer not recorded in 1"),
        (
            ["participant", "author", "coder"],
            "participants' own account in 1 of 3 passages, authors' interpretation in 1 and coder's interpretation in "
            "1",
        ),
    ],
)
def test_a_sentence_says_in_how_many_passages_whose_words_they_are(
    tiny_graph: kg.KnowledgeGraph, layers: list[str], told: str
) -> None:
    claim = next(one for one in tiny_graph.trace(claims=True, kind="any").claims if one.claim == "demir2022/bo/k1")
    evidence = tuple(Part("", 1, {"layer": layer} if layer else {}) for layer in layers)
    assert replace(claim, evidence=evidence).sentence.endswith(f", according to Demir & Fox 2022 ({told}).")


SENTENCES = {
    "abara2019/ada/c1": (
        "In a context of staff turnover, low (few people left); when offered weekly calls between wards, with trust "
        "present (fired); frontline staff: the other ward means well and will answer; so service delivery increased "
        "(shared records), according to Abara & Lund 2019 (participants' own account; basis of the reasoning: "
        "participant)."
    ),
    "abara2019/ada/c2": (
        "In a context of service delivery, high; with transparency present; among frontline staff: what is seen can "
        "be believed; so, it is proposed, trust would increase, according to Abara & Lund 2019 (authors' "
        "interpretation; basis of the reasoning: author; who reasons is not recorded)."
    ),
    "kisumu-interview/ada/p2": (
        "In a context that is not recorded; with resourcing absent (resource not offered); frontline staff: without a "
        "budget it is not expected of us; so communication decreased, according to interview kisumu-interview, 2017 "
        "(participants' own account; basis of the reasoning: coder)."
    ),
    "demir2022/bo/k1": (
        "In a context that is not recorded; with trust present; among partnership leader: the reasoning is not "
        "recorded; so service delivery varied, the effect reported as mixed, according to Demir & Fox 2022 "
        "(reviewers' synthesis)."
    ),
    "demir2022/bo/k2": (
        "In a context that is not recorded; with trust present (fired); among partnership leader: the reasoning is not "
        "recorded; so equity is reported as no different, according to Demir & Fox 2022 (reviewers' synthesis)."
    ),
    "demir2022/bo/k3": (
        "In a context that is not recorded; with communication present and when offered a shared budget line, with "
        "resourcing present; among partnership leader and funder: less is lost; so partner burden decreased, according "
        "to Demir & Fox 2022 (reviewers' synthesis; who reasons, and on whose word the reasoning rests, is not "
        "recorded)."
    ),
    "esposito2018/ada/c1": (
        "In a context that is not recorded; with mistrust present; the reasoning is not recorded; so service delivery "
        "is concerned, in a direction that is not recorded, reported to hinder, according to esposito2018 (authors not "
        "seen, year not seen) (authors' interpretation)."
    ),
}


@pytest.mark.parametrize("claim", SENTENCES)
def test_a_claim_reads_as_a_sentence_in_realist_words(claim: str, tiny_graph: kg.KnowledgeGraph) -> None:
    found = {claim.claim: claim for claim in tiny_graph.trace(kind="any", status="all", claims=True).claims}
    assert found[claim].sentence == SENTENCES[claim]


def test_a_resource_is_not_said_to_be_offered_where_its_mechanism_was_absent(shipped_graph: kg.KnowledgeGraph) -> None:
    claims = shipped_graph.trace(kind="any", status="all", claims=True).claims
    absent = [
        claim
        for claim in claims
        if claim.mechanisms[0].get("state") == "absent" and claim.mechanisms[0].get("resource") is not None
    ]
    assert len({claim.claim for claim in absent}) == 68
    assert not [claim.sentence for claim in absent if "when offered" in claim.sentence]


def test_where_nobody_wants_the_outcome_support_is_said_to_mean_less(shipped_graph: kg.KnowledgeGraph) -> None:
    cells = shipped_graph.trace(kind="any", status="all").cells
    assert {cell.outcome for cell in cells if cell.unwanted} == {"partner-burden", "mistrust", "conflict"}
    out = io.StringIO()
    render.write_claims(shipped_graph.trace(factor="labour-substitution", outcome="partner-burden"), out)
    assert "\nlabour substitution → partner burden (unwanted: support means less of it)\n" in out.getvalue()


def test_a_context_is_never_given_the_direction_of_the_mechanism(shipped_graph: kg.KnowledgeGraph) -> None:
    found = shipped_graph.trace(role="context", factor="power-asymmetry")
    (equity,) = [cell for cell in found.cells if cell.outcome == "equity"]
    assert (equity.supports > 0, equity.hinders > 0, equity.tension) == (True, True, False)
    out = io.StringIO()
    render.write_matrix(found, 1, out)
    assert "The directions are those of the claims' mechanisms" in out.getvalue()


def test_rolling_up_makes_no_tension_of_a_factor_with_itself(shipped_graph: kg.KnowledgeGraph) -> None:
    cells = shipped_graph.trace(roll_up=True).cells
    (itself,) = [cell for cell in cells if cell.factor == cell.outcome == "trust"]
    assert (itself.supports > 0, itself.hinders > 0, itself.tension) == (True, True, False)


def test_a_claim_carries_its_evidence(tiny_graph: kg.KnowledgeGraph) -> None:
    claim = next(
        claim
        for claim in tiny_graph.trace(factor="trust", outcome="service-delivery").claims
        if claim.claim == "kisumu-interview/ada/p1"
    )
    row = claim.row()
    assert tuple(row) == claim.COLUMNS
    assert row["quote"] == "After that I trusted the notes from the other side; I no longer repeated the tests."
    assert (row["locator"], row["layer"], row["basis"]) == ("turn 4", "participant", "participant")
    assert (row["read"], row["coder"], row["design"]) == ("whole transcript", "ada", "qualitative")
    assert row["citation"] == "interview kisumu-interview, 2017"


def test_a_rival_explanation_is_shown_with_its_claim(tiny_graph: kg.KnowledgeGraph) -> None:
    out = io.StringIO()
    render.write_claims(tiny_graph.trace(factor="trust", outcome="service-delivery"), out)
    assert out.getvalue().count("Rival explanation considered: a new electronic record came in the same year\n") == 1


def test_how_the_evidence_was_coded_is_said(tiny_graph: kg.KnowledgeGraph, shipped_graph: kg.KnowledgeGraph) -> None:
    assert shipped_graph.trace().notice.startswith(
        "All 187 codings are machine-assisted; none of them was checked by a second person"
    )
    assert tiny_graph.trace().notice.startswith("2 of 7 codings are machine-assisted; 5 of 7 were not checked")


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"factor": "trsut"}, "no factor “trsut”; did you mean trust"),
        ({"outcome": "equty"}, "did you mean equity"),
        ({"factor": "funder"}, "no factor “funder”"),
        ({"actor": "trust"}, "no actor “trust”"),
        ({"country": "Ugnda"}, "did you mean Uganda"),
        ({"kind": "relationl"}, "did you mean relational"),
        ({"role": "result"}, "one of mechanism, context, outcome"),
        ({"status": "tried"}, "there is no status “tried”"),
        ({"evidence": "some"}, "one of primary, review, all"),
        ({"layer": "reader"}, "there is no layer “reader”"),
        ({"design": "rct"}, "there is no design “rct”"),
        ({"min_coders": 3}, "min-coders is 1, or 2"),
        ({"colour": "red"}, "a selection has the slots factor, outcome"),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest(
    selection: dict[str, Any], words: str, tiny_graph: kg.KnowledgeGraph
) -> None:
    with pytest.raises(kg.UsageError, match=re.escape(words)):
        tiny_graph.trace(**selection)


@pytest.mark.parametrize("word", ["trust", "Trust", "trusting relationship"])
def test_a_factor_answers_to_its_labels(word: str, tiny_graph: kg.KnowledgeGraph) -> None:
    assert [cell.outcome for cell in tiny_graph.trace(factor=word).cells] == ["equity", "service-delivery"]


def test_the_matrix_marks_what_a_reader_must_know(tiny_graph: kg.KnowledgeGraph) -> None:
    out = io.StringIO()
    render.write_matrix(tiny_graph.trace(), 1, out)
    shown = out.getvalue()
    assert re.search(r"trust +service-delivery +3 +1 +1 +· +4† +1 +3 +1 +· tension", shown)
    assert "reported" in shown
    assert "A lead, not an error" in shown
    assert "… and read beyond the abstract" in shown
    assert shown.count("machine-assisted") == 1


def test_studies_of_one_publication_are_named_wherever_counts_are_shown(shipped_graph: kg.KnowledgeGraph) -> None:
    said = "yarmoshuk2019 and yarmoshuk2019a have one DOI, PubMed id or PubMed Central id, but count as 2 studies."
    assert shipped_graph.trace().notice.endswith(said)
    assert [shipped_graph.ask("cq04").notice, shipped_graph.patterns().notice] == [shipped_graph.trace().notice] * 2


@pytest.mark.parametrize("joined", [True, False])
def test_sources_that_are_joined_into_one_study_may_have_one_identifier(corpus: Path, joined: bool) -> None:
    for source in ("abara2019", "abara2021"):
        path = corpus / "sources" / f"{source}.yaml"
        text = re.sub(r"^doi: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        doi = "10.5555/ABARA" if source == "abara2019" else "10.5555/abara"
        text = text.replace("url: ", f"doi: {doi}\nurl: ", 1)
        path.write_text(text if joined else text.replace("study: abara-link\n", ""), encoding="utf-8")
    built = pipeline.build(corpus, corpus.parent / "build")
    assert ("abara2019 and abara2021 have one DOI" in kg.open(built.release.folder).trace().notice) is not joined
