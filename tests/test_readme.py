"""The README shows what the product prints."""

from __future__ import annotations

import io
from typing import Any

import pytest

import kg
from kg import render
from tests.conftest import ROOT
from tests.shown import SKIP, blocks, commands, untrue


def shown_below(command: str) -> tuple[str, ...]:
    """The lines that the README shows below a command, wherever they stand in what it prints."""
    consoles = (block for block in blocks(ROOT / "README.md") if block.language == "console")
    (found,) = (one for block in consoles for one in commands(block) if one.text == command)
    return SKIP, *found.shown, SKIP


@pytest.mark.parametrize(
    ("command", "selection"),
    [
        ("kg trace --factor trust", {"factor": "trust"}),
        (
            "kg trace --factor trust --outcome partnership-functioning",
            {"factor": "trust", "outcome": "partnership-functioning"},
        ),
    ],
)
def test_every_line_shown_is_printed(command: str, selection: dict[str, Any], shipped_graph: kg.KnowledgeGraph) -> None:
    found = shipped_graph.trace(**selection)
    out = io.StringIO()
    if found.claims:
        render.write_claims(found, out)
    else:
        render.write_matrix(found, 1, out)
    lines = shown_below(command)
    assert len(lines) > 5
    assert untrue(lines, out.getvalue()) == ""
