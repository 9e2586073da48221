"""An external data set beside the evidence: `external/NAME/dataset.yaml` says what it is, `data.csv` what it says.

Both are written by `kg link`, and can be read in a spreadsheet; no RDF here. What a data set says is kept as its
publisher says it, defects included.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError
from pyoxigraph import NamedNode

from kg import writing
from kg.errors import UsageError
from kg.evidence import EXTERNAL, Unit
from kg.external import bounded
from kg.findings import Finding, Severity
from kg.marked import read_yaml
from kg.records import Date, Record, Text, WebAddress

DESCRIPTION, TABLE = "dataset.yaml", "data.csv"
REVIEW = "review.csv"
"""What people decide on, which can stand there before there is a data set."""

MOST_BYTES = 20_000_000
"""More than any data set needs that cases are classified by; a larger table is refused before it is read."""


class Kind(StrEnum):
    """What a data set holds."""

    countries = "countries"
    groups = "groups"
    indicators = "indicators"
    organisations = "organisations"


COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.countries: ("iso3", "iso2", "m49", "geonames", "wikidata"),
    Kind.groups: ("iso3", "grouping", "group", "from", "until", "note"),
    Kind.indicators: ("indicator", "iso3", "year", "value"),
    Kind.organisations: ("source", "case", "mention", "ror", "name", "iso3", "wikidata", "reviewer", "date"),
}
"""The columns of each kind of table, in order."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a data set is named in small letters, digits and single hyphens; rename its folder")
    return name


def _iri(address: str) -> str:
    try:
        NamedNode(address)
    except ValueError as error:
        raise ValueError(f"“{address[:60]}” can be no address in a graph: {error}; mend the address") from None
    return address


Address = Annotated[WebAddress, AfterValidator(_iri)]
"""A web address of which a graph can speak: what is escaped in it is escaped as it should be."""


class DataSet(Record):
    """What an external data set is, and where it was taken from.

    Attributes:
        name: The name of its folder and of its graph.
        kind: What it holds.
        title: What people call it.
        publisher: Who publishes it.
        url: Where it was taken from.
        licence: The address of its licence or terms.
        licence_note: What the licence asks for, in words.
        version: The publisher's version or date, as they write it.
        retrieved: The day on which it was taken over.
        digest: SHA-256 of each file or answer that it was made from.
        left_out: How many rows of the source were left out, by the reason.
        note: What else has to be known of it.
    """

    name: Annotated[str, AfterValidator(_named)]
    kind: Annotated[Kind, Field(strict=False)]
    title: Text
    publisher: Text
    url: Address
    licence: Address
    licence_note: Text | None = None
    version: Text | None = None
    retrieved: Date
    digest: list[Text] = Field(default=[])
    left_out: dict[str, int] = Field(default={})
    note: Text | None = None


def describe(**said: Any) -> DataSet:
    """A description from what people say of a data set.

    Raises:
        UsageError: Something of it cannot be.
    """
    try:
        return DataSet(**said)
    except ValidationError as error:
        faults = (f"{_key(one)}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors(include_url=False))
        raise UsageError(f"the data set {said['name']} cannot be described: {'; '.join(faults)}") from None


@dataclass(frozen=True)
class Prepared:
    """A data set that is ready to be saved.

    Attributes:
        described: What it is.
        rows: Its rows, by column.
        read: How many rows of the source it was made from, those left out included.
    """

    described: DataSet
    rows: tuple[Mapping[str, str], ...]
    read: int


@dataclass(frozen=True)
class Row:
    """A row of a data set's table.

    Attributes:
        line: The line of the file on which it begins, from 1.
        cells: By column, without white space around them; an empty one is empty text.
    """

    line: int
    cells: Mapping[str, str]


@dataclass
class Table:
    """A data set as it was read.

    Attributes:
        file: The table by its path below the evidence folder.
        described: Its description; None where that cannot be read.
        rows: Its rows.
        findings: What keeps it from being read.
    """

    file: str
    described: DataSet | None
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class DataUnit(Unit):
    """The two files of a data set; `text` is its description, and `path` its table.

    Attributes:
        table: The bytes of the table.
    """

    table: bytes = b""

    def digest(self) -> str:
        """SHA-256 of both, and of where they stand."""
        return hashlib.sha256(b"\0".join((self.text, self.file.encode(), self.table))).hexdigest()


def standing_at(place: Path) -> tuple[Path, str] | None:
    """The evidence folder of a place at or below its `external/`, and the name of the data set there.

    The name is empty for all of them; None where a place is none of these, whatever it is called.
    """
    place = place.absolute()
    if place.name == EXTERNAL and any(place.glob(f"*/{DESCRIPTION}")):
        return place.parent, ""
    folder = place if place.is_dir() else place.parent
    if folder.parent.name == EXTERNAL and any((folder / name).exists() for name in (DESCRIPTION, TABLE)):
        return folder.parent.parent, folder.name
    return None


def find_units(evidence: Path, name: str = "") -> tuple[list[DataUnit], list[Finding]]:
    """The external data sets beside an evidence folder, or one of them, by name, with what could not be opened."""
    units: list[DataUnit] = []
    findings: list[Finding] = []
    beside = evidence / EXTERNAL
    for entry in sorted(beside.iterdir()) if beside.is_dir() else []:
        if entry.name.startswith(".") or (name and entry.name != name):
            continue
        description, path = entry / DESCRIPTION, entry / TABLE
        file = path.relative_to(evidence).as_posix()
        if not description.exists():
            if not (entry / REVIEW).is_file():
                shown = entry.relative_to(evidence).as_posix()
                findings.append(_error("not-a-data-set", shown, 1, _NO_DATA_SET, _ELSEWHERE))
            continue
        try:
            text = bounded.read(description, MOST_BYTES)
            units.append(DataUnit(path, file, 1, text, table=bounded.read(path, MOST_BYTES)))
        except OSError as error:
            what = f"the data set cannot be read: {error.strerror or error}."
            findings.append(_error("unreadable", file, 1, what, "Write it anew with kg link, or remove the folder."))
    return units, findings


_NO_DATA_SET = f"this is no external data set: it has no {DESCRIPTION}."
_ELSEWHERE = "Write it with kg link, or move it elsewhere."


def save(evidence: Path, described: DataSet, rows: Iterable[Mapping[str, str]]) -> Path:
    """Writes a data set beside an evidence folder, in place of one of its name; the table first, each file whole.

    Raises:
        UsageError: There is no such folder, or it cannot be written.
    """
    if not evidence.is_dir():
        raise UsageError(f"there is no folder {evidence}: name your evidence folder with --into")
    folder = evidence / EXTERNAL / described.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / TABLE, table_text(COLUMNS[described.kind], rows))
        _replace(folder / DESCRIPTION, writing.text(writing.plain(described)))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    return folder


def stands(evidence: Path, name: str) -> bool:
    """Whether a data set of that name stands beside an evidence folder."""
    return (evidence / EXTERNAL / name / TABLE).exists()


def unsaved(prepared: Prepared) -> DataUnit:
    """A data set as it would be read if it were saved."""
    described = prepared.described
    path = Path(EXTERNAL) / described.name / TABLE
    table = table_text(COLUMNS[described.kind], prepared.rows).encode()
    return DataUnit(path, path.as_posix(), 1, writing.text(writing.plain(described)).encode(), table=table)


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.writing")
    aside.write_text(text, encoding="utf-8", newline="")
    aside.replace(path)


def table_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """A table as CSV (RFC 4180 but for line feeds alone), the columns in the first line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def digest(data: bytes) -> str:
    """SHA-256 of what was retrieved, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read(unit: DataUnit) -> Table:
    """A data set from its two files; every fault of either is a finding."""
    file, description, table = unit.file, unit.text, unit.table
    folder = file.rpartition("/")[0]
    described, findings = _described(description, f"{folder}/{DESCRIPTION}", folder.rpartition("/")[2])
    found = Table(file, described, findings=findings)
    if described is None:
        return found
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found.findings.append(_error("encoding", file, 1, f"byte {error.start} is not UTF-8.", "Save it as UTF-8."))
        return found
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    wanted = COLUMNS[described.kind]
    try:
        headings = next(reader, [])
        if tuple(headings) != wanted:
            what = f"the columns are {', '.join(headings) or 'missing'}."
            remedy = f"They should be {', '.join(wanted)}; kg link writes them."
            found.findings.append(_error("columns", file, 1, what, remedy))
            return found
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                _take(found, cells, wanted, line)
            line = reader.line_num + 1
    except csv.Error as error:
        found.findings.append(_error("not-csv", file, reader.line_num, f"{error}.", "Write it anew with kg link."))
    return found


def _take(found: Table, cells: list[str], wanted: Sequence[str], line: int) -> None:
    if len(cells) != len(wanted):
        what = f"the row has {len(cells)} cells, and there are {len(wanted)} columns."
        found.findings.append(_error("ragged", found.file, line, what, "Give it one cell a column."))
        return
    found.rows.append(Row(line, {name: cell.strip() for name, cell in zip(wanted, cells, strict=True)}))


def _described(text: bytes, file: str, name: str) -> tuple[DataSet | None, list[Finding]]:
    try:
        marked = read_yaml(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return None, [_error("encoding", file, 1, f"byte {error.start} is not UTF-8.", "Save it as UTF-8.")]
    if marked.problems:
        return None, [_error("not-yaml", file, one.line, one.what, one.remedy) for one in marked.problems]
    try:
        described = DataSet.model_validate(marked.data)
    except ValidationError as error:
        return None, [_fault(one, file, marked.line(one["loc"])) for one in error.errors(include_url=False)]
    if described.name != name:
        what = f"the data set is named {described.name}, and its folder {name}."
        return None, [_error("data-set-name", file, marked.line(("name",)), what, "Rename one of the two.")]
    return described, []


def _fault(fault: Any, file: str, line: int) -> Finding:
    return _error("data-set", file, line, f"{_key(fault)}: {fault['msg']}.", "Write it anew with kg link.")


def _key(fault: Any) -> str:
    return ".".join(map(str, fault["loc"])) or "the description"


def _error(rule: str, file: str, line: int, what: str, remedy: str) -> Finding:
    return Finding(Severity.error, rule, file, line, what, remedy)
