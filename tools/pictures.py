"""Draws the pictures that documents show: `python -m tools.pictures` writes them anew from the default graph."""

from __future__ import annotations

from typing import Any

import kg
from kg import resources
from kg.knowledge_graph import KnowledgeGraph

SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "docs/pictures/evidence-map.svg": ("matrix", {}),
}
"""Each file with its picture and selection."""


def drawn(graph: KnowledgeGraph, file: str) -> str:
    """A picture as the documents show it."""
    picture, selection = SHOWN[file]
    return graph.plot(picture, **selection).svg() + "\n"


def main() -> None:
    """Writes each picture."""
    graph = kg.open()
    for file in SHOWN:
        (resources.root() / file).write_text(drawn(graph, file), encoding="utf-8")
        print(file)


if __name__ == "__main__":
    main()
