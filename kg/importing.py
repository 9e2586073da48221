"""What kg import does: recognises a file of another tool, joins it with an evidence folder, writes it or says why not.

The one place that knows every reader. Words that no concept is known for wait in `queue/` of the evidence folder, in a
file in which people say what they mean.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg import evidence
from kg.errors import EvidenceError, Failure, UsageError
from kg.findings import Finding, Severity
from kg.intake import consent, transaction
from kg.intake.arrival import Arrival, Queued
from kg.intake.kinds import Kind
from kg.intake.lexicon import Lexicon
from kg.intake.lexicon import read as read_lexicon
from kg.intake.transaction import Change, Joined

_BY_ENDING = {
    ".qdpx": Kind.project,
    ".qdc": Kind.codebook,
    ".ris": Kind.bibliography,
    ".bib": Kind.bibliography,
    ".nbib": Kind.bibliography,
    ".json": Kind.bibliography,
    ".md": Kind.table,
    ".markdown": Kind.table,
}
_TABLES = (".csv", ".tsv", ".xlsx")
_HIGHLIGHTS = {"document", "tag", "content"}
"""Columns of the highlights that Taguette writes."""


@dataclass(frozen=True)
class Imported:
    """What an import came to.

    Attributes:
        kind: What the file was read as.
        joined: What it holds, and what that does to the evidence folder.
        map: The file in which people say what words mean, where there is a need for one.
        resumed: Whether an import that was cut off before was finished first.
    """

    kind: Kind
    joined: Joined
    map: Path | None
    resumed: bool

    @property
    def changes(self) -> Mapping[Change, int]:
        """How many files are added, changed and unchanged."""
        return {one: sum(change.change == one for change in self.joined.changes) for one in Change}


def bring_in(
    file: Path,
    into: Path,
    map_: Path | None = None,
    defaults: Mapping[str, str] | None = None,
    kind: Kind | None = None,
    encoding: str | None = None,
    dry_run: bool = False,
) -> Imported:
    """Imports a file into an evidence folder: all of it or nothing.

    Args:
        file: A file of another tool, or a folder with the CSV twins of a workbook.
        into: The evidence folder, which need not be there yet.
        map_: The file in which people say what words mean; by default the file's own in `queue/` of the folder.
        defaults: What holds of every row of a table, such as its `source`; of highlights who the `coder` is.
        kind: What to read the file as; by default as its ending and its columns say.
        encoding: Of a text file that is neither UTF-8 nor says so itself.
        dry_run: Whether to say what would be done, and do nothing.

    Raises:
        EvidenceError: The file, or the map, cannot be read as what it is.
        UsageError: There is no such file, or nothing can be read of its kind.
        Failure: The folder cannot be written, or the file was changed while it was read.
    """
    if not file.exists():
        raise UsageError(f"there is no file or folder {file}")
    if into.exists() and not into.is_dir():
        raise UsageError(f"{into} is a file: name the evidence folder to import into")
    resumed = not dry_run and into.is_dir() and transaction.resume(into)
    kind = kind or recognise(file, encoding)
    _judge_settings(kind, defaults or {})
    chosen = map_ or into / evidence.QUEUE / f"{file.stem}.yaml"
    words = read_lexicon(chosen) if chosen.is_file() else Lexicon()
    words.defaults.update(defaults or {})
    before = _digest(file)
    arrival = consent.withheld(read(file, kind, words, into, encoding))
    if _digest(file) != before:
        raise Failure(f"{file} was changed while it was read: save and close it, then import it again")
    joined = transaction.join(arrival, into)
    unread = kind == Kind.table and joined.refused  # columns to be put right
    proposed = bool(arrival.queue) or (not chosen.is_file() and (unread or map_ is not None))
    if not dry_run:
        if not joined.refused:
            transaction.carry_out(joined, into)
        if proposed:
            _propose(chosen, words)
    return Imported(kind, joined, chosen if proposed else None, resumed)


def _judge_settings(kind: Kind, defaults: Mapping[str, str]) -> None:
    settable = {Kind.table: set(defaults), Kind.highlights: {"coder"}}.get(kind, set())
    if wrong := sorted(set(defaults) - settable):
        what = "only --set coder=NAME" if settable else "no --set"
        raise UsageError(f"{', '.join(wrong)}: a file read as {kind.value} takes {what}, since it says the rest itself")


def look_over(file: Path) -> list[Finding]:
    """What an import of a file would find, whatever stands already; words that no concept is known for among it.

    Raises:
        UsageError: Nothing can be read of its kind.
    """
    nowhere = file.parent / ".nowhere"  # a folder that is not there, so that nothing stands in it
    try:
        kind = recognise(file)
        if kind == Kind.bibliography:  # which is matched with what stands, and here nothing does: only damage is told
            from kg.intake import bibliography

            read_in, told = bibliography.references(file)
            return [*told, *read_in.findings]
        arrival = read(file, kind, Lexicon(), nowhere)
    except EvidenceError as error:
        return list(error.findings)
    waiting = [
        Finding(Severity.warning, "unknown-word", str(file), None, _unknown(queued), _MEANING, spot=queued.places[0])
        for queued in arrival.queue
    ]
    return [*transaction.join(arrival, nowhere).findings, *waiting]


_MEANING = "Import it, and say in the file that is then named which concept it is."


def _unknown(queued: Queued) -> str:
    near = ", ".join(one.concept for one in queued.near)
    return f"“{queued.wording}” is no concept that is known{f' (near: {near})' if near else ''}."


def recognise(file: Path, encoding: str | None = None) -> Kind:
    """What a file is, by its ending, and where that does not tell, by its sheets and columns.

    Raises:
        UsageError: It is of no kind that can be read.
        EvidenceError: It is a table that cannot be read.
    """
    if file.is_dir():
        return Kind.workbook
    ending = file.suffix.lower()
    if ending in _BY_ENDING:
        return _BY_ENDING[ending]
    if ending not in _TABLES:
        endings = ", ".join([*_BY_ENDING, *_TABLES])
        raise UsageError(
            f"{file} is of no kind that can be imported ({endings}): say --as what it is, or export it anew"
        )
    from kg.intake import tables

    if set(map(tables.folded, tables.sheet_names(file))) & {"claims", "sources"}:
        return Kind.workbook
    sheets = tables.read(file, encoding).sheets
    columns = {tables.folded(heading.text) for sheet in sheets for heading in sheet.headings}
    return Kind.highlights if columns >= _HIGHLIGHTS else Kind.table


def read(file: Path, kind: Kind, words: Lexicon, into: Path, encoding: str | None = None) -> Arrival:
    """The records that a file holds; see `bring_in`."""
    match kind:
        case Kind.workbook:
            from kg.intake import workbook

            return workbook.read(file, encoding)
        case Kind.project:
            from kg.intake.qda import refi

            return refi.read(file, words)
        case Kind.codebook:
            from kg.intake.qda import codebook

            return codebook.read(file, words)
        case Kind.highlights:
            from kg.intake.qda import highlights

            return highlights.read(file, words, words.defaults.get("coder", highlights.CODER))
        case Kind.bibliography:
            from kg.intake import bibliography

            return bibliography.read(file, into, encoding)
        case Kind.table:
            from kg.intake import cmo_table, markdown, tables

            marked = file.suffix.lower() in (".md", ".markdown", ".txt")
            return cmo_table.read(markdown.read(file) if marked else tables.read(file, encoding), words)


def _digest(file: Path) -> str:
    """What the bytes of a file, or of all files of a folder, come to."""
    digest = hashlib.sha256()
    for path in sorted(file.rglob("*")) if file.is_dir() else [file]:
        if path.is_file():
            with path.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def _propose(path: Path, words: Lexicon) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(words.text(), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror or error}") from error
