"""What an import or an export came to: what came, what was kept, what waits, what changed."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TextIO

from kg.render.findings import write_finding_lines
from kg.render.layout import write_text
from kg.sentence import number_of

if TYPE_CHECKING:
    from pathlib import Path

    from kg.exporting import Exported
    from kg.importing import Imported
    from kg.intake.arrival import Queued
    from kg.intake.transaction import FileChange

_KINDS = {"project": "a REFI-QDA project", "codebook": "a REFI-QDA codebook", "highlights": "highlights"}
MOST_PLACES = 3
"""More places of a word than this are counted, not listed."""


def write_import(found: Imported, file: Path, into: Path, dry_run: bool, out: TextIO) -> None:
    """Findings, then the words that wait, then what changed, then what came and was kept."""
    arrival = found.joined.arrival
    if found.resumed:
        out.write(f"An import into {into} that had been cut off was finished first.\n")
    if found.joined.findings:
        write_finding_lines(found.joined.findings, out)
        out.write("\n")
    if arrival.queue:
        waiting = number_of(len(arrival.queue), "code or wording", "codes or wordings")
        out.write(f"{waiting} that no concept is known for:\n")
        for queued in arrival.queue:
            _write_queued(queued, out)
        if dry_run:
            out.write("An import would put them in a file in which you say what each means.\n\n")
    if found.map is not None and not dry_run:
        columns = " and what each column holds" if found.kind == "table" else ""
        write_text(f"Say what each word means{columns} in {found.map}, then run the import again.", out)
        out.write("\n")
    if dry_run:
        for change in found.joined.changes:
            _write_difference(change, out)
    counted = ", ".join(f"{number} {change}" for change, number in found.changes.items())
    for tally in arrival.tallies:
        out.write(f"{tally.what.capitalize()}: {tally.came} = {tally.kept} kept + {tally.reported} reported.\n")
    said = "would be " if dry_run else ""
    if found.joined.refused:
        out.write("Nothing was imported: mend the errors, and import again.\n")
    else:
        kind = _KINDS.get(found.kind, f"a {found.kind}")
        out.write(f"{file}, read as {kind}. Files in {into}: {said}{counted}.\n")


def _write_queued(queued: Queued, out: TextIO) -> None:
    near = ", ".join(f"{one.concept} ({one.score:.2f})" for one in queued.near) or "nothing near is known"
    rest = len(queued.places) - MOST_PLACES
    places = "; ".join(queued.places[:MOST_PLACES]) + (f" and {rest} more" if rest > 0 else "")
    slot = f" as {queued.slot}" if queued.slot else ""
    write_text(f"“{queued.wording}”{slot}: {near}. In {places}.", out, "  ", "    ")


def _write_difference(change: FileChange, out: TextIO) -> None:
    lines = difflib.unified_diff(
        change.before.splitlines(keepends=True),
        change.after.splitlines(keepends=True),
        f"{change.file} (as it stands)",
        f"{change.file} (after the import)",
        n=2,
    )
    out.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)


def write_export(done: Exported, out: TextIO) -> None:
    """Where it went, how much is in it, and what was left out."""
    write_finding_lines(done.findings, out)
    if done.sources is None:
        held = "the concept scheme"
    else:
        claims = "" if done.claims is None else f", {number_of(done.claims, 'claim')}"
        held = number_of(done.sources, "source") + claims
    told = done.withheld or done.findings
    nothing = ": nothing answers to what was asked" if done.sources == 0 and not told else ""
    out.write(f"{done.place}: {held}{nothing}.\n")
    if done.withheld:
        were, them = ("was", "it") if done.withheld == 1 else ("were", "them")
        left = f"{number_of(done.withheld, 'source')} that may not be published {were} left out"
        write_text(f"{left}; --owner includes {them}.", out)
