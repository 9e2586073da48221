"""What changed between two graphs: told exactly, in words, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import NamedNode, QuerySolutions, RdfFormat, Store
from typer.testing import CliRunner

import kg
from kg import cli, diff, iris, pipeline, release
from kg.ask import read_question
from kg.diff import Change, Side, Slot
from kg.errors import DamagedRelease, UsageError
from kg.pipeline import Built
from kg.prefixes import table
from kg.store import Row
from kg.trace import EFFECTS, RECURRENT
from kg.words import notice_of_both
from tests.conftest import JUDGEMENTS, SHIPPED

Rebuild = Callable[[], kg.KnowledgeGraph]


@pytest.fixture
def build(tmp_path: Path, tiny_build: Built) -> Path:
    """A build of the small corpus that a test may go on from."""
    copy = tmp_path / "build"
    shutil.copytree(tiny_build.release.folder.parent.parent, copy, symlinks=True)
    return copy


@pytest.fixture
def rebuild(build: Path, corpus: Path) -> Rebuild:
    """Builds the corpus as it stands now beside what it was."""

    def run() -> kg.KnowledgeGraph:
        pipeline.build(corpus, build)
        return kg.open(build)

    return run


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


CLAIM = """\
      - id: c2
        mechanisms:
          - {factor: trust, state: absent, reasoning: nobody answered}
        actors: [funder]
        outcome: {factor: equity, direction: decreased}
        effect: supports
        status: supported
        evidence:
          - {locator: page 2, layer: author, paraphrase: Nobody asked who got what.}
"""
CODING = """\
  - coder: cy
    method: machine-assisted
    read: [abstract]
    claims:
      - id: k1
        mechanisms:
          - {factor: mistrust, state: present}
        actors: [funder]
        outcome: {factor: service-delivery, direction: decreased}
        effect: hinders
        status: supported
        evidence:
          - {locator: page 1, layer: author, paraphrase: Nothing was said in meetings.}
"""


def add(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(text)


# Records and cells


def test_a_graph_and_itself_differ_in_nothing(tiny_graph: kg.KnowledgeGraph) -> None:
    same = tiny_graph.diff(tiny_graph)
    assert (same.changes, same.rows) == ((), [])
    assert same.before == same.after == tiny_graph.name


def test_a_comment_makes_a_new_release_and_changes_nothing(rebuild: Rebuild, corpus: Path, tiny_build: Built) -> None:
    add(corpus / "sources" / "costa2020.yaml", "# a comment\n")
    found = rebuild().diff()
    assert found.changes == ()
    assert found.before == tiny_build.release.folder.name != found.after
    assert found.notice.startswith("2 of 7 codings are machine-assisted; 5 of 7 were not checked ")


def test_how_both_were_coded_is_said_where_it_differs(rebuild: Rebuild, corpus: Path) -> None:
    add(corpus / "sources" / "esposito2018.yaml", CODING)
    graph = rebuild()
    found = graph.diff()
    unchecked = "were not checked by a second person or by the authors of a source."
    assert found.notice == (
        f"Before: 2 of 7 codings are machine-assisted; 5 of 7 {unchecked} "
        f"Now: 3 of 8 codings are machine-assisted; 6 of 8 {unchecked} "
        "Counts are of what sources report, never of what works."
    )
    assert graph.diff(question="cq04").notice == found.notice
    assert graph.diff(graph).notice == graph.trace().notice


@pytest.mark.parametrize(
    ("turtle", "told"),
    [
        ("", "Before: No coding. Now:"),
        ("<urn:c> a pm:Coding ; pm:codingMethod pm:manualCoding ; pm:checkedBy <urn:d> .", "Before: Every coding was "),
    ],
)
def test_a_graph_of_which_there_is_nothing_to_say_is_told_beside_one_of_which_there_is(turtle: str, told: str) -> None:
    unchecked = Stated("<urn:c> a pm:Coding ; pm:codingMethod pm:manualCoding .")
    assert notice_of_both(Stated(turtle), unchecked).startswith(told)


def test_an_added_claim_and_the_cell_that_it_changes(rebuild: Rebuild, corpus: Path) -> None:
    add(corpus / "sources" / "esposito2018.yaml", CLAIM)
    assert rebuild().diff().changes == (
        Change("esposito2018/ada/c2", "claim", "added", "trust → equity, reported effect: supports"),
        Change("trust/equity", "cell", "changed", "trust → equity", (Slot("supports", 0, 1), Slot("studies", 1, 2))),
    )


def test_a_removed_source_and_all_that_it_took_along(rebuild: Rebuild, corpus: Path) -> None:
    (corpus / "sources" / "abara2021.yaml").unlink()
    assert rebuild().diff().changes == (
        Change("abara2021", "source", "removed", "Trust and shared records, five years on"),
        Change("abara2021/ada", "coding", "removed", "manual"),
        Change("abara2021/case/link", "case", "removed", "Northgate and Kisumu hospital link"),
        Change("abara2021/ada/c1", "claim", "removed", "trust → service-delivery, reported effect: supports"),
    )


def test_a_changed_direction_turns_a_tension(rebuild: Rebuild, corpus: Path) -> None:
    file = corpus / "sources" / "costa2020.yaml"
    edit(
        file,
        "service-delivery, direction: decreased}\n        effect: hinders",
        "service-delivery, direction: increased}\n        effect: supports",
    )
    graph = rebuild()
    assert graph.diff().changes == (
        Change(
            "costa2020/ada/c1",
            "claim",
            "changed",
            "trust → service-delivery, reported effect: supports",
            (Slot("outcome 1: direction", "decreased", "increased"), Slot("reported effect", "hinders", "supports")),
        ),
        Change(
            "trust/service-delivery",
            "cell",
            "changed",
            "trust → service-delivery",
            (Slot("hinders", 1, 0), Slot("tension", True, False)),
        ),
    )
    (back,) = [
        one for one in kg.open(release.folder_before(graph_folder(graph))).diff(graph).changes if one.kind == "cell"
    ]
    assert back.slots == (Slot("hinders", 0, 1), Slot("tension", False, True))


def graph_folder(graph: kg.KnowledgeGraph) -> Path:
    assert graph.release is not None
    return graph.release.folder


def test_a_new_coding_with_its_claim_and_its_cell(rebuild: Rebuild, corpus: Path) -> None:
    add(corpus / "sources" / "esposito2018.yaml", CODING)
    assert rebuild().diff().changes == (
        Change("esposito2018/cy", "coding", "added", "machine-assisted"),
        Change("esposito2018/cy/k1", "claim", "added", "mistrust → service-delivery, reported effect: hinders"),
        Change(
            "mistrust/service-delivery",
            "cell",
            "added",
            "mistrust → service-delivery",
            (Slot("hinders", 0, 1), Slot("studies", 0, 1)),
        ),
    )


def test_slots_are_told_in_words_and_lists_whole(rebuild: Rebuild, corpus: Path) -> None:
    file = corpus / "sources" / "abara2019.yaml"
    edit(file, "state: low\n            influence: enables", "state: high\n            influence: blocks")
    edit(file, "resource: weekly calls between wards", "resource: daily calls")
    edit(file, "reasoners: [frontline-staff]", "reasoners: [trainer]")
    edit(file, "          - trainer\n", "          - trainer\n          - funder\n")
    edit(file, "read: [abstract, table 2]", "read: [whole text]")
    edit(file, "year: 2019", "year: 2020")
    coding, claim = (one for one in rebuild().diff().changes if one.kind in ("coding", "claim"))
    assert coding.slots == (Slot("part read", ("abstract", "table 2"), "whole text"),)
    assert (claim.id, claim.slots) == (
        "abara2019/ada/c1",
        (
            Slot("actor 3: kind of actor", None, "funder"),
            Slot("context 1: influence", "enables", "blocks"),
            Slot("context 1: state", "low", "high"),
            Slot("mechanism 1: reasoner", "actor 1", "actor 2"),
            Slot("mechanism 1: resource", "weekly calls between wards", "daily calls"),
        ),
    )


def test_a_year_changes_its_source_alone(rebuild: Rebuild, corpus: Path) -> None:
    edit(corpus / "sources" / "abara2021.yaml", "year: 2021", "year: 2022")
    title = "Trust and shared records, five years on"
    assert rebuild().diff().changes == (
        Change("abara2021", "source", "changed", title, (Slot("year", "2021", "2022"),)),
    )


def test_a_cell_that_loses_its_third_study_is_no_longer_recurrent(rebuild: Rebuild, corpus: Path) -> None:
    (corpus / "cases" / "kisumu-interview.yaml").unlink()
    (corpus / "sources" / "demir2022.yaml").unlink()
    graph = rebuild()
    slots = {one.id: one.slots for one in graph.diff().changes if one.kind == "cell"}
    assert slots["trust/service-delivery"] == (
        Slot("supports", 3, 2),
        Slot("mixed", 1, 0),
        Slot("studies", 4, 2),
        Slot("recurrent_supports", True, False),
    )
    cells = {f"{cell.factor}/{cell.outcome}" for cell in graph.trace(kind="any").cells}
    gone = {one.id for one in graph.diff().changes if one.kind == "cell" and one.change == "removed"}
    assert gone & cells == set()
    assert gone == {
        "communication/partner-burden",
        "resourcing/communication",
        "resourcing/partner-burden",
        "trust/equity",
    }


def test_the_cells_that_are_compared_are_those_of_the_matrix(shipped_graph: kg.KnowledgeGraph) -> None:
    traced = {
        (cell.factor, cell.outcome): {
            **{name: getattr(cell, name) for name in diff.COUNTED},
            "tension": cell.tension,
            **{f"recurrent_{name}": getattr(cell, name) >= RECURRENT for name in EFFECTS},
        }
        for cell in shipped_graph.trace(kind="any").cells
    }
    assert diff._counts(shipped_graph.answers) == traced


def test_what_recurs_in_a_cell_are_the_recurrent_patterns_of_the_graph(shipped_graph: kg.KnowledgeGraph) -> None:
    counted = [
        (*cell, effect.replace("_", "-"))
        for cell, counts in diff._counts(shipped_graph.answers).items()
        for effect in EFFECTS
        if counts[f"recurrent_{effect}"]
    ]
    found = [(one.factor, one.outcome, one.effect) for one in shipped_graph.patterns().patterns]
    assert sorted(counted) == sorted(found)
    assert len(counted) == 45


def test_studies_of_different_effects_make_nothing_recurrent(rebuild: Rebuild, corpus: Path) -> None:
    (corpus / "cases" / "kisumu-interview.yaml").unlink()
    (corpus / "sources" / "demir2022.yaml").unlink()
    rebuild()
    claim = CLAIM.replace("equity", "service-delivery").replace("effect: supports", "effect: hinders")
    add(corpus / "sources" / "esposito2018.yaml", claim)
    (cell,) = [one for one in rebuild().diff().changes if one.kind == "cell"]
    assert cell.slots == (Slot("hinders", 1, 2), Slot("studies", 2, 3))
    edit(corpus / "sources" / "esposito2018.yaml", claim, claim.replace("effect: hinders", "effect: supports"))
    (cell,) = [one for one in rebuild().diff().changes if one.kind == "cell"]
    assert cell.slots == (Slot("supports", 2, 3), Slot("hinders", 2, 1), Slot("recurrent_supports", False, True))


# Judgements


def test_judgements_are_told_as_they_are_listed(tmp_path: Path) -> None:
    evidence, build, aside = tmp_path / "evidence", tmp_path / "build", tmp_path / "per.yaml"
    shutil.copytree(JUDGEMENTS, evidence)
    shutil.move(evidence / "judgements" / "per.yaml", aside)
    pipeline.build(evidence, build)
    shutil.move(aside, evidence / "judgements" / "per.yaml")
    file = evidence / "judgements" / "ngozi.yaml"
    for old, new in (
        ("kind: contingent", "kind: coding-artefact"),
        ("state: high", "state: low"),
        ("claim: demir2022/ada/c1", "claim: abara2019/ada/c1"),
        ("name: Ngozi Invented", "name: Ngozi A. Invented"),
        ("date: 2026-01-31\n    counter", "date: 2026-02-01\n    counter"),
    ):
        edit(file, old, new)
    pipeline.build(evidence, build)
    assert kg.open(build).diff().changes == (
        Change(
            "per/tension/trust/service-delivery",
            "judgement",
            "added",
            "trust → service-delivery, judged as construct mismatch by Per Invented",
        ),
        Change(
            "ngozi/pattern/trust/service-delivery/supports",
            "judgement",
            "changed",
            "trust → service-delivery, reported effect: supports, "
            "judged as a demi-regularity by Ngozi A. Invented on 2026-02-01",
            (
                Slot("counter-case 1: claim of the counter-case", "demir2022/ada/c1", "abara2019/ada/c1"),
                Slot("date", "2026-01-31", "2026-02-01"),
            ),
        ),
        Change(
            "ngozi/tension/trust/service-delivery",
            "judgement",
            "changed",
            "trust → service-delivery, judged as coding artefact by Ngozi A. Invented on 2026-01-31",
            (
                Slot("context 1: state of the condition", "high", "low"),
                Slot("kind of the tension", "contingent", "coding-artefact"),
            ),
        ),
        Change("per", "record", "added", "Per Invented"),
        Change(
            "ngozi",
            "record",
            "changed",
            "Ngozi A. Invented",
            (Slot("name", "Ngozi Invented", "Ngozi A. Invented"),),
        ),
    )


# Terms, on graphs made by hand


class Stated:
    """A graph that states a text in Turtle, as a build would."""

    def __init__(self, turtle: str) -> None:
        self.store = Store()
        prefixes = "".join(f"@prefix {name}: <{base}> .\n" for name, base in table().items())
        graph = iris.ONTOLOGY_GRAPH
        self.store.load((prefixes + turtle).encode(), format=RdfFormat.TURTLE, to_graph=graph)
        self.store.update(
            f"INSERT DATA {{ GRAPH <{iris.BUILD_GRAPH.value}> {{ <urn:a> <{table()['prov']}used> <{graph.value}> }} }}"
        )

    def select(self, query: str) -> tuple[list[str], list[Row]]:
        found = self.store.query(query, use_default_graph_as_union=True)
        assert isinstance(found, QuerySolutions)
        names = [variable.value for variable in found.variables]
        return names, [dict(zip(names, solution, strict=True)) for solution in found]


def stated(before: str, after: str, digests: tuple[str, str] | None = None) -> tuple[Change, ...]:
    made: list[dict[NamedNode, str] | None] = (
        [{iris.ONTOLOGY_GRAPH: one} for one in digests] if digests else [None, None]
    )
    old, new = (Side(Stated(text), name, of) for text, name, of in zip((before, after), "ab", made, strict=True))
    return diff.diff(old, new).changes


TRUST = 'pmc:trust a pm:RelationalFactor , skos:Concept ; skos:prefLabel "trust"@en .\n'
BURDEN = 'pmc:burden a pm:OutcomeFactor ; skos:prefLabel "partner burden"@en ; pm:desirability pm:unwanted .\n'
UNWANTED = 'pm:unwanted a pm:Desirability , pm:Value ; rdfs:label "unwanted"@en ; skos:notation "unwanted" .\n'
PROPERTY = 'pm:desirability a owl:ObjectProperty ; rdfs:label "desirability"@en .\n'


def test_a_concept_that_came_and_one_whose_desirability_changed() -> None:
    before = BURDEN + UNWANTED + PROPERTY
    after = TRUST + BURDEN.replace("pm:unwanted", "pm:wanted") + UNWANTED + PROPERTY
    assert stated(before, after) == (
        Change("trust", "concept", "added", "trust"),
        Change("burden", "concept", "changed", "partner burden", (Slot("desirability", "unwanted", "wanted"),)),
    )


def test_terms_of_the_ontology_by_their_prefixed_names() -> None:
    claim = 'pm:Claim a owl:Class ; rdfs:label "claim"@en ; rdfs:subClassOf [ a owl:Restriction ] .\n'
    assert stated(TRUST + claim, TRUST + PROPERTY) == (
        Change("pm:desirability", "term", "added", "desirability"),
        Change("pm:Claim", "term", "removed", "claim"),
    )


def test_unnamed_nodes_are_never_a_difference() -> None:
    claim = "pm:Claim a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty pm:effect ] .\n"
    assert stated(TRUST + claim, TRUST + claim) == ()


def test_graphs_made_from_the_same_are_not_read() -> None:
    assert stated(TRUST, BURDEN, ("1", "1")) == ()
    assert [one.change for one in stated(TRUST, BURDEN, ("1", "2"))] == ["added", "removed"]


# Answers


def test_what_changed_in_an_answer(rebuild: Rebuild, corpus: Path) -> None:
    add(corpus / "sources" / "esposito2018.yaml", CLAIM)
    found = rebuild().diff(question="cq04", outcome="equity")
    assert (
        found.question
        == "cq04  Which relational factors are reported to support equity, by number of independent studies?"
    )
    (row,) = found.changes
    assert (row.id, row.kind, row.change) == ("trust · equity", "row", "changed")
    slots = {slot.name: (slot.before, slot.after) for slot in row.slots}
    assert slots == {
        "claims": (("demir2022/bo/k2",), ("demir2022/bo/k2", "esposito2018/ada/c2")),
        "evidence": (
            ("demir2022/bo/k2: Demir & Fox 2022, table 1 (reviewer)",),
            (
                "demir2022/bo/k2: Demir & Fox 2022, table 1 (reviewer)",
                "esposito2018/ada/c2: esposito2018 (authors not seen, year not seen), page 2 (author)",
            ),
        ),
        "supports": (0, 1),
        "studies": (1, 2),
        "worse_if_absent": (0, 1),
        "support_as_it_is": (0, 1),
    }


def test_rows_that_came_and_went(rebuild: Rebuild, corpus: Path) -> None:
    add(corpus / "sources" / "esposito2018.yaml", CODING)
    (corpus / "cases" / "kisumu-interview.yaml").unlink()
    graph = rebuild()
    asked: dict[str, Any] = {"outcome": ("service-delivery", "communication"), "kind": "any"}
    found = graph.diff(question="4", **asked)
    assert [(one.change, one.id) for one in found.changes] == [
        ("added", "mistrust · service-delivery"),
        ("removed", "resourcing · communication"),
        ("changed", "trust · service-delivery"),
    ]
    came = {slot.name: slot.after for slot in found.changes[0].slots}
    (row,) = [one for one in graph.ask("cq04", **asked).rows if one["factor"] == "mistrust"]
    assert came == {
        name: value for name, value in row.items() if name not in ("factor", "outcome") and value is not None
    }
    assert {slot.before for slot in found.changes[0].slots} == {None}


@pytest.mark.parametrize("question", [question.id for question in kg.questions()])
def test_every_question_can_be_compared_and_knows_its_rows_again(
    question: str, small_graph: kg.KnowledgeGraph, tiny_graph: kg.KnowledgeGraph
) -> None:
    assert small_graph.diff(small_graph, question).changes == ()
    changes = small_graph.diff(tiny_graph, question).changes
    come, gone = small_graph.ask(question).rows, tiny_graph.ask(question).rows
    kinds = [one.change for one in changes]
    assert len(come) - len(gone) == kinds.count("added") - kinds.count("removed")
    assert len({one.id for one in changes}) == len(changes)


def test_rows_that_differ_by_outcome_alone_are_never_one(rebuild: Rebuild, corpus: Path) -> None:
    file = corpus / "sources" / "esposito2018.yaml"
    claim = CLAIM.replace("state: absent", "state: present").replace("effect: supports", "effect: hinders")
    add(file, claim)
    rebuild()
    edit(file, claim, claim.replace("equity", "participation"))
    changes = rebuild().diff(question="cq20").changes
    assert [(one.change, one.id) for one in changes] == [
        ("added", "trust · mechanism present · participation · wanted · decreased"),
        ("removed", "trust · mechanism present · equity · wanted · decreased"),
    ]


def answered(question: str, *rows: dict[str, Any]) -> kg.Answer:
    """An answer with what it says of a few columns, and nothing in the others."""
    asked = read_question(question)
    empty = dict.fromkeys(column.name for column in asked.columns)
    return kg.Answer(asked, {}, tuple({**empty, **row} for row in rows), "")


def changed_rows(question: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Change]:
    return list(diff._ordered(diff._rows(answered(question, *before), answered(question, *after))))


def test_a_row_is_known_by_concepts_wherever_they_stand_and_by_the_values_of_no_claim() -> None:
    step = {"factor": "trust", "state": "present", "via_1": "equity", "turned_1": "increased", "enters_1": ("context",)}
    here, there = ({**step, "reached": reached, "turned": "increased"} for reached in ("equity", "participation"))
    assert [(one.change, one.id) for one in changed_rows("cq05", [here], [there])] == [
        ("added", "trust · present · equity · increased · – · – · participation · increased"),
        ("removed", "trust · present · equity · increased · – · – · equity · increased"),
    ]
    claim = {"claim": "a/b/c", "factor": "trust", "outcome": "equity"}
    (told,) = changed_rows("cq01", [{**claim, "effect": "supports"}], [{**claim, "effect": "hinders"}])
    assert (told.id, told.slots) == ("a/b/c · trust · equity", (Slot("effect", "supports", "hinders"),))


def test_rows_that_say_the_same_are_counted() -> None:
    row = {"factor": "trust", "outcome": "equity", "supports": 1}
    (gone,) = changed_rows("cq04", [row, row, row], [row, row])
    (come,) = changed_rows("cq04", [row], [row, row])
    assert [gone.change, come.change] == ["removed", "added"]
    assert gone.id.endswith(" (3)")
    assert come.id.endswith(" (2)")
    assert changed_rows("cq04", [row, row], [row, row]) == []


# Places


def test_graphs_are_named_by_build_by_release_and_by_default(rebuild: Rebuild, corpus: Path, build: Path) -> None:
    old = release.current_folder(build)
    add(corpus / "sources" / "esposito2018.yaml", CLAIM)
    graph = rebuild()
    assert old is not None
    assert release.folder_before(graph_folder(graph)) == old
    expected = graph.diff()
    assert graph.diff(old) == graph.diff(str(old)) == graph.diff(kg.open(old)) == expected
    assert [len(graph.diff(build).changes), len(expected.changes)] == [0, 2]
    assert kg.open(old).name == old.name == expected.before


def test_one_release_has_nothing_before_it(build: Path) -> None:
    with pytest.raises(UsageError, match=r"releases keeps one release only: change something and run kg build"):
        kg.open(build).diff()


def test_the_older_of_two_releases_has_nothing_before_it(rebuild: Rebuild, corpus: Path, build: Path) -> None:
    old = release.current_folder(build)
    assert old is not None
    add(corpus / "sources" / "esposito2018.yaml", CLAIM)
    new = graph_folder(rebuild())
    with pytest.raises(
        UsageError, match=rf"^{old.name} is not the current release of its build, which is {new.name}: "
    ):
        kg.open(old).diff()
    assert kg.open(new).diff().before == old.name


@pytest.mark.parametrize("name", ["manifest.json", "modules.json", "store/CURRENT"])
def test_a_damaged_older_release_is_refused(name: str, rebuild: Rebuild, corpus: Path, build: Path) -> None:
    old = release.current_folder(build)
    assert old is not None
    add(corpus / "sources" / "esposito2018.yaml", CLAIM)
    graph = rebuild()
    (old / name).unlink()
    standing = f"name another [(]{graph.name}, the current one[)], or build that version of the evidence into another"
    with pytest.raises(
        DamagedRelease, match=rf"^the graph in {old} is damaged .*: it is not the current .*: {standing}"
    ):
        graph.diff(old)


def test_a_damaged_release_that_was_kept_elsewhere_is_not_built_anew_either(build: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "release"
    shutil.copytree(build / "current", kept)
    (kept / "modules.json").unlink()
    with pytest.raises(DamagedRelease, match=r"cannot be built anew from here: name another, or build that version"):
        kg.open(kept)


def test_comparing_writes_nothing(rebuild: Rebuild, corpus: Path, build: Path) -> None:
    add(corpus / "sources" / "esposito2018.yaml", CLAIM)
    graph = rebuild()
    before = {path: path.stat().st_mtime_ns for path in build.rglob("*")}
    graph.diff()
    assert {path: path.stat().st_mtime_ns for path in build.rglob("*")} == before


# The command


def invoke(*arguments: object) -> str:
    ended = CliRunner().invoke(cli.app, ["diff", *map(str, arguments)])
    assert ended.exit_code == 0
    return ended.stdout


def test_the_command_tells_it_in_words_rows_and_json(rebuild: Rebuild, corpus: Path, build: Path) -> None:
    add(corpus / "sources" / "esposito2018.yaml", CLAIM)
    edit(
        corpus / "sources" / "costa2020.yaml",
        "recorded_as: {year: 2019, design: survey, doi: null}",
        "recorded_as: {year: 2019, doi: null}",
    )
    found = rebuild().diff()
    assert invoke("--graph", build).splitlines() == [
        f"From {found.before} to {found.after}.",
        "",
        "Codings: 1 changed",
        "  ~ costa2020/bo  machine-assisted",
        "      design: survey → qualitative",
        "      recorded otherwise: − design: survey",
        "",
        "Claims: 1 added",
        "  + esposito2018/ada/c2  trust → equity, reported effect: supports",
        "",
        "Cells of the matrix, in independent studies with tested claims: 1 changed",
        "  ~ trust → equity",
        "      reported to support: 0 → 1 · studies: 1 → 2",
        "",
        "2 of 7 codings are machine-assisted; 5 of 7 were not checked by a second person or by the authors of",
        "a source. Counts are of what sources report, never of what works.",
    ]
    rows = list(csv.DictReader(io.StringIO(invoke("--graph", build, "--format", "csv"))))
    assert list(rows[0]) == ["id", "kind", "change", "label", "slot", "before", "after"]
    assert [(row["id"], row["slot"], row["before"], row["after"]) for row in rows] == [
        ("costa2020/bo", "design", "survey", "qualitative"),
        (
            "costa2020/bo",
            "recorded otherwise",
            "design: survey; doi: not seen; year: 2019",
            "doi: not seen; year: 2019",
        ),
        ("esposito2018/ada/c2", "", "", ""),
        ("trust/equity", "supports", "0", "1"),
        ("trust/equity", "studies", "1", "2"),
    ]
    assert json.loads(invoke("--graph", build, "--format", "json")) == json.loads(json.dumps(found.to_json()))


def test_the_command_compares_answers_and_named_releases(rebuild: Rebuild, corpus: Path, build: Path) -> None:
    old = release.current_folder(build)
    add(corpus / "sources" / "esposito2018.yaml", CODING)
    new = graph_folder(rebuild())
    assert old is not None
    told = invoke(old, new, "--question", "cq04", "outcome=equity")
    assert told.splitlines()[:5] == [
        f"From {old.name} to {new.name}.",
        "",
        "cq04  Which relational factors are reported to support equity, by number of independent studies?",
        "",
        "The answer is the same.",
    ]
    back = invoke(new, old).splitlines()
    cell = back.index("  − mistrust → service-delivery")
    assert back[cell + 1] == "      reported to hinder: 1 → 0 · studies: 1 → 0"
    assert " ".join(back[cell + 3 :]).startswith("Before: 3 of 8 codings are machine-assisted; ")
    assert invoke(new, new).splitlines()[2] == "Nothing changed."


# The shipped evidence


def test_a_source_taken_out_of_the_shipped_evidence(shipped_build: Built, tmp_path: Path) -> None:
    """Recounted from the files: what one source less does to the records and to every cell that it stands in."""
    evidence, build = tmp_path / "evidence", tmp_path / "build"
    shutil.copytree(SHIPPED, evidence)
    shutil.copytree(shipped_build.release.folder, build / "releases" / "old")
    (build / "current").symlink_to(Path("releases") / "old")
    gone = evidence / "sources" / "yarmoshuk2019.yaml"
    claims = [claim for coding in yaml.safe_load(gone.read_text("utf-8"))["codings"] for claim in coding["claims"]]
    pairs = {
        (mechanism["factor"], claim["outcome"]["factor"])
        for claim in claims
        if claim["status"] != "proposed"
        for mechanism in claim["mechanisms"]
    }
    before = studies(evidence, pairs)
    gone.unlink()
    after = studies(evidence, pairs)
    pipeline.build(evidence, build)
    changes = kg.open(build).diff().changes
    assert [one.kind for one in changes if one.change == "removed" and one.kind != "cell"] == [
        "source",
        "study",
        "coding",
        *["claim"] * 4,
    ]
    counted = {
        one.id: next((slot.before, slot.after) for slot in one.slots if slot.name == "studies")
        for one in changes
        if one.kind == "cell"
    }
    assert counted == {"/".join(pair): (len(before[pair]), len(after[pair])) for pair in pairs}
    assert counted == {
        "reciprocity/equity": (8, 7),
        "mutual-understanding/reciprocity": (2, 1),
        "shared-values/reciprocity": (1, 0),
    }


def studies(evidence: Path, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """The studies with a tested claim on each factor and outcome, from the files."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in (evidence / "sources").glob("*.yaml"):
        source = yaml.safe_load(file.read_text("utf-8"))
        for claim in (claim for coding in source["codings"] for claim in coding.get("claims", [])):
            for mechanism in claim["mechanisms"]:
                pair = (mechanism["factor"], claim["outcome"]["factor"])
                if pair in pairs and claim["status"] != "proposed":
                    found[pair].add(source.get("study", source["source"]))
    return found
