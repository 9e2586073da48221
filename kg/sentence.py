"""A claim as a sentence that people can read.

The words are those of realist evaluation: in a context, when a resource is offered, actors reason, so an outcome comes
about, according to a source. A factor is never the subject of a causal verb, and what a record does not say is said
to be missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Slot(Protocol):
    """A part of a claim: what it is called, and what its properties say, by their local names."""

    @property
    def label(self) -> str:
        """The factor's or actor's label."""

    def get(self, name: str) -> str | None:
        """The label of a property's value, or its text."""


LAYERS = {
    "participant": "participants' own account",
    "author": "authors' interpretation",
    "reviewer": "reviewers' synthesis",
    "coder": "coder's interpretation",
}


def claim_sentence(
    contexts: Sequence[Slot],
    mechanisms: Sequence[Slot],
    actors: Sequence[Slot],
    outcome: Slot,
    effect: str,
    citation: str,
    layers: Sequence[str],
    joined_by: str | None = None,
) -> str:
    """The sentence of a claim.

    Args:
        contexts: With `state` and `note`.
        mechanisms: With `state`, `resource`, `reasoning`, `reasoningBasis`.
        actors: Who takes part; named as who reasons where the record does not say who does.
        outcome: With `direction` and `note`.
        effect: Notation of the reported effect.
        citation: Short citation of the source.
        layers: Notations of the layers of interpretation that its evidence is on.
        joined_by: Notation of how several mechanisms are joined.
    """
    parts = [_context(contexts), _mechanisms(mechanisms, joined_by), _reasoning(mechanisms, actors)]
    told = "; ".join(part for part in parts if part)
    return f"{told}; {_outcome(outcome, effect)}, according to {citation} ({_word(mechanisms, layers)})."


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words as a list in prose.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def _with_note(text: str, note: str | None) -> str:
    return f"{text} ({note})" if note else text


def _context(contexts: Sequence[Slot]) -> str:
    if not contexts:
        return "In a context that is not stated"
    told = []
    for context in contexts:
        state = context.get("state")
        told.append(_with_note(f"{context.label}, {state}" if state else context.label, context.get("note")))
    return f"In a context of {joined(told)}"


def _mechanisms(mechanisms: Sequence[Slot], joined_by: str | None) -> str:
    told = []
    for mechanism in mechanisms:
        resource, state = mechanism.get("resource"), mechanism.get("state")
        there = f"{mechanism.label} {state or 'in a state that is not stated'}"
        firing = mechanism.get("firing")
        there += f" ({firing})" if firing else ""
        told.append(f"when offered {resource}, with {there}" if resource else f"with {there}")
    return joined(told, {"or": "or", "sequence": "and then"}.get(joined_by or "", "and"))


def _reasoning(mechanisms: Sequence[Slot], actors: Sequence[Slot]) -> str:
    who = joined([actor.label for actor in actors])
    told = [reasoning for mechanism in mechanisms if (reasoning := mechanism.get("reasoning"))]
    if not told:
        return f"the reasoning of {who} is not stated" if who else "the reasoning is not stated"
    return f"{who}: {'; '.join(told)}" if who else "; ".join(told)


def _outcome(outcome: Slot, effect: str) -> str:
    label, note = outcome.label, outcome.get("note")
    if effect == "no-effect":
        return "with no effect reported on " + _with_note(label, note)
    direction = outcome.get("direction")
    went = f"so {label} {direction}" if direction else f"so {label} is concerned, in a direction that is not stated"
    went = _with_note(went, note)
    return f"{went}, the effect reported as mixed" if effect == "mixed" else went


def _word(mechanisms: Sequence[Slot], layers: Sequence[str]) -> str:
    whose = joined([LAYERS.get(layer, layer) for layer in layers]) or "layer not stated"
    bases = list(dict.fromkeys(basis for mechanism in mechanisms if (basis := mechanism.get("reasoningBasis"))))
    if not any(mechanism.get("reasoning") for mechanism in mechanisms):
        return whose
    return (
        f"{whose}; basis of the reasoning: {joined(bases)}" if bases else f"{whose}; basis of the reasoning not stated"
    )
