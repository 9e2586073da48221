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
_WENT = {"increased": "increased", "decreased": "decreased", "unchanged": "stayed unchanged", "varied": "varied"}
_WOULD_GO = {"increased": "increase", "decreased": "decrease", "unchanged": "stay unchanged", "varied": "vary"}


def claim_sentence(
    contexts: Sequence[Slot],
    mechanisms: Sequence[Slot],
    actors: Sequence[Slot],
    reasoners: Sequence[Sequence[Slot]],
    outcome: Slot,
    effect: str,
    status: str,
    citation: str,
    layers: Sequence[str],
    joined_by: str | None = None,
) -> str:
    """The sentence of a claim.

    Args:
        contexts: With `state` and `note`.
        mechanisms: With `state`, `firing`, `resource`, `reasoning`, `reasoningBasis`.
        actors: Who takes part.
        reasoners: Who reasons about each mechanism, where the record says so.
        outcome: With `direction` and `note`.
        effect: Notation of the reported effect.
        status: Notation of the status: what is merely proposed is said to be.
        citation: Short citation of the source.
        layers: Notation of the layer of interpretation of each of its passages; empty where none is recorded.
        joined_by: Notation of how several mechanisms are joined.
    """
    parts = [_context(contexts), _mechanisms(mechanisms, joined_by), _reasoning(mechanisms, reasoners, actors)]
    told = "; ".join(part for part in parts if part)
    word = "; ".join(part for part in (_whose(layers), _basis(mechanisms, reasoners)) if part)
    return f"{told}; {_outcome(outcome, effect, status)}, according to {citation} ({word})."


def _whose(layers: Sequence[str]) -> str:
    """Whose words the passages of a claim are, and where they differ, in how many of them."""
    counted = {layer: layers.count(layer) for layer in layers}
    names = [LAYERS.get(layer, layer) or "layer not recorded" for layer in counted]
    if len(counted) < 2:
        return joined(names) or "layer not recorded"
    (first, *others), (number, *numbers) = names, counted.values()
    told = [f"{name} in {count}" for name, count in zip(others, numbers, strict=True)]
    return joined([f"{first} in {number} of {len(layers)} passages", *told])


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
        return "In a context that is not recorded"
    told = []
    for context in contexts:
        state = context.get("state")
        told.append(_with_note(f"{context.label}, {state}" if state else context.label, context.get("note")))
    return f"In a context of {joined(told)}"


def _mechanisms(mechanisms: Sequence[Slot], joined_by: str | None) -> str:
    return joined(
        [_mechanism(mechanism) for mechanism in mechanisms],
        {"or": "or", "sequence": "and then"}.get(joined_by or "", "and"),
    )


def _mechanism(mechanism: Slot) -> str:
    resource, state, firing = mechanism.get("resource"), mechanism.get("state"), mechanism.get("firing")
    there = f"with {mechanism.label} {state or 'in a state that is not recorded'}"
    there += f" ({firing.replace('-', ' ')})" if firing and firing != "not-stated" else ""
    if not resource:
        return there
    # Whether a resource was offered where its mechanism was absent is one of five things that absence can mean
    unsure = state == "absent" or firing == "resource-not-offered"
    return f"{there} (resource recorded: {resource})" if unsure else f"when offered {resource}, {there}"


def _reasoning(mechanisms: Sequence[Slot], reasoners: Sequence[Sequence[Slot]], actors: Sequence[Slot]) -> str:
    told = []
    for mechanism, who in zip(mechanisms, reasoners, strict=True):
        reasoning = mechanism.get("reasoning")
        if who:
            told.append(f"{_labels(who)}: {reasoning or 'their reasoning is not recorded'}")
        elif reasoning:
            told.append(reasoning)
    if any(reasoners):
        return "; ".join(told)
    among = f"among {_labels(actors)}: " if actors else ""
    return f"{among}{'; '.join(told) or 'the reasoning is not recorded'}"


def _labels(slots: Sequence[Slot]) -> str:
    return joined([slot.label for slot in slots])


def _outcome(outcome: Slot, effect: str, status: str) -> str:
    label, note, direction = outcome.label, outcome.get("note"), outcome.get("direction")
    proposed = "it is proposed, " if status == "proposed" else ""
    if effect == "no-effect":
        recorded = f", direction recorded: {direction}" if direction in ("increased", "decreased", "varied") else ""
        no_different = "would be no different" if proposed else "is reported as no different"
        so = f"so, {proposed}" if proposed else "so "
        return _with_note(f"{so}{label} {no_different}", note) + recorded
    if proposed and direction in _WOULD_GO:
        went = f"so, {proposed}{label} would {_WOULD_GO[direction]}"
    elif direction in _WENT:
        went = f"so {label} {_WENT[direction]}"
    else:
        silence = "that the source does not state" if direction == "not-stated" else "that is not recorded"
        went = f"so {label} is concerned, in a direction {silence}"
    went = _with_note(went, note)
    if effect == "mixed":
        return f"{went}, the effect reported as mixed"
    return went if direction in _WENT else f"{went}, reported to {effect.removesuffix('s')}"


def _basis(mechanisms: Sequence[Slot], reasoners: Sequence[Sequence[Slot]]) -> str:
    """On whose word the reasoning rests, and who is said to reason."""
    if not any(mechanism.get("reasoning") for mechanism in mechanisms):
        return ""
    bases = list(dict.fromkeys(basis for mechanism in mechanisms if (basis := mechanism.get("reasoningBasis"))))
    if not bases:
        rests = "on whose word the reasoning rests"
        return f"{rests} is not recorded" if any(reasoners) else f"who reasons, and {rests}, is not recorded"
    who = "" if any(reasoners) else "; who reasons is not recorded"
    return f"basis of the reasoning: {joined(bases)}{who}"


def number_of(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> number_of(1, "study", "studies"), number_of(2, "study", "studies"), number_of(2, "claim")
    ('1 study', '2 studies', '2 claims')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
