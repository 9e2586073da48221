"""Shows external data: what a graph is linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kg.render.layout import write_text

if TYPE_CHECKING:
    from kg.external.status import ExternalData


def write_status(found: ExternalData, out: TextIO) -> None:
    """Each data set as a block: what it holds, whose it is, how old, under what licence."""
    if not found.rows:
        write_text("The graph is linked to no external data: kg link --help says what it can be linked to.", out)
    for row in found.rows:
        out.write(f"{row['name']}: {row['title']}\n")
        left = "; ".join(row["left_out"])
        write_text(
            f"{row['entries']:,} rows of {row['holds']}" + (f"; left out: {left}" if left else "") + ".", out, "  "
        )
        version = f", version {row['version']}" if row["version"] else ""
        days = f"{row['age']:,} day{'' if row['age'] == 1 else 's'} ago"
        came = ("made", "for") if row["holds"] == "mappings" else ("retrieved", "from")
        told = f"{row['publisher']}{version}, {came[0]} on {row['retrieved']} ({days}) {came[1]} {row['source']}"
        write_text(told, out, "  ")
        write_text(f"Licence: {row['licence']}" + (f" ({row['terms']})" if row["terms"] else ""), out, "  ")
        if row["note"]:
            write_text(row["note"], out, "  ")
        out.write("\n")
