"""Which optional slots of evidence records are filled, and of how many: an empty slot is a gap, never an error.

The slots are read from the record model, so that a new one is counted from the day it is there. Each is counted among
the records that could fill it: a claim's among claims, a link's among links. It reads files, not the graph.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from kg import evidence
from kg.errors import UsageError
from kg.frames import Tabular
from kg.records import (
    EFFECT_KINDS,
    ActorRole,
    Case,
    Claim,
    Coding,
    Context,
    Evidence,
    Link,
    Mechanism,
    Outcome,
    Record,
    RecordedAs,
    Selector,
    Source,
    Statistic,
    Study,
    Theory,
    recorded_design,
)
from kg.words import counting_notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ALL = "all"
"""The group of everything."""
UNSTATED = "not stated"
"""The group of what has no design, or no layer."""
FULL = "claim.contexts+resource+reasoning+direction"
"""Not a slot but four: claims that say in which context what is offered, how it is taken, and what changes."""


class Grouping(StrEnum):
    """What slots are counted apart by."""

    source = "source"
    design = "design"
    layer = "layer"
    coder = "coder"


_COULD: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "claim.effect_kind": ("claims of a mixed effect or of none", lambda claim: claim.effect in EFFECT_KINDS),
    "claim.joined_by": ("claims with several mechanisms", lambda claim: len(claim.mechanisms) > 1),
    "mechanism.basis": ("mechanisms with a reasoning", lambda mechanism: mechanism.reasoning is not None),
    "mechanism.reasoners": ("mechanisms with a reasoning", lambda mechanism: mechanism.reasoning is not None),
    "evidence.selector": ("evidence items with a quote", lambda item: item.quote is not None),
    "source.study": ("sources; filled only where others share the study", lambda source: True),
    "coding.recorded_as": ("codings; filled only where they depart from the source's record", lambda coding: True),
    "outcome.desired": ("outcomes; filled only where they depart from the concept scheme", lambda outcome: True),
    "link.feedback": ("links; filled only where one closes a loop", lambda link: True),
}
"""Among what a slot is counted, where that is not every record of its kind, or an empty one is no gap."""


@dataclass(frozen=True)
class Filled:
    """How often a slot is filled.

    Attributes:
        slot: The record and its slot, such as `mechanism.resource`.
        group: Of which source, design, layer or coder, or all.
        filled: Records that fill it.
        of: Records that could.
        among: What those are, in words.
    """

    slot: str
    group: str
    filled: int
    of: int
    among: str

    @property
    def share(self) -> float:
        """The filled ones among those that could be."""
        return self.filled / self.of


@dataclass(frozen=True)
class Coverage(Tabular):
    """Which slots of evidence are filled.

    Attributes:
        by: What they are counted apart by, if by anything.
        slots: Slot by slot, all records first, then group by group; what no record could fill is left out.
        unread: Files that are not counted, since something in them is wrong.
        notice: How the evidence was coded.
    """

    by: Grouping | None
    slots: tuple[Filled, ...]
    unread: tuple[str, ...]
    notice: str = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `rows`."""
        return ("slot", "group", "filled", "of", "share", "among")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row a slot and group, the share to three decimals."""
        return [{**vars(one), "share": round(one.share, 3)} for one in self.slots]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in order; without that of all."""
        return tuple(sorted({one.group for one in self.slots} - {ALL}))

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {"by": self.by, "unread": list(self.unread), "notice": self.notice, "slots": self.rows}


def coverage(places: Sequence[Path], by: str | None = None) -> Coverage:
    """Which optional slots the evidence at some places fills.

    A claim and its parts stand in the group of each layer that its evidence has, so that groups of layers together can
    hold more than all; an evidence item stands in that of its own. A claim's design is the one that its coder recorded.

    Args:
        places: Evidence files or folders; a file that is named twice is counted once.
        by: What to count apart by, as in `Grouping`.

    Raises:
        UsageError: There is no evidence at a place, or nothing of that name to count by.
    """
    if by is not None and by not in Grouping.__members__:
        raise UsageError(f"slots are not counted apart by {by} (one of {', '.join(Grouping)})")
    apart = None if by is None else Grouping(by)
    found = [evidence.find_units(place) for place in places]
    units = {(unit.path.resolve(), unit.first_line): unit for some, _ in found for unit in some}
    readings = [evidence.read(unit) for unit in units.values()]
    unread = [finding.file for _, findings in found for finding in findings]
    unread += [str(reading.unit.path) for reading in readings if reading.record is None]
    read = [reading.record for reading in readings if reading.record is not None]
    coded = evidence.how_coded(one for one in readings if one.record is not None)
    told = counting_notice(coded.codings, coded.assisted, coded.unchecked)
    return Coverage(apart, _counted(read, apart), tuple(dict.fromkeys(unread)), told)


def _counted(read: Sequence[Record], by: Grouping | None) -> tuple[Filled, ...]:
    filled: Counter[tuple[str, str]] = Counter()
    could: Counter[tuple[str, str]] = Counter()
    order: dict[str, tuple[int, int]] = {}
    for whole in read:
        for record, groups in _walk(whole, by, frozenset()):
            for place, (slot, is_filled) in enumerate(_slots(record)):
                order.setdefault(slot, (_RANKS.get(type(record), len(_RANKS)), place))
                for group in (ALL, *groups):
                    could[slot, group] += 1
                    filled[slot, group] += is_filled
    return tuple(
        Filled(slot, group, filled[slot, group], could[slot, group], _among(slot))
        for slot, group in sorted(could, key=lambda key: (key[1] != ALL, key[1] if by else "", order[key[0]], key[0]))
    )


_READING_ORDER: tuple[type[Record], ...] = (
    Claim, Context, Mechanism, ActorRole, Outcome, Evidence, Statistic, Selector, Link, Case,
    Coding, Source, Study, Theory,
)  # fmt: skip
_RANKS = {model: at for at, model in enumerate(_READING_ORDER)}
"""What is most asked for first; kinds of record that are not named here follow."""


def _walk(record: Record, by: Grouping | None, within: frozenset[str]) -> Iterator[tuple[Record, frozenset[str]]]:
    """A record and all records in it, each with the groups that it stands in."""
    groups = _groups(record, by, within)
    yield record, groups
    for name in type(record).model_fields:
        value = getattr(record, name)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Coding) and isinstance(record, Source) and by is Grouping.design:
                yield from _walk(part, by, _named([recorded_design(record, part)]))
            elif isinstance(part, Record) and not isinstance(part, RecordedAs):
                yield from _walk(part, by, groups)


def _groups(record: Record, by: Grouping | None, within: frozenset[str]) -> frozenset[str]:
    """The groups of a record, which are those of what it is a part of unless it has its own."""
    match by, record:
        case Grouping.source, Source():
            return frozenset({record.source})
        case Grouping.design, Source():
            return _named([record.design])
        case Grouping.coder, Coding():
            return frozenset({record.coder})
        case Grouping.layer, Claim():
            return _named([item.layer for item in record.evidence])
        case Grouping.layer, Evidence():
            return _named([record.layer])
    return within


def _named(values: Sequence[StrEnum | None]) -> frozenset[str]:
    return frozenset(UNSTATED if value is None else value.value for value in values)


def _slots(record: Record) -> Iterator[tuple[str, bool]]:
    """The slots that a record could fill, and whether it does; a list without entries is empty."""
    for name, slot in _optional(type(record)):
        _, could = _COULD.get(slot, ("", None))
        if could is None or could(record):
            yield slot, getattr(record, name) not in (None, [])
    if isinstance(record, Claim):
        explained = any(mechanism.resource and mechanism.reasoning for mechanism in record.mechanisms)
        yield FULL, bool(record.contexts and explained and record.outcome.direction)


@cache
def _optional(model: type[Record]) -> tuple[tuple[str, str], ...]:
    """The optional fields of a kind of record, each with the name of its slot as evidence files write it."""
    return tuple(
        (name, f"{_kind(model)}.{known.alias or name}")
        for name, known in model.model_fields.items()
        if not known.is_required()
    )


def _kind(model: type[Record]) -> str:
    return "actor" if model is ActorRole else model.__name__.lower()


_PLURALS = {"evidence": "evidence items", "study": "studies", "theory": "theories"}


def _among(slot: str) -> str:
    kind = slot.partition(".")[0]
    return _COULD[slot][0] if slot in _COULD else _PLURALS.get(kind, f"{kind}s")
