"""Applies the CONSTRUCT rules of `queries/rules/`: what follows that OWL cannot say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Quad, QueryTriples, Store

from kg import resources

if TYPE_CHECKING:
    from pathlib import Path

_SCOPE = re.compile(r"^#\+ scope: (\w+)$", re.MULTILINE)


def files(scope: str) -> list[Path]:
    """The rules of a scope, `ontology` or `synthesis`, as each file's header states it, in a fixed order."""
    return [
        path
        for path in resources.rule_files()
        if (stated := _SCOPE.search(path.read_text(encoding="utf-8"))) and stated[1] == scope
    ]


def apply(store: Store, scope: str, graph: NamedNode) -> list[Quad]:
    """What the rules of a scope derive from a store, each set-wise over all of it, as quads for a graph.

    No rule sees what another one derives.
    """
    derived: list[Quad] = []
    for path in files(scope):
        found = store.query(path.read_text(encoding="utf-8"), use_default_graph_as_union=True)
        assert isinstance(found, QueryTriples), f"{path} is not a CONSTRUCT rule"
        derived += [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in found]
    return derived
