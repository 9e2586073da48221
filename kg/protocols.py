"""The protocols by which a store takes graphs in."""

from __future__ import annotations

from enum import StrEnum


class Via(StrEnum):
    """A protocol by which a store is written to."""

    graph_store = "graph-store"
    update = "update"
