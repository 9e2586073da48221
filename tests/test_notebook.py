"""The notebooks run from top to bottom, and print what they are said to print."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kg.pipeline import Built
from tests.conftest import ROOT
from tools.notebook import FOLDER, executed

NOTEBOOKS = sorted((ROOT / FOLDER).glob("*.ipynb"))


def told(notebook: Any) -> list[tuple[str, list[str]]]:
    """Each cell of code with what it prints, as text."""
    return [
        (cell.source, [output.get("text") or output["data"]["text/plain"] for output in cell.outputs])
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_shows(path: Path, shipped_build: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_GRAPH", str(shipped_build.release.folder.parent.parent))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    kept = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    ran = executed(path)
    assert told(ran) == told(kept), "make docs writes the notebooks anew"
    pictures = [
        output for cell in ran.cells for output in cell.get("outputs", []) if "image/svg+xml" in output.get("data", {})
    ]
    assert len(pictures) == 1
    assert "machine-assisted" in "".join(told(ran)[0][1])


def test_there_is_a_notebook() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["from-a-number-to-its-claims"]
