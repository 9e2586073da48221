"""Passages that overlap or stand in one sentence may belong together: that is offered to the coder, never joined."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from kg.findings import Finding, Severity
from kg.intake.qda.passages import Passage, short

_ENDS = re.compile(r"[.!?…]+[\"”’')\]]*\s+|\n+")


def suggest(passages: Sequence[Passage], text: str, file: str, subject: str) -> list[Finding]:
    """A note for each sentence that holds, of one coder, a mechanism and an outcome or a context.

    Args:
        passages: Of one coder in one document, none of which says where it belongs.
        text: The document.
        file: The file they come from.
        subject: The document and the coder.
    """
    starts = [0, *(end.end() for end in _ENDS.finditer(text))]
    sentences: dict[int, list[Passage]] = {}
    last_end, last = -1, -1
    placed = [one for one in passages if one.selector is not None]
    for passage in sorted(placed, key=lambda one: (one.selector or {})["start"]):
        start, end = (passage.selector or {})["start"], (passage.selector or {})["end"]
        if start >= last_end:  # else it overlaps the passage before it, and goes with that
            last = bisect_right(starts, start)
        last_end = max(last_end, end)
        sentences.setdefault(last, []).append(passage)
    found = []
    for together in sentences.values():
        roles = {code.role for passage in together for code in passage.codes}
        if "mechanism" in roles and roles & {"outcome", "context"} and len(together) > 1:
            quotes = "; ".join(f"“{short(one.quote)}” ({', '.join(c.code for c in one.codes)})" for one in together)
            what = f"these stand in one sentence, and may be parts of one claim: {quotes}."
            remedy = "If you hold that they are, give them all one code, such as CMO/1. Nothing was joined."
            spot = together[0].spot
            found.append(Finding(Severity.note, "may-belong", file, None, what, remedy, subject, spot=spot))
    return found
