"""Tables in Markdown or pasted as such, with the line of every row: what people copy from a paper or a web page."""

from __future__ import annotations

import html
import re
from pathlib import Path

from kg.errors import EvidenceError, Failure, UsageError
from kg.findings import Finding, Severity
from kg.intake.tables import Book, Cell, Heading, Row, Sheet, folded

MOST_BYTES = 20_000_000
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
"""The line below the headings: hyphens between pipes."""
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read(path: Path) -> Book:
    """Reads every table of a Markdown file; what stands between tables is not looked at.

    Raises:
        EvidenceError: There is no table in it, or it is not text in UTF-8.
        UsageError: There is no such file.
        Failure: It cannot be opened.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        if len(data) > MOST_BYTES:
            raise EvidenceError(
                [_fault(path, "", f"the file is larger than {MOST_BYTES // 1_000_000} MB.", "Divide it.")]
            )
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8."
        raise EvidenceError([_fault(path, "", what, "Save it as UTF-8.")]) from error
    sheets: list[Sheet] = []
    findings: list[Finding] = []
    name, at = "", 0
    while at < len(lines):
        if lines[at].startswith("#"):
            name = lines[at].strip("# \r")
        if "|" in lines[at] and at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1]) and "-" in lines[at + 1]:
            end = at + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            sheets.append(_sheet(path, name or f"table {len(sheets) + 1}", lines, at, end, findings))
            at = end
        else:
            at += 1
    if not sheets:
        what = "there is no table in the file."
        raise EvidenceError(
            [_fault(path, "", what, "A table has a line of headings and below it one of | --- | --- |.")]
        )
    return Book(str(path), tuple(sheets), tuple(findings))


def _sheet(path: Path, name: str, lines: list[str], start: int, end: int, findings: list[Finding]) -> Sheet:
    headings: list[str] = []
    for text in _cells(lines[start]):
        heading = " ".join(text.split())
        if folded(heading) in map(folded, headings):
            what = f"“{heading}” stands over two columns."
            findings.append(_fault(path, f"line {start + 1}", what, "Call them differently."))
        headings.append(heading)
    rows = []
    for at in range(start + 2, end):
        texts = _cells(lines[at])
        if len(texts) > len(headings):
            what = f"the row has {len(texts)} cells, and there are {len(headings)} headings."
            findings.append(_fault(path, f"line {at + 1}", what, "Write a pipe within a cell as \\|."))
        cells = {
            heading: Cell(text, f"line {at + 1}, {heading}")
            for heading, text in zip(headings, texts, strict=False)
            if heading and text
        }
        if cells:
            rows.append(Row(at + 1, cells))
    return Sheet(name, tuple(Heading(text, text) for text in headings if text), tuple(rows), "", start + 1)


def _cells(line: str) -> list[str]:
    inner = line.strip()
    inner = inner[1:] if inner.startswith("|") else inner
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    parts = re.split(r"(?<!\\)\|", inner)
    return [html.unescape(_BREAK.sub("\n", part.replace("\\|", "|"))).strip() for part in parts]


def _fault(path: Path, spot: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.error, "table", str(path), None, what, remedy, spot=spot)
