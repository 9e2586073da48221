"""CSV and TSV files → the cells of one sheet, whatever separates them and however they are encoded."""

from __future__ import annotations

import codecs
import re
from itertools import islice
from pathlib import Path

from kg.errors import EvidenceError, UsageError
from kg.findings import Finding, Severity
from kg.intake.grid import Grid

MOST_BYTES = 300_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""What a text may begin with to say how it is encoded; UTF-32 before UTF-16, whose mark its own begins with."""
_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
SEP_LINE = re.compile(r"sep=(.)\r?\n")
"""By which a file tells Excel what separates its cells."""


def grid(path: Path, data: bytes, encoding: str | None) -> Grid:
    """The cells of a file.

    Raises:
        EvidenceError: It is empty, too large, or not encoded as it seems or as was said.
        UsageError: No such encoding is known.
    """
    found = Grid(path.stem, str(path), "", ragged=True)
    text = _decoded(path, data, encoding).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip("\n\t ,;\ufeff"):
        raise EvidenceError([_refusal(path, "empty", "the file is empty.", "Write headings and rows.")])
    said = SEP_LINE.match(text)
    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    separator = said.group(1) if said else separator_of(text, usual)
    if separator != usual:
        shown = _SEPARATORS.get(separator, f"“{separator}”")
        found.note("separator", "", f"the cells are separated by {shown}.")
    _rows(found, text, said.end() if said else 0, separator)
    return found


def _decoded(path: Path, data: bytes, encoding: str | None) -> str:
    if len(data) > MOST_BYTES:
        what = f"the file is larger than {MOST_BYTES // 1_000_000} MB."
        raise EvidenceError([_refusal(path, "too-large", what, "Divide it among several files.")])
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    chosen = encoding or marked or "utf-8"
    start = data[:4096]
    if encoding is None and marked is None and start.count(0) * 5 > len(start):
        what = "the file seems to be UTF-16, and does not say so."
        raise EvidenceError([_refusal(path, "encoding", what, "Save it as UTF-8, or add --encoding utf-16-le.")])
    try:
        return data.decode(chosen)
    except LookupError as error:
        raise UsageError(f"there is no encoding {chosen}: write one such as utf-8, cp1252 or utf-16") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = (
            f"byte {error.start} (0x{data[error.start]:02X}, in line {line})" if error.start < len(data) else "its end"
        )
        what = f"{byte} is not {chosen.removesuffix('-sig').upper()}."
        remedy = (
            "Save it as “CSV UTF-8”, or say how it is encoded, such as --encoding cp1252 (Excel in western Europe)."
        )
        raise EvidenceError([_refusal(path, "encoding", what, remedy, line)]) from error
    except (UnicodeError, ValueError) as error:
        what = f"the file is not {chosen} ({error})."
        raise EvidenceError([_refusal(path, "encoding", what, "Name another encoding.")]) from error


def separator_of(text: str, usual: str = ",", among: int = 1) -> str:
    """What separates the headings: the mark that stands most often, outside quotes, in the line that has most of any.

    Args:
        text: The text of a file.
        usual: What is taken where there is none, or two are as many.
        among: How many of the first lines may be the headings, empty ones not counted.
    """
    lines = (line for line in re.sub(r'"[^"]*"', '""', text[:100_000]).split("\n") if line.strip())
    first = list(islice(lines, among))
    counts = {mark: max((line.count(mark) for line in first), default=0) for mark in (usual, *_SEPARATORS)}
    most = max(counts, key=lambda mark: counts[mark])
    return most if counts[most] else usual


def _rows(found: Grid, text: str, at: int, separator: str) -> None:
    mark = re.escape(separator)
    cell = re.compile(rf'"([^"]*(?:""[^"]*)*)("?)([^{mark}\n]*)({mark}|\n|\Z)|([^{mark}\n]*)({mark}|\n|\Z)')
    number, line, position = 1, text.count("\n", 0, at) + 1, 0
    cells: dict[int, str] = {}
    while at < len(text):
        match = cell.match(text, at)
        assert match is not None
        at = match.end()
        quoted, closed, after, end, plain, plain_end = match.groups()
        if quoted is None:
            value, end = plain, plain_end
        else:
            value = quoted.replace('""', '"') if '""' in quoted else quoted
            spot = found.spot(position, number)
            if not closed:
                what = f"a quotation mark opens in line {line}, and none closes it: all that follows is in this cell."
                found.fault("unclosed-quote", spot, what, "Close it, or remove it.")
                return
            if after.strip():
                what = f"“{after.strip()[:40]}” follows a closing quotation mark; the cell opens in line {line}."
                found.fault("unclosed-quote", spot, what, "Write a quotation mark within a cell twice, and close each.")
            line += quoted.count("\n")
        if value.strip():
            value = found.text(value, position, number)
            if value.strip():
                cells[position] = value
        position += 1
        if end != separator:
            if not found.add(number, cells, position):
                return
            number, line, position, cells = number + 1, line + 1, 0, {}
    if position:  # the text ends in a separator
        found.add(number, cells, position + 1)


def _refusal(path: Path, rule: str, what: str, remedy: str, line: int | None = None) -> Finding:
    return Finding(Severity.error, rule, str(path), line, what, remedy)
