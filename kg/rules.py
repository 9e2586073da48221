"""Applies the CONSTRUCT rules of `queries/rules/`: what follows that OWL cannot say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Quad, QueryTriples, Store

from kg import resources
from kg.errors import Failure

if TYPE_CHECKING:
    from pathlib import Path

GROWTH = 50
"""How many times its size a store may grow to by what follows; the shipped evidence doubles."""

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

    Raises:
        Failure: More follows than any record has need of, as from a rule that pairs everything with everything.
    """
    derived: list[Quad] = []
    size = len(store)
    most = GROWTH * size
    for path in files(scope):
        found = store.query(path.read_text(encoding="utf-8"), use_default_graph_as_union=True)
        assert isinstance(found, QueryTriples), f"{path} is not a CONSTRUCT rule"
        for triple in found:  # one at a time: all of them at once may fill the memory
            derived.append(Quad(triple.subject, triple.predicate, triple.object, graph))
            if len(derived) > most:
                said = f"the rule {path.stem} makes over {most} statements of {size}"
                raise Failure(f"{said}: see queries/rules/{path.name}")
    return derived
