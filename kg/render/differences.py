"""What changed between two releases, or in an answer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from kg.render.directions import DIRECTIONS
from kg.render.layout import as_words, write_paragraph, write_text
from kg.trace import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.diff import Change, Diff, Slot

_MANY = {"study": "studies", "theory": "theories"}
_HEADS = {
    "data set": "External data sets",
    "record": "Other records",
    "term": "Terms of the ontology",
    "cell": "Cells of the matrix, in independent studies with tested claims",
    "row": "Rows of the answer",
}
_SIGNS = {"added": "+", "removed": "−", "changed": "~"}
_REPORTED = {**DIRECTIONS, "mixed": "as mixed", "no_effect": "as without effect"}
_TURNS = {
    "tension": ("no longer a tension", "a new tension"),
    **{
        f"recurrent_{effect}": (
            f"no longer recurrent (reported {said} by fewer than {RECURRENT} studies)",
            f"became recurrent (reported {said} by {RECURRENT} studies or more)",
        )
        for effect, said in _REPORTED.items()
    },
}
"""What is said of a cell where it was so and is not, and where it was not and is."""
SHORT = 160
"""Longer values of a slot are cut in the table; CSV and JSON have them whole."""


def write_diff(diff: Diff, out: TextIO) -> None:
    """What changed, kind by kind: what came (+), what went (−), and what changed (~) with both values of each slot."""
    write_paragraph(f"From {diff.before or 'a graph'} to {diff.after or 'another'}.", out)
    if diff.question:
        write_paragraph(diff.question, out)
    if not diff.changes:
        write_paragraph("The answer is the same." if diff.question else "Nothing changed.", out)
    for kind in dict.fromkeys(one.kind for one in diff.changes):
        of_kind = [one for one in diff.changes if one.kind == kind]
        head = _HEADS.get(kind) or _MANY.get(kind, f"{kind}s").capitalize()
        write_text(f"{head}: {_tally(of_kind)}", out)
        for one in of_kind:
            _write_change(one, out)
        out.write("\n")
    if diff.notice:
        write_text(diff.notice, out)


def _tally(changes: Sequence[Change]) -> str:
    """How many came, went and changed; of cells also how many turned into a tension or a recurrent one, or back."""
    told = [f"{number} {change}" for change, number in Counter(one.change for one in changes).items()]
    turns = Counter(
        _TURNS[slot.name][bool(slot.after)].partition(" (")[0]
        for one in changes
        if one.kind == "cell"
        for slot in one.slots
        if slot.name in _TURNS
    )
    return ", ".join(told) + "".join(f"; {number} {turn}" for turn, number in turns.items())


def _write_change(one: Change, out: TextIO) -> None:
    name = one.label if one.kind == "cell" else one.id
    label = f"  {one.label}" if one.label not in ("", name) else ""
    write_text(f"{_SIGNS[one.change]} {name}{label}", out, "  ", "      ")
    if one.kind in ("cell", "row"):
        counts = [_slot_told(slot) for slot in one.slots if not isinstance(slot.before or slot.after, tuple)]
        lists = [_slot_told(slot) for slot in one.slots if isinstance(slot.before or slot.after, tuple)]
        lines = [" · ".join(counts), *lists]
    else:
        lines = [_slot_told(slot) for slot in one.slots]
    for line in lines:
        if line:
            write_text(line, out, " " * 6, " " * 10)


def _slot_told(slot: Slot) -> str:
    """A slot with what stood there and what stands there; of a list, what came and what went."""
    if slot.name in _TURNS:
        return _TURNS[slot.name][bool(slot.after)]
    name = f"reported {DIRECTIONS[slot.name]}" if slot.name in DIRECTIONS else slot.name.replace("_", " ")
    if isinstance(slot.before, tuple) or isinstance(slot.after, tuple):
        before, after = (
            value if isinstance(value, tuple) else () if value is None else (value,)
            for value in (slot.before, slot.after)
        )
        parts = [f"+ {value}" for value in after if value not in before]
        parts += [f"− {value}" for value in before if value not in after]
        return f"{name}: {'; '.join(parts)}"
    return f"{name}: {_cut(slot.before)} → {_cut(slot.after)}"


def _cut(value: Any) -> str:
    told = "nothing" if value is None else as_words(value)
    return told if len(told) <= SHORT else f"{told[:SHORT]}…"
