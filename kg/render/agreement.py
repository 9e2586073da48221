"""Agreement between coders."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kg.render.answers import title_of
from kg.render.layout import UNFOLDED, as_words, console_on, new_table, write_paragraph, write_text
from kg.sentence import number_of

if TYPE_CHECKING:
    from kg.agreement import Agreement
    from kg.ask import Answer


def write_agreement(found: Agreement, out: TextIO) -> None:
    """Agreement slot by slot, what found no partner, what needs no alignment, and the answers that change."""
    if not found.codings:
        write_paragraph("No source in this graph was coded more than once.", out)
        return
    told = f"{number_of(found.sources, 'source was', 'sources were')} coded more than once"
    aligned = f"{number_of(len(found.pairs), 'pair')} of claims aligned by the words of their passages"
    write_paragraph(f"{told}; {aligned}.", out)
    table = new_table()
    table.add_column("slot", no_wrap=True)
    for heading in ("pairs", "recorded\nthe same", "alpha", "alpha if aligned\nto agree best", "filled by\none only"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found.slots:
        numbers = (
            str(one.pairs),
            f"{one.same / one.pairs:.0%}" if one.pairs else "·",
            _alpha(one.alpha),
            _alpha(one.best_alpha),
            str(one.one_only or "·"),
        )
        table.add_row(_slot_name(one.slot, found), *numbers)
    console_on(out, piped=UNFOLDED).print(table)
    lines = [
        "alpha (Krippendorff): 1 is perfect agreement, 0 what chance would give, below 0 less than that."
        + (" It is not defined (–) where all record the same value." if _undefined(found) else ""),
        "filled?: whether the slot is filled, not how it is worded. Contexts and actors are compared as sets.",
        f"No partner: {_without_partner(found)}. They are in no figure above.",
        f"Without any alignment, what either of two codings of a source names, both do: {_overlaps(found)}.",
        f"Parts read: in {found.read_apart} of {found.codings} pairs of codings the coders do not name the same parts; "
        f"in {found.extent_apart} of them one read beyond the abstract and the other did not.",
        "No interval is given: how the sources to be coded more than once were chosen is not recorded.",
        "Agreement does not say which coder is right, nor that what they agree on is.",
    ]
    for line in lines:
        write_text(line, out, then="  ")
    out.write("\n")
    _write_flips(found.flips, out)
    if found.notice:
        write_text(found.notice, out)


def _alpha(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _undefined(found: Agreement) -> bool:
    return any(None in (one.alpha, one.best_alpha) for one in found.slots)


def _slot_name(slot: str, found: Agreement) -> str:
    return f"{slot.replace('_', ' ')}{' filled?' if found.only_filled(slot) else ''}"


def _without_partner(found: Agreement) -> str:
    claims = sum(one.claims for one in found.coders)
    alone = claims - sum(one.aligned for one in found.coders)
    each = ", ".join(f"{one.coder} {one.claims - one.aligned} of {one.claims}" for one in found.coders)
    return f"{alone} of {number_of(claims, 'claim')} ({each})"


def _overlaps(found: Agreement) -> str:
    return ", ".join(f"{one.what} {one.share:.0%}" for one in found.overlaps)


def _write_flips(flips: Answer, out: TextIO) -> None:
    """The answers that change with the coder, without the claims behind them."""
    write_text(f"{flips.question.worded(flips.asked)} {number_of(len(flips), 'answer')}:", out)
    for row in flips.rows:
        write_text(f"{title_of(flips, row)}: {as_words(row['change'])}", out, "  ", "    ")
    out.write("kg ask cq34 shows the claims behind each; kg ask cq34 kind=any asks of all factors.\n\n")


def write_pairs(found: Agreement, out: TextIO) -> None:
    """The alignment, pair by pair, with both passages and the slots in which the two differ."""
    for pair in found.pairs:
        differ = ", ".join(slot.replace("_", " ") for slot in pair.differ)
        out.write(f"{pair.first.claim} = {pair.second.claim}\n")
        for claim in (pair.first, pair.second):
            write_text(" | ".join(claim.passage), out, "    ", "      ")
        write_text(f"likeness {pair.likeness:.2f}; they differ in: {differ or 'nothing'}", out, "    ", "      ")
        out.write("\n")
    write_paragraph(
        f"{number_of(len(found.pairs), 'pair')} of claims aligned by the words of their passages; no partner: "
        f"{_without_partner(found)}.",
        out,
    )
    if found.notice:
        write_text(found.notice, out)
