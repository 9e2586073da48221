"""The questions that are answered by composing paths: the rows that their SPARQL gives, on engines that cannot run it.

What composes an answer takes a graph, the words of each parameter and the words of the graph, and gives a row for each
path, in the order of the question's `ORDER BY`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kg import iris, linked
from kg.choices import ANY, CHOICES
from kg.paths import Ids, LinkedPath, Thread, follow, join
from kg.vocabulary import Direction, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kg.linked import Record
    from kg.store import Answers
    from kg.words import Vocabulary

Asked = Mapping[str, tuple[str, ...]]
Row = dict[str, Any]

STEPS = 3
"""The most steps of a path, and the most links of a thread, as the columns of the questions have room for."""

SAID = {"paths": "kg paths", "threads": "kg paths --thread"}
"""The command that composes the same, by what a question's header says."""

_NAMES = {value.value: value.name for value in (*Direction, *State)}
"""Local names of directions and states by their notation: engines order by IRI."""


def joined(graph: Answers, asked: Asked, words: Vocabulary) -> list[Row]:
    """Steps that adjoin, laid end to end."""
    record = linked.read(graph, [CHOICES["status"][word] for word in asked["status"]], words)
    found, _ = join(record, _ids(asked["factor"]), _ids(asked["outcome"]), STEPS, _least(asked), links=False)
    return [_joined_row(path, record) for path in sorted((LinkedPath(steps, {}) for steps in found), key=_joined_order)]


def _joined_row(path: LinkedPath, record: Record) -> Row:
    before = path.steps[:-1]
    entered = path.steps[1:]
    vias, turns = [step.outcome for step in before], [step.direction for step in before]
    return {
        "factor": path.factor,
        "state": path.steps[0].state,
        **_numbered("via", vias, STEPS - 1),
        **_numbered("turned", turns, STEPS - 1),
        **_numbered("enters", [step.enters for step in entered], STEPS - 1, ()),
        "reached": path.reached,
        "turned": path.steps[-1].direction,
        "joined": path.joined,
        "steps": len(path.steps),
        "thinnest": path.thinnest,
        **_numbered("step", [len(step.studies) for step in path.steps], STEPS),
        "claims": path.claims,
        "evidence": _each(
            f"{claim.id}: {claim.citation}, {passage}"
            for claim in (record.claims[id_] for id_ in path.claims)
            for passage in claim.passages
        ),
    }


def _joined_order(path: LinkedPath) -> tuple[Any, ...]:
    before = [word for step in path.steps[:-1] for word in (step.outcome, _NAMES[step.direction])]
    last = (path.reached, _NAMES[path.steps[-1].direction])
    return (
        -path.thinnest,
        len(path.steps),
        path.factor,
        _NAMES[path.steps[0].state],
        *_padded(before, 2 * (STEPS - 1), ""),
        *last,
    )


def threads(graph: Answers, asked: Asked, words: Vocabulary) -> list[Row]:
    """Threads that one source tells from end to end; all claims of one are of the same status."""
    rows: dict[tuple[Any, ...], Row] = {}
    for word in asked["status"]:
        record = linked.read(graph, [CHOICES["status"][word]], words)
        found, _ = follow(record, _ids(asked["factor"]), _ids(asked["outcome"]), STEPS + 1)
        for thread in found:
            if len(thread.links) >= _least(asked):
                # Links alike between the same claims are told once
                rows.setdefault(_thread_order(thread), _thread_row(thread, record))
    return [rows[order] for order in sorted(rows)]


def _thread_row(thread: Thread, record: Record) -> Row:
    claims = [record.claims[id_] for id_ in thread.claims]
    first, *others = thread.claims
    return {
        "factor": thread.factor,
        **_numbered("via", thread.outcomes[:-1], STEPS),
        "reached": thread.outcomes[-1],
        "links": len(thread.links),
        **_numbered("link", thread.stands, STEPS),
        "effects": ", ".join(thread.effects),
        "states": thread.states,
        "explicitness": _each(thread.explicitness),
        "feedback": thread.feedback,
        "claim": first,
        **dict(zip(("second", "third", "fourth"), _padded(others, STEPS), strict=True)),
        "source": thread.source,
        "evidence": _each(f"{claim.citation}, {passage.locator}" for claim in claims for passage in claim.passages),
    }


def _thread_order(thread: Thread) -> tuple[Any, ...]:
    claims = ["/".join(map(iris.segment, id_.split("/"))) for id_ in thread.claims]
    told = (thread.stands, thread.explicitness, thread.feedback)
    return (-len(thread.links), thread.factor, *_padded(claims, STEPS + 1, ""), *told)


def _ids(words: tuple[str, ...]) -> Ids:
    return None if ANY in words else frozenset(words)


def _least(asked: Asked) -> int:
    return int(asked["least"][0])


def _numbered(name: str, values: Iterable[Any], most: int, silent: Any = None) -> Row:
    return {f"{name}_{number}": value for number, value in enumerate(_padded(values, most, silent), 1)}


def _padded(values: Iterable[Any], most: int, silent: Any = None) -> list[Any]:
    found = list(values)
    return [*found, *[silent] * (most - len(found))]


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


COMPOSERS: dict[str, Callable[[Answers, Asked, Vocabulary], list[Row]]] = {"paths": joined, "threads": threads}
"""What answers a question whose header says `composed`, by what it says."""
