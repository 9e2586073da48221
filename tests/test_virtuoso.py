"""Every question, trace and comparison has the rows on a Virtuoso server that it has on the embedded store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import kg
from kg.errors import Failure
from kg.knowledge_graph import KnowledgeGraph
from kg.origins import origins
from kg.pipeline import Built
from kg.remote import RemoteStore
from kg.trace import Selection
from tests import virtuoso
from tests.conftest import QUESTIONS

pytestmark = pytest.mark.skipif(not virtuoso.installed(), reason=virtuoso.ABSENT)

IDS = [question.id for question in kg.questions()]
LIMIT = 30.0
"""Seconds for one answer; on an idle machine none takes four."""


def asked(id_: str, corpus: str) -> list[dict[str, Any]]:
    """How a question is asked: with its defaults, and as its answers are written down for a corpus."""
    text = (QUESTIONS / "answers" / f"{id_}.yaml").read_text(encoding="utf-8")
    written = [expected["asked"] for expected in yaml.safe_load(text)[corpus]]
    return written if {} in written else [{}, *written]


def served(build: Built, folder: Path) -> Iterator[KnowledgeGraph]:
    with virtuoso.serving(build.release.store, folder) as url:
        yield KnowledgeGraph(RemoteStore(url, LIMIT), url)


@pytest.fixture(scope="session")
def small_virtuoso(small_build: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    """The graph on which the answers were worked out by hand, behind a Virtuoso server."""
    yield from served(small_build, tmp_path_factory.mktemp("virtuoso"))


@pytest.fixture(scope="session")
def shipped_virtuoso(shipped_build: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    """The graph of the shipped evidence, behind a Virtuoso server."""
    yield from served(shipped_build, tmp_path_factory.mktemp("virtuoso"))


@pytest.mark.parametrize("id_", IDS)
def test_a_question_has_the_same_rows_on_the_small_corpus(
    small_virtuoso: KnowledgeGraph, small_graph: KnowledgeGraph, id_: str
) -> None:
    for words in asked(id_, "small"):
        assert small_virtuoso.ask(id_, **words).to_json() == small_graph.ask(id_, **words).to_json(), words


@pytest.mark.parametrize("id_", IDS)
def test_a_question_has_the_same_rows_on_the_shipped_evidence(
    shipped_virtuoso: KnowledgeGraph, shipped_graph: KnowledgeGraph, id_: str
) -> None:
    for words in asked(id_, "shipped"):
        assert shipped_virtuoso.ask(id_, **words).to_json() == shipped_graph.ask(id_, **words).to_json(), words


SELECTIONS: list[dict[str, Any]] = [
    {},
    {"claims": True},
    {"factor": "trust"},
    {"factor": "trust", "outcome": "partnership-functioning"},
    {"factor": "trust", "roll_up": True, "claims": True},
    {"kind": "any", "status": ["all"], "roll_up": True},
    {"role": "context", "claims": True},
    {"evidence": "primary"},
    {"evidence": "review", "claims": True},
    {"layer": "author", "design": "case-study"},
    {"country": "GBR", "claims": True},
    {"actor": "researcher", "status": ["proposed"]},
    {"coder": "coder-1", "claims": True},
    {"min_coders": 2, "min_studies": 2, "claims": True},
]


@pytest.mark.parametrize("selection", SELECTIONS, ids=repr)
def test_a_trace_is_the_same(
    shipped_virtuoso: KnowledgeGraph, shipped_graph: KnowledgeGraph, selection: dict[str, Any]
) -> None:
    there, here = shipped_virtuoso.trace(**selection), shipped_graph.trace(**selection)
    assert here.rows
    assert there.to_json() == here.to_json()


@pytest.mark.parametrize(
    "selection",
    [Selection(), Selection(factor=("trust",)), Selection(country=("GBR",), roll_up=True)],
    ids=["all", "trust", "country, rolled up"],
)
def test_where_evidence_comes_from_is_the_same(
    shipped_virtuoso: KnowledgeGraph, shipped_graph: KnowledgeGraph, selection: Selection
) -> None:
    there, here = (origins(graph.answers, selection) for graph in (shipped_virtuoso, shipped_graph))
    assert len(here.rows) > 10
    assert there.rows == here.rows


@pytest.mark.parametrize(
    "read",
    [
        lambda graph: graph.tensions(),
        lambda graph: graph.patterns(),
        lambda graph: graph.agreement(),
        lambda graph: graph.external_data(),
        lambda graph: graph.paths("trust", "service-delivery"),
    ],
    ids=["tensions", "patterns", "agreement", "external data", "paths"],
)
def test_what_is_read_across_claims_is_the_same(
    shipped_virtuoso: KnowledgeGraph, shipped_graph: KnowledgeGraph, read: Callable[[KnowledgeGraph], Any]
) -> None:
    there, here = read(shipped_virtuoso), read(shipped_graph)
    assert here.rows
    assert there.to_json() == here.to_json()


def test_yes_or_no_is_answered_as_such(small_virtuoso: KnowledgeGraph) -> None:
    assert [row["answer"] for row in small_virtuoso.sparql("ASK { ?claim a pm:Claim }")] == [True]
    assert [row["answer"] for row in small_virtuoso.sparql("ASK { ?claim a pm:None }")] == [False]


def test_blank_nodes_are_read_as_such(small_virtuoso: KnowledgeGraph) -> None:
    query = "SELECT ?s WHERE { ?s a owl:Restriction FILTER(isBlank(?s)) } ORDER BY ?s LIMIT 3"
    assert len({row["s"] for row in small_virtuoso.sparql(query)}) == 3


def test_rows_that_are_cut_off_are_completed_page_by_page(
    shipped_virtuoso: KnowledgeGraph, shipped_graph: KnowledgeGraph
) -> None:
    query = "SELECT DISTINCT ?claim ?quality WHERE { ?claim a pm:Claim ; ?quality ?what } ORDER BY ?claim ?quality"
    there, here = shipped_virtuoso.sparql(query), shipped_graph.sparql(query)
    assert len(here) > 20_000
    assert there.rows == here.rows


def test_rows_that_cannot_be_completed_are_no_answer(shipped_virtuoso: KnowledgeGraph) -> None:
    with pytest.raises(Failure, match=r"gives no more than 10,000 rows, and there may be more"):
        shipped_virtuoso.sparql("SELECT ?s WHERE { ?s ?p ?o } LIMIT 20000")
    assert len(shipped_virtuoso.sparql("SELECT ?s WHERE { ?s ?p ?o } LIMIT 9999")) == 9999
