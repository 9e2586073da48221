"""PubMed's own format (nbib, MEDLINE)."""

from __future__ import annotations

import re

from kg.findings import Finding, Severity
from kg.intake.references.reference import Raw, Reading, reading, unread

_TAG = re.compile(r"([A-Z][A-Z0-9]{0,3}) {0,3}- ?(.*)")
_INITIALS = re.compile(r"(.+) ([A-Z]{1,4})(?: (Jr|Sr|2nd|3rd))?")


def read(text: str, file: str) -> Reading:
    """The references of an nbib file.

    PubMed ends each with its citation (SO), so one without is cut off; where none has it another tool wrote the file,
    and what is cut off cannot be told.
    """
    ends = re.search(r"^SO {2}- ", text, re.MULTILINE) is not None
    raws: list[Raw] = []
    faults: list[Finding] = []
    told: list[Finding] = []
    number, start, entries = 0, 0, list[tuple[str, str, int]]()

    def end() -> None:
        if not entries:
            return
        if not ends or any(tag == "SO" for tag, _, _ in entries):
            raws.append(_raw(number, start, entries))
        else:
            what = "the reference does not end with its citation (SO)."
            faults.append(unread(file, start, what, "Export it anew: it may be cut off.", number))

    for at, line in enumerate(text.split("\n"), 1):
        match = _TAG.fullmatch(line)
        if match and match[1] == "PMID":
            end()
            number, start, entries = number + 1, at, [(match[1], match[2], at)]
        elif match and entries:
            entries.append((match[1], match[2], at))
        elif line.startswith("      ") and entries:
            tag, before, begun = entries[-1]
            entries[-1] = (tag, f"{before} {line.strip()}", begun)
        elif line.strip():
            what = f"“{line.strip()[:60]}” is no line of a reference, and was passed over."
            told.append(Finding(Severity.warning, "beside-references", file, at, what, "Look at this line."))
    end()
    if raws and not ends:
        what = "no reference ends with its citation (SO), as PubMed's do: whether one is cut off cannot be told."
        told.append(Finding(Severity.warning, "no-ends", file, 1, what, "See that the last reference is whole."))
    return reading(raws, faults, file, told)


def _raw(number: int, start: int, entries: list[tuple[str, str, int]]) -> Raw:
    raw = Raw(number, start)
    whole = any(tag == "FAU" for tag, _, _ in entries)
    for wanted in ("TI", "BTI", "JT", "TA", "DP", "PMID", "PMC", "LID", "AID"):
        for tag, value, at in entries:
            if tag == wanted:
                _say(raw, tag, value, at)
    for tag, value, at in entries:
        if tag in ("FAU", "CN"):
            raw.say("authors", value, at)
        elif tag == "AU" and not whole:
            match = _INITIALS.fullmatch(value.strip())
            raw.say("authors", f"{match[1]}, {match[2]}" if match else value, at)
    return raw


def _say(raw: Raw, tag: str, value: str, at: int) -> None:
    if tag in ("LID", "AID"):
        if value.endswith("[doi]"):
            raw.say("doi", value.removesuffix("[doi]"), at)
    else:
        # PubMed ends a title with a full stop, which is none of it; a question mark is
        named = {"TI": "title", "BTI": "title", "JT": "journal", "TA": "journal", "DP": "year", "PMC": "pmcid"}
        raw.say(named.get(tag, "pmid"), re.sub(r"\.$", "", value) if tag in ("TI", "BTI") else value, at)
