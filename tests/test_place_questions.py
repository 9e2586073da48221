"""The questions by place and time have the rows of their SPARQL, which has the pinned ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import kg
from kg import ask
from kg.place_questions import COMPOSERS, _band

ASKED: dict[str, list[dict[str, Any]]] = {
    "cq28": [
        {},
        {"quantity": "doctors"},
        {"quantity": ["doctors", "hospital-beds"], "country": ["KEN", "USA"]},
        {"country": "JPN", "within": 0},
        {"within": 40},
    ],
    "cq36": [
        {},
        {"factor": "any"},
        {"factor": ["trust", "communication"], "outcome": ["equity", "participation"]},
        {"factor": "any", "status": "all", "grouping": "un-region"},
        {"status": ["tested", "proposed"], "grouping": ["un-sub-region", "income-group"]},
        {"factor": "any", "grouping": "world-bank-region"},
        {"factor": "any", "grouping": "who-region", "status": "proposed"},
    ],
    "cq37": [
        {},
        {"within": 0},
        {"factor": "any", "quantity": "hospital-beds"},
        {"factor": "any", "quantity": "skilled-birth-attendance", "within": 40, "status": "all"},
        {"quantity": ["doctors", "hospital-beds", "surgical-workforce"], "outcome": "equity"},
    ],
}
CASES = [
    pytest.param(id_, asked, corpus, id=f"{id_}-{number}-{corpus}")
    for corpus in ("tiny_graph", "small_graph", "shipped_graph")
    for id_, several in ASKED.items()
    for number, asked in enumerate(several)
]


def test_the_questions_by_place_are_composed() -> None:
    composed = {question.id: question.composed for question in kg.questions() if question.composed in COMPOSERS}
    assert composed == {"cq28": "indicators", "cq36": "groups", "cq37": "quantities"}
    assert set(composed.values()) == set(COMPOSERS)


def test_a_value_below_every_band_lies_in_none() -> None:
    bands = [("few", Decimal(0), Decimal("2.5")), ("many", Decimal("2.5"), None)]
    found = [_band(bands, Decimal(value)) for value in ("-1", "0", "2.5", "99")]
    assert found == [None, ("few", Decimal(0)), ("many", Decimal("2.5")), ("many", Decimal("2.5"))]


@pytest.mark.parametrize(("id_", "asked", "corpus"), CASES)
def test_what_is_composed_is_what_the_sparql_gives(
    id_: str, asked: dict[str, Any], corpus: str, request: pytest.FixtureRequest
) -> None:
    graph: kg.KnowledgeGraph = request.getfixturevalue(corpus)
    words = {name: tuple(map(str, said)) if isinstance(said, list) else (str(said),) for name, said in asked.items()}
    assert graph.ask(id_, **asked).rows == ask.by_sparql(graph.answers, ask.read_question(id_), words)
