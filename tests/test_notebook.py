"""The notebooks run from top to bottom, and print what they are said to print."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from kg.pipeline import Built
from tests.conftest import ROOT
from tools.notebook import FOLDER

NOTEBOOKS = sorted((ROOT / FOLDER).glob("*.ipynb"))


def told(notebook: Any) -> list[tuple[str, list[str]]]:
    """Each cell of code with what it prints, as text."""
    return [
        (cell.source, [output.get("text") or output["data"]["text/plain"] for output in cell.outputs])
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_notebooks_print_what_they_show(shipped_build: Built, tmp_path: Path) -> None:
    """In a process of their own, which takes the sockets of the kernel along when it ends."""
    surroundings = os.environ | {"KG_GRAPH": str(shipped_build.release.folder.parent.parent), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tools.notebook", str(tmp_path)]
    ended = subprocess.run(
        command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert [path.stem for path in NOTEBOOKS] == ["from-a-number-to-its-claims"]
    for path in NOTEBOOKS:
        kept, ran = (
            nbformat.read(one, as_version=4)  # type: ignore[no-untyped-call]
            for one in (path, tmp_path / path.name)
        )
        assert told(ran) == told(kept), "make docs writes the notebooks anew"
        shown = [output for cell in ran.cells for output in cell.get("outputs", [])]
        assert sum("image/svg+xml" in output.get("data", {}) for output in shown) == 1
        assert "machine-assisted" in "".join(told(ran)[0][1])
