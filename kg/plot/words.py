"""What pictures call a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import iris
from kg.sentence import joined

if TYPE_CHECKING:
    from kg.trace import Selection, Trace
    from kg.words import Vocabulary


def about(trace: Trace) -> str:
    """What a trace is about, in a few words."""
    return selected(trace.selection, trace.vocabulary)


def selected(selection: Selection, words: Vocabulary) -> str:
    """The factors and outcomes of a selection, and how else it is narrowed."""
    factors = [words.labels[iris.ids(words.concept(word, "factor"))[0]] for word in selection.factor]
    outcomes = [words.labels[iris.ids(words.concept(word, "outcome"))[0]] for word in selection.outcome]
    kinds = [kind for kind in selection.kind if kind != "any"] or ([] if selection.kind else ["relational"])
    first = joined(factors) or f"{joined(kinds)} factors".strip()
    second = joined(outcomes) or "outcomes"
    narrowed = [
        *(f"status {word}" for word in selection.status if list(selection.status) != ["tested"]),
        *([f"{selection.evidence} evidence"] if selection.evidence != "all" else []),
        *(f"layer {word}" for word in selection.layer),
        *(f"design {word}" for word in selection.design),
        *(words.labels[words.country(word).value] for word in selection.country),
        *(words.labels[iris.ids(words.concept(word, "actor"))[0]] for word in selection.actor),
        *(f"coded by {word}" for word in selection.coder),
        *(["seen by two coders"] if selection.min_coders > 1 else []),
        *(["narrower concepts counted with their broader one"] if selection.roll_up else []),
        *([f"as {selection.role}"] if selection.role != "mechanism" else []),
    ]
    return f"{first} and {second}{f' ({joined(narrowed)})' if narrowed else ''}"
