"""The README shows what the product prints."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

import kg
from kg import render
from tests.conftest import ROOT


def shown(command: str) -> list[str]:
    """The lines that the README shows below a command, but for the ellipses."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(rf"^\$ {re.escape(command)}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block, f"the README shows no {command}"
    return [line.rstrip() for line in block[1].splitlines() if line.strip() not in ("…", "")]


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
    printed = [line.rstrip() for line in out.getvalue().splitlines()]
    lines = shown(command)
    assert len(lines) > 5
    assert [line for line in lines if line not in printed] == []
