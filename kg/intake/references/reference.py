"""A reference as any format gives it, and the same in the form that evidence files keep: each value checked."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import Field, TypeAdapter, ValidationError

from kg.findings import Finding, Severity
from kg.records import Bibliography

FIELDS = ("title", "authors", "year", "journal", "doi", "pmid", "pmcid", "url")
"""The fields of a record that a reference can give, in the record's order."""
EXTRA = re.compile(r"^\s*(PMID|PMCID|DOI):\s*(\S+)\s*$", re.MULTILINE)
"""What Zotero keeps in a note since its item has no field for it."""
_TAGS = re.compile(r"</?(?:i|b|em|strong|sub|sup|scp|span|jats:\w+)(?:\s[^<>]*)?>", re.IGNORECASE)
_RESOLVER = re.compile(r"^(?:https?://)?(?:dx\.|www\.)?doi\.org/|^doi:\s*", re.IGNORECASE)
_YEAR = re.compile(r"\s*(\d{4})(?!\d)")
_CUT_SHORT = re.compile(r"(?:and )?(?:others|et al)\.?", re.IGNORECASE)


@dataclass
class Raw:
    """What a file says of one publication, each value as it is written there.

    Attributes:
        number: Its place among the file's references, from 1.
        line: Line on which it begins.
        values: By field of `FIELDS`, each value with its line.
        key: What the file calls it.
    """

    number: int
    line: int
    values: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    key: str = ""

    def say(self, name: str, value: object, line: int | None = None) -> None:
        """Adds a value to a field unless it is empty."""
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            self.values.setdefault(name, []).append((str(value), line or self.line))


@dataclass(frozen=True)
class Reference:
    """A publication as a file names it, each value in the form that an evidence file has; None where it has none.

    Attributes:
        number: Its place among the file's references, from 1.
        line: Line on which it begins.
        key: What the file calls it, which is the source's own id in what was exported from here.
    """

    number: int
    line: int
    title: str | None = None
    authors: tuple[str, ...] | None = None
    year: int | None = None
    journal: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    url: str | None = None
    key: str = ""

    @property
    def called(self) -> str:
        """What to call it where it is reported: its number, and who wrote what when, as far as it says."""
        first = self.authors[0].split(",")[0] if self.authors else ""
        title = f"“{self.title[:70]}{'…' if len(self.title) > 70 else ''}”" if self.title else ""
        told = " ".join(part for part in (first, str(self.year or ""), title) if part)
        return f"record {self.number} ({told or self.doi or self.pmid or self.pmcid or 'nothing is said of it'})"


@dataclass(frozen=True)
class Reading:
    """What a file holds.

    Attributes:
        came: How many references stand in it, those that cannot be read included.
        references: Those that can be read.
        findings: Why the others cannot, and which values of a reference were not taken.
    """

    came: int
    references: tuple[Reference, ...]
    findings: tuple[Finding, ...]


def reading(raws: Sequence[Raw], unread: Sequence[Finding], file: str, told: Iterable[Finding] = ()) -> Reading:
    """What was read of a file, checked value by value.

    Args:
        raws: What could be read.
        unread: A finding for each reference that could not.
        file: The file, as people would type it.
        told: What else is worth knowing.
    """
    made = [_reference(raw, file) for raw in raws]
    faults = [finding for _, found in made for finding in found]
    return Reading(len(raws) + len(unread), tuple(one for one, _ in made), (*unread, *told, *faults))


def unread(file: str, line: int, what: str, remedy: str, number: int) -> Finding:
    """That a reference cannot be read."""
    return Finding(Severity.error, "unread-reference", file, line, what, remedy, f"record {number}")


def plain_doi(text: str) -> str:
    """A DOI without what differs between tools: a resolver's address, capitals, a full stop that ends a sentence."""
    text = _RESOLVER.sub("", text.strip())
    return (unquote(text) if "%2f" in text.lower() else text).rstrip(".,; ").lower()


def _reference(raw: Raw, file: str) -> tuple[Reference, list[Finding]]:
    found: dict[str, Any] = {}
    faults = []
    for name in FIELDS:
        said = raw.values.get(name, [])
        if not said:
            continue
        texts, line = [text for text, _ in said], said[0][1]
        value, why = _valued(name, texts)
        if value is not None:
            found[name] = value
        if why:
            faults.append(_not_taken(raw, file, line, name, why))
    if "doi" not in found and _RESOLVER.match(found.get("url", "")):
        found["doi"], _ = _valued("doi", [found["url"]])
    return Reference(raw.number, raw.line, key=raw.key, **found), faults


def _not_taken(raw: Raw, file: str, line: int, name: str, why: str) -> Finding:
    what, _, remedy = why.partition("; ")
    remedy = f"Mend it where it comes from: {remedy}." if remedy else "Mend it where it comes from."
    return Finding(Severity.warning, f"odd-{name}", file, line, f"{name} is not taken: {what}.", remedy, _record(raw))


def _record(raw: Raw) -> str:
    return f"record {raw.number}"


def _valued(name: str, texts: Sequence[str]) -> tuple[Any, str]:
    """The value of a field, or None; and why, where what is written cannot be one."""
    value: Any
    if name == "authors":
        value = tuple(filter(None, map(_author, texts)))
        if any(_CUT_SHORT.fullmatch(author) for author in value):
            return None, "the list of authors is cut short; write all of them"
    elif name == "year":
        match = _YEAR.match(texts[0])
        if match is None:
            return None, f"“{_short(texts[0])}” does not begin with a year; write one such as 2012"
        value = int(match[1])
    else:
        value = _CLEANED[name](texts[0]) if name in _CLEANED else _line(texts[0])
    try:
        "".join(map(str, value if isinstance(value, tuple) else [value])).encode()
        _adapter(name).validate_python(list(value) if isinstance(value, tuple) else value)
    except UnicodeEncodeError:
        return None, "it holds half a character"
    except ValidationError as error:
        return None, error.errors(include_url=False)[0]["msg"]
    return value or None, ""


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """The record model's own judgement of a field."""
    info = Bibliography.model_fields[name]
    kind: Any = info.annotation
    return TypeAdapter(Annotated[kind, Field(strict=True), *info.metadata] if info.metadata else kind)


def _line(text: str) -> str:
    """A text in one line, without mark-up of the web."""
    return " ".join(_TAGS.sub("", html.unescape(text)).split())


def _author(text: str) -> str:
    """A name as “Surname, Given”, or as it is where it has no comma."""
    name = _line(text).strip(" ,;")
    return re.sub(r"\s*,\s*", ", ", name)


def _pmid(text: str) -> str:
    return re.sub(r"^pmid:?\s*", "", _line(text), flags=re.IGNORECASE)


def _pmcid(text: str) -> str:
    found = re.sub(r"^pmcid:?\s*", "", _line(text), flags=re.IGNORECASE).upper()
    return f"PMC{found}" if found.isdecimal() else re.sub(r"(?<=\d)\.\d+$", "", found)


_CLEANED: dict[str, Callable[[str], str]] = {"doi": plain_doi, "pmid": _pmid, "pmcid": _pmcid, "url": str.strip}


def _short(text: str) -> str:
    return f"{text[:60]}…" if len(text) > 60 else text
