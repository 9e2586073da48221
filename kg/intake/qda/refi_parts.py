"""The parts of a REFI-QDA project, as plain records: what it says, without judging it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kg.findings import Finding


@dataclass(frozen=True)
class Mark:
    """A code on a passage: who gave it, and the notes on that."""

    guid: str
    code: str
    coder: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """A passage.

    Attributes:
        guid: What links and cases know it by.
        name: Its quote in most tools.
        start: Its first character as the tool counts; None where it is no stretch of text.
        end: After the last one.
        creator: Who made it.
        description: A note that stands in it.
        notes: Notes elsewhere, by GUID.
        marks: The codes on it.
    """

    guid: str
    name: str
    start: int | None
    end: int | None
    creator: str
    description: str
    notes: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Document:
    """A source of the project, or the text form of one.

    Attributes:
        raw: Its text without a byte order mark; None where the project does not hold it.
        marked: Whether its file begins with a byte order mark.
        entry: The entry of the archive in which its text is to stand.
        whole: Codes on the document as a whole.
    """

    guid: str
    name: str
    kind: str
    creator: str
    description: str
    entry: str
    raw: str | None
    marked: bool
    notes: tuple[str, ...]
    variables: Mapping[str, str]
    selections: tuple[Selection, ...]
    whole: tuple[Mark, ...]


@dataclass(frozen=True)
class Code:
    """A code with the names of those above it, its own last; `folder` where it only holds other codes."""

    guid: str
    names: tuple[str, ...]
    folder: bool


@dataclass(frozen=True)
class Note:
    """A memo: its text, and who wrote it."""

    guid: str
    name: str
    text: str
    creator: str


@dataclass(frozen=True)
class CaseEntry:
    """A case with its variables, and the documents, passages and codes it is made of, by GUID."""

    guid: str
    name: str
    description: str
    variables: Mapping[str, str]
    members: frozenset[str]


@dataclass(frozen=True)
class SetEntry:
    """A set, and what it is made of, by GUID."""

    name: str
    members: tuple[str, ...]


@dataclass
class Project:
    """What a project holds; users and codes by GUID, and what is wrong with its form."""

    creator: str
    users: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    cases: list[CaseEntry] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    notes: dict[str, Note] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    sets: list[SetEntry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
