"""Cells as they stand, before anybody says which row holds the headings: what readers of CSV and of workbooks give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from kg.findings import Finding, Severity

MOST_ROWS = 200_000
"""Rows with content that a sheet may have."""
MOST_COLUMNS = 500
MOST_TEXT = 128 * 1024
"""Characters that a cell may hold."""
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters but tab and line feed, halves of characters, and what is no character at all."""


@dataclass
class Grid:
    """One sheet: its rows that hold anything, each with its number and its cells by the position of their column.

    Attributes:
        name: The sheet's name; of a CSV file its name without the suffix.
        file: The file, as people would type it.
        prefix: What stands before a cell in a spot: `claims!` in a workbook, nothing in a CSV file.
        ragged: Whether each row says how many cells it has, so that one with too few is faulty.
        rows: Number from 1, texts by position from 0 (none of them blank), and how many cells the row has.
        dated: The cells that Excel holds as dates, by number and position.
        findings: What is wrong with single cells, and what is worth knowing of the sheet.
    """

    name: str
    file: str
    prefix: str
    ragged: bool
    rows: list[tuple[int, dict[int, str], int]] = field(default_factory=list)
    dated: set[tuple[int, int]] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def spot(self, position: int, number: int) -> str:
        """A cell as people name it, such as `claims!D12`."""
        return f"{self.prefix}{letters(position)}{number}"

    def fault(self, rule: str, spot: str, what: str, remedy: str) -> None:
        """Adds an error."""
        self.findings.append(Finding(Severity.error, rule, self.file, None, what, remedy, spot=spot))

    def note(self, rule: str, spot: str, what: str, remedy: str = "") -> None:
        """Adds what is worth knowing."""
        self.findings.append(Finding(Severity.note, rule, self.file, None, what, remedy, self.name, spot=spot))

    def text(self, text: str, position: int, number: int) -> str:
        """The text of a cell without what no text may hold, which is reported."""
        if text.isascii() and text.isprintable() and len(text) <= MOST_TEXT:
            return text
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        found = _UNWANTED.search(text)
        if found:
            what = f"the cell holds the control character U+{ord(found.group()):04X}."
            self.fault("control-character", self.spot(position, number), what, "Remove it, or type the cell anew.")
            text = _UNWANTED.sub("", text) or "?"
        if len(text) > MOST_TEXT:
            what = f"the cell holds {len(text):,} characters, and may hold {MOST_TEXT:,}."
            self.fault("too-long", self.spot(position, number), what, "Shorten it: a quote or a paraphrase is enough.")
            text = text[:MOST_TEXT]
        return text

    def add(self, number: int, cells: dict[int, str], count: int) -> bool:
        """Adds a row that holds anything; says whether another may follow."""
        if not cells:
            return True
        if len(self.rows) > MOST_ROWS:
            what = f"the sheet has more than {MOST_ROWS:,} rows, of which no more are read."
            self.fault("too-large", self.spot(0, number), what, "Divide it among several files.")
            return False
        if max(cells) >= MOST_COLUMNS:
            what = f"the sheet has more than {MOST_COLUMNS} columns."
            self.fault("too-large", self.spot(MOST_COLUMNS, number), what, "Divide it, or remove what is not evidence.")
            return False
        self.rows.append((number, cells, count))
        return True


@cache
def letters(position: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@cache
def position_of(name: str) -> int:
    """The position of a column: A is 0, AA is 26; -1 where it is no column's name."""
    if not (name.isascii() and name.isalpha() and len(name) <= 3):
        return -1
    found = 0
    for letter in name.upper():
        found = found * 26 + ord(letter) - ord("A") + 1
    return found - 1


def ranges(numbers: list[int]) -> Iterator[str]:
    """Rising numbers in few words: 3, 5–9."""
    start = end = None
    for number in [*numbers, None]:
        if end is not None and number == end + 1:
            end = number
            continue
        if start is not None:
            yield str(start) if start == end else f"{start}–{end}"
        start = end = number
