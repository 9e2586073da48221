"""The README shows what the product prints."""

from __future__ import annotations

import io
import re
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


def test_the_marks_of_the_matrix_are_explained_as_its_legend_explains_them(shipped_graph: kg.KnowledgeGraph) -> None:
    out = io.StringIO()
    render.write_matrix(shipped_graph.trace(), 1, out)
    legend, readme = (" ".join(text.split()) for text in (out.getvalue(), (ROOT / "README.md").read_text("utf-8")))
    for mark, meaning in {
        "tension": "different studies report support and hindrance",
        "diverges": "a mixed effect or none beside the reported direction",
    }.items():
        assert f"{mark}: {meaning}." in legend
        assert re.search(rf"\*{mark}\*, [^.]*{meaning}", readme)
    assert "A lead, not an error." in legend
    assert "a lead, not an error." in readme
    assert "† marks cells with such a study in several." in legend
    assert "† marks a number of studies of which one has effects in several columns." in readme
