"""The questions that are composed of paths have the rows of their SPARQL, and the SPARQL has the pinned ones."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import kg
from kg import ask
from kg.ask import Value
from kg.path_questions import COMPOSERS, SAID
from tests.conftest import QUESTIONS

COMPOSED = [question.id for question in kg.questions() if question.composed in COMPOSERS]
EVERYWHERE = {"factor": "any", "outcome": "any"}
ASKED: dict[str, dict[str, Any]] = {
    "as it stands": {},
    "everywhere": EVERYWHERE,
    "merely proposed": {**EVERYWHERE, "status": "proposed", "least": 1},
    "all": {**EVERYWHERE, "status": "all", "least": 1},
    "tested or proposed": {**EVERYWHERE, "status": ["tested", "proposed"], "least": 1},
    "fewest 2": {**EVERYWHERE, "least": 2},
    "fewest 0": {"factor": "trust", "outcome": "any", "least": 0},
    "fewest 3": {**EVERYWHERE, "least": 3, "status": "all"},
    "from one": {"factor": "communication", "outcome": "any", "least": 1},
    "to one": {"factor": "any", "outcome": "partnership-sustainability", "least": 1},
    "from several": {"factor": ["trust", "governance", "dependency"], "outcome": "any", "least": 1},
    "to several": {"factor": "any", "outcome": ["trust", "equity", "dependency"], "least": 1, "status": "all"},
    "from several to several": {
        "factor": ["communication", "trust", "governance"],
        "outcome": ["trust", "spin-off-activity", "partnership-sustainability"],
        "least": 1,
        "status": ["proposed", "all"],
    },
    "where it began": {"factor": "trust", "outcome": "trust", "least": 1, "status": "all"},
}
"""How the questions are asked; both have these parameters."""
SLOW = {"everywhere", "all", "fewest 0", "fewest 2", "from several", "to several"}
"""What the SPARQL takes seconds for on the shipped evidence, and others that are asked there cover."""
CASES = [
    pytest.param(asked, corpus, id=f"{name}-{corpus}")
    for corpus in ("tiny_graph", "small_graph", "shipped_graph")
    for name, asked in ASKED.items()
    if corpus != "shipped_graph" or name not in SLOW
]


def of_sparql(graph: kg.KnowledgeGraph, id_: str, asked: dict[str, Any]) -> list[dict[str, Value]]:
    words = {
        name: tuple(map(str, value)) if isinstance(value, list) else (str(value),) for name, value in asked.items()
    }
    return list(ask.by_sparql(graph.answers, ask.read_question(id_), words))


def test_the_questions_of_paths_are_composed_and_no_others() -> None:
    assert COMPOSED == ["cq05", "cq06"]
    assert {ask.read_question(id_).composed for id_ in COMPOSED} == set(COMPOSERS) == set(SAID)


@pytest.mark.parametrize(("asked", "corpus"), CASES)
@pytest.mark.parametrize("id_", COMPOSED)
def test_a_composed_answer_is_that_of_the_sparql(
    id_: str, asked: dict[str, Any], corpus: str, request: pytest.FixtureRequest
) -> None:
    """All columns of all rows, in order."""
    graph: kg.KnowledgeGraph = request.getfixturevalue(corpus)
    composed = graph.ask(id_, **asked)
    assert list(composed.rows) == of_sparql(graph, id_, asked)
    assert {tuple(row) for row in composed} <= {composed.columns}


@pytest.mark.parametrize("id_", COMPOSED)
def test_the_sparql_of_a_composed_question_has_the_pinned_rows(small_graph: kg.KnowledgeGraph, id_: str) -> None:
    for expected in yaml.safe_load((QUESTIONS / "answers" / f"{id_}.yaml").read_text(encoding="utf-8"))["small"]:
        rows = [
            {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in row.items()
                if value not in (None, ())
            }
            for row in of_sparql(small_graph, id_, expected["asked"])
        ]
        assert rows == expected["rows"]
