"""Small REFI-QDA projects for tests, written as tools write them."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tests.conftest import ROOT

REAL = ROOT / "tests" / "data" / "interchange"
TEXT = "Nurses trusted them. So records were shared.\nThe grant ended early, and nobody came back."
"""A document of two paragraphs."""


def guid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


@dataclass(frozen=True)
class Mark:
    """A passage with its codes, `CODE@CODER` where somebody else gave one; found by its words if no place is given."""

    quote: str
    codes: Sequence[str]
    coder: str = "ana"
    memo: str = ""
    name: str | None = None
    start: int | None = None
    end: int | None = None
    document: str = "talk.txt"


def project(
    path: Path,
    marks: Sequence[Mark],
    documents: Mapping[str, bytes | str] | None = None,
    more: str = "",
    cases: str = "",
    shape: Mapping[str, str] | None = None,
) -> Path:
    """Writes a project; `more` is XML after the sources, `shape` replaces parts of the XML before it is written."""
    documents = {"talk.txt": TEXT} if documents is None else documents
    codes = dict.fromkeys(code.partition("@")[0] for mark in marks for code in mark.codes)
    users = dict.fromkeys(mark.coder for mark in marks)
    xml = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<Project xmlns="urn:QDA-XML:project:1.0" name="small">',
        *(["<Users>", *(f'<User guid="{guid(user)}" name="{user}"/>' for user in users), "</Users>"] if users else ()),
        *(["<CodeBook><Codes>", *map(_code, codes), "</Codes></CodeBook>"] if codes else ()),
        cases,
        "<Sources>",
        *(_source(name, content, marks) for name, content in documents.items()),
        "</Sources>",
        more,
        "</Project>",
    ]
    text = "\n".join(xml)
    for old, new in (shape or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", text.encode())
        for name, content in documents.items():
            archive.writestr(f"sources/{guid(name)}.txt", content if isinstance(content, bytes) else content.encode())
    return path


def _code(name: str) -> str:
    return f'<Code guid="{guid("code " + name)}" name={quoteattr(name)} isCodable="true"/>'


def _source(name: str, content: bytes | str, marks: Sequence[Mark]) -> str:
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    inner = [_selection(mark, text) for mark in marks if mark.document == name]
    told = f'guid="{guid("source " + name)}" name="{name}" plainTextPath="internal://{guid(name)}.txt"'
    return f"<TextSource {told}>{''.join(inner)}</TextSource>"


def selection_guid(mark: Mark) -> str:
    return guid(f"{mark.document} {mark.quote} {mark.coder}")


def _selection(mark: Mark, text: str) -> str:
    start = text.index(mark.quote) if mark.start is None else mark.start
    end = start + len(mark.quote) if mark.end is None else mark.end
    known = selection_guid(mark)
    codings = "".join(
        f'<Coding guid="{guid(known + code)}" creatingUser="{guid(code.partition("@")[2] or mark.coder)}">'
        f'<CodeRef targetGUID="{guid("code " + code.partition("@")[0])}"/></Coding>'
        for code in mark.codes
    )
    name = mark.quote if mark.name is None else mark.name
    memo = f"<Description>{escape(mark.memo)}</Description>" if mark.memo else ""
    return (
        f'<PlainTextSelection guid="{known}" startPosition="{start}" endPosition="{end}" name={quoteattr(name)} '
        f'creatingUser="{guid(mark.coder)}">{memo}{codings}</PlainTextSelection>'
    )
