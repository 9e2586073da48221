"""What a push into a store came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kg.render.layout import write_text
from kg.render.rows import write_table
from kg.sentence import number_of

if TYPE_CHECKING:
    from kg.push import Pushed

_VERIFIED = {True: "yes", False: "no", None: ""}


def write_pushed(found: Pushed, out: TextIO) -> None:
    """The graphs that changed, and how many of each kind there are."""
    changed = [row for row in found.rows if row["action"] != "unchanged" or row["verified"] is False]
    if changed:
        rows = [{**row, "verified": _VERIFIED[row["verified"]]} for row in changed]
        write_table(found.columns, rows, out)
    counted = ", ".join(f"{number} {action}" for action, number in found.counted.items() if number or action != "kept")
    out.write(f"{number_of(len(found.graphs), 'graph')}: {counted}.\n")
    if found.counted["kept"]:
        write_text(
            "What was kept is not in this build, and no push is known to have brought it: it was left alone.", out
        )
    if found.notice:
        write_text(found.notice, out)
