"""Every question has the rows on a Virtuoso server that it has on the embedded store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import kg
from kg.errors import Failure
from kg.knowledge_graph import KnowledgeGraph
from kg.pipeline import Built
from kg.remote import RemoteStore
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
