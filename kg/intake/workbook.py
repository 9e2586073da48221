"""A workbook in the layout of evidence, or a folder of its CSV twins → records, and each fault at its cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from kg.errors import EvidenceError, UsageError
from kg.evidence import Unit, read_marked
from kg.findings import Finding, Severity
from kg.intake import parting, sheets, tables
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.assembly import Assembly
from kg.intake.entries import EXAMPLE, Entry, Table
from kg.intake.faults import Faults, marked_of
from kg.intake.tables import Book, Cell, Sheet
from kg.records import Studies, Theories

OWN = ("instructions", "vocabulary", "findings")
"""Sheets that a workbook of ours has beside the evidence, and that hold none."""
_NEEDED = ("sources", "codings")
_MAY_BE_EMPTY = ("cases", "claims", "studies", "theories")


def read(place: Path, encoding: str | None = None) -> Arrival:
    """Reads evidence in the layout of `kg.intake.sheets`.

    Args:
        place: A .xlsx file, or a folder with `sources.csv`, `codings.csv` and the like.
        encoding: How CSV files are encoded, where they are neither UTF-8 nor say so themselves.

    Returns:
        The records of every row that has no error; what is wrong with the others is at its cell.

    Raises:
        EvidenceError: A file is not what its name says, or is damaged or unsafe.
        UsageError: There is no such place, or it holds no evidence in this layout.
        Failure: A file cannot be opened.
    """
    books = _books(place, encoding)
    faults = Faults(finding for book in books for finding in _of_evidence(book))
    read_tables = _tables(books, faults, str(place))
    entries: dict[str, list[Entry]] = {name: [] for name in sheets.layouts()}
    examples = 0
    for name, table in read_tables.items():
        faults.add(table.findings)
        entries[name] = list(table.entries())
        for entry in entries[name]:
            faults.unread(entry.dates())
            faults.add(parting.warnings(entry))
        examples += len(table.sheet.rows) - len(entries[name])
    assembly = Assembly(entries, faults)
    studies = _shared(entries["studies"], "studies", faults)
    theories = _shared(entries["theories"], "theories", faults)
    if examples:
        what = f"{examples} rows are examples, since their ids begin with {EXAMPLE}, and are passed over."
        faults.add([Finding(Severity.note, "example", str(place), None, what)])
    _note_spellings([cell for rows in entries.values() for entry in rows for cell in entry.respelt], place, faults)
    kept = assembly.kept | {"studies": len(studies), "theories": len(theories)}
    tallies = [
        Tally(name, len(entries[name]), kept[name], len(entries[name]) - kept[name])
        for name in sheets.layouts()
        if name in assembly.kept or entries[name]
    ]
    return Arrival(
        file=str(place),
        manner=Manner.update,
        sources=tuple(assembly.sources),
        studies=Studies.model_validate({"studies": studies}) if studies else None,
        theories=Theories.model_validate({"theories": theories}) if theories else None,
        tallies=tuple(tallies),
        findings=faults.sorted(),
    )


def _books(place: Path, encoding: str | None) -> list[Book]:
    if not place.is_dir():
        if place.exists() and place.suffix.lower() in (".csv", ".tsv"):
            raise UsageError(f"{place} is one sheet of several: name the folder that holds them all")
        return [tables.read(place, encoding)]
    files = sorted(path for path in place.iterdir() if path.suffix.lower() in (".csv", ".tsv") and path.is_file())
    if not any(tables.folded(path.stem) in sheets.layouts() for path in files):
        raise UsageError(f"{place} holds none of {', '.join(f'{name}.csv' for name in sheets.layouts())}")
    books, refused = [], list[Finding]()
    for path in files:
        try:
            books.append(tables.read(path, encoding))
        except EvidenceError as error:
            refused += error.findings
    if refused:
        raise EvidenceError(refused)
    return books


def _of_evidence(book: Book) -> list[Finding]:
    """What is said of a file, but for sheets that are no part of the layout: nothing in them is read."""
    unread = [sheet for sheet in book.sheets if tables.folded(sheet.name) not in sheets.layouts()]
    if any(not sheet.prefix for sheet in unread):  # a CSV file, which is all of one sheet
        return []
    names, within = {sheet.name for sheet in unread}, tuple(sheet.prefix for sheet in unread)
    return [
        finding
        for finding in book.findings
        if _matters(finding) and finding.subject not in names and not finding.spot.startswith(within)
    ]


def _matters(finding: Finding) -> bool:
    """Whether a finding of a table is about evidence: our own sheets, and sheets that may be empty, are not.

    That there are dates is said at each cell that is one.
    """
    if finding.severity == Severity.error:
        return True
    sheet = finding.subject
    empty = finding.rule == "no-rows" and sheet in _MAY_BE_EMPTY
    return sheet not in OWN and finding.rule != "date" and not empty


def _tables(books: Sequence[Book], faults: Faults, place: str) -> dict[str, Table]:
    """The sheets of evidence by what they are of; what is amiss with sheets as such is reported."""
    layouts = sheets.layouts()
    found: dict[str, Table] = {}
    others: list[tuple[str, Sheet]] = []
    for book in books:
        for sheet in book.sheets:
            name = tables.folded(sheet.name)
            if name not in layouts:
                others += [(book.file, sheet)] if name not in OWN else []
            elif name in found:
                what = f"there are two sheets {name}."
                faults.error("repeated-sheet", book.file, sheet.spot("A", sheet.heading_row), what, "Join them.")
            else:
                found[name] = Table(book.file, sheet, layouts[name])
    for file, sheet in others:
        near = get_close_matches(tables.folded(sheet.name), layouts.keys() - found.keys(), n=1, cutoff=0.75)
        spot = sheet.spot("A", sheet.heading_row)
        if near:
            what = f"there is no kind of sheet called {sheet.name}."
            faults.error("unknown-sheet", file, spot, what, f"Did you mean {near[0]}?")
        else:
            what = f"the sheet {sheet.name} is not one of the layout, and is not read."
            faults.add([Finding(Severity.warning, "unknown-sheet", file, None, what, "", sheet.name, spot=spot)])
    for name in _NEEDED:
        if name not in found:
            what = f"there is no sheet {name}, or nothing stands in it."
            faults.error("missing-sheet", place, "", what, "Begin with the template, which has it.")
    return found


def _note_spellings(respelt: Sequence[Cell], place: Path, faults: Faults) -> None:
    if respelt:
        first = respelt[0]
        count = "1 cell is" if len(respelt) == 1 else f"{len(respelt)} cells are"
        where = "" if len(respelt) == 1 else ", the first of them"
        what = f"{count} read in the spelling of the list{where} “{first.text.strip()}” in {first.spot}."
        faults.add([Finding(Severity.note, "spelling", str(place), None, what)])


def _shared(entries: Iterable[Entry], key: str, faults: Faults) -> list[dict[str, object]]:
    """What studies or theories say, without those that have errors."""
    unique = faults.without_repeated(entries)
    marked, places = marked_of(
        {key: [entry.data for entry in unique]}, {(key, at): one for at, one in enumerate(unique)}
    )
    reading = read_marked(Unit(Path(f"{key}.yaml"), f"{key}.yaml", 1, b""), marked)
    faulty = faults.at_cells(reading.findings, places)
    return [entry.data for entry in unique if entry not in faulty]
