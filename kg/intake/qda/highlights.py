"""Highlights of Taguette (CSV): quotes with their tags, without a place; tags join them as codes join passages."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kg.errors import EvidenceError, Failure
from kg.findings import Finding, Severity
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.lexicon import Lexicon
from kg.intake.matching import folded
from kg.intake.naming import document_id
from kg.intake.qda.code_concepts import Codebook, look_up
from kg.intake.qda.joining import join
from kg.intake.qda.passages import Passage, short
from kg.intake.qda.refi_parts import Code
from kg.intake.qda.xml_document import fault
from kg.intake.separated import separator_of
from kg.records import Case, Coding, Source
from kg.vocabulary import SourceType

MOST_BYTES = 20_000_000
CODER = "taguette"
"""Who coded: Taguette does not say who highlighted."""
_COLUMNS = {"document": ("document", "documents", "file"), "tag": ("tag", "tags"), "content": ("content", "text")}
_NEEDED = ("document", "tag", "content")


@dataclass(frozen=True)
class _Row:
    """One highlight: its line, its document, its words and its tags."""

    line: int
    number: str
    document: str
    quote: str
    tags: tuple[str, ...]


def read(path: Path, lexicon: Lexicon, coder: str = CODER) -> Arrival:
    """The highlights of a project, as the claims that tags such as `CMO.1` and `Effect.supports` make of them.

    Args:
        path: A CSV file with the columns document, tag and content, one line for each tag of a highlight.
        lexicon: What the tags stand for.
        coder: Who coded.

    Raises:
        EvidenceError: The file is no such CSV; everything at once.
        Failure: It cannot be opened.
    """
    file = str(path)
    rows = _rows(_text(path, file), file)
    tags = list(dict.fromkeys(tag for row in rows for tag in row.tags))
    codebook = look_up([Code(tag, (tag,), False) for tag in tags], tags, lexicon, file)
    findings = list(codebook.findings)
    documents: dict[str, list[tuple[_Row, Passage]]] = {}
    for row in rows:
        wrong = any(unicodedata.category(one) == "Cc" and one not in "\n\t" for one in row.quote)
        if wrong or not row.quote.strip() or not row.document.strip():
            what = f"“{short(row.quote)}” has no document, no words, or control characters: it was left out."
            findings.append(_warning("highlight", file, f"line {row.line}", what, "Mend it in Taguette."))
            documents.setdefault(row.document if row.document.strip() else "", [])
        else:
            documents.setdefault(row.document, []).append((row, _passage(row, codebook)))
    documents.pop("", None)
    sources: list[Source] = []
    kept = 0
    taken: list[str] = []
    for name, entries in documents.items():
        passages = [passage for _, passage in entries]
        joined = join(passages, file, f"{name}, {coder}")
        findings += joined.findings
        kept += sum(passage.key in joined.kept for passage in passages)
        if joined.claims:
            taken.append(document_id(name, "", taken))
            named = sorted({claim.case for claim in joined.claims if claim.case})
            cases = [Case(id=case, label=case) for case in named]
            coding = Coding(coder=coder, cases=cases, claims=joined.claims)
            sources.append(Source(source=taken[-1], type=SourceType.document, codings=[coding]))
        else:
            what = "no claim could be made of its highlights, and their file does not hold its text."
            findings.append(_warning("no-claim", file, f"document “{name}”", what, "Tag them, and export again."))
    return Arrival(
        file,
        Manner.replace_codings,
        sources=tuple(sources),
        tallies=(
            Tally("documents", len(documents), len(sources), len(documents) - len(sources)),
            Tally("passages", len(rows), kept, len(rows) - kept),
            codebook.tally,
        ),
        findings=tuple(findings),
        queue=lexicon.queue,
    )


def _passage(row: _Row, codebook: Codebook) -> Passage:
    return Passage(
        key=f"line {row.line}",
        spot=f"line {row.line}",
        locator=f"highlight {row.number}",
        quote=row.quote,
        selector=None,
        codes=tuple(codebook.coded(tag) for tag in row.tags),
        said=tuple(pair for tag in row.tags for pair in codebook.settings(tag)),
    )


def _text(path: Path, file: str) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            what = f"the file has more than {MOST_BYTES // 1_000_000} MB."
            raise EvidenceError([fault("highlights", file, "", what, "Export fewer documents at a time.")])
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is no UTF-8."
        raise EvidenceError([fault("highlights", file, "", what, "Save it as CSV UTF-8.")]) from error


def _rows(text: str, file: str) -> list[_Row]:
    """The highlights; lines that differ only in the tag are one."""
    faults: list[Finding] = []
    if "\0" in text:
        raise EvidenceError([fault("highlights", file, "", "the file holds NUL characters.", "Export it anew.")])
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
    rows: dict[tuple[str, str, str], _Row] = {}
    try:
        places = _places(next(lines, []), file)
        width = max(places.values()) + 1
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < width:
                what = f"it has {len(cells)} cells, and needs {width}."
                faults.append(fault("highlights", file, f"line {lines.line_num}", what, "Export it anew."))
                continue
            told = {key: _plain(cells[at]) for key, at in places.items()}
            number = told.get("id") or str(lines.line_num - 1)
            row = _Row(lines.line_num, number.strip(), told["document"].strip(), told["content"], _tags(told["tag"]))
            same = (row.number if "id" in places else "", row.document, row.quote)
            known = rows.get(same)
            rows[same] = row if known is None else replace(known, tags=_joined(known.tags, row.tags))
    except csv.Error as error:
        what = f"the CSV cannot be read from here on ({error})."
        faults.append(fault("highlights", file, f"line {lines.line_num}", what, "Look for an unclosed quote."))
    if faults:
        raise EvidenceError(faults)
    return list(rows.values())


def _places(header: Sequence[str], file: str) -> Mapping[str, int]:
    names = [folded(name) for name in header]
    found = {key: names.index(name) for key, ways in _COLUMNS.items() for name in ways if name in names}
    if "id" in names:
        found["id"] = names.index("id")
    missing = [key for key in _NEEDED if key not in found]
    if missing:
        what = f"the column {' and '.join(missing)} is missing; there are {', '.join(header[:8]) or 'none'}."
        remedy = "Export the highlights of Taguette as CSV."
        raise EvidenceError([fault("highlights", file, "line 1", what, remedy)])
    return found


def _plain(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _tags(cell: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in cell.split("\n") if tag.strip())


def _joined(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *others)))


def _warning(rule: str, file: str, spot: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.warning, rule, file, None, what, remedy, spot=spot)
