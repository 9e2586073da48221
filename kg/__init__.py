"""Which relational factors are reported to support which outcomes of health partnerships, and on whose word.

    >>> import kg
    >>> graph = kg.open("build")                                    # doctest: +SKIP
    >>> graph.trace(factor="trust").cells[0]                        # doctest: +SKIP
    >>> graph.sparql("SELECT ?claim WHERE { ?claim a pm:Claim }")   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.errors import DamagedRelease, EvidenceError, Failure, KgError, UsageError
    from kg.findings import Finding, Severity
    from kg.knowledge_graph import KnowledgeGraph, Rows
    from kg.knowledge_graph import open_graph as open  # noqa: A004 - as in `kg.open("build")`
    from kg.pipeline import build, check
    from kg.trace import Cell, Selection, Trace, TracedClaim

_HOMES = {
    "Cell": "kg.trace",
    "DamagedRelease": "kg.errors",
    "EvidenceError": "kg.errors",
    "Failure": "kg.errors",
    "Finding": "kg.findings",
    "KgError": "kg.errors",
    "KnowledgeGraph": "kg.knowledge_graph",
    "Rows": "kg.knowledge_graph",
    "Selection": "kg.trace",
    "Severity": "kg.findings",
    "Trace": "kg.trace",
    "TracedClaim": "kg.trace",
    "UsageError": "kg.errors",
    "build": "kg.pipeline",
    "check": "kg.pipeline",
    "open": "kg.knowledge_graph",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used, so that tracing never waits for what only builds need."""
    if name not in _HOMES:
        raise AttributeError(f"module kg has no attribute {name}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), "open_graph" if name == "open" else name)
