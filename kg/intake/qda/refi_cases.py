"""The cases of a QDA project as cases of a record: which documents and passages each is of, and what variables say."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from kg import scheme
from kg.findings import Finding, Severity
from kg.intake.matching import folded
from kg.intake.naming import slug
from kg.intake.qda.passages import short
from kg.intake.qda.refi_parts import CaseEntry
from kg.records import FIRST_YEAR, LAST_YEAR, Case

SLOTS = {
    "country": "countries", "countries": "countries", "iso3": "countries",
    "start": "start", "start year": "start", "end": "end", "end year": "end",
    "type": "type", "organisation": "organisations", "organisations": "organisations",
    "organization": "organisations", "organizations": "organisations", "focus": "focus",
}  # fmt: skip
"""Which slot of a case a variable fills, by its folded name."""
ID, CODER = "id", "coder"
"""Variables by which a project that was exported from here says the id of a case, and whose coding it stands in."""
EMPTY = "[]"
"""What such a project says of a list of which a coder says that it is empty."""


@dataclass
class Cases:
    """The cases of a project.

    Attributes:
        entries: Each case as the project has it, with its record.
        findings: What of them could not be read.
    """

    entries: list[tuple[CaseEntry, Case]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def of(self, guids: Collection[str], coder: str) -> list[Case]:
        """The cases of which any of those documents, passages or codes are."""
        wanted = set(guids)
        found = [(entry, case) for entry, case in self.entries if entry.members & wanted]
        own = [case for entry, case in found if entry.variables.get(CODER, coder) == coder]
        return list({case.id: case for case in own}.values())

    def called(self, name: str) -> Case | None:
        """The case with that id or name."""
        wanted = folded(name)
        cases = [case for _, case in self.entries]
        exact = (case for case in cases if case.id == name)
        return next(exact, None) or next((one for one in cases if wanted in (folded(one.id), folded(one.label))), None)


def read(entries: Sequence[CaseEntry], file: str) -> Cases:
    """The cases, each as a record."""
    cases = Cases()
    unknown: dict[str, int] = {}
    taken: dict[tuple[str, str], str] = {}
    for entry in entries:
        wanted = entry.variables.get(ID) or slug(entry.name, "case")
        key = (wanted, entry.variables.get(CODER, ""))
        if ID not in entry.variables and taken.setdefault(key, entry.guid) != entry.guid:
            wanted = f"{wanted}-{entry.guid[:4]}"
        cases.entries.append((entry, _case(entry, wanted, file, cases.findings)))
        for name in entry.variables:
            if folded(name) not in {*SLOTS, ID, CODER}:
                unknown[name] = unknown.get(name, 0) + 1
    for name, uses in unknown.items():
        what = (
            f"the variable “{name}” of {uses} case{'s' if uses > 1 else ''} has no place in a record; it was left out."
        )
        remedy = f"Variables that have one: {', '.join(dict.fromkeys(SLOTS.values()))}."
        cases.findings.append(Finding(Severity.note, "variable", file, None, what, remedy, spot="cases"))
    return cases


def _case(entry: CaseEntry, wanted: str, file: str, findings: list[Finding]) -> Case:
    told: dict[str, Any] = {"id": wanted, "label": " ".join(entry.name.split()) or wanted}
    if entry.description:
        told["focus"] = entry.description
    for name, text in entry.variables.items():
        slot = SLOTS.get(folded(name))
        if slot is not None:
            one, wrong = _value(slot, text)
            if one or text == EMPTY:
                told[slot] = one
            for what in wrong:
                findings.append(_unread(file, entry, name, what))
    try:
        return Case.model_validate(told)
    except ValidationError as error:
        for one in error.errors():
            slot = str(one["loc"][0]) if one["loc"] else "end"
            findings.append(_unread(file, entry, slot, f"“{short(str(told.get(slot)))}”: {one['msg']}"))
        return Case(id=slug(wanted, "case"), label=slug(wanted, "case"))


def _value(slot: str, text: str) -> tuple[Any, list[str]]:
    if slot == "countries":
        words = scheme.load()
        codes = {folded(code): code for code in words.countries}
        codes |= {folded(name): code for code, name in words.countries.items()}
        parts = [part.strip() for part in re.split(r"[,;/\n]", text) if part.strip()]
        known = [codes[folded(part)] for part in parts if folded(part) in codes]
        return list(dict.fromkeys(known)), [
            f"“{short(part)}” is no country that the project knows; write the three letters of ISO 3166-1"
            for part in parts
            if folded(part) not in codes
        ]
    if slot in ("start", "end"):
        year = re.match(r"([0-9]{4})(?:\.0+|-[0-9]{2}-[0-9]{2}.*)?$", text)
        if year and FIRST_YEAR <= int(year.group(1)) <= LAST_YEAR:
            return int(year.group(1)), []
        return None, [f"“{short(text)}” is no year"]
    if slot == "organisations":
        return [] if text == EMPTY else [part.strip() for part in text.split(";") if part.strip()], []
    return text, []


def _unread(file: str, entry: CaseEntry, name: str, what: str) -> Finding:
    said = f"{name} was left out: {what}."
    return Finding(Severity.warning, "variable", file, None, said, "Mend it there.", spot=f"case “{entry.name}”")
