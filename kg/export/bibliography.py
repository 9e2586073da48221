"""The sources of an evidence folder as a bibliography that Zotero and EndNote read: CSL-JSON or RIS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kg.errors import Failure
from kg.records import Source
from kg.vocabulary import SourceType

_CSL = {
    SourceType.bookChapter: "chapter",
    SourceType.guideline: "report",
    SourceType.journalArticle: "article-journal",
    SourceType.report: "report",
    SourceType.thesis: "thesis",
    SourceType.interview: "interview",
}
"""What CSL calls a type of source; a document where it has no word for it."""
_RIS = {
    SourceType.bookChapter: "CHAP",
    SourceType.guideline: "RPRT",
    SourceType.journalArticle: "JOUR",
    SourceType.report: "RPRT",
    SourceType.thesis: "THES",
}
_ORGANISATION = re.compile(r"[^,]+")


def write_csl(sources: Sequence[Source], path: Path) -> None:
    """Writes the sources as CSL-JSON, each under its own id, in the order of the ids.

    Raises:
        Failure: The file cannot be written.
    """
    items = [_item(source) for source in _ordered(sources)]
    _write(path, json.dumps(items, ensure_ascii=False, indent=1) + "\n")


def write_ris(sources: Sequence[Source], path: Path) -> None:
    """Writes the sources as RIS, in the order of their ids.

    PubMed's number stands where EndNote has it (AN, with the database named), PubMed Central's in C2.

    Raises:
        Failure: The file cannot be written.
    """
    _write(path, "\n".join(line for source in _ordered(sources) for line in _lines(source)))


def _ordered(sources: Sequence[Source]) -> list[Source]:
    return sorted(sources, key=lambda source: source.source)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror or error}") from error


def _item(source: Source) -> dict[str, Any]:
    told = {
        "id": source.source,
        "type": _CSL.get(source.type, "document"),
        "title": _line(source.title),
        "author": [_name(author) for author in source.authors or []],
        "issued": {"date-parts": [[source.year]]} if source.year else None,
        "container-title": _line(source.journal),
        "DOI": source.doi,
        "PMID": source.pmid,
        "PMCID": source.pmcid,
        "URL": source.url,
    }
    return {key: value for key, value in told.items() if value}


def _name(author: str) -> dict[str, str]:
    """A name in its parts; what has no comma is an organisation's, or cannot be told apart."""
    author = _line(author)
    if _ORGANISATION.fullmatch(author):
        return {"literal": author}
    family, given, *suffix = (part.strip() for part in author.split(",", 2))
    return {"family": family, "given": given, **({"suffix": suffix[0]} if suffix else {})}


def _lines(source: Source) -> Iterator[str]:
    def tag(name: str, value: Any) -> str:
        return f"{name}  - {_line(str(value))}"

    yield tag("TY", _RIS.get(source.type, "GEN"))
    yield tag("ID", source.source)
    for name, value in (("TI", source.title), ("T2", source.journal), ("PY", source.year)):
        if value:
            yield tag(name, value)
    yield from (tag("AU", author) for author in source.authors or [])
    if source.doi:
        yield tag("DO", source.doi)
    if source.pmid:
        yield tag("DB", "PubMed")
        yield tag("AN", source.pmid)
    if source.pmcid:
        yield tag("C2", source.pmcid)
    if source.url:
        yield tag("UR", source.url)
    yield "ER  - "
    yield ""


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
