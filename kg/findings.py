"""A finding: what is wrong or weak in the evidence, where, and how to mend it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters.

    An error keeps evidence out of the graph; a warning marks weak evidence; a note is a hint.
    """

    error = "error"
    warning = "warning"
    note = "note"


class Tier(StrEnum):
    """What a record must reach for a finding not to be made.

    Noted: it can be used. Structured: its slots are filled. Appraised: a reviewer can rely on it.
    """

    noted = "noted"
    structured = "structured"
    appraised = "appraised"

    @property
    def rank(self) -> int:
        """Its place from the least strict, which the stricter ones include."""
        return list(Tier).index(self)


_ORDER = {Severity.error: 0, Severity.warning: 1, Severity.note: 2}
_USUAL = {Severity.error: Tier.noted, Severity.warning: Tier.structured, Severity.note: Tier.appraised}

_CELL = re.compile(r"(?:(.*)!)?([A-Z]{1,3})([0-9]{1,7})", re.DOTALL)
_SHEETS = {name: rank for rank, name in enumerate(("sources", "codings", "cases", "claims", "studies", "theories"))}
"""Sheets of a workbook in the order in which people fill them in."""


@dataclass(frozen=True)
class Related:
    """Another place that a finding is about: a premise of a contradiction, the record that says the same.

    Attributes:
        file: The file, as people would type it.
        line: Line in that file from 1, or None where the whole file is meant.
        what: What stands there, in plain words.
    """

    file: str
    line: int | None
    what: str

    @property
    def place(self) -> str:
        """`file:line`, as editors and terminals link it."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True)
class Finding:
    """One thing found in the evidence.

    Attributes:
        severity: How much it matters.
        rule: The check that found it, such as `unknown-factor` or the name of a shape.
        file: The evidence file, as people would type it.
        line: Line in that file from 1, or None where the whole file is meant.
        what: What is wrong, in plain words.
        remedy: How to mend it, in plain words.
        subject: What it is about, such as a claim id; empty where the file is meant.
        tier: What the record falls short of; by default what is usual for the severity.
        repair: What the coder can write instead, where that follows from the record.
        related: Other places that it is about, in the order in which they are read.
        spot: Where in a file that has no lines: a cell as `claims!D12`, or a code and a passage; empty elsewhere.
    """

    severity: Severity
    rule: str
    file: str
    line: int | None
    what: str
    remedy: str = ""
    subject: str = ""
    tier: Tier = None  # type: ignore[assignment] # never None once it is made
    repair: str = ""
    related: tuple[Related, ...] = ()
    spot: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tier", self.tier or _USUAL[self.severity])

    @property
    def place(self) -> str:
        """`file:line`, as editors and terminals link it; or the file and the spot in it."""
        if self.spot:
            return f"{self.file}, {self.spot}"
        return self.file if self.line is None else f"{self.file}:{self.line}"

    @property
    def sort_key(self) -> tuple[int, int, str, int, list[tuple[int, str]], str, str]:
        """Worst first, then by place: row 9 before row 10, column B before AL, and the sheet sources before claims."""
        cell = _CELL.fullmatch(self.spot)
        if cell:
            sheet, column, row = cell.groups()
            spot = [(_SHEETS.get(sheet or "", len(_SHEETS)), sheet or ""), (len(column), column), (int(row), "")]
        else:
            parts = re.findall(r"([0-9]+)|([^0-9]+)", self.spot)
            spot = [(int(number or 0), text) for number, text in parts]
        return (_ORDER[self.severity], self.tier.rank, self.file, self.line or 0, spot, self.rule, self.what)

    def __str__(self) -> str:
        about = f"{self.subject}: " if self.subject else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        repair = f" Suggested: `{self.repair}`." if self.repair else ""
        said = f"{self.place}: {self.severity}: {about}{self.what}{remedy}{repair} [{self.rule}]"
        return "\n".join([said, *(f"    {related}" for related in self.related)])

    def to_json(self) -> dict[str, Any]:
        """A record with the attributes as keys and plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Finding:
        """The finding that `to_json` wrote."""
        related = tuple(Related(**place) for place in record["related"])
        return cls(
            **{
                **record,
                "severity": Severity(record["severity"]),
                "tier": Tier(record["tier"]),
                "related": related,
            }
        )
