"""The file in which people accept or reject candidates: `external/organisations/review.csv` beside the evidence.

One row a candidate, for a spreadsheet. What people wrote in it stays: no run removes a row, a decision or a note. A
decision holds for the cases that stand in its row; a case that comes later waits in a row of its own.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from kg.errors import EvidenceError, UsageError
from kg.external import ror
from kg.findings import Finding, Related, Severity
from kg.formulas import bared, guarded
from kg.intake import tables
from kg.intake.grid import letters

FILE = Path("external") / "organisations" / "review.csv"
"""Where it stands below an evidence folder."""
COLUMNS = (
    *("mention", "cases", "countries", "candidate", "name", "candidate_country", "status", "score", "reasons"),
    *("wikidata", "listed", "decision", "reviewer", "date", "note"),
)
_BETWEEN = "; "
_YES, _NO = "yes", "no"


class Decision(StrEnum):
    """What a person says of a candidate."""

    accept = "accept"
    reject = "reject"


@dataclass(frozen=True)
class Row:
    """A candidate for a mention, and what was decided.

    Attributes:
        mention: The partner's name, in the coder's words.
        cases: `source/case`, sorted; those that a decision is about.
        countries: Those of the cases, by alpha-3 code, sorted.
        candidate: The id of the organisation.
        name: Its name.
        candidate_country: Where it has a seat, by alpha-3 code, sorted.
        status: Whether it is still there, as the registry says.
        score: From 0 to 1.
        reasons: What speaks for it and against it.
        wikidata: The ids of its Wikidata items.
        listed: Whether the last run found it.
        decision: What was decided, if anything.
        reviewer: Who decided.
        date: The day, by ISO 8601; empty if it is not said.
        note: What the reviewer remarks.
    """

    mention: str
    cases: tuple[str, ...]
    countries: tuple[str, ...]
    candidate: str
    name: str
    candidate_country: tuple[str, ...]
    status: str
    score: float
    reasons: str
    wikidata: tuple[str, ...] = ()
    listed: bool = True
    decision: Decision | None = None
    reviewer: str = ""
    date: str = ""
    note: str = ""


def merged(standing: Iterable[Row], found: Iterable[Row]) -> list[Row]:
    """The rows that stand, with what a run found: nothing that people wrote is changed or lost.

    Args:
        standing: The rows as people left them.
        found: The candidates of this run, none of them decided.
    """
    before: dict[tuple[str, str], list[Row]] = defaultdict(list)
    now: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in standing:
        before[row.mention, row.candidate].append(row)
    for row in found:
        now[row.mention, row.candidate].append(row)
    pairs = dict.fromkeys([*before, *now])
    return sorted((row for pair in pairs for row in _joined(before[pair], now[pair])), key=_order)


def _joined(standing: Sequence[Row], found: Sequence[Row]) -> Iterator[Row]:
    """The rows of one mention and candidate: those decided keep their cases, one that is open takes up new ones."""
    pairs = [(row, next((new for new in found if set(row.cases) & set(new.cases)), None)) for row in standing]
    taken = {case for row, new in pairs for case in row.cases if row.decision or (new and case in new.cases)}
    for row, new in pairs:
        if new is None:
            yield replace(row, listed=False)
            continue
        cases = row.cases
        if row.decision is None:
            cases = tuple(case for case in new.cases if case in row.cases or case not in taken)
            taken.update(cases)
        yield replace(new, cases=cases, decision=row.decision, reviewer=row.reviewer, date=row.date, note=row.note)
    for new in found:
        if fresh := tuple(case for case in new.cases if case not in taken):
            yield replace(new, cases=fresh)


def _order(row: Row) -> tuple[str, str, tuple[str, ...], float, str, tuple[str, ...]]:
    return row.mention.casefold(), row.mention, row.countries, -row.score, row.candidate, row.cases


def read(path: Path) -> list[Row]:
    """The rows of a review file; none where there is no file yet.

    Raises:
        EvidenceError: Something in it cannot be understood, or decisions do not go together; everything at once.
        UsageError: It cannot be read.
    """
    if not path.exists():
        return []
    try:
        book = tables.read(path)
    except EvidenceError as error:
        in_utf8 = "Save it as “CSV UTF-8” in Excel, from the workbook in which you decided."
        raise EvidenceError(
            [replace(one, remedy=in_utf8) if one.rule == "encoding" else one for one in error.findings]
        ) from error
    findings = [finding for finding in book.findings if finding.severity == Severity.error]
    if not book.sheets:
        raise EvidenceError(findings)
    (sheet,) = book.sheets
    letter = {heading.text: heading.column for heading in sheet.headings}
    findings += _headings(path, sheet.heading_row, letter)
    if findings:
        raise EvidenceError(findings)
    rows: list[tuple[int, Row]] = []
    for each in sheet.rows:
        reading = _Reading(path, each.number, letter, {name: cell.text for name, cell in each.cells.items()})
        row = reading.row()
        findings += reading.findings
        if row:
            rows.append((each.number, row))
    findings += _together(path, rows)
    if findings:
        raise EvidenceError(sorted(findings, key=lambda finding: finding.sort_key))
    return [row for _, row in rows]


def _headings(path: Path, number: int, letter: Mapping[str, str]) -> Iterator[Finding]:
    for name in COLUMNS:
        if name not in letter:
            yield _error(
                path, number, "A", f"the column {name} is missing.", "Put it back; kg link organisations wrote it."
            )
    for name, column in letter.items():
        if name not in COLUMNS:
            remedy = "Move what it holds to note, and remove it: the next run would lose it."
            yield _error(path, number, column, f"there is no column {name}.", remedy)


def _error(path: Path, number: int, column: str, what: str, remedy: str, related: tuple[Related, ...] = ()) -> Finding:
    spot = f"{column}{number}"
    return Finding(Severity.error, "review", str(path), None, what, remedy, related=related, spot=spot)


class _Reading:
    """One row, and what is wrong with it."""

    def __init__(self, path: Path, number: int, letter: Mapping[str, str], texts: Mapping[str, str]) -> None:
        self._path, self._number, self._letter, self._texts = path, number, letter, texts
        self.findings: list[Finding] = []

    def row(self) -> Row | None:
        """The row; none where anything of it cannot be understood."""
        row = Row(
            mention=self._needed("mention"),
            cases=tuple(sorted(self._list("cases"))),
            countries=tuple(sorted(self._list("countries"))),
            candidate=self._candidate(),
            name=self._needed("name"),
            candidate_country=tuple(sorted(self._list("candidate_country"))),
            status=self._text("status"),
            score=self._score(),
            reasons=self._text("reasons"),
            wikidata=tuple(self._items()),
            listed=self._text("listed") != _NO,
            decision=self._decision(),
            reviewer=self._text("reviewer"),
            date=self._date(),
            note=self._text("note"),
        )
        if not row.cases:
            self._fault("cases", "no case is named.", "Put the cases back, as source/case.")
        if row.decision == Decision.accept and not row.reviewer:
            self._fault("reviewer", "the candidate is accepted, and nobody says so.", "Write the reviewer's name.")
        return None if self.findings else row

    def _fault(self, column: str, what: str, remedy: str) -> None:
        self.findings.append(_error(self._path, self._number, self._letter[column], what, remedy))

    def _text(self, column: str) -> str:
        """What a cell says, as people meant it."""
        return bared(self._texts.get(column, "").strip())

    def _needed(self, column: str) -> str:
        text = self._text(column)
        if not text:
            self._fault(column, f"the cell {column} is empty.", "Put back what stood there.")
        return text

    def _list(self, column: str) -> list[str]:
        return [part.strip() for part in self._text(column).split(_BETWEEN.strip()) if part.strip()]

    def _candidate(self) -> str:
        text = self._needed("candidate")
        if text and not ror.is_id(text):
            self._fault("candidate", f"“{text}” is no id of ROR.", "Write it as ROR shows it, from https on.")
        return text

    def _items(self) -> list[str]:
        items = self._list("wikidata")
        for item in items:
            if not ror.is_qid(item):
                self._fault("wikidata", f"“{item}” is no Wikidata item.", "Write items like Q7817, or leave it empty.")
        return items

    def _score(self) -> float:
        text = self._text("score").replace(",", ".")  # as spreadsheets write it in much of Europe
        try:
            score = float(text)
        except ValueError:
            score = -1
        if not 0 <= score <= 1:
            self._fault("score", f"“{text}” is no score.", "Put back what stood there: a number from 0 to 1.")
        return score

    def _decision(self) -> Decision | None:
        text = self._text("decision").lower()
        if text and text not in list(Decision):
            self._fault("decision", f"“{text}” is no decision.", "Write accept or reject, or leave the cell empty.")
            return None
        return Decision(text) if text else None

    def _date(self) -> str:
        text = self._text("date")
        try:
            written = date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            written = ""
        if written != text:
            remedy = "Write it like 2026-01-31; in a spreadsheet, make the column text first."
            self._fault("date", f"“{text}” is not a date that can be read in one way only.", remedy)
        return text


def _together(path: Path, rows: Sequence[tuple[int, Row]]) -> Iterator[Finding]:
    """Rows that say the same twice, and decisions of which one case can bear only one."""
    seen: dict[tuple[str, str, str], int] = {}
    accepted: dict[tuple[str, str], tuple[int, Row]] = {}
    told: set[tuple[int, int]] = set()
    for number, row in rows:
        for case in row.cases:
            first = seen.setdefault((row.mention, row.candidate, case), number)
            if first != number and (first, number) not in told:
                told.add((first, number))
                what = f"row {first} is about the same mention, candidate and case ({case})."
                yield _error(path, number, "A", what, "Keep one of the two, with the decision that holds.")
            if row.decision != Decision.accept:
                continue
            before, other = accepted.setdefault((row.mention, case), (number, row))
            if other.candidate == row.candidate or (before, number) in told or (row.note and other.note):
                continue
            told.add((before, number))
            what = f"of “{row.mention}” in {case} another candidate is accepted too, {other.name} in row {before}."
            remedy = "Reject one; or say in the note of both how the name can mean both."
            yield _error(path, number, letters(COLUMNS.index("decision")), what, remedy)


def written(rows: Iterable[Row]) -> bytes:
    """The file of some rows, as spreadsheets open it: UTF-8 with its mark, and nothing in it run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        texts = [_shown(getattr(row, name)).replace("\r\n", "\n").replace("\r", "\n") for name in COLUMNS]
        writer.writerow(map(guarded, texts))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, tuple):
        return _BETWEEN.join(value)
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)


def write(path: Path, rows: Iterable[Row]) -> bool:
    """Writes a review file in place of the one that stands, whole or not at all; says whether anything changed.

    Raises:
        UsageError: It cannot be written.
    """
    data = written(rows)
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.writing")
        aside.write_bytes(data)
        aside.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    return True
