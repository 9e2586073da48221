"""What is wrong with rows, each fault once and at its cell."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kg.findings import Finding, Related, Severity
from kg.intake.entries import Entry, Path, Place
from kg.intake.parting import several
from kg.intake.sheets import LISTED, Column, Kind
from kg.marked import Marked

Places = list[tuple[Place, Entry]]
"""Cells by the number that stands for a line, and the row that each is in."""
_ELSEWHERE = frozenset({"document", "repeated-id", "loop"})
"""Rules that are followed elsewhere: against the evidence that stands, or over whole sheets."""


REFERENCES = frozenset({"unknown-case", "unknown-claim"})
"""Rules that a row can break by a fault of another row."""
_UNKNOWN = frozenset({"unknown-actor", "unknown-country", "unknown-factor", "unknown-claim"})


class Faults:
    """Findings so far; of one cell that could not be read nothing else is said."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._found: dict[tuple[str, str, str, str], Finding] = {}
        self._unread: set[tuple[str, str]] = set()
        self._rows: set[tuple[str, str]] = set()
        self.unread(findings)

    def unread(self, findings: Iterable[Finding]) -> None:
        """Adds findings of cells, of which nothing else is said where one is an error."""
        for finding in findings:
            self._put(finding)
            if finding.severity == Severity.error:
                self._unread.add((finding.file, finding.spot))
                self._rows.add((finding.file, _row_of(finding.spot)))

    def add(self, findings: Iterable[Finding]) -> None:
        """Adds findings that have their cells."""
        for finding in findings:
            if (finding.file, finding.spot) not in self._unread or not finding.spot:
                self._put(finding)

    def error(
        self,
        rule: str,
        file: str,
        spot: str,
        what: str,
        remedy: str,
        subject: str = "",
        related: Sequence[Related] = (),
    ) -> None:
        """Adds an error."""
        found = Finding(Severity.error, rule, file, None, what, remedy, subject, related=tuple(related), spot=spot)
        self.add([found])

    def in_row(self, entry: Entry) -> bool:
        """Whether a cell of a row could not be read."""
        return (entry.table.file, _row_of(entry.table.sheet.spot("A", entry.number))) in self._rows

    def sorted(self) -> tuple[Finding, ...]:
        """Everything, worst first and then by place."""
        return tuple(sorted(self._found.values(), key=lambda finding: finding.sort_key))

    def without_repeated(self, entries: Iterable[Entry]) -> list[Entry]:
        """The rows but for those whose id another has before them, which are reported with both rows."""
        first: dict[tuple[str, ...], Entry] = {}
        unique = []
        for entry in entries:
            key = tuple(unicodedata.normalize("NFC", part) for part in entry.key)
            same = first.setdefault(key, entry)
            if same is entry or not all(key):
                unique.append(entry)
                continue
            place, other = entry.id_place, same.id_place
            rows = f"rows {same.number} and {entry.number}"
            what = f"{' / '.join(entry.key)} is given twice in {entry.table.layout.name}: {rows}."
            related = Related(f"{other.file}, {other.spot}", None, "the first")
            remedy = "Give each an id of its own, or remove one."
            self.error("repeated-id", place.file, place.spot, what, remedy, entry.key[-1], [related])
        return unique

    def at_cells(self, findings: Iterable[Finding], places: Places, excused: Iterable[str] = ()) -> set[Entry]:
        """Adds what is wrong with data at the cells that its lines stand for, and says which rows are faulty.

        Args:
            findings: Findings of data that `marked_of` gave.
            places: The cells that it gave.
            excused: Ids that stand in the file, in rows with faults of their own: references to them are no fault.
        """
        faulty = set()
        excused = set(excused)
        for finding in findings:
            if finding.rule in _ELSEWHERE or finding.severity != Severity.error:
                continue
            place, entry = places[finding.line or 0]
            if finding.rule in REFERENCES and place.text.strip() in excused:
                continue
            faulty.add(entry)
            if not place.spot:
                continue  # the sheet has no such column, which is reported once
            column = entry.table.layout.column(place.column) if place.column else None
            what, remedy = _in_cells(finding, place, column, entry)
            self.error(finding.rule, place.file, place.spot, what, remedy, finding.subject)
        return faulty

    def _put(self, finding: Finding) -> None:
        self._found.setdefault((finding.file, finding.spot, finding.rule, finding.what), finding)


def marked_of(data: Any, entries: Mapping[Path, Entry]) -> tuple[Marked, Places]:
    """Data with a number in place of a line for every part, and the cells that the numbers stand for.

    Args:
        data: The plain data of a record.
        entries: Where in it the data of which row stands.
    """
    marked, places = Marked(data), Places()
    if entries:
        first = next(iter(entries.values()))
        marked.lines[()], places = 0, [(next(first.places())[1], first)]
    for path, entry in entries.items():
        for below, place in entry.places():
            marked.lines[(*path, *below)] = len(places)
            places.append((place, entry))
    return marked, places


def _row_of(spot: str) -> str:
    """The row of a cell: `claims!D12` is in `claims!12`."""
    sheet, mark, cell = spot.rpartition("!")
    return sheet + mark + cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _in_cells(finding: Finding, place: Place, column: Column | None, entry: Entry) -> tuple[str, str]:
    """What is wrong and how to mend it, in words of sheets where those of files say something else."""
    if finding.rule == "missing" and place.column:
        return f"{place.column} is empty.", "Fill it in: every row needs it."
    if finding.rule == "file-name":
        return f"no file can be called {place.text}.", "Write letters, digits and hyphens: surname and year."
    if finding.rule == "too-short" and place.column == "source":
        return "no row of the sheet codings names this source.", "Add one, with the source's id and who coded it."
    if column and column.concepts and column.kind == Kind.text and ";" in place.text:
        return _one_too_many(place, column, entry)
    if column and column.kind == Kind.list and finding.rule in _UNKNOWN and len(several(place.text)) > 1:
        return f"“{place.text}” is read as one.", f"Separate them by “; ”: {'; '.join(several(place.text))}."
    if column and column.concepts and entry.table.sheet.prefix and finding.rule == f"unknown-{column.concepts}":
        return finding.what, _listed(finding.remedy, LISTED[column.concepts])
    return finding.what, finding.remedy


def _listed(remedy: str, column: str) -> str:
    """Where a workbook lists what can be written, after what was guessed; not where it stands outside of it."""
    guess = remedy if remedy.endswith("?") else ""
    if guess and column == "factors":  # which its cells offer as a list anyway
        return guess
    return f"{guess} See column {column} of the sheet vocabulary.".strip()


def _one_too_many(place: Place, column: Column, entry: Entry) -> tuple[str, str]:
    """What is said of a cell that names several concepts, where its column holds one."""
    shown = f"“{place.text.strip()}”"
    if not column.group:
        return f"{shown}: a claim has one {column.name}.", "Make a row for each."
    taken = {other.number for other in entry.cells if other.group == column.group}
    free = next(number for number in range(column.number + 1, len(taken) + column.number + 2) if number not in taken)
    stem = column.name.removesuffix(str(column.number))
    return f"{shown}: {column.name} names one.", f"Write the second in {stem}{free}."
