"""The graph that a command asks, which is built if it is the shipped one and nobody has."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kg.cli.output import progress


def open_graph(graph: str | None) -> Any:
    """The graph that a command names, or else the default one."""
    from kg import knowledge_graph

    return knowledge_graph.open_graph(graph, build_missing=_build_missing)


def _build_missing(folder: Path) -> None:
    from kg import pipeline, resources

    print(f"No graph yet: building the shipped evidence into {folder}.", file=sys.stderr)
    with progress() as report:
        pipeline.build(resources.evidence(), folder, report)
