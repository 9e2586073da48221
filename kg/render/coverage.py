"""Which slots are filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from kg.render.layout import UNFOLDED, console_on, measured, new_table, write_paragraph, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.coverage import Coverage, Filled

MOST_COLUMNS = 8
"""More groups than this stand below each other, with a few slots beside each."""
_TELLING = {
    "claim.case": "case",
    "claim.contexts": "contexts",
    "mechanism.resource": "resource",
    "mechanism.reasoning": "reasoning",
    "outcome.direction": "direction",
    "evidence.layer": "layer",
    "evidence.quote": "quote",
}
"""The slots that are shown where there is room for few: those that an explanation and its evidence trail ask for."""


def write_coverage(found: Coverage, out: TextIO) -> None:
    """Which slots are filled: slot by slot, with a column a group; or group by group, where there are many."""
    if not found.slots:
        write_paragraph("Nothing that could be read has a slot to fill.", out)
        return
    console = console_on(out, piped=UNFOLDED)
    if len(found.groups) <= MOST_COLUMNS:
        table = _slot_by_slot(found, wide=True)
        cut = measured(console, table).maximum > console.width
        console.print(_slot_by_slot(found, wide=False) if cut else table)
    else:
        slots = list(_TELLING)
        while slots and measured(console, _group_by_group(found, slots)).maximum > console.width:
            slots.pop()
        console.print(_group_by_group(found, slots))
        write_text("--format csv and --format json have every slot.", out)
    if found.groups:
        write_text("Numbers by group are percentages; · where no record there could fill the slot.", out)
    write_text("An empty slot is a gap in the record, or in what the source says: the record does not tell which.", out)
    if found.notice:
        write_text(found.notice, out)


def _slot_by_slot(found: Coverage, wide: bool) -> Any:
    """A line a slot and a column a group; where it is not wide, without what the slots are of."""
    from kg.coverage import ALL

    counted = {(one.slot, one.group): one for one in found.slots}
    table = new_table()
    table.add_column("slot", overflow="fold", no_wrap=wide)
    for heading in ("filled", "of", "%"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in found.groups:
        table.add_column(group.replace(" ", "\n").replace("-", "-\n"), justify="right", no_wrap=True)
    if wide:
        table.add_column("of what", no_wrap=not found.groups)
    for one in (one for one in found.slots if one.group == ALL):
        shares = (_percent(counted.get((one.slot, group))) for group in found.groups)
        among = (one.among,) if wide else ()
        slot = one.slot if wide else one.slot.replace("+", " +")
        table.add_row(slot, str(one.filled), str(one.of), _percent(one), *shares, *among)
    return table


def _group_by_group(found: Coverage, slots: Sequence[str]) -> Any:
    """A line a group and a column for each of the telling slots."""
    from kg.coverage import ALL, FULL

    counted = {(one.slot, one.group): one for one in found.slots}
    table = new_table()
    table.add_column(str(found.by), overflow="fold")
    full = "context, resource,\nreasoning, direction %"
    for heading in ("claims", *(f"{_TELLING[slot]}\n%" for slot in slots), full):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in (ALL, *found.groups):
        claims = counted.get((FULL, group))
        shares = (_percent(counted.get((slot, group))) for slot in (*slots, FULL))
        table.add_row(group, str(claims.of if claims else 0), *shares)
    return table


def _percent(one: Filled | None) -> str:
    """A share to whole percents, of which 0 and 100 are said of none and of all only."""
    if one is None:
        return "·"
    if 0 < one.filled < one.of and not 0.005 <= one.share < 0.995:
        return "<1" if one.share < 0.5 else ">99"
    return f"{one.share * 100:.0f}"
