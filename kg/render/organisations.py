"""Partners of cases, and how far they are reconciled with organisations of a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kg.render.findings import write_finding_lines
from kg.render.layout import UNFOLDED, console_on, new_table, write_text
from kg.sentence import number_of

if TYPE_CHECKING:
    from kg.external.organisations import Linked

MOST_FINDINGS = 10
"""More records that were left out are counted, not listed."""


def write_organisations(found: Linked, out: TextIO) -> None:
    """What was left out, a row a mention, and how many mentions are how far."""
    write_finding_lines(found.findings[:MOST_FINDINGS], out)
    if len(found.findings) > MOST_FINDINGS:
        out.write(f"… and {len(found.findings) - MOST_FINDINGS:,} more records that were left out.\n")
    table = new_table()
    for heading in ("mention", "countries"):
        table.add_column(heading, overflow="fold")
    for heading in ("cases", "candidates", "accepted", "rejected", "to\nreview"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("best candidate", overflow="fold")
    table.add_column("score", justify="right", no_wrap=True)
    for row in found.rows:
        counts = [str(row[name] or "·") for name in ("cases", "candidates", "accepted", "rejected", "to_review")]
        score = "" if row["score"] is None else f"{row['score']:.2f}"
        table.add_row(row["mention"], " ".join(row["countries"]), *counts, row["best"] or "", score)
    console_on(out, piped=UNFOLDED).print(table)
    totals = found.totals
    named = f"{number_of(totals['names'], 'name')} in {number_of(totals['mentions'], 'mention')}"
    told = (
        f"{named}: {totals['accepted']} accepted, {totals['rejected']} rejected, {totals['to_review']} to review, "
        f"{totals['without_candidate']} without a candidate."
    )
    write_text(told, out)
    if found.organisations:
        write_text(f"{number_of(found.organisations, 'organisation')} of ROR were looked at.", out)
    for accepted in found.unnamed:
        gone = f"“{accepted.mention}” is accepted as {accepted.name}, and no case names it any more"
        write_text(f"{gone}: nothing is said of it.", out)
    write_text(f"{found.notice[0].upper()}{found.notice[1:]}.", out)
    write_text(f"Candidates to accept or reject stand in {found.file}.", out)
    partners = number_of(found.partners, "accepted partner")
    write_text(f"{partners} written to {found.table}.", out)
    write_text("kg build takes what was accepted into the graph; kg link status shows it there.", out)
