"""CSL-JSON, which Zotero writes and Crossref answers with."""

from __future__ import annotations

import json
import re
from typing import Any

from kg.errors import EvidenceError
from kg.findings import Finding, Severity
from kg.intake.references.reference import EXTRA, Raw, Reading, reading, unread


def read(text: str, file: str) -> Reading:
    """The references of a CSL-JSON file.

    Raises:
        EvidenceError: It is not JSON, or not a list.
    """
    raws: list[Raw] = []
    faults: list[Finding] = []
    for number, (item, line) in enumerate(_items(text, file), 1):
        if isinstance(item, dict):
            raws.append(_raw(number, line, item))
        else:
            what = f"an entry of the list is {json.dumps(item)[:40]}, and should be a reference in braces."
            faults.append(unread(file, line, what, "Export it anew.", number))
    return reading(raws, faults, file)


def _items(text: str, file: str) -> list[tuple[Any, int]]:
    """The entries of the list, each with the line on which it begins."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refused(
            file, error.lineno, f"this is not JSON: {error.msg}.", "Export it anew: it may be cut off."
        ) from error
    except (ValueError, RecursionError) as error:
        raise _refused(file, 1, f"this JSON cannot be read ({error}).", "Export it anew.") from error
    if not isinstance(whole, list):
        what = "the file is JSON, but not a list of references."
        raise _refused(file, 1, what, "Export it as CSL JSON; put brackets around a single reference.")
    decoder, found, at = json.JSONDecoder(), [], text.index("[") + 1
    line, counted = 1, 0
    for item in whole:
        at = re.compile(r"[\s,]*").match(text, at).end()  # type: ignore[union-attr] # it matches nothing as well
        line, counted = line + text.count("\n", counted, at), at
        found.append((item, line))
        at = decoder.raw_decode(text, at)[1]
    return found


def _refused(file: str, line: int, what: str, remedy: str) -> EvidenceError:
    return EvidenceError([Finding(Severity.error, "not-csl-json", file, line, what, remedy)])


def _raw(number: int, line: int, item: dict[str, Any]) -> Raw:
    raw = Raw(number, line, key=item["id"] if isinstance(item.get("id"), str) else "")
    for name, key in (("title", "title"), ("journal", "container-title")):
        raw.say(name, _first(item.get(key)))
    for name, key in (("doi", "DOI"), ("pmid", "PMID"), ("pmcid", "PMCID"), ("url", "URL")):
        raw.say(name, item.get(key))
    for name, value in EXTRA.findall(item["note"] if isinstance(item.get("note"), str) else ""):
        raw.say(name.lower(), value)
    raw.say("year", _year(item.get("issued")))
    authors = item.get("author")
    for author in authors if isinstance(authors, list) else []:
        raw.say("authors", _name(author))
    return raw


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _year(issued: Any) -> Any:
    if not isinstance(issued, dict):
        return issued
    parts = _first(_first(issued.get("date-parts")))
    return next(
        (said for said in (parts, issued.get("raw"), issued.get("literal")) if isinstance(said, str | int)), None
    )


def _name(author: Any) -> Any:
    """“Surname, Given” of a name in its parts; the name itself of an organisation."""
    if not isinstance(author, dict):
        return author

    def told(key: str) -> str:
        return str(author.get(key) or "").strip()

    if not told("family"):
        return told("literal") or told("given") or told("name")
    family = " ".join(part for part in (told("non-dropping-particle"), told("family")) if part)
    given = " ".join(part for part in (told("given"), told("dropping-particle")) if part)
    return ", ".join(part for part in (family, given, told("suffix")) if part)
