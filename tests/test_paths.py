"""Linked claims: exact paths on a corpus written for them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import kg
from kg import paths, pipeline
from kg.errors import Failure, UsageError
from tests.test_cli import Run, run

__all__ = ["run"]

Claim = dict[str, Any]


def claim(name: str, mechanism: str, outcome: str, direction: str = "increased", **more: Any) -> Claim:
    """A supported claim with a present mechanism, unless more says otherwise."""
    return {
        "id": name,
        "mechanisms": [{"factor": mechanism, "state": more.pop("state", "present")}],
        "actors": ["community"],
        "outcome": {"factor": outcome, "direction": direction},
        "effect": "supports",
        "status": "supported",
        "evidence": [{"locator": f"page {name[1:]}", "layer": "author", "paraphrase": f"What {name} says."}],
        **more,
    }


def context(factor: str, state: str) -> dict[str, Any]:
    return {"contexts": [{"factor": factor, "state": state}]}


def link(to: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"links": [{"to": to, "kind": kind, **more}]}


SOURCES: dict[str, list[Claim]] = {
    "abara2019": [
        claim("c1", "communication", "trust", **link("c2", "becomes-mechanism", explicitness="stated")),
        claim("c2", "trust", "equity", **link("c3", "becomes-resource", explicitness="inferred")),
        # Names no equity: only the link says that it is what leadership has to work with
        claim("c3", "leadership-support", "service-delivery"),
        claim("c4", "mutual-respect", "equity", **link("c2", "rivals")),
    ],
    "bello2020": [
        claim("c1", "communication", "trust"),
        # Trust was low there, so more of it does not lead into this claim; into the next it does
        claim("c2", "leadership-support", "partnership-sustainability", **context("trust", "low")),
        claim("c3", "leadership-support", "institutional-capacity", **context("trust", "high")),
        claim("c4", "trust", "communication"),
        claim("c5", "trust", "equity", effect="hinders", **link("c6", "becomes-context", feedback=True)),
        claim("c6", "mutual-respect", "trust", status="proposed"),
    ],
    "cruz2021": [
        claim("c1", "communication", "trust", "decreased", state="absent"),
        claim(
            "c2",
            "leadership-support",
            "partnership-sustainability",
            "decreased",
            state="absent",
            **context("trust", "low"),
        ),
        claim("c3", "trust", "participation", **link("c4", "becomes-mechanism", explicitness="stated")),
        claim("c4", "participation", "trust", **link("c3", "becomes-mechanism", explicitness="stated")),
    ],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    evidence = tmp_path_factory.mktemp("paths") / "evidence"
    (evidence / "sources").mkdir(parents=True)
    for source, claims in SOURCES.items():
        author, year = source[:-4].title(), int(source[-4:])
        record = {
            "source": source,
            "type": "report",
            "title": f"What {author} saw",
            "authors": [f"{author}, Ada"],
            "year": year,
            "url": f"https://example.org/{source}",
            "design": "qualitative",
            "codings": [{"coder": "ada", "method": "machine-assisted", "read": ["abstract"], "claims": claims}],
        }
        (evidence / "sources" / f"{source}.yaml").write_text(yaml.safe_dump(record, sort_keys=False), "utf-8")
    pipeline.build(evidence, evidence.parent / "build")
    return evidence.parent / "build"


@pytest.fixture(scope="module")
def graph(place: Path) -> kg.KnowledgeGraph:
    return kg.open(place)


def told(found: kg.Paths) -> list[tuple[str, str, int]]:
    """Each path in short: its factors, the state of its mechanisms, and its thinnest evidence."""
    return [
        (
            " → ".join([path.factor, *(step.outcome for step in path.steps)]),
            path.steps[0].state,
            path.thinnest,
        )
        for path in found.paths
    ]


# On the corpus written for it


def test_a_path_says_how_each_factor_enters_and_on_whose_claims(graph: kg.KnowledgeGraph) -> None:
    (path,) = graph.paths("communication", "equity").paths
    first = kg.PathStep(
        factor="communication",
        entered=None,
        state="present",
        enters=("mechanism",),
        outcome="trust",
        direction="increased",
        studies=("abara2019", "bello2020"),
        claims=("abara2019/ada/c1", "bello2020/ada/c1"),
        links=(),
    )
    second = kg.PathStep(
        factor="trust",
        entered="increased",
        state="present",
        enters=("mechanism",),
        outcome="equity",
        direction="increased",
        studies=("abara2019",),
        claims=("abara2019/ada/c2",),
        links=(),
    )
    assert path.steps == (first, second)
    assert (path.joined, path.loop, path.thinnest) == (True, False, 1)
    assert path.told_by == {"abara2019": ("abara2019/ada/c1", "abara2019/ada/c2", "links: stated")}


def test_a_context_whose_recorded_state_is_the_contrary_is_not_joined(graph: kg.KnowledgeGraph) -> None:
    assert told(graph.paths("communication", "institutional-capacity")) == [
        ("communication → trust → institutional-capacity", "present", 1)
    ]
    # More trust leads into no claim in which it was low; less of it does, where mechanisms are absent
    (path,) = graph.paths("communication", "partnership-sustainability").paths
    assert [(step.state, step.entered, step.enters, step.direction) for step in path.steps] == [
        ("absent", None, ("mechanism",), "decreased"),
        ("absent", "decreased", ("context",), "decreased"),
    ]
    assert path.claims == ("cruz2021/ada/c1", "cruz2021/ada/c2")
    assert path.told_by == {}


def test_a_link_leads_into_a_claim_that_does_not_name_the_factor(graph: kg.KnowledgeGraph) -> None:
    (path,) = graph.paths("communication", "service-delivery").paths
    assert path.steps[2].enters == ("resource by a recorded link",)
    assert path.steps[2].links == ("abara2019/ada/c2 → abara2019/ada/c3 (inferred)",)
    assert path.steps[2].claims == ("abara2019/ada/c3",)
    assert path.told_by == {
        "abara2019": ("abara2019/ada/c1", "abara2019/ada/c2", "abara2019/ada/c3", "links: inferred, stated")
    }
    assert paths.paths(graph.answers, "communication", "service-delivery", links=False).paths == ()


@pytest.mark.parametrize(("most", "found"), [(1, 0), (2, 0), (3, 1), (6, 1)])
def test_a_path_is_no_longer_than_is_asked(most: int, found: int, graph: kg.KnowledgeGraph) -> None:
    assert len(graph.paths("communication", "service-delivery", max_length=most).paths) == found


def test_a_path_that_ends_where_it_began_is_a_feedback_loop(graph: kg.KnowledgeGraph) -> None:
    found = graph.paths("communication", "communication", max_length=6)
    assert told(found) == [("communication → trust → communication", "present", 1)]
    assert found.paths[0].loop
    assert told(graph.paths("trust", "trust", max_length=6)) == [
        ("trust → communication → trust", "present", 1),
        ("trust → participation → trust", "present", 1),
    ]


def test_paths_come_by_thinnest_evidence_then_length_then_names(graph: kg.KnowledgeGraph) -> None:
    assert told(graph.paths("communication", "any", max_length=2)) == [
        ("communication → trust", "present", 2),
        ("communication → trust", "absent", 1),
        ("communication → trust → partnership-sustainability", "absent", 1),
        ("communication → trust → communication", "present", 1),
        ("communication → trust → equity", "present", 1),
        ("communication → trust → institutional-capacity", "present", 1),
        ("communication → trust → participation", "present", 1),
    ]


def test_every_step_has_the_fewest_studies_that_are_asked_for(graph: kg.KnowledgeGraph) -> None:
    assert told(graph.paths("communication", "any", least=2)) == [("communication → trust", "present", 2)]


def test_only_claims_of_the_status_count(graph: kg.KnowledgeGraph) -> None:
    assert told(graph.paths("mutual-respect", "trust")) == []
    assert told(graph.paths("mutual-respect", "trust", status="proposed")) == [("mutual-respect → trust", "present", 1)]


def test_steps_for_a_picture_stand_once(graph: kg.KnowledgeGraph) -> None:
    found = graph.paths("communication", "any")
    assert len(found.steps) == len(set(found.steps)) < sum(len(path.steps) for path in found.paths)


def test_a_thread_follows_the_links_of_one_source_with_whatever_effect(graph: kg.KnowledgeGraph) -> None:
    (thread,) = graph.paths("communication", "service-delivery", thread=True).threads
    assert thread.claims == ("abara2019/ada/c1", "abara2019/ada/c2", "abara2019/ada/c3")
    assert thread.outcomes == ("trust", "equity", "service-delivery")
    assert thread.stands == ("becomes-mechanism", "becomes-resource")
    assert thread.explicitness == ("stated", "inferred")
    assert (thread.states, thread.feedback, thread.source) == ("not recorded at every link", False, "Abara 2019")
    (recorded,) = graph.paths("trust", "trust", thread=True, status="all", max_length=2).threads[:1]
    assert (recorded.claims, recorded.effects) == (("bello2020/ada/c5", "bello2020/ada/c6"), ("hinders", "supports"))
    assert recorded.feedback


def test_a_thread_that_comes_back_to_a_claim_of_its_own_stops_there(graph: kg.KnowledgeGraph) -> None:
    (thread,) = graph.paths("trust", "participation", thread=True, max_length=6).threads
    assert [one.rpartition("/")[2] for one in thread.claims] == ["c3", "c4", "c3"]
    assert thread.feedback
    assert thread.states == "go together"


def test_what_was_not_gone_through_is_said(graph: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    assert graph.paths("communication", "any").cut == ""
    monkeypatch.setattr(paths, "MOST", 2)
    found = graph.paths("communication", "any")
    assert found.complete_to == 1
    assert found.cut.startswith("Paths of more than 1 steps were not gone through: there are more than 2 ways")
    assert found.to_json()["cut"] == found.cut


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"to": "any", "from_": "any"}, "one of the two may be any, not both"),
        ({"from_": "communicaton"}, "there is no factor “communicaton”; did you mean communication"),
        ({"to": "equit"}, "there is no outcome “equit”; did you mean equity"),
        ({"max_length": 0}, "a path has 1 to 6 steps, not 0"),
        ({"max_length": 7}, "a path has 1 to 6 steps, not 7"),
        ({"least": 0}, "1 or more, not 0"),
        ({"status": "testd"}, "there is no status “testd”; did you mean tested"),
        ({"thread": True, "least": 2}, "a thread is told by one source"),
        ({"thread": True, "max_length": 1}, "a thread has two claims or more"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, Any], message: str, graph: kg.KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match=message):
        graph.paths(**{"from_": "communication", "to": "equity", **asked})


def test_a_graph_of_others_is_a_failure_that_says_so() -> None:
    class Others:
        def select(self, query: str) -> tuple[list[str], list[dict[str, None]]]:
            return [], [{"nothing": None}]

    with pytest.raises(Failure, match="is it one that kg built"):
        kg.KnowledgeGraph(Others()).paths("trust", "equity")  # type: ignore[arg-type]


@pytest.mark.parametrize("thread", [False, True])
def test_rows_have_the_columns_that_are_promised(thread: bool, graph: kg.KnowledgeGraph) -> None:
    found = graph.paths("communication", "any", thread=thread)
    assert found.rows
    assert {tuple(row) for row in found} == {found.columns}
    assert list(found.to_pandas().columns) == list(found.columns)


# Commands


def test_a_joined_path_is_shown_as_joined_here(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run("paths", "communication", "equity", "--graph", place)
    assert ended.code == 0
    for part in (
        "Nobody is known to have claimed a joined path as a whole;",
        "1  communication → trust → equity\n",
        "   Joined here from claims of 2 sources; thinnest evidence: 1 study.\n",
        "   Linked end to end in the record of abara2019: abara2019/ada/c1,\n",
        "   2. trust, increased, as the mechanism (mechanism present): reported to",
        "      abara2019/ada/c2: Abara 2019, page 2 (author)\n",
        "All 3 codings are machine-assisted;",
    ):
        assert part in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_a_loop_and_a_thread_are_shown_as_such(run: Run, place: Path) -> None:
    looped = run("paths", "communication", "communication", "--graph", place).out
    assert "A feedback loop: it ends where it began." in " ".join(looped.split())
    thread = run("paths", "communication", "equity", "--thread", "--graph", place).out
    assert "link: becomes-mechanism; stated or inferred: stated" in thread
    assert "joined" not in thread
    assert "No linked claims from" in run("paths", "equity", "communication", "--graph", place).out


def test_more_paths_than_are_shown_are_counted(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.render.paths.SHOWN", 1)
    shown = run("paths", "trust", "trust", "--graph", place).out
    assert "1 more is not shown here: --format csv and --format json have all." in " ".join(shown.split())


def test_paths_are_written_as_csv_and_json(run: Run, place: Path, tmp_path: Path) -> None:
    ended = run("paths", "communication", "equity", "--format", "csv", "--graph", place)
    first, second = csv.DictReader(io.StringIO(ended.out))
    assert (first["factor"], first["outcome"], first["path"], first["step"]) == ("communication", "equity", "1", "1")
    assert (second["step_factor"], second["enters"], second["study_ids"]) == ("trust", "mechanism", "abara2019")
    assert "machine-assisted" in ended.err
    run("paths", "communication", "equity", "--output", tmp_path / "x.json", "--graph", place)
    found = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert found["caution"] == paths.CAUTION
    assert [step["outcome"] for step in found["paths"][0]["steps"]] == ["trust", "equity"]
    assert set(found["claims"]) == {"abara2019/ada/c1", "abara2019/ada/c2", "bello2020/ada/c1"}


@pytest.mark.parametrize("arguments", [("any", "any"), ("trus", "equity"), ("trust", "equity", "--max-length", "9")])
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], run: Run, place: Path) -> None:
    assert run("paths", *arguments, "--graph", place).code == 2
