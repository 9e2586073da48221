"""RIS, which Zotero, EndNote and databases write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kg.findings import Finding, Severity
from kg.intake.references.reference import EXTRA, Raw, Reading, reading, unread

_TAG = re.compile(r"([A-Z][A-Z0-9])  -")
_LOOSE = re.compile(r"^[ \t]*([A-Z][A-Z0-9]) {1,2}-", re.MULTILINE)
"""How some tools write a tag, against the format."""
_SAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("title", ("TI", "T1")),
    ("authors", ("AU", "A1")),
    ("year", ("PY", "Y1", "DA")),
    ("journal", ("JF", "T2", "JO", "J2", "JA")),
    ("doi", ("DO",)),
    ("url", ("UR",)),
    ("pmcid", ("C2",)),
)
"""The tags that may hold a field, the best first."""
_OF_PUBMED = re.compile(r"pubmed|medline|nlm", re.IGNORECASE)


def read(text: str, file: str) -> Reading:
    """The references of a RIS file; one that does not end with ER is not read, since nobody knows what it lacks."""
    raws: list[Raw] = []
    faults: list[Finding] = []
    told: list[Finding] = []
    if not re.search(r"^TY  -", text, re.MULTILINE):
        text = _LOOSE.sub(r"\1  -", text)
    for number, line, lines in _blocks(text, file, told):
        made = _raw(number, line, lines) if _TAG.match(lines[-1]) and lines[-1].startswith("ER") else None
        if made is None:
            what = "the reference does not end with “ER  - ”."
            faults.append(unread(file, line, what, "Export it anew: it may be cut off.", number))
        else:
            raws.append(made)
    return reading(raws, faults, file, told)


def _blocks(text: str, file: str, told: list[Finding]) -> Iterator[tuple[int, int, list[str]]]:
    """Each reference by its number, the line on which it begins, and its lines."""
    number, start, block = 0, 0, list[str]()
    beside: list[tuple[int, str]] = []
    for at, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        tag = match[1] if (match := _TAG.match(line)) else ""
        if tag == "TY":
            if block:
                yield number, start, block
            number, start, block = number + 1, at, [line]
        elif block:
            block.append(line)
            if tag == "ER":
                yield number, start, block
                block = []
        elif line.strip():
            beside.append((at, line.strip()[:60]))
    if beside:
        others = f" and {len(beside) - 1} more such lines" if len(beside) > 1 else ""
        what = f"“{beside[0][1]}”{others}: what stands outside any reference was passed over."
        told.append(Finding(Severity.note, "beside-references", file, beside[0][0], what))
    if block:
        while len(block) > 1 and not block[-1].strip():
            block.pop()
        yield number, start, block


def _raw(number: int, line: int, lines: list[str]) -> Raw | None:
    from rispy.parser import RisParser  # type: ignore[import-untyped]

    try:
        (record,) = RisParser(delimiter_tags_mapping={}).parse("\n".join(lines))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    at: dict[str, int] = {}
    for ahead, written in enumerate(lines):
        if match := _TAG.match(written):
            at.setdefault(match[1], line + ahead)
    raw = Raw(number, line, key=next(iter(_values(record, "ID")), ""))
    for name, tags in _SAYS:
        for tag in tags:
            for value in _values(record, tag):
                if name != "pmcid" or re.fullmatch(r"(?:PMCID:? ?)?PMC\d+", value.strip()):
                    raw.say(name, value, at.get(tag))
    if any(_OF_PUBMED.search(value) for tag in ("DB", "DP") for value in _values(record, tag)):
        for value in _values(record, "AN"):
            raw.say("pmid", value, at.get("AN"))
    for note in _values(record, "N1"):
        for name, value in EXTRA.findall(note):
            raw.say(name.lower(), value, at.get("N1"))
    return raw


def _values(record: dict[str, Any], tag: str) -> list[str]:
    from rispy.config import TAG_KEY_MAPPING  # type: ignore[import-untyped]

    found = record.get(TAG_KEY_MAPPING[tag])
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)]
