"""Linked claims: paths joined from claims in which one's outcome enters the next, and threads that one source tells.

Queries give claims and links; paths are composed here. A joined path is ours: nobody is known to have claimed it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

from kg import linked
from kg.choices import ANY, CHOICES
from kg.errors import UsageError
from kg.frames import Tabular
from kg.iris import ids
from kg.linked import CONTRARY, Link, LinkedClaim, Record
from kg.words import Vocabulary, choice, notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.store import Answers

CAUTION = "Nobody is known to have claimed a joined path as a whole; a factor need not be the same thing in each claim."
"""What is said wherever joined paths are shown."""

LONGEST = 6
"""The most steps that may be asked for."""

MOST = 50_000
"""How many beginnings of paths of one length are gone through before longer ones are given up, which is then said."""

_UNRECORDED = "not recorded"
_FITS = {"increased": ("high", "present"), "decreased": ("low", "absent")}


@dataclass(frozen=True)
class PathStep:
    """Claims reported to support that begin and end alike; on a path the outcome of one enters the next.

    Attributes:
        factor: Id of the factor that enters.
        entered: Which way it went in the step before, or None where a path begins.
        state: State of the mechanisms: `present`, or `absent` where it is worse without them.
        enters: How the factor enters: `mechanism`, `context`, or `resource by a recorded link` and the like.
        outcome: Id of the outcome.
        direction: Which way the outcome is recorded to have gone.
        studies: Ids of the independent studies.
        claims: The claims, as `source/coder/id`.
        links: The links by which the factor enters, as `claim → claim (stated)`, where the next does not name it.
    """

    factor: str
    entered: str | None
    state: str
    enters: tuple[str, ...]
    outcome: str
    direction: str
    studies: tuple[str, ...]
    claims: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True)
class LinkedPath:
    """Steps laid end to end.

    Attributes:
        steps: At least one.
        told_by: Sources whose record links claims of the steps end to end, with those claims and who drew the links.
    """

    steps: tuple[PathStep, ...]
    told_by: dict[str, tuple[str, ...]]

    @property
    def factor(self) -> str:
        """Where it begins."""
        return self.steps[0].factor

    @property
    def reached(self) -> str:
        """Where it ends."""
        return self.steps[-1].outcome

    @property
    def joined(self) -> bool:
        """Whether it was joined here, from several steps."""
        return len(self.steps) > 1

    @property
    def loop(self) -> bool:
        """Whether it ends where it began."""
        return self.factor == self.reached

    @property
    def thinnest(self) -> int:
        """Studies at the step with the fewest."""
        return min(len(step.studies) for step in self.steps)

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims of all steps."""
        return tuple(sorted({claim for step in self.steps for claim in step.claims}))


@dataclass(frozen=True)
class Thread:
    """Claims that links of one coding lead through.

    Attributes:
        factor: Id of a mechanism of the first claim.
        claims: The claims in order, as `source/coder/id`.
        links: The links between them.
        outcomes: The outcome of each claim.
        effects: The reported effect of each claim.
        stands: How each outcome stands in the next claim: the link's kind or, not recorded, where the claim names it.
        states: Whether the outcomes, as they went, go with their states in the next claims.
        source: The source, as it is cited.
        feedback: Whether a link is recorded as closing a loop, or the thread comes back to a claim of its own.
    """

    factor: str
    claims: tuple[str, ...]
    links: tuple[Link, ...]
    outcomes: tuple[str, ...]
    effects: tuple[str, ...]
    stands: tuple[str, ...]
    states: str
    source: str
    feedback: bool

    @property
    def explicitness(self) -> tuple[str, ...]:
        """Whether each link is stated by the source or inferred by the coder, as far as recorded."""
        return tuple(link.explicitness or _UNRECORDED for link in self.links)


@dataclass(frozen=True)
class Paths(Tabular):
    """Linked claims from a factor to an outcome.

    Attributes:
        asked_from: Id of the factor, or `any`.
        asked_to: Id of the outcome, or `any`.
        thread: Whether threads were asked for; then `paths` is empty, and else `threads`.
        paths: Joined paths, those with the most studies at their thinnest step first.
        threads: Threads, the longest first.
        complete_to: Up to how many steps all were gone through; less than asked for where there were too many.
        max_length: How many steps were asked for at most.
        claims: The claims by id.
        notice: How the evidence was coded, to be said wherever it is shown.
        vocabulary: What each id in it is called.
    """

    asked_from: str
    asked_to: str
    thread: bool
    paths: tuple[LinkedPath, ...]
    threads: tuple[Thread, ...]
    complete_to: int
    max_length: int
    claims: dict[str, LinkedClaim] = field(repr=False)
    notice: str
    vocabulary: Vocabulary = field(repr=False)

    COLUMNS = (
        "factor", "outcome", "path", "step", "step_factor", "state", "enters", "step_outcome", "direction", "studies",
        "thinnest", "joined", "loop", "told_by", "study_ids", "claims", "links", "evidence",
    )  # fmt: skip
    THREAD_COLUMNS = (
        "factor", "outcome", "path", "step", "claim", "step_outcome", "effect", "enters_next", "explicitness",
        "states", "loop", "source", "evidence",
    )  # fmt: skip

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.THREAD_COLUMNS if self.thread else self.COLUMNS

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each step of each path; several values of a column are joined by semicolons."""
        return list(self._thread_rows() if self.thread else self._path_rows())

    @property
    def steps(self) -> tuple[PathStep, ...]:
        """The distinct steps of all joined paths, for a picture."""
        return tuple(dict.fromkeys(step for path in self.paths for step in path.steps))

    @property
    def cut(self) -> str:
        """What was not gone through, in words; empty where everything was."""
        if self.complete_to >= self.max_length:
            return ""
        return (
            f"Paths of more than {self.complete_to} steps were not gone through: there are more than {MOST:,} ways to "
            "begin one. Ask for a narrower pair, or for more studies at each step (--least)."
        )

    def where(self, claims: Iterable[str]) -> list[str]:
        """Where claims rest: each with its source, locators and layers."""
        found = (self.claims[claim] for claim in claims)
        return [f"{one.id}: {one.citation}, {', '.join(map(str, one.passages))}" for one in found]

    def _path_rows(self) -> Iterator[dict[str, Any]]:
        for number, path in enumerate(self.paths, 1):
            for place, step in enumerate(path.steps, 1):
                yield {
                    "factor": path.factor,
                    "outcome": path.reached,
                    "path": number,
                    "step": place,
                    "step_factor": step.factor,
                    "state": step.state,
                    "enters": _listed(step.enters),
                    "step_outcome": step.outcome,
                    "direction": step.direction,
                    "studies": len(step.studies),
                    "thinnest": path.thinnest,
                    "joined": path.joined,
                    "loop": path.loop,
                    "told_by": _listed(path.told_by),
                    "study_ids": _listed(step.studies),
                    "claims": _listed(step.claims),
                    "links": _listed(step.links),
                    "evidence": _listed(self.where(step.claims)),
                }

    def _thread_rows(self) -> Iterator[dict[str, Any]]:
        for number, thread in enumerate(self.threads, 1):
            for place, claim in enumerate(thread.claims):
                last = place == len(thread.links)
                yield {
                    "factor": thread.factor,
                    "outcome": thread.outcomes[-1],
                    "path": number,
                    "step": place + 1,
                    "claim": claim,
                    "step_outcome": thread.outcomes[place],
                    "effect": thread.effects[place],
                    "enters_next": None if last else thread.stands[place],
                    "explicitness": None if last else thread.explicitness[place],
                    "states": thread.states,
                    "loop": thread.feedback,
                    "source": thread.source,
                    "evidence": _listed(self.where((claim,))),
                }

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        shown = {claim for path in self.paths for claim in path.claims}
        shown |= {claim for thread in self.threads for claim in thread.claims}
        told = {"from": self.asked_from, "to": self.asked_to, "max_length": self.max_length, "cut": self.cut or None}
        found: dict[str, Any]
        if self.thread:
            found = {
                "threads": [{**asdict(one), "explicitness": one.explicitness} for one in self.threads],
            }
        else:
            found = {
                "caution": CAUTION,
                "paths": [
                    {
                        "factor": path.factor,
                        "outcome": path.reached,
                        "joined": path.joined,
                        "loop": path.loop,
                        "thinnest": path.thinnest,
                        "told_by": path.told_by,
                        "steps": [asdict(step) for step in path.steps],
                    }
                    for path in self.paths
                ],
            }
        return {
            "notice": self.notice,
            **told,
            **found,
            "claims": {one: asdict(self.claims[one]) for one in sorted(shown)},
        }


def _listed(values: Iterable[str]) -> str | None:
    return "; ".join(values) or None


def paths(
    graph: Answers,
    from_: str,
    to: str,
    *,
    thread: bool = False,
    max_length: int = 3,
    least: int = 1,
    status: str = "tested",
    links: bool = True,
) -> Paths:
    """Linked claims from a factor to an outcome.

    Args:
        graph: A graph that answers queries.
        from_: Id or label of the factor where they begin, as a mechanism; `any` for all.
        to: Id or label of the outcome where they end; `any` for all.
        thread: Whether to follow the links of one coding, rather than to join claims of whatever source.
        max_length: The most claims, one after the other: 1 to 6.
        least: The fewest studies that every step of a joined path must have.
        status: Which claims count: `tested`, `proposed` or `all`.
        links: Whether a factor also enters a claim that does not name it where a link says so.

    Raises:
        UsageError: The graph does not know a word, both ends are `any`, or a number is out of range.
    """
    if from_ == ANY and to == ANY:
        raise UsageError("name where paths begin or where they end: one of the two may be any, not both")
    if type(max_length) is not int or not 1 <= max_length <= LONGEST:
        raise UsageError(f"a path has 1 to {LONGEST} steps, not {max_length}")
    if type(least) is not int or least < 1:
        raise UsageError(f"the fewest studies at each step are 1 or more, not {least}")
    if thread and least > 1:
        raise UsageError("a thread is told by one source, so the fewest studies at each step cannot be asked for")
    if thread and max_length < 2:
        raise UsageError("a thread has two claims or more")
    words = Vocabulary(graph)
    counts = choice("status", status, CHOICES["status"])
    start = None if from_ == ANY else ids(words.concept(from_, "factor").value)[-1]
    end = None if to == ANY else ids(words.concept(to, "outcome").value)[-1]
    starts, ends = (None if one is None else frozenset({one}) for one in (start, end))
    record = linked.read(graph, [counts], words)
    found: tuple[LinkedPath, ...] = ()
    threads: tuple[Thread, ...] = ()
    if thread:
        sequences, complete_to = follow(record, starts, ends, max_length, MOST)
        threads = tuple(sequences)
    else:
        joined, complete_to = join(record, starts, ends, max_length, least, links, MOST)
        found = tuple(sorted((LinkedPath(steps, _told_by(steps, record)) for steps in joined), key=_order))
    return Paths(
        start or ANY, end or ANY, thread, found, threads, complete_to, max_length, record.claims, notice(graph), words
    )


def _order(path: LinkedPath) -> tuple[Any, ...]:
    names = [value for step in path.steps for value in (step.outcome, step.direction)]
    return (-path.thinnest, len(path.steps), path.factor, path.steps[0].state, names)


Steps = dict[tuple[str, str | None, str], list[PathStep]]
"""Steps by the factor that enters, which way it went before, and the state of the mechanisms."""


Ids = frozenset[str] | None
"""Ids of factors or outcomes; None for all."""

_Key = tuple[str, str | None, str, str, str]


def _steps(record: Record, least: int, links: bool) -> tuple[Steps, Steps]:
    """Steps with which a path can begin, and those that can follow another."""
    gathered: dict[_Key, list[tuple[LinkedClaim, str, str]]] = defaultdict(list)
    supporting = {id_: claim for id_, claim in record.claims.items() if claim.effect == "supports" and claim.direction}
    for claim in supporting.values():
        ending = (claim.outcome, claim.direction or "")
        for entry in claim.entries:
            if entry.slot == "mechanism" and entry.state:
                gathered[entry.factor, None, entry.state, *ending].append((claim, "mechanism", ""))
            for turned, contrary in CONTRARY.items():
                if entry.state not in contrary:
                    for state in claim.mechanism_states:
                        gathered[entry.factor, turned, state, *ending].append((claim, entry.slot, ""))
    recorded = [link for found in record.links.values() for link in found if links and link.kind]
    for link in recorded:
        before, target = supporting.get(link.claim), supporting.get(link.target)
        if before and target and before.direction in CONTRARY and not target.names(before.outcome):
            enters = f"{(link.kind or '').removeprefix('becomes-')} by a recorded link"
            for state in before.mechanism_states & target.mechanism_states:
                key: _Key = (before.outcome, before.direction, state, target.outcome, target.direction or "")
                drawn = link.explicitness or _UNRECORDED
                gathered[key].append((target, enters, f"{before.id} → {target.id} ({drawn})"))
    first: Steps = defaultdict(list)
    later: Steps = defaultdict(list)
    for key, behind in sorted(gathered.items(), key=lambda one: str(one[0])):
        factor, entered, state, outcome, direction = key
        studies = tuple(sorted({claim.study for claim, _, _ in behind}))
        if len(studies) >= least:
            step = PathStep(
                factor=factor,
                entered=entered,
                state=state,
                enters=tuple(sorted({enters for _, enters, _ in behind})),
                outcome=outcome,
                direction=direction,
                studies=studies,
                claims=tuple(sorted({claim.id for claim, _, _ in behind})),
                links=tuple(sorted({link for *_, link in behind if link})),
            )
            (later if entered else first)[factor, entered, state].append(step)
    return first, later


def join(
    record: Record,
    starts: Ids,
    ends: Ids,
    max_length: int,
    least: int = 1,
    links: bool = True,
    most: float = inf,
) -> tuple[list[tuple[PathStep, ...]], int]:
    """Steps laid end to end, no factor twice but where a path ends where it began; and up to which length all are.

    Args:
        record: The claims and their links.
        starts: Factors where they begin; None for all.
        ends: Outcomes where they end; None for all.
        max_length: The most steps.
        least: The fewest studies of every step.
        links: Whether a factor also enters a claim that does not name it where a link says so.
        most: How many beginnings of one length are gone through before longer ones are given up.
    """
    first, later = _steps(record, least, links)
    far = _distances(later, ends, max_length)
    found: list[tuple[PathStep, ...]] = []
    begun: list[tuple[PathStep, ...]] = [
        (step,) for (factor, _, _), steps in first.items() if _among(factor, starts) for step in steps
    ]
    for length in range(1, max_length + 1):
        found += [way for way in begun if _among(way[-1].outcome, ends)]
        if length == max_length:
            break
        longer: list[tuple[PathStep, ...]] = []
        for way in begun:
            last = way[-1]
            seen = {way[0].factor, *(step.outcome for step in way)}
            if last.outcome == way[0].factor or ends == frozenset({last.outcome}):
                continue
            for step in later.get((last.outcome, last.direction, last.state), ()):
                closes = step.outcome == way[0].factor
                arrives = _among(step.outcome, ends)
                left = max_length - length - 1
                near = far.get((step.outcome, step.direction, step.state), LONGEST) <= left
                if (arrives or (near and not closes)) and (step.outcome not in seen or (closes and arrives)):
                    longer.append((*way, step))
            if len(longer) > most:
                return found, length
        begun = longer
    return found, max_length


def _among(id_: str, ids_: Ids) -> bool:
    return ids_ is None or id_ in ids_


def _distances(later: Steps, ends: Ids, most: int) -> dict[tuple[str, str | None, str], int]:
    """The fewest steps from a place to an end, so that no way is followed that cannot get there."""
    if ends is None:
        return dict.fromkeys(later, 1)
    far: dict[tuple[str, str | None, str], int] = {}
    for length in range(1, most + 1):
        near = {place for place, distance in far.items() if distance == length - 1}
        for place, steps in later.items():
            if place not in far and any(
                step.outcome in ends or (step.outcome, step.direction, step.state) in near for step in steps
            ):
                far[place] = length
    return far


def _told_by(steps: tuple[PathStep, ...], record: Record) -> dict[str, tuple[str, ...]]:
    """Sources whose links lead through claims of the steps from end to end, with one such sequence and its links."""
    if len(steps) < 2:
        return {}
    ways: dict[str, tuple[str, ...]] = {claim: (claim,) for claim in steps[0].claims}
    drawn: dict[str, set[str]] = {claim: set() for claim in steps[0].claims}
    for step in steps[1:]:
        following: dict[str, tuple[str, ...]] = {}
        following_drawn: dict[str, set[str]] = {}
        for claim, way in ways.items():
            for link in record.links.get(claim, ()):
                if link.target in step.claims and link.target not in following:
                    following[link.target] = (*way, link.target)
                    following_drawn[link.target] = drawn[claim] | {link.explicitness or _UNRECORDED}
        ways, drawn = following, following_drawn
    told: dict[str, tuple[str, ...]] = {}
    for claim, way in ways.items():
        told.setdefault(record.claims[claim].source, (*way, f"links: {', '.join(sorted(drawn[claim]))}"))
    return dict(sorted(told.items()))


def follow(record: Record, starts: Ids, ends: Ids, max_length: int, most: float = inf) -> tuple[list[Thread], int]:
    """Threads from a mechanism to an outcome, the longest first; and up to how many claims all were followed.

    Args:
        record: The claims and their links.
        starts: Mechanisms of the first claim; None for all.
        ends: Outcomes of the last; None for all.
        max_length: The most claims.
        most: How many beginnings of one length are followed before longer ones are given up.
    """
    found: list[Thread] = []
    complete_to = max_length
    begun: list[tuple[Link, ...]] = [
        (link,)
        for id_, links in record.links.items()
        if starts is None or starts & _mechanisms(record.claims[id_])
        for link in links
    ]
    for length in range(2, max_length + 1):
        for way in begun:
            first = record.claims[way[0].claim]
            if _among(record.claims[way[-1].target].outcome, ends):
                for factor in sorted(_mechanisms(first)):
                    if _among(factor, starts):
                        found.append(_thread(factor, way, record))
        if length == max_length:
            break
        longer = [
            (*way, link)
            for way in begun
            if way[-1].target not in {one.claim for one in way}
            for link in record.links.get(way[-1].target, ())
        ]
        if len(longer) > most:
            complete_to = length
            break
        begun = longer
    return sorted(found, key=lambda one: (-len(one.links), one.factor, one.claims)), complete_to


def _mechanisms(claim: LinkedClaim) -> set[str]:
    return {entry.factor for entry in claim.entries if entry.slot == "mechanism"}


def _thread(factor: str, way: tuple[Link, ...], record: Record) -> Thread:
    claims = [record.claims[way[0].claim], *(record.claims[link.target] for link in way)]
    fitting = [_fits(one, following) for one, following in pairwise(claims)]
    if any(False in fits for fits in fitting):
        states = "contrary at a link"
    else:
        states = "go together" if all(fitting) else "not recorded at every link"
    returns = claims[-1].id in {claim.id for claim in claims[:-1]}
    return Thread(
        factor=factor,
        claims=tuple(claim.id for claim in claims),
        links=way,
        outcomes=tuple(claim.outcome for claim in claims),
        effects=tuple(claim.effect for claim in claims),
        stands=tuple(link.kind or _stands(record.claims[link.claim], record.claims[link.target]) for link in way),
        states=states,
        source=claims[0].citation,
        feedback=returns or any(link.feedback for link in way),
    )


def _fits(claim: LinkedClaim, following: LinkedClaim) -> set[bool]:
    """Whether the outcome, as it went, goes with its recorded states in the next claim."""
    turned = claim.direction or ""
    if turned not in CONTRARY:
        return set()
    both = (*_FITS[turned], *CONTRARY[turned])
    states = {entry.state for entry in following.entries if entry.factor == claim.outcome and entry.state in both}
    return {state in _FITS[turned] for state in states}


def _stands(claim: LinkedClaim, following: LinkedClaim) -> str:
    slots = {entry.slot for entry in following.entries if entry.factor == claim.outcome}
    where = next((f"{slot} of the next" for slot in ("mechanism", "context") if slot in slots), "not in the next")
    return f"not recorded; {where}"
