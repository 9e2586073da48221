"""Linked claims: joined paths step by step, and threads that one source is recorded to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kg.render.layout import write_text
from kg.sentence import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.paths import LinkedPath, Paths, PathStep, Thread

SHOWN = 20
"""How many paths are shown as text; the other formats have all."""
WIDTH = 80
_HELD = {"present": "mechanism present", "absent": "mechanism absent: worse without it"}


def write_paths(found: Paths, out: TextIO) -> None:
    """Each path or thread as a block, and above joined ones that nobody is known to have claimed them."""
    from kg.paths import CAUTION

    number = len(found.threads if found.thread else found.paths)
    write_text(_counted(found), out, most=WIDTH)
    out.write("\n")
    if any(path.joined for path in found.paths):
        write_text(CAUTION, out, most=WIDTH)
        out.write("\n")
    for place, path in enumerate(found.paths[:SHOWN], 1):
        _write_path(place, path, found, out)
    for place, thread in enumerate(found.threads[:SHOWN], 1):
        _write_thread(place, thread, found, out)
    if number > SHOWN:
        write_text(
            f"{number - SHOWN} more {'are' if number - SHOWN > 1 else 'is'} not shown here: --format csv and "
            "--format json have all.",
            out,
            most=WIDTH,
        )
    if found.cut:
        write_text(found.cut, out, most=WIDTH)
    if found.notice:
        write_text(found.notice, out, most=WIDTH)


def _counted(found: Paths) -> str:
    labels = {"any": "any", **found.vocabulary.labels}
    ends = f"from {labels[found.asked_from]} to {labels[found.asked_to]}, of at most {found.max_length} claims"
    if found.thread:
        if not found.threads:
            return f"No thread {ends}: no coding links such claims. That does not say that no source tells one."
        return (
            f"{number_of(len(found.threads), 'thread')} {ends}: each is linked end to end in one coding of one source, "
            "with whatever effect. The longest first."
        )
    if not found.paths:
        return f"No linked claims {ends}. That does not say that there is no such relation."
    return f"Linked claims {ends}: {number_of(len(found.paths), 'path')}, by thinnest evidence, most studies first."


def _write_path(place: int, path: LinkedPath, found: Paths, out: TextIO) -> None:
    labels = found.vocabulary.labels
    names = [labels[path.factor], *(labels[step.outcome] for step in path.steps)]
    write_text(f"{place}  {' → '.join(names)}", out, "", "   ", WIDTH)
    thinnest = number_of(path.thinnest, "study", "studies")
    loop = " A feedback loop: it ends where it began." if path.loop else ""
    if not path.joined:
        write_text(f"One step, {thinnest}.{loop}", out, "   ", most=WIDTH)
    else:
        sources = {found.claims[claim].source for claim in path.claims}
        write_text(
            f"Joined here from claims of {number_of(len(sources), 'source')}; thinnest evidence: {thinnest}.{loop}",
            out,
            "   ",
            most=WIDTH,
        )
        for source, (*claims, links) in path.told_by.items():
            write_text(
                f"Linked end to end in the record of {source}: {', '.join(claims)} ({links}).",
                out,
                "   ",
                "     ",
                WIDTH,
            )
    for number, step in enumerate(path.steps, 1):
        _write_step(number, step, labels, found, out)
    out.write("\n")


def _write_step(number: int, step: PathStep, labels: Mapping[str, str], found: Paths, out: TextIO) -> None:
    went = f", {step.entered}," if step.entered else ""
    slots = " or ".join(f"the {slot}" for slot in step.enters)
    write_text(
        f"{number}. {labels[step.factor]}{went} as {slots} ({_HELD[step.state]}): reported to support "
        f"{labels[step.outcome]} ({step.direction}), {number_of(len(step.studies), 'study', 'studies')}",
        out,
        "   ",
        "      ",
        WIDTH,
    )
    for link in step.links:
        write_text(f"by the link {link}", out, "      ", "        ", WIDTH)
    for line in found.where(step.claims):
        write_text(line, out, "      ", "        ", WIDTH)


def _write_thread(place: int, thread: Thread, found: Paths, out: TextIO) -> None:
    labels = found.vocabulary.labels
    names = [labels[thread.factor], *(labels[outcome] for outcome in thread.outcomes)]
    write_text(f"{place}  {' → '.join(names)}", out, "", "   ", WIDTH)
    loop = " A feedback loop." if thread.feedback else ""
    write_text(
        f"{thread.source}. Outcomes and states in the next claims: {thread.states}.{loop}", out, "   ", most=WIDTH
    )
    for number, claim in enumerate(thread.claims):
        (where,) = found.where((claim,))
        write_text(f"{labels[thread.outcomes[number]]}: {thread.effects[number]}. {where}", out, "   ", "      ", WIDTH)
        if number < len(thread.links):
            stands, drawn = thread.stands[number], thread.explicitness[number]
            write_text(f"link: {stands}; stated or inferred: {drawn}", out, "     ", "       ", WIDTH)
    out.write("\n")
