"""Runs the notebooks of `docs/notebooks/` and keeps what they print, so that readers see it without running them.

`python -m tools.notebook` writes them anew from the default graph; with a folder, there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from kg import resources

FOLDER = Path("docs/notebooks")


def executed(path: Path) -> Any:
    """A notebook with what its cells print when they are run from top to bottom, one after the other.

    Raises:
        CellExecutionError: A cell fails.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc")  # by files, not by ports
    NotebookClient(notebook, km=kernel, timeout=120).execute(cwd=str(resources.root()))
    for cell in notebook.cells:
        cell.metadata.clear()  # times of execution, which differ each time
    notebook.metadata = {"kernelspec": notebook.metadata.get("kernelspec", {}), "language_info": {"name": "python"}}
    return notebook


def main() -> None:
    """Writes each notebook with its outputs, into another folder if one is named."""
    for path in sorted((resources.root() / FOLDER).glob("*.ipynb")):
        written = Path(sys.argv[1]) / path.name if len(sys.argv) > 1 else path
        written.write_text(f"{nbformat.writes(executed(path))}\n", encoding="utf-8")  # type: ignore[no-untyped-call]
        print(written)


if __name__ == "__main__":
    main()
