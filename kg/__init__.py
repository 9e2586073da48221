"""Which relational factors are reported to support which outcomes of health partnerships, and on whose word.

>>> import kg
>>> graph = kg.open("build")                                    # doctest: +SKIP
>>> graph.trace(factor="trust").cells[0]                        # doctest: +SKIP
>>> graph.ask("cq04", outcome="equity").to_pandas()             # doctest: +SKIP
>>> graph.sparql("SELECT ?claim WHERE { ?claim a pm:Claim }")   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.agreement import Agreement
    from kg.ask import Answer, Question, questions
    from kg.coverage import Coverage
    from kg.diff import Change, Diff, Slot
    from kg.errors import DamagedRelease, EvidenceError, Failure, KgError, UsageError
    from kg.external.status import ExternalData
    from kg.findings import Finding, Severity, Tier
    from kg.judgements import Condition, CounterCase, SynthesisJudgement
    from kg.knowledge_graph import KnowledgeGraph, Rows
    from kg.knowledge_graph import open_graph as open  # noqa: A004 - as in `kg.open("build")`
    from kg.paths import LinkedPath, Paths, PathStep, Thread
    from kg.patterns import Patterns, RecurrentPattern
    from kg.pipeline import build, check
    from kg.tensions import Tension, Tensions, TensionSide
    from kg.trace import Cell, Selection, Trace, TracedClaim

__all__ = [
    "Agreement",
    "Answer",
    "Cell",
    "Change",
    "Condition",
    "CounterCase",
    "Coverage",
    "DamagedRelease",
    "Diff",
    "EvidenceError",
    "ExternalData",
    "Failure",
    "Finding",
    "KgError",
    "KnowledgeGraph",
    "LinkedPath",
    "PathStep",
    "Paths",
    "Patterns",
    "Question",
    "RecurrentPattern",
    "Rows",
    "Selection",
    "Severity",
    "Slot",
    "SynthesisJudgement",
    "Tension",
    "TensionSide",
    "Tensions",
    "Thread",
    "Tier",
    "Trace",
    "TracedClaim",
    "UsageError",
    "build",
    "check",
    "open",
    "questions",
]

_HOMES = {
    "kg.agreement": ("Agreement",),
    "kg.ask": ("Answer", "Question", "questions"),
    "kg.coverage": ("Coverage",),
    "kg.diff": ("Change", "Diff", "Slot"),
    "kg.errors": ("DamagedRelease", "EvidenceError", "Failure", "KgError", "UsageError"),
    "kg.external.status": ("ExternalData",),
    "kg.findings": ("Finding", "Severity", "Tier"),
    "kg.judgements": ("Condition", "CounterCase", "SynthesisJudgement"),
    "kg.knowledge_graph": ("KnowledgeGraph", "Rows", "open"),
    "kg.paths": ("LinkedPath", "PathStep", "Paths", "Thread"),
    "kg.patterns": ("Patterns", "RecurrentPattern"),
    "kg.pipeline": ("build", "check"),
    "kg.tensions": ("Tension", "TensionSide", "Tensions"),
    "kg.trace": ("Cell", "Selection", "Trace", "TracedClaim"),
}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used, so that tracing never waits for what only builds need."""
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(home), "open_graph" if name == "open" else name)
    raise AttributeError(f"module kg has no attribute {name}")
